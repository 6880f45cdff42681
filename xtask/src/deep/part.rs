//! What there is to go on with.

/// One proof that knows no end.
#[derive(Debug)]
pub struct Part {
    /// As it is asked for.
    pub name: &'static str,
    /// What it does, for the table.
    pub what: &'static str,
    pub work: Work,
}

#[derive(Debug)]
pub enum Work {
    /// Tests that take their rounds from `indexbus-proof`.
    Rounds(&'static [Tests]),
    /// Every property test of the workspace, with new cases.
    Properties,
    /// Every fuzz target, from what was found before.
    Fuzz,
    /// Whole suites under Miri and the sanitizers, one after the other as long as there is time.
    Watched,
}

/// Tests of one target.
#[derive(Debug)]
pub struct Tests {
    pub package: &'static str,
    /// The file or folder in `tests/`; the library's own tests where there is none.
    pub target: Option<&'static str>,
    /// A part of their names.
    pub filter: &'static str,
}

const fn tests(package: &'static str, target: &'static str, filter: &'static str) -> Tests {
    Tests {
        package,
        target: Some(target),
        filter,
    }
}

/// All of them: a new one is one entry here.
pub const PARTS: &[Part] = &[
    Part {
        name: "properties",
        what: "property tests of every crate, other cases each time",
        work: Work::Properties,
    },
    Part {
        name: "loom",
        what: "primitives and router under loom, one preemption more each time a model is through",
        work: Work::Rounds(&[tests("indexbus", "models", "loom_")]),
    },
    Part {
        name: "shuttle",
        what: "larger cases of the same, and ends and barriers of the graph executor, under shuttle",
        work: Work::Rounds(&[
            tests("indexbus", "models", "shuttle_"),
            Tests {
                package: "byteor-pipeline-exec",
                target: None,
                filter: "lane_graph::",
            },
        ]),
    },
    Part {
        name: "kills",
        what: "processes that are killed at a lane, or with a ring or a graph, at each store to it and at random moments",
        work: Work::Rounds(&[
            tests("indexbus-transport-shm", "fail_points", ""),
            tests("byteor-pipeline-backings-shm", "fail_points", ""),
            tests("byteor-pipeline-exec", "ring", "dies_at_a_store"),
            tests("byteor-pipeline-exec", "graph_killed", ""),
            tests("indexbus-transport-shm", "killed", "killed"),
            tests("indexbus-transport-shm", "killed_lanes", ""),
        ]),
    },
    Part {
        name: "hostile",
        what: "processes that write over lengths, cursors, indices and marks of every lane",
        work: Work::Rounds(&[
            tests("indexbus-transport-shm", "hostile", "corrupted_soon"),
            tests("byteor-pipeline-backings-shm", "hostile_peer", ""),
        ]),
    },
    Part {
        name: "plans",
        what: "generated plans and rings, on every executor against the stepping one, some killed",
        work: Work::Rounds(&[
            tests(
                "byteor-pipeline-step",
                "step",
                "two_hundred_generated_plans",
            ),
            tests("byteor-pipeline-step", "step", "generated_rings"),
            tests("byteor-pipeline-step", "step", "a_graph_that_is_killed"),
        ]),
    },
    Part {
        name: "adapters",
        what: "adapters over a network that is cut, stalls, is slow and reset, with runs and servers that are killed, full disks, and sinks that are down for long",
        work: Work::Rounds(&[
            tests("byteor-edgeplane", "cuts", "cost_nothing"),
            tests("byteor-edgeplane", "cuts", "waited_for"),
        ]),
    },
    Part {
        name: "soak",
        what: "Kafka into PostgreSQL at 20,000 records a second: flat memory, and each record once",
        work: Work::Rounds(&[tests("byteor-edgeplane", "soak", "steady_rate")]),
    },
    Part {
        name: "fuzz",
        what: "libFuzzer over compiler, messages and regions of lanes",
        work: Work::Fuzz,
    },
    Part {
        name: "watched",
        what: "whole suites of lanes and executors under Miri, ThreadSanitizer and AddressSanitizer",
        work: Work::Watched,
    },
];
