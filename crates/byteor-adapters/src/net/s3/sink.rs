//! Records that are put as objects, each named by the number of its first record.
//!
//! What is in the bucket says how far this pipeline is: each object tells the number of its last record,
//! and none is put over another. So a run that goes on behind a checkpoint lists what is behind it, and
//! leaves the records out that are there, wherever the objects were cut.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Attribute, Attributes};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::bucket::{Bucket, Store};
use super::pack::Packing;
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::outlet::{Batch, NetMark, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::{Retry, random};

/// What is put where.
#[derive(Clone)]
pub struct Put {
    /// The bucket.
    pub bucket: Bucket,
    /// What keys begin with.
    pub prefix: String,
    /// How records are joined.
    pub cut: Cut,
    /// How objects are compressed.
    pub packing: Packing,
    /// How many bytes, before that, are enough for an object.
    pub object_bytes: usize,
    /// How long its first record waits for more.
    pub object_age: Duration,
    /// Digest of all that decides which record has which number.
    pub pipeline: String,
    /// Whether records behind a checkpoint come again under the same numbers.
    pub resumes: bool,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// The most records that are taken up at once.
const TAKEN: usize = 10_000;
/// So many keys are asked for at once.
const KEYS: usize = 1000;

/// Puts what `outlet` has, going on behind `mark`, on the reactor, until it ends or fails for good.
pub fn put(
    put: Put,
    allow: &AllowNet,
    context: &Context,
    outlet: Outlet,
    mark: &NetMark,
) -> Result<(), AdapterError> {
    let reached = put.reached(mark)?;
    let putting = Putting {
        retry: Retry::new(context.clone(), put.bucket.server(), put.give_up_after),
        store: put.bucket.open(allow)?,
        context: context.clone(),
        outlet,
        stream: mark.stream.clone(),
        run: format!("{:016x}", random()),
        reached,
        standing: VecDeque::new(),
        check: None,
        put,
    };
    context.spawn(putting.run());
    Ok(())
}

/// How far the objects reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    /// The number of the last record as names have it.
    named: u64,
    /// The same record's as the pipeline counts. It is another one where a source had its senders send
    /// again: records then got numbers behind those that were there.
    last: u64,
}

impl Put {
    /// How far the objects reached when the checkpoint was written.
    fn reached(&self, mark: &NetMark) -> Result<Reached, AdapterError> {
        let begin = Reached {
            named: mark.number,
            last: mark.number,
        };
        let parts: Option<[String; 5]> = mark
            .at
            .as_ref()
            .and_then(|at| serde_json::from_str(at).ok());
        let Some([bucket, prefix, named, last, pipeline]) = parts else {
            return Ok(begin);
        };
        let numbers = (named.parse(), last.parse());
        let (true, (Ok(named), Ok(last))) = (
            [&bucket, &prefix] == [&self.bucket.name, &self.prefix],
            numbers,
        ) else {
            return Ok(begin);
        };
        if !self.resumes {
            // What was put behind the checkpoint comes as other records.
            let last = mark.number;
            return Ok(Reached { named, last });
        }
        if last > mark.number && pipeline != self.pipeline {
            return Err(self.ahead(last, mark.number));
        }
        Ok(Reached { named, last })
    }

    fn written(&self, reached: Reached) -> Arc<str> {
        let parts = [
            self.bucket.name.clone(),
            self.prefix.clone(),
            reached.named.to_string(),
            reached.last.to_string(),
            self.pipeline.clone(),
        ];
        serde_json::json!(parts).to_string().into()
    }

    fn ahead(&self, last: u64, from: u64) -> AdapterError {
        AdapterError::new(
            "E_S3_AHEAD",
            format!(
                "a run before put records up to {last} under {}, the checkpoint speaks of {from}, and the \
                 spec, the source or the bucket isn't the one that it had",
                self.prefix
            ),
            "start the deployment that ran before until it stops in good order, and then this one; or take \
             the objects behind the checkpoint away, or give another prefix",
        )
    }

    fn key(&self, number: u64) -> String {
        format!("{}{number:020}{}", self.prefix, self.packing.ending())
    }

    /// The number in a key of this prefix, where it is one that this adapter gives.
    fn number(&self, key: &str) -> Option<u64> {
        let name = key.strip_prefix(&self.prefix)?;
        let number = name.get(..20)?;
        let ending = [Packing::None, Packing::Gzip, Packing::Zstd];
        let known = ending.iter().any(|one| one.ending() == &name[20..]);
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        (known && digits).then(|| number.parse().ok()).flatten()
    }
}

/// An object that was found behind what was known: its records come again, and are to be the same.
struct Standing {
    key: String,
    first: u64,
    last: u64,
    sha256: String,
}

/// What stands with an object.
struct Told {
    stream: String,
    pipeline: String,
    run: String,
    records: u64,
    last: u64,
    sha256: String,
}

impl Told {
    /// Nothing where it isn't all there.
    fn read(attributes: &Attributes) -> Option<Self> {
        let text = |name: &'static str| {
            let found = attributes.get(&Attribute::Metadata(name.into()))?;
            Some(found.to_string())
        };
        Some(Self {
            stream: text("byteor-stream")?,
            pipeline: text("byteor-pipeline")?,
            run: text("byteor-run")?,
            records: text("byteor-records")?
                .parse()
                .ok()
                .filter(|count| *count > 0)?,
            last: text("byteor-last")?.parse().ok()?,
            sha256: text("byteor-sha256")?,
        })
    }

    fn write(self, content_type: &'static str) -> Attributes {
        let texts = [
            ("byteor-stream", self.stream),
            ("byteor-pipeline", self.pipeline),
            ("byteor-run", self.run),
            ("byteor-records", self.records.to_string()),
            ("byteor-last", self.last.to_string()),
            ("byteor-sha256", self.sha256),
        ];
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, content_type.into());
        for (name, text) in texts {
            attributes.insert(Attribute::Metadata(name.into()), text.into());
        }
        attributes
    }
}

