//! The checkpoint: how far a pipeline got, in a file that is always whole.
//!
//! It is written to a temporary file, synced, and renamed over the last one, and only after the
//! output and reject files that it speaks of were synced. A run that finds one cuts its own files
//! back to the lengths in it and reads on at its offset, so the final bytes are those of a run
//! that nobody disturbed.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use byteor_pipeline_exec::{Counters, STATE_BYTES_MAX};
use sha2::{Digest, Sha256};

use crate::framing::Framing;
use crate::head::{FileId, Fingerprint};

/// The format version that is written. Version 1 knew neither what stages remember nor since when
/// the totals count, version 2 not the latter; both are read.
pub const CHECKPOINT_VERSION: u32 = 3;

/// The format versions that are read.
pub const CHECKPOINT_READS: &[u32] = &[1, 2, CHECKPOINT_VERSION];

/// The most bytes of a checkpoint file: as many roles as a graph may have, each with the largest state
/// that one may have, and all paths as long as paths can be.
pub const CHECKPOINT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A position in an input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPosition {
    /// The file.
    pub id: FileId,
    /// Fingerprint of its first bytes, as far as they were consumed.
    pub head: Fingerprint,
    /// Bytes consumed: everything before is in the output or the reject file, or was dropped.
    pub offset: u64,
}

/// A file of ours, as far as it is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    /// The file.
    pub id: FileId,
    /// Fingerprint of its first bytes.
    pub head: Fingerprint,
    /// Length in bytes. What stands behind is cut off at the next start.
    pub length: u64,
    /// How its records stand in it.
    pub framing: Framing,
}

/// What was counted since the pipeline's first start, at [`Checkpoint::since`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records read, the rejected among them.
    pub records_in: u64,
    /// Records written to the output.
    pub records_out: u64,
    /// Records that a stage dropped.
    pub dropped: u64,
    /// Records in the reject file: too large at the ingress, or grown too large in a stage.
    pub rejected: u64,
    /// Bytes of the records read, without line feeds.
    pub bytes_in: u64,
    /// Bytes of the records written, without line feeds.
    pub bytes_out: u64,
    /// How often the input was truncated or rewritten in place.
    pub truncations: u64,
}

impl Totals {
    /// Those that every snapshot has.
    pub fn counters(&self) -> Counters {
        Counters {
            records_in: self.records_in,
            records_out: self.records_out,
            dropped: self.dropped,
            rejected: self.rejected,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.each(other, u64::saturating_add);
    }

    /// Takes others away; what would be below 0 is 0.
    pub fn remove(&mut self, other: &Self) {
        self.each(other, u64::saturating_sub);
    }

    fn each(&mut self, other: &Self, with: fn(u64, u64) -> u64) {
        for (to, from) in [
            (&mut self.records_in, other.records_in),
            (&mut self.records_out, other.records_out),
            (&mut self.dropped, other.dropped),
            (&mut self.rejected, other.rejected),
            (&mut self.bytes_in, other.bytes_in),
            (&mut self.bytes_out, other.bytes_out),
            (&mut self.truncations, other.truncations),
        ] {
            *to = with(*to, from);
        }
    }
}

/// What one stage counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageTotals {
    /// Records it was given.
    pub processed: u64,
    /// Records it dropped.
    pub dropped: u64,
    /// Records it made too large.
    pub rejected: u64,
}

/// What one stage remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedState {
    /// Id of the stage.
    pub id: String,
    /// Its key. The state means something to a stage of this key only.
    pub key: String,
    /// The bytes, as the stage saved them.
    pub bytes: Arc<[u8]>,
}

/// What one side of a pipeline keeps in a checkpoint: a block of lines whose keys begin with a name.
pub trait Section: Clone + PartialEq + Send + 'static {
    /// Puts its lines, each under a key that begins with `name` and a dot.
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str));

    /// Takes the same lines back.
    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String>;

    /// How many records it speaks of, where that is a number.
    fn number(&self) -> Option<u64> {
        None
    }

    /// Whether it keeps records that were refused and stand in no reject file yet.
    fn keeps_refused(&self) -> bool {
        false
    }
}

/// How far an input file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// Its configured path.
    pub path: PathBuf,
    /// Where the path matches several files: the name of the one that the position is of, empty before
    /// the first one.
    pub name: Option<OsString>,
    /// How its records stand in it.
    pub framing: Framing,
    /// How far it was consumed.
    pub position: InputPosition,
}

