//! What `dot` gives is drawn by the real Graphviz, whatever stands in a key.
//!
//! `npm test` installs Graphviz where it can (scripts/lib/tools.mjs). Without it, and without apt to
//! bring it, this says that it was skipped; in CI, and where `BYTEOR_TEST_DOT` names one, it must be
//! there.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use byteor_pipeline::spec::{
    Channel, Endpoint, EndpointKind, Lane, LaneGraphSpec, OnFull, Role, RoleWork, StageOp,
};
use byteor_pipeline::{ExecutionTarget, PipelineSpecV1, compile, dot, single_ring_chain};
use proptest::prelude::*;

/// The Graphviz to test with.
fn graphviz() -> Option<PathBuf> {
    let named = std::env::var_os("BYTEOR_TEST_DOT").filter(|path| !path.is_empty());
    if let Some(path) = named {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("dot"))
        .find(|path| path.is_file());
    let must = std::env::var_os("CI").is_some_and(|value| !value.is_empty())
        || std::path::Path::new("/usr/bin/apt-get").exists();
    assert!(
        found.is_some() || !must,
        "Graphviz is missing: run apt-get install graphviz, or set BYTEOR_TEST_DOT to the path of its dot"
    );
    if found.is_none() {
        println!("skipped: there is no Graphviz here, and no apt-get to install it");
    }
    found
}

/// Draws graphs in one run; the answer is one SVG after the other.
fn draw(dot: &PathBuf, graphs: &str) -> String {
    let mut child = Command::new(dot)
        .arg("-Tsvg")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = graphs.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{graphs}");
    // A font may be missing; a syntax error or an unknown escape may not be.
    assert!(
        !said.contains("syntax") && !said.contains("Error"),
        "{said}\n{graphs}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The texts that an SVG shows, as a reader sees them.
fn shown(svg: &str) -> Vec<String> {
    svg.split("<text ")
        .skip(1)
        .map(|rest| {
            let text = rest.split_once('>').unwrap().1;
            text.split("</text>")
                .next()
                .unwrap()
                .replace("&#160;", " ")
                .replace("&#45;", "-")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        })
        .collect()
}

fn stage(id: &str, key: &str, rx: &str, tx: &str) -> Role {
    Role {
        id: id.to_owned(),
        work: RoleWork::Stage {
            op: StageOp::from_key(key),
            rx: rx.to_owned(),
            tx: tx.to_owned(),
        },
    }
}

/// A ring and a lane graph with a key in it.
fn specs(key: &str) -> [PipelineSpecV1; 2] {
    let lane = |id: &str| Lane {
        id: id.to_owned(),
        channel: Channel::Journal,
    };
    let end = |id: &str, kind, lane: &str| Endpoint {
        id: id.to_owned(),
        kind,
        lane: lane.to_owned(),
    };
    [
        single_ring_chain(&[("first", key), ("last", "identity")]),
        PipelineSpecV1::LaneGraph(LaneGraphSpec {
            on_full: OnFull::Block,
            lanes: vec![lane("in.first"), lane("first.out")],
            endpoints: vec![
                end("in", EndpointKind::Ingress, "in.first"),
                end("out", EndpointKind::Egress, "first.out"),
            ],
            roles: vec![stage("first", key, "in.first", "first.out")],
        }),
    ]
}

#[test]
fn graphviz_shows_each_key_as_it_is() {
    let Some(program) = graphviz() else { return };
    let hostile = [
        "keep:\"quoted\"",
        "keep:\\",
        "keep:\\\\\"",
        "keep:\\n\\l\\r\\N\\G",
        "keep:{a|<b>c}",
        "keep:<b>bold</b>",
        "keep:a&amp;b&lt;&#60;&nbsp;",
        "keep:\"];evil [label=\"x",
        "keep:a -> b; // # comment",
        "keep: two  spaces ",
        "keep:%s%n$'`!",
        "keep:]]>--><!--",
    ];
    let graphs: String = hostile
        .iter()
        .flat_map(|key| specs(key))
        .map(|spec| dot(&spec))
        .collect();
    let svg = draw(&program, &graphs);
    let drawn: Vec<&str> = svg.split("<svg ").skip(1).collect();
    assert_eq!(drawn.len(), 2 * hostile.len());
    for (at, svg) in drawn.iter().enumerate() {
        let key = hostile[at / 2];
        let texts = shown(svg);
        assert!(texts.iter().any(|text| text == key), "{key}: {texts:?}");
        assert!(!texts.iter().any(|text| text == "evil" || text == "x"));
    }
}

#[test]
fn graphviz_draws_every_sample_plan_with_all_its_parts() {
    let Some(program) = graphviz() else { return };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/plans");
    let mut graphs = String::new();
    let mut wanted = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "plan") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for target in [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph] {
            if let Some(report) = compile(&text, target).report {
                graphs.push_str(&report.dot);
                let nodes = match &report.spec {
                    PipelineSpecV1::SingleRing(ring) => ring.stages.len() + 2,
                    PipelineSpecV1::LaneGraph(graph) => graph.roles.len() + graph.endpoints.len(),
                };
                wanted.push((path.clone(), nodes));
            }
        }
    }
    let svg = draw(&program, &graphs);
    let drawn: Vec<&str> = svg.split("<svg ").skip(1).collect();
    assert_eq!(drawn.len(), wanted.len());
    for (svg, (path, nodes)) in drawn.iter().zip(wanted) {
        assert_eq!(
            svg.matches("class=\"node\"").count(),
            nodes,
            "{}",
            path.display()
        );
    }
}