/// Records that become an object, joined.
#[derive(Default)]
struct Object {
    /// Number of the first one, as the pipeline counts.
    first: u64,
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Object {
    fn last(&self) -> u64 {
        self.first + self.ends.len() as u64 - 1
    }

    fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = begins.zip(self.ends.iter().copied());
        let records = ranges.map(|(begin, end)| &self.bytes[begin..end]);
        (self.first..).zip(records)
    }

    /// Takes the records up to `number` away.
    fn cut_off(&mut self, number: u64) {
        let count = (number + 1).saturating_sub(self.first);
        let count =
            usize::try_from(count).map_or(self.ends.len(), |count| count.min(self.ends.len()));
        let Some(gone) = count.checked_sub(1).map(|last| self.ends[last]) else {
            return;
        };
        self.bytes.drain(..gone);
        self.ends.drain(..count);
        self.ends.iter_mut().for_each(|end| *end -= gone);
        self.first += count as u64;
    }
}

struct Putting {
    put: Put,
    store: Store,
    context: Context,
    outlet: Outlet,
    retry: Retry,
    stream: String,
    /// This run: what it put itself is known by that.
    run: String,
    reached: Reached,
    /// Objects whose records are to come, oldest first.
    standing: VecDeque<Standing>,
    /// The digest of those of the first one's that came.
    check: Option<Sha256>,
}

impl Putting {
    async fn run(mut self) {
        if let Err(error) = self.begin().await {
            // Nothing is owed to a server that doesn't answer.
            if !(self.context.stopping() && error.code == "E_PEER_DOWN") {
                return self.outlet.fail(error);
            }
        }
        loop {
            let tried = match self.gather().await {
                Ok(object) => self.deliver(object).await,
                Err(error) => Err(error),
            };
            if let Err(error) = tried {
                return self.outlet.fail(error);
            }
        }
    }

