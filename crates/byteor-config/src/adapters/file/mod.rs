//! Files on the agent's host.

use byteor_ascii::has_wildcard;

use super::{
    Adapter, BrokenRule, Egress, Facts, Ingress, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side,
    SinkPromise, SinkSide, SourcePromise, SourceSide, Told, choices, side,
};
use crate::boundaries::BOUNDARY;
use crate::model::{ConfigBundleV1, Posture, Record, Reject, SLOT_BYTES, Tuning, TuningProfile};
use crate::paths::MAX_NAME;

choices! {
    /// How records are cut from, and joined into, a byte stream.
    Framing {
        /// One record a line; the newline is not part of the record.
        Lines = "lines", "Lines", "One record a line; records are bytes.";
        /// Before each record stands its length.
        Prefixed = "prefixed", "Length before each",
            "Before each record stands its length, four bytes, the greatest first; records may hold anything.";
    }
}

choices! {
    /// What happens at the end of the input file.
    ReadMode {
        /// Wait for more; an unfinished last record waits for its end.
        Follow = "follow", "Follow the file",
            "Waits for more at the end, and for new files where the path matches several; an unfinished last record waits for its end.";
        /// Take the unterminated last line as a record, leave a torn one, drain, end.
        StopAtEnd = "stop_at_end", "Stop at the end",
            "Takes an unterminated last line as a record, leaves a torn record for a later run, drains, and ends.";
    }
}

choices! {
    /// Where reading begins when there is no checkpoint.
    StartAt {
        /// At the first byte of the file.
        Start = "start", "From the start", "Everything that is in the file already.";
        /// After what the file holds when the pipeline first starts.
        End = "end", "From the end", "Only what is written from now on.";
    }
}

choices! {
    /// What becomes of a record that does not fit the record-size class.
    TooLarge {
        /// Count it, write it to the reject file, go on.
        Reject = "reject", "Count and keep aside",
            "Counted as rejected, written to the reject file; the pipeline goes on.";
        /// Stop the pipeline in front of it, with an error; a larger class can take it later.
        Stop = "stop", "Stop the pipeline",
            "The pipeline stops in front of it, unread: nothing is lost, and a larger class can take it later.";
    }
}

side! {
    /// Reading a file.
    FileIngress {
        /// Absolute path of the input file on the agent's host; its name may be a pattern.
        path: String = Key::new(
            KeyKind::Path, "Input path",
            "The file that records are read from. With a * in its name, which stands for any bytes, all files that match, in the order of their names.",
        );
        /// How records are cut.
        framing: Framing = Key::word(
            Framing::CHOICES, "lines", "Framing",
            "How records are cut from the file.",
        );
        /// What happens at the end of the file.
        mode: ReadMode = Key::word(
            ReadMode::CHOICES, "follow", "At the end of the file",
            "What happens once everything in the file was read.",
        );
        /// Where reading begins without a checkpoint.
        start: StartAt = Key::word(
            StartAt::CHOICES, "start", "Where to begin",
            "At the first run; later ones go on where the one before ended.",
        );
        /// What becomes of records that don't fit.
        too_large: TooLarge = Key::word(
            TooLarge::CHOICES, "reject", "Records that are too large",
            "What becomes of one that is longer than the largest record, and of what there is of one that its file ends within.",
        );
    }
}

impl Rules for FileIngress {
    const SEVERAL: Several = Several::Told(Told::by("path"));

    fn broken(&self) -> Vec<BrokenRule> {
        let mut broken = Vec::new();
        if self.mode == ReadMode::StopAtEnd && self.start == StartAt::End {
            broken.push(BrokenRule {
                code: "E_CONFIG_READS_NOTHING",
                key: "start",
                message: "Starting at the end and stopping there reads nothing.".into(),
                help: "Start at the beginning, or follow the file.".into(),
            });
        }
        let (folder, name) = self.path.rsplit_once('/').unwrap_or_default();
        let wild = |part: &str| has_wildcard(part.as_bytes());
        if wild(folder) {
            broken.push(BrokenRule {
                code: "E_CONFIG_PATTERN",
                key: "path",
                message: "A folder of the path has a *.".into(),
                help: "Put it into the file's name only; files are read from one folder.".into(),
            });
        } else if wild(name) && name.contains(BOUNDARY) {
            broken.push(BrokenRule {
                code: "E_CONFIG_PATTERN",
                key: "path",
                message: "The name has a * and {boundary}: what matches one boundary could match another as well.".into(),
                help: "Give each boundary a folder of its own, such as /data/{boundary}/*.log.".into(),
            });
        }
        broken
    }
}

side! {
    /// Writing a file.
    FileEgress {
        /// Absolute path of the output file on the agent's host.
        path: String = Key::new(KeyKind::Path, "Output path", "The file that records are written to.");
        /// How records are joined.
        framing: Framing = Key::word(
            Framing::CHOICES, "lines", "Framing",
            "How records are joined into the file.",
        );
        /// How large a file gets before the next one is begun.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        rotate_bytes: Option<u32> = Key::new(
            KeyKind::Number { min: 1_024, max: u32::MAX, unit: "bytes" },
            "Bytes a file",
            "A file is closed with the record that makes it so long, and the next one begun: the path is then what the names of all begin with. Left out, size closes none.",
        )
        .optional();
        /// How old one gets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        rotate_seconds: Option<u32> = Key::new(
            KeyKind::Number { min: 1, max: 86_400, unit: "seconds" },
            "Longest wait for a file, in seconds",
            "A file is closed so long after its first record, by the host’s clock. Left out, age closes none.",
        )
        .optional();
    }
}

impl FileEgress {
    /// Whether it writes several files, one after the other.
    pub fn rotates(&self) -> bool {
        self.rotate_bytes.is_some() || self.rotate_seconds.is_some()
    }
}

