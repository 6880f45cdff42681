//! The file egress by pieces: each file has its name from its first record on, is closed by size or age,
//! and is finished once a checkpoint speaks of it as closed.
//!
//! A file is written as `PATH.NUMBER.part`, with the number of its first record in twenty digits, and
//! finished by losing the last part of its name. What has its final name never changes, and no checkpoint
//! is behind it: a run that was killed takes back only what isn't finished.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::checkpoint::{FileOutput, OpenPart, Part, RotatedOutput};
use crate::disk::Disk;
use crate::egress::{OwnFile, Purpose, SyncHandle, WRITE_HELP, changed};
use crate::error::AdapterError;
use crate::folder::list;
use crate::framing::Framing;
use crate::head::FileId;
use crate::held::{lock_file, with_suffix};
use crate::roots::{Access, Roots};
use crate::sink::{Durable, Sink};

/// Digits of a number.
const DIGITS: usize = 20;

/// Stands behind the name of a file that isn't finished.
const PART: &str = ".part";

/// Files that may be closed and not finished. While so many wait for the disk, the one that is written
/// grows.
const MOST_CLOSED: usize = 64;

/// When a file is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// With the record that makes it so long, in bytes.
    pub bytes: Option<u64>,
    /// So long after its first record.
    pub after: Option<Duration>,
}

impl Rotation {
    /// Whether files are closed at all.
    pub fn is_on(self) -> bool {
        self.bytes.is_some() || self.after.is_some()
    }
}

/// Where the files of an output are, and what they are written with.
#[derive(Clone)]
pub(crate) struct Place {
    pub roots: Roots,
    pub disk: Disk,
    /// What their names begin with.
    pub path: PathBuf,
    pub framing: Framing,
    /// How long to wait for another pipeline that has them.
    pub wait: Duration,
}

impl Place {
    /// The path of the finished file whose first record has this number.
    fn finished(&self, number: u64) -> PathBuf {
        with_suffix(&self.path, &format!(".{number:0width$}", width = DIGITS))
    }

    /// The same before it is finished.
    fn part(&self, number: u64) -> PathBuf {
        with_suffix(&self.finished(number), PART)
    }

    /// The numbers of the files that are there: the finished ones, and the others.
    fn numbers(&self) -> Result<(Vec<u64>, Vec<u64>), AdapterError> {
        let (mut finished, mut parts) = (Vec::new(), Vec::new());
        let begin = self.path.file_name().map(OsStr::as_bytes);
        for (name, _) in list(&self.roots, &self.path, Purpose::Output.write())? {
            let rest = begin.and_then(|begin| name.as_bytes().strip_prefix(begin));
            let rest = rest.and_then(|rest| rest.strip_prefix(b"."));
            let Some((digits, rest)) = rest.and_then(|rest| rest.split_at_checked(DIGITS)) else {
                continue;
            };
            let number = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
            let Some(number) = number.and_then(|digits| digits.parse().ok()) else {
                continue;
            };
            match rest {
                b"" => finished.push(number),
                rest if rest == PART.as_bytes() => parts.push(number),
                _ => {}
            }
        }
        Ok((finished, parts))
    }

    fn open(&self, number: u64, known: Option<&Part>) -> Result<OwnFile, AdapterError> {
        let what = (Purpose::Output, self.framing);
        let known = known.map(|part| &part.file);
        OwnFile::open(&self.roots, &self.part(number), what, known, self.wait)
    }

    /// Gives a closed file its final name, to last.
    fn finish(&self, number: u64) -> Result<(), AdapterError> {
        let (part, finished) = (self.part(number), self.finished(number));
        match self.roots.rename_new(&part, &finished) {
            Ok(()) => self.sync_names(&finished),
            Err(error) if error.is_there() => Err(taken(&finished)),
            Err(error) => Err(error.or_io(
                Purpose::Output.write(),
                "give its final name to the output file",
                &part,
                WRITE_HELP,
            )),
        }
    }

