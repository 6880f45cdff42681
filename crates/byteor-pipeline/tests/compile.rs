//! The whole compile: determinism, odd documents, speed.

use byteor_pipeline::plan::{LaneIntent, apply_edits, edit, format};
use byteor_pipeline::*;
use proptest::prelude::*;

const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

/// A lane graph of about `lines` lines.
fn long_plan(lines: usize) -> String {
    let mut text = String::from("pipeline long\n\ningress in\n");
    let stages = lines / 2;
    for at in 0..stages {
        let key = [
            "identity",
            "keep:^\\{\"level\": ",
            "drop:level=debug",
            "replace:[0-9]+=#",
        ][at % 4];
        text.push_str(&format!(
            "stage s{at} {}\n",
            if key.contains(['"', ' ', '#']) {
                format!("\"{}\"", key.replace('"', "\"\""))
            } else {
                key.to_owned()
            }
        ));
    }
    text.push_str("egress out\n\nin -> s0\n");
    for at in 1..stages {
        text.push_str(&format!("s{} -> s{at}\n", at - 1));
    }
    text.push_str(&format!("s{} -> out\n", stages - 1));
    text
}

#[test]
fn a_thousand_lines_compile() {
    let text = long_plan(1000);
    let compilation = compile(&text, ExecutionTarget::LaneGraph);
    assert_eq!(compilation.diagnostics, []);
    let report = compilation.report.unwrap();
    assert_eq!(report.spec.stages().len(), 500);
    let ring = compile(&text, ExecutionTarget::SingleRing);
    assert!(
        ring.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code == "E_RING_STAGES")
    );
}

fn sample_plans() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/plans");
    let mut plans: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "plan")
        })
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    plans.sort();
    plans
}

#[test]
fn sample_plans_compile_for_the_targets_that_they_name() {
    let plans = sample_plans();
    assert!(plans.len() >= 20);
    let mut families = std::collections::BTreeSet::new();
    for (name, text) in &plans {
        // The first line says which targets the plan is for.
        let first = text.lines().next().unwrap();
        for target in TARGETS {
            let compilation = compile(text, target);
            let named = first.contains(target.name());
            assert_eq!(
                compilation.report.is_some(),
                named,
                "{name}: {:?}",
                compilation.diagnostics
            );
            families.extend(
                compilation
                    .graph
                    .stages
                    .iter()
                    .filter_map(|stage| stage.family),
            );
        }
        // Formatting them changes at most what they show on purpose.
        let (formatted, _) = format(text);
        for target in TARGETS {
            assert_eq!(
                compile(&formatted, target)
                    .report
                    .map(|report| report.spec_hash),
                compile(text, target).report.map(|report| report.spec_hash),
                "{name}"
            );
        }
    }
    assert_eq!(families.len(), catalogue::families().len());
}

