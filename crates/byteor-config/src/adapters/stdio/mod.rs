//! Standard streams: what comes in by a pipe, what goes out by one.

use super::{
    Adapter, Facts, Key, Lag, OtherEnd, Rules, Several, Side, SinkPromise, SinkSide, SourcePromise,
    SourceSide, choices, side,
};

choices! {
    /// How records stand in a stream.
    StdioFraming {
        /// One record a line.
        Lines = "lines", "Lines", "One record a line; records are bytes.";
    }
}

side! {
    /// Reading standard input.
    StdioIngress {
        /// How records stand in the stream.
        framing: StdioFraming = Key::word(
            StdioFraming::CHOICES, "lines", "Framing", "How records are cut from the stream.",
        );
    }
}

side! {
    /// Writing standard output.
    StdioEgress {
        /// How records stand in the stream.
        framing: StdioFraming = Key::word(
            StdioFraming::CHOICES, "lines", "Framing", "How records are joined into the stream.",
        );
    }
}

impl Rules for StdioIngress {
    const SEVERAL: Several = Several::Refused {
        because: "a process has one standard input and one standard output",
    };
}

impl Rules for StdioEgress {
    const SEVERAL: Several = Several::Refused {
        because: "a process has one standard input and one standard output",
    };
}

const SECURITY: &str = "As whoever started the process has it. An agent speaks over these streams itself: a run of an agent refuses them.";

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "stdio",
    title: "Standard streams",
    summary: "Lines of standard input, or lines on standard output, for a person at a terminal and for pipes of a shell.",
    ingress: Some(SourceSide {
        does: "Read standard input",
        keys: StdioIngress::KEYS,
        promise: SourcePromise::Forgets,
        otherwise: &[],
        lag: Lag::Unknown {
            because: "What a pipe holds back can't be seen from here.",
        },
        several: StdioIngress::SEVERAL,
        facts: Facts {
            acknowledged: "Nothing is told to anybody: who writes into a pipe doesn't hear what became of it.",
            ordering: "The stream's.",
            security: SECURITY,
            limits: "4 MiB are in memory, and then whoever writes into the pipe waits. A line has 1 MiB at most. A record that is larger than a record may be goes to the reject file.",
            other_end: OtherEnd::Host,
            failures: &[
                (
                    "The stream ends",
                    "An open last line is a record; everything is delivered, and the run ends well.",
                ),
                (
                    "A line is longer than 1 MiB",
                    "`E_STDIN_LINE`; what came before is delivered, and the run fails.",
                ),
                ("It can't be read", "`E_STDIN_READ`; likewise."),
                (
                    "SIGTERM, or the process or the host ends",
                    "What was read and isn't delivered is lost.",
                ),
                (
                    "An agent runs it",
                    "`E_ADAPTER_STDIO`; the run doesn't start.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Write standard output",
        keys: StdioEgress::KEYS,
        promise: SinkPromise::Unconfirmed,
        otherwise: &[],
        several: StdioEgress::SEVERAL,
        facts: Facts {
            acknowledged: "A record counts as delivered when the system took it: a pipe holds some that its reader hasn't seen.",
            ordering: "The pipeline's.",
            security: SECURITY,
            limits: "4 MiB are in memory, and then the pipeline waits for the reader.",
            other_end: OtherEnd::Host,
            failures: &[
                (
                    "The reader closes the pipe",
                    "`E_STDOUT_WRITE`; the run fails, and what the pipe held is lost.",
                ),
                (
                    "The reader takes nothing, and SIGTERM comes",
                    "After some seconds `E_STDOUT_STUCK`.",
                ),
                (
                    "The process or the host ends",
                    "What the pipe held may be lost; records behind the checkpoint come again, where the source has them.",
                ),
                (
                    "`--json` is given, which speaks over standard output as well, or an agent runs it",
                    "`E_ADAPTER_STDIO`; the run doesn't start.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