    /// Waits until the names of the files last.
    fn sync_names(&self, path: &Path) -> Result<(), AdapterError> {
        let (code, doing) = (Purpose::Output.write(), "sync the folder of");
        let folder = self.roots.open_parent(path);
        let folder = folder.map_err(|error| error.or_io(code, doing, path, WRITE_HELP))?;
        self.disk
            .sync(path, &File::from(folder))
            .map_err(|error| AdapterError::io(code, doing, path, &error, WRITE_HELP))
    }

    /// Whether a part that a checkpoint speaks of isn't finished yet.
    fn is_part(&self, number: u64) -> Result<bool, AdapterError> {
        let path = self.part(number);
        match self.roots.identity(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.is_missing() => Ok(false),
            Err(error) => Err(error.or_io(Purpose::Output.write(), "look at", &path, WRITE_HELP)),
        }
    }

    /// Refuses to leave what a checkpoint speaks of unfinished: nobody else would finish it.
    pub fn refuse_unfinished(&self, known: &RotatedOutput) -> Result<(), AdapterError> {
        let open = known.current.as_ref().map(|open| open.part.number);
        let mut numbers = known.closed.iter().map(|part| part.number).chain(open);
        let left = numbers.find_map(|number| match self.is_part(number) {
            Ok(false) => None,
            Ok(true) => Some(Ok(number)),
            Err(error) => Some(Err(error)),
        });
        match left.transpose()? {
            None => Ok(()),
            Some(number) => Err(AdapterError::new(
                "E_OUTPUT_UNFINISHED",
                format!(
                    "{} was being written when the last run was cut off, and this config wouldn't \
                     finish it",
                    self.part(number).display()
                ),
                "start the deployment that ran before until it stops in good order, and then this one",
            )),
        }
    }
}

/// Files that are written one after the other.
pub struct RotatedFile {
    place: Place,
    rotation: Rotation,
    /// Held against other pipelines, also between two files.
    _lock: File,
    /// Records in all files, with what is kept back.
    records: u64,
    current: Option<Current>,
    /// Not known to be finished, oldest first.
    closed: Vec<Part>,
    /// To the durable half.
    new: mpsc::Sender<(u64, SyncHandle)>,
    /// All closed ones with lesser numbers are finished.
    finished: Arc<AtomicU64>,
    behind: Behind,
}

/// What a killed run left behind its checkpoint.
#[derive(Default)]
struct Behind {
    /// Files that it began.
    begun: Vec<u64>,
    /// Files that the checkpoint says are closed.
    closed: Vec<u64>,
}

/// The file that is written.
struct Current {
    number: u64,
    /// When its first record came, in milliseconds since 1970.
    since: u64,
    /// When it is old enough.
    due: Option<Instant>,
    file: OwnFile,
}

impl RotatedFile {
    /// Goes on where the checkpoint's mark ends; nothing is changed before [`Sink::cut`].
    pub(crate) fn open(
        place: Place,
        rotation: Rotation,
        known: Option<&RotatedOutput>,
    ) -> Result<(Self, RotatedDurable), AdapterError> {
        let write = Purpose::Output.write();
        let lock_path = with_suffix(&place.path, ".lock");
        let lock = place.roots.open(&lock_path, Access::ReadWriteCreate);
        let lock = lock.map_err(|error| {
            error.or_io(write, "open the lock of the output", &lock_path, WRITE_HELP)
        })?;
        let (busy, name) = (Purpose::Output.busy(), Purpose::Output.name());
        lock_file(&lock, &place.path, busy, name, place.wait)?;
        let (finished, parts) = place.numbers()?;
        let none = RotatedOutput::of(&place.path);
        let known = match known {
            Some(known) => known,
            // Without an account nobody knows what they are.
            None => match finished.iter().chain(&parts).min() {
                None => &none,
                Some(number) if parts.contains(number) => return Err(taken(&place.part(*number))),
                Some(number) => return Err(taken(&place.finished(*number))),
            },
        };
        if let Some(ahead) = finished.iter().find(|number| **number > known.records) {
            return Err(taken(&place.finished(*ahead)));
        }
        let mut behind = Behind::default();
        for closed in known
            .closed
            .iter()
            .filter(|one| parts.contains(&one.number))
        {
            check_closed(&place, closed)?;
            if finished.contains(&closed.number) {
                return Err(taken(&place.finished(closed.number)));
            }
            behind.closed.push(closed.number);
        }
        let last = known
            .current
            .as_ref()
            .map_or(known.records, |open| open.part.number);
        behind.begun = parts.into_iter().filter(|number| *number > last).collect();
        let (send, receive) = mpsc::channel();
        let done = Arc::new(AtomicU64::new(0));
        let durable = RotatedDurable {
            place: place.clone(),
            new: receive,
            parts: Vec::new(),
            finished: Arc::clone(&done),
        };
        let mut opened = Self {
            place,
            rotation,
            _lock: lock,
            records: known.records,
            current: None,
            closed: Vec::new(),
            new: send,
            finished: done,
            behind,
        };
        if let Some(open) = &known.current {
            opened.go_on(open)?;
        }
        Ok((opened, durable))
    }