impl Section for FileInput {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        let at = &self.position;
        put(&format!("{name}.path"), &escape(&self.path));
        if let Some(file) = &self.name {
            put(&format!("{name}.file"), &escape(Path::new(file)));
        }
        put_id(name, at.id, put);
        put_head(name, &at.head, put);
        put(&format!("{name}.offset"), &at.offset.to_string());
        put_framing(name, self.framing, put);
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let path = fields.path(&format!("{name}.path"))?;
        let file = format!("{name}.file");
        let file = (fields.is_next(&file)).then(|| fields.path(&file));
        Ok(Self {
            path,
            name: file.transpose()?.map(PathBuf::into_os_string),
            position: InputPosition {
                id: fields.id(name)?,
                head: fields.fingerprint(name)?,
                offset: fields.number(&format!("{name}.offset"))?,
            },
            framing: fields.framing(name)?,
        })
    }
}

/// How far a file of ours was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOutput {
    /// Its configured path.
    pub path: PathBuf,
    /// The file.
    pub file: WrittenFile,
}

impl Section for FileOutput {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.path"), &escape(&self.path));
        self.file.put(name, put);
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        Ok(Self {
            path: fields.path(&format!("{name}.path"))?,
            file: WrittenFile::take(name, fields)?,
        })
    }
}

impl Section for WrittenFile {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put_id(name, self.id, put);
        put_head(name, &self.head, put);
        put(&format!("{name}.length"), &self.length.to_string());
        put_framing(name, self.framing, put);
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        Ok(Self {
            id: fields.id(name)?,
            head: fields.fingerprint(name)?,
            length: fields.number(&format!("{name}.length"))?,
            framing: fields.framing(name)?,
        })
    }
}

/// How far the output was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// To one file.
    One(FileOutput),
    /// To several, one after the other.
    Rotated(RotatedOutput),
}

impl Written {
    /// The configured path.
    pub fn path(&self) -> &Path {
        match self {
            Self::One(file) => &file.path,
            Self::Rotated(files) => &files.path,
        }
    }
}

impl Section for Written {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        match self {
            Self::One(file) => file.put(name, put),
            Self::Rotated(files) => files.put(name, put),
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let path = fields.path(&format!("{name}.path"))?;
        match fields.is_next(&format!("{name}.rotated.records")) {
            false => {
                let file = WrittenFile::take(name, fields)?;
                Ok(Self::One(FileOutput { path, file }))
            }
            true => RotatedOutput::take_at(path, name, fields).map(Self::Rotated),
        }
    }
}

/// How far several files of ours were written, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotatedOutput {
    /// What their names begin with, as it is configured.
    pub path: PathBuf,
    /// Records in all of them.
    pub records: u64,
    /// Those that are closed and may not have their final names, oldest first.
    pub closed: Vec<Part>,
    /// The one that is written.
    pub current: Option<OpenPart>,
}

/// One of several files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Number of its first record, from 1.
    pub number: u64,
    /// The file.
    pub file: WrittenFile,
}

/// The file that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPart {
    /// When its first record came, in milliseconds since 1970.
    pub since: u64,
    /// The file.
    pub part: Part,
}

impl RotatedOutput {
    /// Nothing at `path`.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            records: 0,
            closed: Vec::new(),
            current: None,
        }
    }

    fn take_at(path: PathBuf, name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let name = format!("{name}.rotated");
        let records = fields.number(&format!("{name}.records"))?;
        let count: usize = fields.number(&format!("{name}.closed.len"))?;
        let closed = (0..count).map(|at| Part::take(&format!("{name}.closed.{at}"), fields));
        let closed = closed.collect::<Result<_, _>>()?;
        let name = format!("{name}.current");
        let current = match fields.text(&name)? {
            "none" => None,
            "open" => Some(OpenPart {
                since: fields.number(&format!("{name}.since"))?,
                part: Part::take(&name, fields)?,
            }),
            _ => return Err(format!("`{name}` is neither none nor open")),
        };
        Ok(Self {
            path,
            records,
            closed,
            current,
        })
    }
}