    /// Finds what a run before put, until it is known.
    async fn begin(&mut self) -> Result<(), AdapterError> {
        loop {
            let context = self.context.clone();
            let tried = tokio::select! {
                tried = self.find() => tried,
                () = context.stopping_for_long() => Err(unanswered()),
            };
            match tried {
                Ok(()) => break self.retry.worked(),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Again(why, asked)) => self.retry.failed(&why, asked).await?,
            }
        }
        let context = self.context.clone();
        tokio::select! {
            () = self.drop_parts() => {}
            () = context.stopping_for_long() => {}
        }
        Ok(())
    }

    /// Drops parts that runs before left; the prefix is this pipeline's.
    async fn drop_parts(&self) {
        let dropped = async {
            let uploads = self.store.uploads(&self.put.prefix).await?;
            for (path, id) in uploads {
                if self.put.number(path.as_ref()).is_some() {
                    self.store.abort(&path, &id).await?;
                }
            }
            Ok(())
        };
        if let Err(failed) = dropped.await {
            let why = match failed {
                Failed::Again(why, _) => format!("the server {why}"),
                Failed::ForGood(error) => error.message,
            };
            let message = format!(
                "parts of objects that a run before may have left under {} can't be dropped: {why}",
                self.put.prefix
            );
            self.context.tell("N_S3_PARTS", message);
        }
    }

    /// Looks what stands behind what is known, and takes it up.
    async fn find(&mut self) -> Result<(), Failed> {
        // Behind every ending that the name may have.
        let mut after = format!("{}{:020}~", self.put.prefix, self.reached.named);
        loop {
            let listed = self
                .store
                .list(Some(&self.put.prefix), Some(&after), None, KEYS);
            let (page, token) = listed.await?;
            for listed in &page {
                let key = listed.path.as_ref();
                // Numbers come before all else that begins so.
                let Some(number) = self.put.number(key) else {
                    return Ok(());
                };
                self.take_up(&listed.path, number).await?;
                key.clone_into(&mut after);
            }
            if token.is_none() || page.is_empty() {
                return Ok(());
            }
        }
    }

    async fn take_up(&mut self, path: &Path, number: u64) -> Result<(), Failed> {
        let Some((_, attributes)) = self.store.head(path).await? else {
            // Somebody took it away since.
            return Ok(());
        };
        let told = Told::read(&attributes).filter(|told| told.stream == self.stream);
        let Some(told) = told else {
            return Err(Failed::ForGood(AdapterError::new(
                "E_S3_TAKEN",
                format!(
                    "the object {path} of the bucket {} isn't of this pipeline",
                    self.put.bucket.name
                ),
                "give a prefix of its own in the config, or take the object away; where a checkpoint was \
                 lost, the objects of the run before stand there",
            )));
        };
        let own = told.run == self.run;
        if own || self.put.resumes {
            if !own && told.pipeline != self.put.pipeline {
                let error = self.put.ahead(told.last, self.outlet.saved());
                return Err(Failed::ForGood(error));
            }
            self.reached.last = told.last;
            self.standing.push_back(Standing {
                key: path.to_string(),
                first: (told.last + 1).saturating_sub(told.records),
                last: told.last,
                sha256: told.sha256,
            });
        }
        self.reached.named = number + (told.records - 1);
        Ok(())
    }

    /// As many records as an object may have, or as came in time.
    async fn gather(&mut self) -> Result<Object, AdapterError> {
        let mut object = Object::default();
        let outlet = self.outlet.clone();
        let mut until = None;
        loop {
            let room = self.put.object_bytes.saturating_sub(object.bytes.len());
            if room == 0 {
                return Ok(object);
            }
            let batch = match until {
                None => outlet.take(TAKEN, room).await,
                Some(until) if Instant::now() >= until => return Ok(object),
                Some(until) => tokio::select! {
                    biased;
                    batch = outlet.take(TAKEN, room) => batch,
                    () = tokio::time::sleep_until(until) => return Ok(object),
                    // The run waits for what is there.
                    () = outlet.is_awaited() => return Ok(object),
                },
            };
            self.add(batch, &mut object)?;
            if !object.ends.is_empty() && until.is_none() {
                until = Some(Instant::now() + self.put.object_age);
            }
        }
    }

    fn add(&mut self, batch: Batch, object: &mut Object) -> Result<(), AdapterError> {
        let last = batch.last();
        let mut joined = Vec::new();
        for (number, record) in batch.numbered() {
            if number <= self.reached.last {
                joined.clear();
                self.put.cut.add(&record, &mut joined);
                self.compare(number, &joined)?;
                continue;
            }
            if object.ends.is_empty() {
                object.first = number;
            }
            self.put.cut.add(&record, &mut object.bytes);
            object.ends.push(object.bytes.len());
        }
        if last <= self.reached.last {
            self.tell_there(last);
        }
        Ok(())
    }

    fn tell_there(&self, number: u64) {
        let at = self.put.written(self.reached);
        self.outlet.there_at(number, at);
    }

    /// Holds a record, as it is joined, against the object that has it.
    fn compare(&mut self, number: u64, joined: &[u8]) -> Result<(), AdapterError> {
        while self.standing.front().is_some_and(|one| one.last < number) {
            self.standing.pop_front();
            self.check = None;
        }
        let Some(standing) = self.standing.front() else {
            return Ok(());
        };
        if standing.first == number {
            self.check = Some(Sha256::new());
        }
        // Where the checkpoint ends within an object, its first records don't come again.
        let Some(check) = &mut self.check else {
            return Ok(());
        };
        check.update(joined);
        if number < standing.last {
            return Ok(());
        }
        let found = self
            .check
            .take()
            .map(|check| byteor_ascii::hex(&check.finalize()));
        if found.as_ref() == Some(&standing.sha256) {
            return Ok(());
        }
        Err(AdapterError::new(
            "E_S3_DIFFERENT",
            format!(
                "the records {} to {} come with other bytes than those in the object {} that a run before put",
                standing.first, standing.last, standing.key
            ),
            "find out what changed the input, or the object; to go on, take the objects behind the \
             checkpoint away",
        ))
    }

    /// Until each record is in an object.
    async fn deliver(&mut self, mut object: Object) -> Result<(), AdapterError> {
        let mut packed = None;
        loop {
            if object.ends.is_empty() {
                return Ok(());
            }
            let bytes = match &packed {
                Some(bytes) => Bytes::clone(bytes),
                None => packed.insert(self.pack(&object).await?).clone(),
            };
            let context = self.context.clone();
            let tried = tokio::select! {
                tried = self.once(&object, bytes) => tried,
                // A run that was asked to stop doesn't wait for an answer as long as others.
                () = context.stopping_for_long() => Err(unanswered()),
            };
            match tried {
                Ok(()) => {
                    self.retry.worked();
                    for (number, joined) in object.records() {
                        if number <= self.reached.last {
                            self.compare(number, joined)?;
                        }
                    }
                    self.tell_there(self.reached.last.min(object.last()));
                    object.cut_off(self.reached.last);
                    packed = None;
                }
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::Again(why, asked)) => self.retry.failed(&why, asked).await?,
            }
        }
    }

    async fn pack(&self, object: &Object) -> Result<Bytes, AdapterError> {
        let (packing, bytes) = (self.put.packing, Bytes::copy_from_slice(&object.bytes));
        // It takes long enough to keep others on the reactor from a heartbeat.
        let packed = tokio::task::spawn_blocking(move || packing.pack(bytes)).await;
        let packed = packed.map_err(std::io::Error::other).flatten();
        packed.map_err(|error| {
            let help = "this is a defect; start again: the run goes on from the last checkpoint";
            AdapterError::new(
                "E_S3_PACKED",
                format!("an object can't be packed: {error}"),
                help,
            )
        })
    }

    /// Puts an object, or takes up what stands under its name.
    async fn once(&mut self, object: &Object, bytes: Bytes) -> Result<(), Failed> {
        let count = object.ends.len() as u64;
        let key = self.put.key(self.reached.named + 1);
        let path = Path::parse(&key).map_err(|error| Failed::again("has no such name", &error))?;
        let told = Told {
            stream: self.stream.clone(),
            pipeline: self.put.pipeline.clone(),
            run: self.run.clone(),
            records: count,
            last: object.last(),
            sha256: byteor_ascii::hex(&Sha256::digest(&object.bytes)),
        };
        let attributes = told.write(self.put.packing.content_type());
        if self.store.put(&path, bytes, attributes).await? {
            self.reached.named += count;
            self.reached.last = object.last();
            return Ok(());
        }
        // The answer to an earlier try was lost, or a run that was killed comes late.
        let before = self.reached;
        self.find().await?;
        if self.reached == before {
            let why = format!("says that {key} is there, and doesn't list it");
            return Err(Failed::Again(why, None));
        }
        Ok(())
    }
}

fn unanswered() -> Failed {
    Failed::Again("doesn't answer".to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_are_there_are_taken_off_the_front_of_an_object() {
        let mut object = Object {
            first: 5,
            ..Object::default()
        };
        for record in ["a", "bc", "", "def"] {
            Cut::Lines.add(record.as_bytes(), &mut object.bytes);
            object.ends.push(object.bytes.len());
        }
        assert_eq!(object.last(), 8);
        object.cut_off(4);
        assert_eq!((object.first, object.ends.len()), (5, 4));
        object.cut_off(6);
        let left: Vec<_> = object.records().collect();
        assert_eq!(left, [(7, &b"\n"[..]), (8, b"def\n")]);
        object.cut_off(90);
        assert!(object.ends.is_empty() && object.bytes.is_empty());
    }
}