    /// Opens the file that was being written.
    fn go_on(&mut self, open: &OpenPart) -> Result<(), AdapterError> {
        let number = open.part.number;
        let file = self.place.open(number, Some(&open.part))?;
        if file.mark().file.length != open.part.file.length {
            let why = "is another file now";
            return Err(changed(Purpose::Output, &self.place.part(number), why));
        }
        let age = Duration::from_millis(now().saturating_sub(open.since));
        self.take(number, open.since, age, file);
        Ok(())
    }

    /// Begins a file with the record that comes next.
    fn begin(&mut self) -> Result<(), AdapterError> {
        let number = self.records + 1;
        let file = self.place.open(number, None)?;
        if file.mark().file.length > 0 {
            return Err(taken(&self.place.part(number)));
        }
        self.take(number, now(), Duration::ZERO, file);
        Ok(())
    }

    fn take(&mut self, number: u64, since: u64, age: Duration, file: OwnFile) {
        let handle = file.sync_handle(&self.place.roots, &self.place.disk);
        // Where the other half is gone, its error is told by whoever has it.
        let _ = self.new.send((number, handle));
        let due = self
            .rotation
            .after
            .map(|after| Instant::now() + after.saturating_sub(age));
        self.current = Some(Current {
            number,
            since,
            due,
            file,
        });
    }

    /// Nothing more is written to the current file, if there is one.
    fn close(&mut self) -> Result<(), AdapterError> {
        if let Some(mut current) = self.current.take() {
            current.file.flush()?;
            self.closed.push(Part {
                number: current.number,
                file: current.file.mark().file,
            });
        }
        Ok(())
    }

    fn may_close(&self) -> bool {
        self.closed.len() < MOST_CLOSED
    }
}

impl Sink for RotatedFile {
    type Mark = RotatedOutput;
    type Durable = RotatedDurable;

    fn cut(&mut self) -> Result<u64, AdapterError> {
        let behind = std::mem::take(&mut self.behind);
        let mut cut = match &mut self.current {
            Some(current) => current.file.cut()?,
            None => 0,
        };
        for number in behind.begun {
            let path = self.place.part(number);
            let removed = self.place.roots.remove(&path);
            cut += removed.map_err(|error| {
                let doing = "remove what a run that was cut off began,";
                error.or_io(Purpose::Output.write(), doing, &path, WRITE_HELP)
            })?;
        }
        for number in behind.closed {
            self.place.finish(number)?;
        }
        self.place.sync_names(&self.place.path)?;
        Ok(cut)
    }

    fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        if self.current.is_none() {
            self.begin()?;
        }
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        current.file.push_line(record)?;
        self.records += 1;
        let len = current.file.len();
        if self.rotation.bytes.is_some_and(|bytes| len >= bytes) && self.may_close() {
            self.close()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AdapterError> {
        let finished = self.finished.load(Ordering::Acquire);
        self.closed.retain(|part| part.number >= finished);
        if self.is_due() {
            return self.close();
        }
        match &mut self.current {
            Some(current) => current.file.flush(),
            None => Ok(()),
        }
    }

    fn mark(&self) -> RotatedOutput {
        RotatedOutput {
            path: self.place.path.clone(),
            records: self.records,
            closed: self.closed.clone(),
            current: self.current.as_ref().map(|current| OpenPart {
                since: current.since,
                part: Part {
                    number: current.number,
                    file: current.file.mark().file,
                },
            }),
        }
    }

    fn is_due(&self) -> bool {
        let due = self.current.as_ref().and_then(|current| current.due);
        due.is_some_and(|due| Instant::now() >= due) && self.may_close()
    }

    fn end(&mut self) -> Result<(), AdapterError> {
        self.close()
    }
}

/// The other half of [`RotatedFile`].
pub struct RotatedDurable {
    place: Place,
    new: mpsc::Receiver<(u64, SyncHandle)>,
    /// Those that aren't finished, by number.
    parts: Vec<(u64, SyncHandle)>,
    finished: Arc<AtomicU64>,
}

impl RotatedDurable {
    fn sync_up_to(&mut self, last: u64) -> Result<(), AdapterError> {
        self.parts.extend(self.new.try_iter());
        let parts = self.parts.iter_mut().filter(|(number, _)| *number <= last);
        for (_, handle) in parts {
            handle.sync()?;
        }
        Ok(())
    }
}

impl Durable for RotatedDurable {
    type Mark = RotatedOutput;

    fn sync(&mut self) -> Result<(), AdapterError> {
        self.sync_up_to(u64::MAX)
    }

    fn sync_to(&mut self, mark: &RotatedOutput) -> Result<(), AdapterError> {
        self.sync_up_to(mark.records)
    }

    fn check(&mut self, mark: &RotatedOutput) -> Result<(), AdapterError> {
        let open = mark.current.as_ref().map(|open| &open.part);
        for part in mark.closed.iter().chain(open) {
            let of_part = |(number, _): &&mut (u64, SyncHandle)| *number == part.number;
            // One that isn't there is finished since.
            if let Some((_, handle)) = self.parts.iter_mut().find(of_part) {
                handle.check(&FileOutput {
                    path: self.place.part(part.number),
                    file: part.file.clone(),
                })?;
            }
        }
        Ok(())
    }

    /// Finishes what the checkpoint says is closed.
    fn saved(&mut self, mark: &RotatedOutput) -> Result<(), AdapterError> {
        for closed in &mark.closed {
            if closed.number < self.finished.load(Ordering::Acquire) {
                continue;
            }
            self.place.finish(closed.number)?;
            self.parts.retain(|(number, _)| *number != closed.number);
            self.finished.store(closed.number + 1, Ordering::Release);
        }
        Ok(())
    }
}

/// Refuses a file that isn't what the checkpoint says was closed.
fn check_closed(place: &Place, closed: &Part) -> Result<(), AdapterError> {
    let path = place.part(closed.number);
    let failed = |error: &io::Error| {
        let doing = "look at the output file";
        AdapterError::io(Purpose::Output.write(), doing, &path, error, WRITE_HELP)
    };
    let file = place.roots.open(&path, Access::Read);
    let file = file.map_err(|error| {
        error.or_io(
            Purpose::Output.write(),
            "open the output file",
            &path,
            WRITE_HELP,
        )
    })?;
    let meta = file.metadata().map_err(|error| failed(&error))?;
    let same = closed.file.id.is(FileId::of(&meta))
        && meta.len() == closed.file.length
        && closed
            .file
            .head
            .matches(&file)
            .map_err(|error| failed(&error))?;
    match same {
        true => Ok(()),
        false => Err(changed(Purpose::Output, &path, "is another file now")),
    }
}

/// A name that a file of ours is to have is that of another.
fn taken(path: &Path) -> AdapterError {
    AdapterError::new(
        "E_OUTPUT_TAKEN",
        format!(
            "{} is there already, and not of this pipeline",
            path.display()
        ),
        "move it away, or name another output: names of files are given once, and a pipeline that \
         starts anew begins with the first",
    )
}

/// Milliseconds since 1970; 0 on a clock before that.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