impl Section for RotatedOutput {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.path"), &escape(&self.path));
        let name = format!("{name}.rotated");
        put(&format!("{name}.records"), &self.records.to_string());
        put(
            &format!("{name}.closed.len"),
            &self.closed.len().to_string(),
        );
        for (at, part) in self.closed.iter().enumerate() {
            part.put(&format!("{name}.closed.{at}"), put);
        }
        let name = format!("{name}.current");
        match &self.current {
            None => put(&name, "none"),
            Some(open) => {
                put(&name, "open");
                put(&format!("{name}.since"), &open.since.to_string());
                open.part.put(&name, put);
            }
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        let path = fields.path(&format!("{name}.path"))?;
        Self::take_at(path, name, fields)
    }
}

impl Section for Part {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.number"), &self.number.to_string());
        self.file.put(name, put);
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        Ok(Self {
            number: fields.number(&format!("{name}.number"))?,
            file: WrittenFile::take(name, fields)?,
        })
    }
}

/// Lines are what is meant where nothing says so: their account has the text that it always had.
fn put_framing(name: &str, framing: Framing, put: &mut dyn FnMut(&str, &str)) {
    if framing != Framing::Lines {
        put(&format!("{name}.framing"), framing.as_str());
    }
}

fn put_id(name: &str, id: FileId, put: &mut dyn FnMut(&str, &str)) {
    put(&format!("{name}.dev"), &id.dev.to_string());
    put(&format!("{name}.ino"), &id.ino.to_string());
    put(&format!("{name}.born"), &id.born.to_string());
}

fn put_head(name: &str, head: &Fingerprint, put: &mut dyn FnMut(&str, &str)) {
    put(&format!("{name}.head.len"), &head.len.to_string());
    put(&format!("{name}.head.sha256"), &head.sha256);
}

/// How far a pipeline got: its source, its sink, and what lies between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint<I, O> {
    /// How far the source was consumed.
    pub input: I,
    /// How far the sink was written.
    pub output: O,
    /// How far the reject file was.
    pub reject: FileOutput,
    /// The counters.
    pub totals: Totals,
    /// When they began at nothing, in milliseconds since 1970. Not known where the account was
    /// begun by a build that didn't keep it.
    pub since: Option<u64>,
    /// Hash of the spec that ran; the stages' counters belong to it.
    pub spec_hash: String,
    /// Counters of the stages, in the spec's order.
    pub stages: Vec<StageTotals>,
    /// What the stages remembered after the last record that the account speaks of, in the spec's
    /// order; nothing for a stage that has no state.
    pub states: Vec<Option<SavedState>>,
}

impl<I: Section, O: Section> Checkpoint<I, O> {
    /// The text of the checkpoint file.
    pub fn encode(&self) -> Vec<u8> {
        let mut text = String::new();
        let mut put = |key: &str, value: &str| {
            text.push_str(key);
            text.push('=');
            text.push_str(value);
            text.push('\n');
        };
        put("checkpoint.v", &CHECKPOINT_VERSION.to_string());
        self.input.put("input", &mut put);
        self.output.put("output", &mut put);
        self.reject.put("reject", &mut put);
        let totals = &self.totals;
        put("totals.records_in", &totals.records_in.to_string());
        put("totals.records_out", &totals.records_out.to_string());
        put("totals.dropped", &totals.dropped.to_string());
        put("totals.rejected", &totals.rejected.to_string());
        put("totals.bytes_in", &totals.bytes_in.to_string());
        put("totals.bytes_out", &totals.bytes_out.to_string());
        put("totals.truncations", &totals.truncations.to_string());
        let since = self.since.map(|since| since.to_string());
        put("totals.since", since.as_deref().unwrap_or(UNKNOWN));
        put("spec.hash", &self.spec_hash);
        put("stages.len", &self.stages.len().to_string());
        for (index, stage) in self.stages.iter().enumerate() {
            put(
                &format!("stages.{index}.processed"),
                &stage.processed.to_string(),
            );
            put(
                &format!("stages.{index}.dropped"),
                &stage.dropped.to_string(),
            );
            put(
                &format!("stages.{index}.rejected"),
                &stage.rejected.to_string(),
            );
            let name = format!("stages.{index}.state");
            let Some(Some(state)) = self.states.get(index) else {
                put(&name, "none");
                continue;
            };
            put(&name, "saved");
            put(&format!("{name}.id"), &state.id);
            put(&format!("{name}.key"), &state.key);
            put(&format!("{name}.len"), &state.bytes.len().to_string());
            put(&format!("{name}.base64"), &BASE64.encode(&state.bytes));
        }
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        text.push_str(&format!("checksum=sha256:{sum}\n"));
        text.into_bytes()
    }