/// Bytes that the longest name of a file has behind that of the path: a dot, twenty digits and `.part`.
const ROTATED_NAME: usize = 26;

impl Rules for FileEgress {
    const SEVERAL: Several = Several::Told(Told::by("path"));

    fn broken(&self) -> Vec<BrokenRule> {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        if self.rotates() && name.len() + ROTATED_NAME > MAX_NAME {
            return vec![BrokenRule {
                code: "E_CONFIG_ROTATED_NAME",
                key: "path",
                message: "Behind the name of the path there is no room for numbers of files."
                    .into(),
                help: "Give a name of at most 229 bytes.".into(),
            }];
        }
        Vec::new()
    }
}

impl ConfigBundleV1 {
    /// Whether the path of the egress is what the names of several files begin with.
    pub(crate) fn rotates(&self) -> bool {
        matches!(&self.egress, Egress::File(file) if file.rotates())
    }

    /// A file-to-file bundle with the defaults that a form starts from: the default profile,
    /// records of at most 256 bytes, lines, following from the start, too large ones rejected.
    pub fn file_to_file(posture: Posture, input: &str, output: &str, reject: &str) -> Self {
        Self {
            v: 1,
            posture,
            tuning: Tuning {
                profile: TuningProfile::Default,
                workers: None,
                wait: None,
            },
            record: Record {
                slot_bytes: SLOT_BYTES[0],
            },
            ingress: Ingress::File(FileIngress {
                path: input.to_owned(),
                framing: Framing::Lines,
                mode: ReadMode::Follow,
                start: StartAt::Start,
                too_large: TooLarge::Reject,
            }),
            egress: Egress::File(FileEgress {
                path: output.to_owned(),
                framing: Framing::Lines,
                rotate_bytes: None,
                rotate_seconds: None,
            }),
            reject: Reject {
                path: reject.to_owned(),
            },
            secrets: Vec::new(),
        }
    }
}

/// The declaration.
pub static ADAPTER: Adapter = Adapter {
    kind: "file",
    title: "File",
    summary: "Records of a file on the agent's host, through appends, rotation and truncation, or of all files that a name matches; or records appended to one, or to one after the other.",
    ingress: Some(SourceSide {
        does: "Read a file",
        keys: FileIngress::KEYS,
        promise: SourcePromise::Resumes,
        otherwise: &[],
        lag: Lag::Unknown {
            because: "What a file has behind the position isn't told: it is on the agent's host.",
        },
        several: FileIngress::SEVERAL,
        facts: Facts {
            acknowledged: "Nothing is told to anybody: how far the file was read stands in the checkpoint, which is written after the sink has everything up to there.",
            ordering: "The file's, over rotations; of several files by name, byte by byte, one after the other. A file that appears with a name in front of the one that is read isn't seen.",
            security: "Files are opened under the folders that the host's owner allows, after links are resolved.",
            limits: "At most 1,024 records are in flight. What is larger than a record may be isn't held in memory. A length says at most 8 MiB.",
            other_end: OtherEnd::Host,
            failures: &[
                (
                    "The input is missing at the start",
                    "`E_INPUT_MISSING`; the run doesn't start.",
                ),
                (
                    "No file matches yet",
                    "`N_INPUT_NONE` when following: the first one is waited for. Without following `E_INPUT_MISSING`.",
                ),
                (
                    "A length says more than 8 MiB",
                    "`E_INPUT_LENGTH` with the byte; the run ends in front of it. So does one that is to read lines as lengths.",
                ),
                (
                    "A file ends within a record (length before each)",
                    "`N_INPUT_TORN`. At the end of the input it is left for a later run; in a file that is rotated, or has another behind it, it is counted as rejected and goes to the reject file, or ends the run (`E_INPUT_TORN`), as `too_large` says.",
                ),
                (
                    "It is rotated, truncated or replaced",
                    "It goes on as the table of [changes](../file-adapter.md#files-that-change-under-a-reader) says.",
                ),
                (
                    "The process or the host ends",
                    "The next run goes on at the checkpoint.",
                ),
            ],
        },
    }),
    egress: Some(SinkSide {
        does: "Write a file",
        keys: FileEgress::KEYS,
        promise: SinkPromise::Exact,
        otherwise: &[],
        several: FileEgress::SEVERAL,
        facts: Facts {
            acknowledged: "A record counts as delivered when it is synced to the disk, about every 40 ms. A file that was closed gets its final name after that.",
            ordering: "The pipeline's.",
            security: "As for reading; the file belongs to the pipeline, and is locked while it runs.",
            limits: "At most 20 ms of output are in memory. At most 64 files are closed and not finished; while the disk is behind by so many, files get longer than `rotate_bytes`.",
            other_end: OtherEnd::Host,
            failures: &[
                (
                    "The disk is full, or a write or a sync fails",
                    "The run ends, and the agent tries again: it cuts back to the checkpoint and goes on.",
                ),
                (
                    "Somebody else changes the file",
                    "`E_OUTPUT_CHANGED`; the run ends. Finished files may be read, moved and removed.",
                ),
                (
                    "A file that is to be finished finds its name taken, or files are there that the checkpoint doesn't know",
                    "`E_OUTPUT_TAKEN`; the run ends, and nothing is overwritten.",
                ),
                (
                    "SIGTERM, or the input ends",
                    "What is there is finished as a file.",
                ),
                (
                    "The process or the host ends",
                    "The next run cuts the file back to the checkpoint and writes the rest anew, with the same bytes. Files that were begun behind the checkpoint are removed; finished ones are never touched.",
                ),
            ],
        },
    }),
    page: include_str!("page.md"),
};
