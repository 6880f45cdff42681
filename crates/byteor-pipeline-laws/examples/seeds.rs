//! Writes inputs for fuzzing to begin with, made from the sample plans, the Markdown cases and the
//! generator: `cargo run -p byteor-pipeline-laws --example seeds -- FOLDER`, one folder a target.

use std::path::{Path, PathBuf};
use std::{fs, io};

use byteor_pipeline::catalogue::families;
use byteor_pipeline::compile;
use byteor_pipeline_generator::{LargePlan, Random, Shape};
use byteor_pipeline_laws::TARGETS;

fn main() -> io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "usage: seeds FOLDER"))?;
    let folder = Path::new(&folder);
    let plans = plans()?;
    write(
        folder,
        "plan_text",
        plans.iter().map(|plan| plan.clone().into_bytes()),
    )?;
    write(folder, "kv", plans.iter().flat_map(|plan| kvs(plan)))?;
    write(folder, "keys", plans.iter().flat_map(|plan| keys(plan)))?;
    let examples = families()
        .iter()
        .flat_map(|family| family.examples.iter().map(|one| one.key.into()));
    write(folder, "keys", examples)?;
    let mut random = Random::new(1, 0);
    // So many bytes in front of the text choose what to do with it, or where.
    let mut chosen = |bytes: usize| -> Vec<Vec<u8>> {
        let times = |plan: &String| {
            [0; 4].map(|_| {
                let mut input = random.number().to_le_bytes()[..bytes].to_vec();
                input.extend_from_slice(plan.as_bytes());
                input
            })
        };
        plans.iter().flat_map(times).collect()
    };
    write(folder, "edits", chosen(8).into_iter())?;
    write(folder, "language", chosen(2).into_iter())?;
    write(folder, "merge", merges(&plans).into_iter())
}

/// Each plan with its two neighbours, and plans of the generator with two variants of them.
fn merges(plans: &[String]) -> Vec<Vec<u8>> {
    let neighbours = plans.windows(3).map(|three| three.join("\n%%%\n"));
    let variants = Shape::ALL.into_iter().map(|shape| {
        [0, 1, 2]
            .map(|variant| {
                let plan = LargePlan::new(shape, 40);
                LargePlan { variant, ..plan }.text()
            })
            .join("\n%%%\n")
    });
    neighbours.chain(variants).map(String::into_bytes).collect()
}

/// Plans of at most a page: larger ones are slow to vary.
fn plans() -> io::Result<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut plans = Vec::new();
    for path in files(&root.join("docs/examples/plans"), "plan")? {
        plans.push(fs::read_to_string(path)?);
    }
    for path in files(&root.join("crates/byteor-pipeline/tests/cases"), "md")? {
        plans.extend(fenced(&fs::read_to_string(path)?));
    }
    for shape in Shape::ALL {
        plans.push(LargePlan::new(shape, 24).text());
    }
    Ok(plans)
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|other| other == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What stands between fences that open with the word `plan`.
fn fenced(text: &str) -> Vec<String> {
    let mut plans = Vec::new();
    let mut open: Option<String> = None;
    for line in text.split_inclusive('\n') {
        match &mut open {
            Some(plan) if !line.starts_with("```") => plan.push_str(line),
            Some(_) => plans.extend(open.take()),
            None if line.trim_end() == "```plan" => open = Some(String::new()),
            None => {}
        }
    }
    plans
}

fn kvs(plan: &str) -> Vec<Vec<u8>> {
    let reports = TARGETS.map(|target| compile(plan, target).report);
    let kvs = reports.into_iter().flatten();
    kvs.map(|report| report.spec_kv.into_bytes()).collect()
}

fn keys(plan: &str) -> Vec<Vec<u8>> {
    let graph = compile(plan, TARGETS[0]).graph;
    let stages = graph.stages.into_iter();
    stages.map(|stage| stage.key.into_bytes()).collect()
}

fn write(folder: &Path, target: &str, inputs: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    let there = fs::read_dir(&folder)?.count();
    for (at, input) in inputs.enumerate() {
        fs::write(folder.join(format!("seed-{}", there + at)), input)?;
    }
    Ok(())
}