    /// Reads the text of a checkpoint file. Answers why it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
        let first = text.lines().next().unwrap_or_default();
        let version = first.strip_prefix("checkpoint.v=");
        let (states, dated) = match version {
            Some("3") => (true, true),
            Some("2") => (true, false),
            Some("1") | None => (false, false),
            Some(version) => {
                return Err(format!(
                    "its format version is {version}, and this build reads {CHECKPOINT_READS:?}"
                ));
            }
        };
        let at = text.rfind("checksum=").ok_or("it has no checksum")?;
        let expected = format!(
            "checksum=sha256:{}\n",
            byteor_ascii::hex(&Sha256::digest(&bytes[..at]))
        );
        if text[at..] != expected {
            return Err("its checksum does not match its text".into());
        }
        let mut fields = Fields(text[..at].lines());
        fields.number::<u32>("checkpoint.v")?;
        let input = I::take("input", &mut fields)?;
        let output = O::take("output", &mut fields)?;
        let reject = FileOutput::take("reject", &mut fields)?;
        let totals = Totals {
            records_in: fields.number("totals.records_in")?,
            records_out: fields.number("totals.records_out")?,
            dropped: fields.number("totals.dropped")?,
            rejected: fields.number("totals.rejected")?,
            bytes_in: fields.number("totals.bytes_in")?,
            bytes_out: fields.number("totals.bytes_out")?,
            truncations: fields.number("totals.truncations")?,
        };
        let since = if dated { fields.since()? } else { None };
        let spec_hash = fields.text("spec.hash")?.to_owned();
        let count: usize = fields.number("stages.len")?;
        let (mut stages, mut saved) = (Vec::new(), Vec::new());
        for index in 0..count {
            stages.push(StageTotals {
                processed: fields.number(&format!("stages.{index}.processed"))?,
                dropped: fields.number(&format!("stages.{index}.dropped"))?,
                rejected: fields.number(&format!("stages.{index}.rejected"))?,
            });
            saved.push(if states { fields.state(index)? } else { None });
        }
        if fields.0.next().is_some() {
            return Err("it has more lines than its version knows".into());
        }
        Ok(Self {
            input,
            output,
            reject,
            totals,
            since,
            spec_hash,
            stages,
            states: saved,
        })
    }
}

/// An instant that nobody kept.
const UNKNOWN: &str = "unknown";

/// The lines of a checkpoint, taken one after the other: each key where it belongs.
pub struct Fields<'a>(std::str::Lines<'a>);

impl<'a> Fields<'a> {
    /// Those of `text`.
    #[cfg(all(test, feature = "net"))]
    pub(crate) fn of(text: &'a str) -> Self {
        Self(text.lines())
    }

    /// The value of the next line, which has this key.
    pub fn text(&mut self, key: &str) -> Result<&'a str, String> {
        let line = self.0.next().ok_or_else(|| format!("`{key}` is missing"))?;
        line.strip_prefix(key)
            .and_then(|rest| rest.strip_prefix('='))
            .ok_or_else(|| format!("`{key}` is not where it belongs"))
    }

    /// Whether the next line has this key.
    pub fn is_next(&self, key: &str) -> bool {
        let rest = self
            .0
            .clone()
            .next()
            .and_then(|line| line.strip_prefix(key));
        rest.is_some_and(|rest| rest.starts_with('='))
    }

    /// The same, as a number.
    pub fn number<T: std::str::FromStr>(&mut self, key: &str) -> Result<T, String> {
        let text = self.text(key)?;
        text.parse().map_err(|_| format!("`{key}` is not a number"))
    }

    fn since(&mut self) -> Result<Option<u64>, String> {
        let key = "totals.since";
        let text = self.text(key)?;
        if text == UNKNOWN {
            return Ok(None);
        }
        let since = text.parse().map_err(|_| format!("`{key}` is no instant"))?;
        Ok(Some(since))
    }

    fn path(&mut self, key: &str) -> Result<PathBuf, String> {
        unescape(self.text(key)?).ok_or_else(|| format!("`{key}` is not a path"))
    }

    fn id(&mut self, name: &str) -> Result<FileId, String> {
        Ok(FileId {
            dev: self.number(&format!("{name}.dev"))?,
            ino: self.number(&format!("{name}.ino"))?,
            born: self.number(&format!("{name}.born"))?,
        })
    }

    fn state(&mut self, index: usize) -> Result<Option<SavedState>, String> {
        let name = format!("stages.{index}.state");
        match self.text(&name)? {
            "none" => return Ok(None),
            "saved" => {}
            _ => return Err(format!("`{name}` is neither none nor saved")),
        }
        let id = self.text(&format!("{name}.id"))?.to_owned();
        let key = self.text(&format!("{name}.key"))?.to_owned();
        let len: usize = self.number(&format!("{name}.len"))?;
        let bytes = self.text(&format!("{name}.base64"))?;
        let bytes = BASE64
            .decode(bytes)
            .map_err(|_| format!("`{name}.base64` is not Base64"))?;
        if bytes.len() != len || len > STATE_BYTES_MAX {
            return Err(format!("`{name}` has {} bytes", bytes.len()));
        }
        let bytes = bytes.into();
        Ok(Some(SavedState { id, key, bytes }))
    }

    fn framing(&mut self, name: &str) -> Result<Framing, String> {
        let key = format!("{name}.framing");
        if !self.is_next(&key) {
            return Ok(Framing::Lines);
        }
        let framing = Framing::from_word(self.text(&key)?);
        let other = framing.filter(|framing| *framing != Framing::Lines);
        other.ok_or_else(|| format!("`{key}` is none that is written"))
    }

    fn fingerprint(&mut self, name: &str) -> Result<Fingerprint, String> {
        Ok(Fingerprint {
            len: self.number(&format!("{name}.head.len"))?,
            sha256: self.text(&format!("{name}.head.sha256"))?.to_owned(),
        })
    }
}

