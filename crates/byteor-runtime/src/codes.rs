//! The codes that the command line has of its own, for its page. What the compiler says of plans and
//! specs has paragraphs in `docs/spec/rules`.

/// A code: when it comes, and what to do then.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The stable code.
    pub code: &'static str,
    /// One paragraph.
    pub text: &'static str,
}

/// Every code of this crate, by name.
pub const CODES: &[Code] = &[
    Code {
        code: "E_ALLOW_ROOT",
        text: "A folder that is given with `--allow-root` is none, or can't be resolved. Name folders that are there; a config may then name files under them only.",
    },
    Code {
        code: "E_CHOICES_READ",
        text: "The choices for `run --sp --step --choices=PATH` can't be read, or a line of them says no choices. Name the file that `byteor-edgeplane run --record-choices=PATH` wrote, with the spec and the whole input of those runs.",
    },
    Code {
        code: "E_FILE_READ",
        text: "A plan or a spec can't be read: it isn't there, this user may not read it, it is longer than the limit of a KV text, or it is no UTF-8 text, in which case the first wrong byte is named. The other files of the command get their answers all the same.",
    },
    Code {
        code: "E_FILE_WRITE",
        text: "`fmt` or `lower --out` can't write a file. It is written beside its place and moved there, so the old text stands as it was. Check the rights of the file and its folder, and the room on the disk.",
    },
    Code {
        code: "E_INPUT_MISSING",
        text: "`run --sp` takes its records from a file that `--input=PATH` names, and there is none.",
    },
    Code {
        code: "E_INPUT_READ",
        text: "The test input of `run --sp` can't be opened, or not be read to its end.",
    },
    Code {
        code: "E_JSON",
        text: "An answer couldn't be written as JSON. This is a defect; please report it.",
    },
    Code {
        code: "E_LANE_BUSY",
        text: "The shared region belongs to a run that lives: the lock beside it, `<region>.lock`, is held, and the process that holds it is named. Nothing of it was touched. Stop that run, or name another place with `--lane-path=PATH`. A run that was killed, however, holds nothing: the kernel released its lock, and the next run takes its place.",
    },
    Code {
        code: "E_LANE_PATH",
        text: "The place of the shared region, or of the lock beside it, is taken by something that is no region which this user left behind, so it isn't removed; or it can't be cleared or locked. Name another place with `--lane-path=PATH`.",
    },
    Code {
        code: "E_ONE_FILE",
        text: "`lower` was given several files, and standard output is one text: two specs after each other would be one that nobody meant. Lower them one by one, into a folder with `--out=FOLDER`, or as one answer with `--json`.",
    },
    Code {
        code: "E_OUTPUT",
        text: "Standard output can't be written. That a reader has seen enough and closed it is no error.",
    },
    Code {
        code: "E_OUT_NAME",
        text: "With `lower --out`, each spec has the name of its file: two files can't have one name, standard input has none, and no file may be written over itself. Lower these apart from the others.",
    },
    Code {
        code: "E_RECORD_TOO_LARGE",
        text: "A record of the test input is larger than `--slot-bytes`, or grew beyond it in a stage, which is named. It is counted as rejected, and the run goes on; take a larger record size.",
    },
    Code {
        code: "E_RUN_INGRESS",
        text: "With `run --sp`, the test input goes to one ingress of the spec. It has several and none is named, or it has none of that name. Name one with `--ingress=ID`.",
    },
    Code {
        code: "E_RUN_NEEDS_ADAPTERS",
        text: "`byteor-runtime` has no adapters: its `run` takes test input, with `--sp --input=PATH`. Between adapters, `byteor-edgeplane run` runs.",
    },
    Code {
        code: "E_SLOT_BYTES",
        text: "There is no such record size. Records have at most 256, 1024, 4096 or 16384 bytes.",
    },
    Code {
        code: "E_SPEC_NOT_CANONICAL",
        text: "The text isn't the canonical text of the spec that it says, so what runs would not be the bytes that were reviewed. `run` refuses it, `validate` warns. Lower the plan again, copy the spec without changing a byte, or use `fmt`.",
    },
    Code {
        code: "E_SPEC_READ",
        text: "The spec of a run can't be read: name it with `--spec=PATH` or in the variable `BYTEOR_SPEC`.",
    },
    Code {
        code: "E_STDIN_TWICE",
        text: "`-` stands for standard input, which can be read once. Name files for the others.",
    },
    Code {
        code: "E_TARGET_MISSING",
        text: "A plan is the same text for both targets, and which one is meant is never guessed. Add `--target=single_ring` or `--target=lane_graph`; specs need none.",
    },
    Code {
        code: "E_VERB_NOT_IN_BUILD",
        text: "The verb is one of the eleven that this family of binaries has, and this build doesn't have it. `capabilities` lists what it has; use a build that has the verb.",
    },
];
