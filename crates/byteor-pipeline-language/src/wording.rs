//! What there is to say about the words of the language.

use byteor_pipeline_catalogue::StageClass;
use byteor_pipeline_spec::{ExecutionTarget, LaneKind};

/// A word that starts a statement.
pub(crate) struct StatementInfo {
    pub(crate) word: &'static str,
    /// How the statement is written.
    pub(crate) form: &'static str,
    pub(crate) doc: &'static str,
}

/// Every statement but the chain, which starts with an id.
pub(crate) static STATEMENTS: [StatementInfo; 7] = [
    StatementInfo {
        word: "pipeline",
        form: "pipeline NAME",
        doc: "Names the pipeline. The name doesn't change the spec hash.",
    },
    StatementInfo {
        word: "description",
        form: "description \"TEXT\"",
        doc: "Says what the pipeline is for. It doesn't change the spec hash.",
    },
    StatementInfo {
        word: "ingress",
        form: "ingress ID",
        doc: "A boundary where records come in. From where stands in the config bundle.",
    },
    StatementInfo {
        word: "stage",
        form: "stage ID KEY",
        doc: "A processing step. The key says what it does: a family of the stage catalogue, a colon, and its parameters.",
    },
    StatementInfo {
        word: "egress",
        form: "egress ID",
        doc: "A boundary where records leave. Where they go stands in the config bundle.",
    },
    StatementInfo {
        word: "lane_graph",
        form: "lane_graph { SETTING VALUE; … }",
        doc: "Settings for the execution target LaneGraph.",
    },
    StatementInfo {
        word: "single_ring",
        form: "single_ring { SETTING VALUE; … }",
        doc: "Settings for the execution target SingleRing.",
    },
];

/// What there is to say about the word that starts a statement.
pub(crate) fn statement(word: &str) -> Option<&'static StatementInfo> {
    STATEMENTS.iter().find(|statement| statement.word == word)
}

/// What a lane of a kind is.
pub(crate) fn lane(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::Events => {
            "The default: a lane for each connection, with one reader; records keep their order."
        }
        LaneKind::Journal => {
            "An ordered log. Connections of one element share it; 1 to 4 readers each keep their own place."
        }
        LaneKind::SequencedSlots => {
            "An ordered bounded buffer of 1 to 1024 entries. Connections of one element share it; the slowest of 1 to 4 readers holds the writer back."
        }
        LaneKind::FanoutBroadcast => {
            "One writer, 1 to 4 readers that each get every record. Connections of one element share it."
        }
    }
}

/// What a class lets a stage do.
pub(crate) fn class(class: StageClass) -> &'static str {
    match class {
        StageClass::Reads => "looks at records and forwards each unchanged",
        StageClass::Filters => "forwards or drops each record",
        StageClass::Rewrites => "may change a record's bytes",
        StageClass::Many => "may give several records for one",
        StageClass::Stateful => "depends on the records before",
    }
}

/// A target's name for people.
pub(crate) fn target(target: ExecutionTarget) -> &'static str {
    match target {
        ExecutionTarget::SingleRing => "SingleRing",
        ExecutionTarget::LaneGraph => "LaneGraph",
    }
}

/// Text as inline code. The longest run of backticks inside decides the fence.
pub(crate) fn code(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    [&fence, space, text, space, &fence].concat()
}