fn escape(path: &Path) -> String {
    byteor_ascii::escape(path.as_os_str().as_bytes())
}

fn unescape(text: &str) -> Option<PathBuf> {
    let bytes = byteor_ascii::unescape(text)?;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::disk::Disk;
    use crate::held::{CheckpointFile, LOCK_WAIT};

    type Checkpoint = super::Checkpoint<FileInput, FileOutput>;

    fn sample() -> Checkpoint {
        let file = |path: &str, length| FileOutput {
            path: path.into(),
            file: WrittenFile {
                id: FileId {
                    dev: 1,
                    ino: 2,
                    born: 3,
                },
                head: Fingerprint::of(b"abc"),
                length,
                framing: Framing::Lines,
            },
        };
        Checkpoint {
            input: FileInput {
                path: PathBuf::from(OsString::from_vec(b"/in put\\\n\xff=x".to_vec())),
                name: None,
                framing: Framing::Lines,
                position: InputPosition {
                    id: FileId {
                        dev: u64::MAX,
                        ino: 7,
                        born: 0,
                    },
                    head: Fingerprint::of(b""),
                    offset: 123_456_789_012,
                },
            },
            output: file("/out", 99),
            reject: file("/reject", 0),
            totals: Totals {
                records_in: 10,
                records_out: 5,
                dropped: 3,
                rejected: 2,
                bytes_in: 1_000,
                bytes_out: 500,
                truncations: 1,
            },
            since: Some(1_795_298_400_123),
            spec_hash: format!("sha256:{}", "0".repeat(64)),
            states: vec![None, None],
            stages: vec![
                StageTotals::default(),
                StageTotals {
                    processed: 4,
                    dropped: 1,
                    rejected: 2,
                },
            ],
        }
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = CheckpointFile::hold(&dir.path().join("c"), LOCK_WAIT).unwrap();
        assert_eq!(file.read::<FileInput, FileOutput>().unwrap(), None);
        file.write(&sample(), &Disk::default()).unwrap();
        assert_eq!(file.read().unwrap(), Some(sample()));
        assert!(sample().encode().is_ascii());
    }

    /// One of several files, with records behind their lengths.
    fn several() -> Checkpoint {
        let mut several = sample();
        several.input.name = Some(OsString::from_vec(b"a\n\xff.bin".to_vec()));
        several.input.framing = Framing::Prefixed;
        several.output.file.framing = Framing::Prefixed;
        several
    }

    #[test]
    fn which_of_several_files_and_how_records_stand_in_them_read_back() {
        let text = String::from_utf8(several().encode()).unwrap();
        assert!(text.contains("\ninput.file=a\\x0a\\xff.bin\n"), "{text}");
        assert_eq!(text.matches(".framing=prefixed\n").count(), 2, "{text}");
        assert_eq!(Checkpoint::decode(text.as_bytes()), Ok(several()));
        let mut none = several();
        none.input.name = Some(OsString::new());
        assert_eq!(Checkpoint::decode(&none.encode()), Ok(none));
        // Each account has one text.
        for framing in ["lines", "else"] {
            let from = "input.framing=prefixed";
            let why = forged(&text, from, &format!("input.framing={framing}")).unwrap_err();
            assert!(why.contains("`input.framing` is none"), "{why}");
        }
    }

    #[test]
    fn several_files_of_an_output_read_back_and_one_has_the_text_that_it_had() {
        type Checkpoint = super::Checkpoint<FileInput, Written>;
        let one = sample();
        let output = |output| Checkpoint {
            input: one.input.clone(),
            output,
            reject: one.reject.clone(),
            totals: one.totals.clone(),
            since: one.since,
            spec_hash: one.spec_hash.clone(),
            stages: one.stages.clone(),
            states: one.states.clone(),
        };
        let same = output(Written::One(one.output.clone()));
        assert_eq!(same.encode(), one.encode());
        assert_eq!(Checkpoint::decode(&one.encode()), Ok(same));
        let part = |number| Part {
            number,
            file: one.output.file.clone(),
        };
        let mut files = RotatedOutput::of(Path::new("/out"));
        for closed in 0..3 {
            for current in [
                None,
                Some(OpenPart {
                    since: 7,
                    part: part(90),
                }),
            ] {
                files.records = 99;
                files.closed = (0..closed).map(|at| part(1 + at)).collect();
                files.current = current;
                let rotated = output(Written::Rotated(files.clone()));
                assert_eq!(Checkpoint::decode(&rotated.encode()), Ok(rotated.clone()));
                let text = String::from_utf8(rotated.encode()).unwrap();
                assert!(
                    text.contains("\noutput.path=/out\noutput.rotated.records=99\n"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn any_damaged_byte_is_noticed() {
        for sample in [sample(), remembering(), several()] {
            let bytes = sample.encode();
            for at in 0..bytes.len() {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1;
                assert!(Checkpoint::decode(&damaged).is_err(), "byte {at}");
                assert!(Checkpoint::decode(&bytes[..at]).is_err(), "cut at {at}");
            }
            assert!(Checkpoint::decode(&[&bytes[..], b"x"].concat()).is_err());
        }
    }

    fn remembering() -> Checkpoint {
        let state = SavedState {
            id: "once".into(),
            key: r"dedupe:10:a\=b".into(),
            bytes: (0..=255).collect::<Vec<u8>>().into(),
        };
        Checkpoint {
            states: vec![None, Some(state)],
            ..sample()
        }
    }

    #[test]
    fn what_stages_remembered_reads_back() {
        let bytes = remembering().encode();
        assert!(bytes.is_ascii());
        assert!(bytes.starts_with(b"checkpoint.v=3\n"));
        assert_eq!(Checkpoint::decode(&bytes), Ok(remembering()));
    }

    /// What an older build wrote, of which this one is: the lines that it knew.
    fn older(version: u32, checkpoint: &Checkpoint) -> Vec<u8> {
        let text = String::from_utf8(checkpoint.encode()).unwrap();
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with("checksum=") && !line.starts_with("totals.since="))
            .filter(|line| version > 1 || !line.contains(".state="))
            .map(|line| format!("{line}\n"))
            .collect();
        let text = text.replacen("checkpoint.v=3", &format!("checkpoint.v={version}"), 1);
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        format!("{text}checksum=sha256:{sum}\n").into_bytes()
    }

    #[test]
    fn older_versions_are_read_and_do_not_know_since_when_they_count() {
        let undated = |checkpoint| Checkpoint {
            since: None,
            ..checkpoint
        };
        let one = Checkpoint::decode(&older(1, &sample()));
        assert_eq!(one, Ok(undated(sample())));
        let two = Checkpoint::decode(&older(2, &remembering()));
        assert_eq!(two, Ok(undated(remembering())));
        // And that nobody knows stays known.
        let again = two.unwrap();
        assert_eq!(Checkpoint::decode(&again.encode()), Ok(again));
    }

    /// A checkpoint whose text was changed, with a checksum that fits.
    fn forged(text: &str, from: &str, to: &str) -> Result<Checkpoint, String> {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        let text = text.replace(from, to);
        let text = &text[..text.rfind("checksum=").unwrap()];
        let sum = byteor_ascii::hex(&Sha256::digest(text.as_bytes()));
        Checkpoint::decode(format!("{text}checksum=sha256:{sum}\n").as_bytes())
    }

    #[test]
    fn a_state_that_does_not_fit_its_own_account_is_none() {
        let text = String::from_utf8(remembering().encode()).unwrap();
        for (from, to, why) in [
            ("state.len=256", "state.len=255", "has 256 bytes"),
            (
                "state.len=256",
                "state.len=99999999999999999999",
                "not a number",
            ),
            ("base64=AAEC", "base64=A*EC", "not Base64"),
            ("state=none", "state=some", "neither none nor saved"),
            (
                "stages.1.state.key=",
                "stages.1.state.kez=",
                "not where it belongs",
            ),
            (
                "stages.len=2",
                "stages.len=18446744073709551615",
                "is missing",
            ),
            ("checkpoint.v=3", "checkpoint.v=2", "not where it belongs"),
            ("since=17", "since=now", "no instant"),
            ("since=17", "since=-17", "no instant"),
        ] {
            let got = forged(&text, from, to).unwrap_err();
            assert!(got.contains(why), "{from} → {to}: {got}");
        }
        let mut large = remembering();
        large.states[1].as_mut().unwrap().bytes = vec![7; STATE_BYTES_MAX + 1].into();
        let why = Checkpoint::decode(&large.encode()).unwrap_err();
        assert!(why.contains("has 131073 bytes"), "{why}");
        large.states[1].as_mut().unwrap().bytes = vec![7; STATE_BYTES_MAX].into();
        assert_eq!(Checkpoint::decode(&large.encode()), Ok(large));
    }

    #[test]
    fn the_largest_checkpoint_is_read_and_a_larger_file_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        let file = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        let state = SavedState {
            id: "s".repeat(64),
            key: "k".repeat(1024),
            bytes: vec![255; STATE_BYTES_MAX].into(),
        };
        let long = PathBuf::from(std::ffi::OsString::from_vec(vec![0xff; 4096]));
        let output = |output: FileOutput| FileOutput {
            path: long.clone(),
            ..output
        };
        let largest = Checkpoint {
            input: FileInput {
                path: long.clone(),
                ..sample().input
            },
            output: output(sample().output),
            reject: output(sample().reject),
            stages: vec![StageTotals::default(); 4],
            states: vec![Some(state); 4],
            ..sample()
        };
        file.write(&largest, &Disk::default()).unwrap();
        assert_eq!(file.read().unwrap(), Some(largest));
        let large = std::fs::File::create(&path).unwrap();
        large.set_len(CHECKPOINT_BYTES_MAX + 1).unwrap();
        let error = file.read::<FileInput, FileOutput>().unwrap_err();
        assert_eq!(error.code, "E_CHECKPOINT_CORRUPT");
        assert!(error.message.contains("larger"), "{error}");
    }

    #[test]
    fn another_format_version_is_named() {
        let text = String::from_utf8(sample().encode()).unwrap();
        for version in 0..6 {
            let other = text.replacen("checkpoint.v=3", &format!("checkpoint.v={version}"), 1);
            let read = Checkpoint::decode(other.as_bytes());
            let named =
                read.is_err_and(|why| why.contains(&format!("format version is {version}")));
            assert_eq!(named, !CHECKPOINT_READS.contains(&version), "{version}");
        }
    }

    #[test]
    fn a_damaged_checkpoint_is_never_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        std::fs::write(&path, "").unwrap();
        let file = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        assert_eq!(
            file.read::<FileInput, FileOutput>().unwrap_err().code,
            "E_CHECKPOINT_CORRUPT"
        );
    }

    #[test]
    fn a_second_runner_waits_and_is_then_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c");
        let held = CheckpointFile::hold(&path, LOCK_WAIT).unwrap();
        let refused = CheckpointFile::hold(&path, Duration::from_millis(60));
        assert_eq!(refused.err().unwrap().code, "E_CHECKPOINT_BUSY");
        let waiting = std::thread::spawn(move || CheckpointFile::hold(&path, LOCK_WAIT).is_ok());
        std::thread::sleep(Duration::from_millis(50));
        drop(held);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn a_folder_that_is_a_file_is_a_coded_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        let refused = CheckpointFile::hold(&dir.path().join("f/c"), LOCK_WAIT);
        assert_eq!(refused.err().unwrap().code, "E_CHECKPOINT_WRITE");
    }
}