/// What a quoted DOT string holds, by the rules of the language: a backslash only guards a quote.
fn strings(dot: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = dot.chars();
    while let Some(c) = rest.next() {
        if c != '"' {
            // Outside of strings nothing of a key can stand.
            if !(c.is_ascii_alphanumeric() || " \n{}[]=,;->_".contains(c)) {
                return None;
            }
            continue;
        }
        let mut text = String::new();
        loop {
            match rest.next()? {
                '"' => break,
                '\\' => {
                    text.push('\\');
                    text.push(rest.next()?);
                }
                c => text.push(c),
            }
        }
        found.push(text);
    }
    Some(found)
}

proptest! {
    /// Any printable key, and any number of characters that mean something to Graphviz.
    #[test]
    fn no_key_leaves_its_string(key in prop_oneof!["[ -~]{1,40}", "[\"\\\\{}<>|&;\\[\\]nl]{1,40}"]) {
        let escaped = key.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;");
        for spec in specs(&key) {
            let text = dot(&spec);
            let strings = strings(&text);
            prop_assert!(strings.is_some(), "{}", text);
            let label = format!("first\\n{escaped}");
            prop_assert_eq!(strings.unwrap().iter().filter(|known| **known == label).count(), 1, "{}", text);
        }
    }
}

/// Generated keys, drawn many at a time: starting a program for each would take minutes.
#[test]
fn graphviz_shows_generated_keys_as_they_are() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let Some(program) = graphviz() else { return };
    let mut runner = TestRunner::default();
    let strategy = prop_oneof!["[!-~]{1,30}", "[\"\\\\{}<>|&;#\\[\\]nlGN]{1,30}"];
    let keys: Vec<String> = (0..1000)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let graphs: String = keys.iter().map(|key| dot(&specs(key)[0])).collect();
    let svg = draw(&program, &graphs);
    let drawn: Vec<&str> = svg.split("<svg ").skip(1).collect();
    assert_eq!(drawn.len(), keys.len());
    for (svg, key) in drawn.iter().zip(&keys) {
        let texts = shown(svg);
        assert!(texts.iter().any(|text| text == key), "{key}: {texts:?}");
    }
}