/// The page, the server and the command line compare theirs with the same file.
#[test]
fn sample_plans_have_these_hashes() {
    let mut text = String::new();
    for (name, plan) in sample_plans() {
        for target in TARGETS {
            if let Some(report) = compile(&plan, target).report {
                text.push_str(&std::format!(
                    "{name} {} {}\n",
                    target.name(),
                    report.spec_hash
                ));
            }
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/examples/plans/hashes.txt");
    if std::env::var_os("BYTEOR_UPDATE_CASES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    let hash = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(
        hash("orders.plan single_ring"),
        hash("shuffled.plan single_ring")
    );
    assert_eq!(
        hash("orders.plan lane_graph"),
        hash("shuffled.plan lane_graph")
    );
}

#[test]
fn a_kv_text_decodes_to_what_was_encoded() {
    for (name, text) in sample_plans() {
        for target in TARGETS {
            let Some(report) = compile(&text, target).report else {
                continue;
            };
            let decoded = decode(&report.spec_kv).unwrap();
            assert!(decoded.canonical, "{name}");
            assert_eq!(decoded.spec_hash, report.spec_hash);
            assert_eq!(decoded.spec, report.spec);
            assert_eq!(encode(&report.spec).unwrap().kv, report.spec_kv);
            assert_eq!(check_spec(&report.spec), []);
        }
    }
}

#[test]
fn specs_that_break_rules_are_refused() {
    let unordered = SingleRingBuilder::new()
        .stage("a", "keep:x", &[])
        .stage("b", "keep:y", &[])
        .stage("c", "identity", &[0, 1])
        .build();
    assert_eq!(
        encode(&unordered).unwrap_err().args["code"],
        "E_SPEC_UNORDERED"
    );
    let key = single_ring_chain(&[("a", "keep:(")]);
    assert_eq!(encode(&key).unwrap_err().args["code"], "E_KEY_REGEX");
    assert_eq!(
        decode("single_ring.shards=1\n").unwrap_err().code,
        "E_KV_MISSING"
    );
}

fn plan_lines() -> impl Strategy<Value = Vec<String>> {
    // Up to four stages in a chain, with comments, blank lines and both blocks.
    (1usize..5, any::<[u8; 6]>()).prop_map(|(count, seed)| {
        let mut lines = vec![
            "pipeline p".to_owned(),
            "ingress in".to_owned(),
            "egress out".to_owned(),
            "# комментарий".to_owned(),
            String::new(),
        ];
        let names: Vec<String> = (0..count)
            .map(|at| std::format!("s{}", seed[at] as usize * 8 + at))
            .collect();
        for (at, name) in names.iter().enumerate() {
            let key = ["identity", "keep:x", "\"drop:a b\"", "replace:a=b"][seed[at] as usize % 4];
            lines.push(std::format!("stage {name} {key} # {at}"));
        }
        lines.push(std::format!("in -> {}", names[0]));
        for pair in names.windows(2) {
            lines.push(std::format!("{} -[journal]-> {}", pair[0], pair[1]));
        }
        lines.push(std::format!("{} -> out", names[count - 1]));
        if seed[5] & 1 == 1 {
            lines.push("lane_graph { on_full drop }".to_owned());
        }
        lines
    })
}

proptest! {
    #[test]
    fn the_order_of_lines_never_changes_the_hash(lines in plan_lines(), seed in any::<u64>()) {
        let mut shuffled = lines.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        for target in TARGETS {
            let one = compile(&lines.join("\n"), target).report.map(|report| report.spec_kv);
            let other = compile(&shuffled.join("\n"), target).report.map(|report| report.spec_kv);
            prop_assert!(one.as_ref().is_some_and(|kv| check_spec(&decode_kv_v1(kv).unwrap()).is_empty()));
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn names_spaces_and_comments_never_change_the_hash(lines in plan_lines(), name in "[a-z]{1,8}") {
        let text = lines.join("\n");
        let other = text
            .replace("pipeline p", &std::format!("pipeline {name}_1\ndescription \"{name}\""))
            .replace(" -> ", "  ->   ")
            .replace(" # ", "    #");
        for target in TARGETS {
            let hash = |text: &str| compile(text, target).report.map(|report| report.spec_hash);
            prop_assert_eq!(hash(&text), hash(&other));
            prop_assert_eq!(hash(&text), hash(&format(&other).0));
        }
    }

    #[test]
    fn any_text_compiles_to_something(text in "\\PC{0,200}") {
        for target in TARGETS {
            let _ = compile(&text, target);
        }
    }

    #[test]
    fn each_fix_of_a_broken_plan_can_be_applied(lines in plan_lines(), gone in any::<prop::sample::Index>()) {
        let mut lines = lines;
        lines.remove(gone.index(lines.len()));
        let mut text = lines.join("\n");
        // The first fix of the first error, again and again, leads to a plan that compiles.
        let mut target = ExecutionTarget::SingleRing;
        for _ in 0..12 {
            let compilation = compile(&text, target);
            if compilation.report.is_some() {
                break;
            }
            let fix = compilation.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).find_map(|diagnostic| diagnostic.fixes.first());
            let Some(fix) = fix else { panic!("no fix: {text}\n{:?}", compilation.diagnostics) };
            text = apply_edits(&text, &fix.edits);
            target = fix.target.unwrap_or(target);
        }
        prop_assert!(compile(&text, target).report.is_some(), "{}", text);
    }

    #[test]
    fn a_diff_of_a_spec_with_itself_is_empty_and_of_others_is_not(a in plan_lines(), b in plan_lines()) {
        for target in TARGETS {
            let spec = |lines: &[String]| compile(&lines.join("\n"), target).report.unwrap().spec;
            let (a, b) = (spec(&a), spec(&b));
            prop_assert!(diff_specs(&a, &a, None).changes.is_empty());
            let diff = diff_specs(&a, &b, None);
            prop_assert_eq!(diff.equal, diff.changes.is_empty(), "{}\n{}\n{}", diff.text, encode_kv_v1(&a), encode_kv_v1(&b));
        }
    }
}

#[test]
fn an_intent_can_be_set_and_taken_back() {
    let text = "pipeline p\n\ningress in\nstage a identity\negress out\n\nin -> a -> out # x\n";
    let set = |text: &str, intent| {
        edit(
            text,
            &EditOperation::SetIntent {
                from: "in".into(),
                to: "a".into(),
                intent,
            },
        )
        .unwrap()
        .text
    };
    let there = set(text, Some(LaneIntent::of(spec::LaneKind::Journal)));
    assert!(there.contains("in -[journal]-> a -> out # x"));
    assert_eq!(set(&there, None), text);
}
