//! `capabilities`: what a binary can do.
//!
//! Nothing here is a list of its own: verbs come from the command line, families from the
//! catalogue, whether one runs from the executor, record sizes from the region layouts, the rest
//! from what the binary declares.

use std::fmt::Write;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline::catalogue::{StageClass, families};
use byteor_pipeline_exec::SlotClass;
use byteor_pipeline_spec::single_ring_chain;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::absent::Absent;
use super::trial::start;
use crate::binary::Binary;
use crate::cli::command;
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};

/// How to answer.
#[derive(Debug, Args)]
pub struct CapabilitiesArgs {
    /// Answer as one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Capabilities {
    v: u32,
    ok: bool,
    binary: &'static str,
    version: &'static str,
    verbs: Vec<Verb>,
    /// Spec models that `run` executes.
    features: &'static [&'static str],
    /// What plans are compiled for, and specs of which are checked, described and compared.
    targets: Vec<&'static str>,
    stages: Vec<Family>,
    ingress: &'static [&'static str],
    egress: &'static [&'static str],
    /// Parts of adapters that a build may be without.
    options: &'static [&'static str],
    record_bytes: Vec<usize>,
    backings: [&'static str; 2],
}

#[derive(Serialize)]
struct Verb {
    name: String,
    in_build: bool,
}

#[derive(Serialize)]
struct Family {
    family: &'static str,
    class: StageClass,
    /// What an approval must grant for it; null for pure stages.
    capability: Option<&'static str>,
    in_build: bool,
}

pub(super) fn run<B: Binary>(args: &CapabilitiesArgs) -> Result<Exit, Failure> {
    let capabilities = of::<B>();
    if args.json {
        print_json(&capabilities)?;
    } else {
        print(&words(&capabilities))?;
    }
    Ok(Exit::Done)
}

fn of<B: Binary>() -> Capabilities {
    let verb = |verb: &clap::Command| Verb {
        name: verb.get_name().to_owned(),
        in_build: !Absent::has_subcommand(verb.get_name()),
    };
    let family = |family: &byteor_pipeline::catalogue::StageFamily| Family {
        family: family.name,
        class: family.class,
        capability: family.capability,
        in_build: start::<B>(&single_ring_chain(&[("stage", family.template)])).is_ok(),
    };
    Capabilities {
        v: 1,
        ok: true,
        binary: B::NAME,
        version: env!("CARGO_PKG_VERSION"),
        verbs: command::<B>().get_subcommands().map(verb).collect(),
        features: B::FEATURES,
        targets: [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph]
            .map(ExecutionTarget::name)
            .to_vec(),
        stages: families().iter().map(family).collect(),
        ingress: B::INGRESS,
        egress: B::EGRESS,
        options: B::OPTIONS,
        record_bytes: SlotClass::ALL.map(SlotClass::slot_bytes).to_vec(),
        backings: ["memory", "shared_memory"],
    }
}

fn words(one: &Capabilities) -> String {
    let mut text = format!("{} {}\n", one.binary, one.version);
    let mut line = |name: &str, words: Vec<String>| {
        let words = if words.is_empty() {
            "none".to_owned()
        } else {
            words.join(" ")
        };
        // Writing to a String can't fail.
        let _ = writeln!(text, "{name:<14}{words}");
    };
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let verbs = |there: bool| {
        let verbs = one.verbs.iter().filter(|verb| verb.in_build == there);
        verbs.map(|verb| verb.name.clone()).collect()
    };
    let stages = |there: bool| {
        let stages = one.stages.iter().filter(|stage| stage.in_build == there);
        stages.map(|stage| stage.family.to_owned()).collect()
    };
    line("verbs", verbs(true));
    line("  absent", verbs(false));
    line("runs", list(one.features));
    line("compiles for", list(&one.targets));
    line("stages", stages(true));
    line("  absent", stages(false));
    line("ingress", list(one.ingress));
    line("egress", list(one.egress));
    line("  with", list(one.options));
    let bytes = one.record_bytes.iter().map(ToString::to_string);
    line("record bytes", bytes.collect());
    line("runs over", list(&one.backings));
    text
}
