//! Objects that are read in the order of their keys, and gone on with within one.
//!
//! A record's place is the object, the byte in front of its piece, unpacked, and how many records behind
//! that. The last piece of an object is known as such when it is given, so that an object whose records
//! are all through isn't asked for again: it may be gone.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;

use super::bucket::{Bucket, Listed, Store, next};
use super::pack::{Packing, Unpacking};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::cut::Cut;
use crate::net::intake::{Intake, Spot};
use crate::net::reactor::Context;
use crate::net::retry::Retry;
use crate::net::watch::Lag;

/// What is read.
#[derive(Clone)]
pub struct Read {
    /// The bucket.
    pub bucket: Bucket,
    /// What keys begin with.
    pub prefix: Option<String>,
    /// Behind which key a first run begins.
    pub start_after: Option<String>,
    /// Whether the run ends behind the last object.
    pub stops: bool,
    /// How records are cut.
    pub cut: Cut,
    /// How objects are compressed.
    pub packed: Packed,
    /// The most bytes of a record.
    pub longest: usize,
    /// How long to wait where nothing came.
    pub poll: Duration,
}

/// How objects are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// As their names say.
    ByName,
    /// Each so.
    All(Packing),
}

/// Records of about so many bytes go to the loop at once.
const PIECE: usize = 32 * 1024;
/// So many keys are asked for at once.
const KEYS: usize = 1000;

/// Reads on the reactor, until it ends.
pub fn read(
    read: Read,
    allow: &AllowNet,
    context: &Context,
    intake: Intake,
) -> Result<(), AdapterError> {
    let retry = Retry::new(context.clone(), read.bucket.server(), None);
    let mut reading = Reading {
        store: read.bucket.open(allow)?,
        after: read.start_after.clone(),
        read,
        context: context.clone(),
        intake: intake.clone(),
        at: None,
        page: VecDeque::new(),
        token: None,
        was_last: false,
    };
    reading.go_on(intake.begin().cloned())?;
    context.spawn(async move {
        match reading.run(retry).await {
            Ok(true) => intake.end(),
            Ok(false) => {}
            Err(error) => intake.fail(error),
        }
    });
    Ok(())
}

struct Reading {
    read: Read,
    store: Store,
    context: Context,
    intake: Intake,
    /// The key of the last object that is through.
    after: Option<String>,
    /// The object that is being read.
    at: Option<At>,
    /// Objects that were listed and not read yet.
    page: VecDeque<Listed>,
    /// Where the list goes on, while it has nothing but empty objects.
    token: Option<String>,
    /// Whether the list ended with the page.
    was_last: bool,
}

/// Within an object.
#[derive(Clone)]
struct At {
    path: Path,
    tag: String,
    /// How many bytes it has, packed, where it was listed.
    size: Option<u64>,
    /// How many bytes, unpacked, are in front of the next record.
    offset: u64,
    /// How many records behind that were given by an earlier run.
    skip: u64,
}

/// What was unpacked and isn't given yet: it begins with a record.
#[derive(Default)]
struct Rest {
    bytes: Vec<u8>,
    /// How many of the bytes hold no end of a line.
    searched: usize,
}

impl Reading {
    fn changed(&self, path: &Path, why: &str) -> Failed {
        Failed::ForGood(AdapterError::new(
            "E_S3_CHANGED",
            format!(
                "the object {path} of the bucket {} {why}, and a part of it was read",
                self.read.bucket.name
            ),
            "put the object back as it was and start again; or begin behind it: with `start_after` in the \
             config and another checkpoint",
        ))
    }

    /// How an object is cut, in a word that a position keeps.
    fn cut_of(&self, key: &str) -> String {
        let packing = match self.read.packed {
            Packed::ByName => Packing::of(key),
            Packed::All(packing) => packing,
        };
        format!("{:?}{}", self.read.cut, packing.ending()).to_lowercase()
    }

    /// Takes up where the checkpoint ends, if it speaks of this prefix.
    fn go_on(&mut self, begin: Option<Spot>) -> Result<(), AdapterError> {
        let Some(Spot { at, skip }) = begin else {
            return Ok(());
        };
        let parts: Option<[String; 7]> = serde_json::from_str(&at).ok();
        let prefix = self.read.prefix.as_deref().unwrap_or_default();
        let here = parts.filter(|[bucket, under, ..]| {
            [bucket.as_str(), under.as_str()] == [self.read.bucket.name.as_str(), prefix]
        });
        let Some([_, _, key, tag, offset, all, cut]) = here else {
            let message = format!(
                "the checkpoint speaks of other objects; the bucket {} is read from {}",
                self.read.bucket.name,
                match &self.after {
                    Some(after) => format!("behind {after}"),
                    None => "its first key".to_owned(),
                }
            );
            self.context.tell("N_S3_ANEW", message);
            return Ok(());
        };
        if all.parse() == Ok(skip) {
            self.after = Some(key);
            return Ok(());
        }
        let path = Path::parse(&key).ok();
        let (Some(path), Ok(offset)) = (path, offset.parse()) else {
            let message = format!("the checkpoint's place in the object {key} can't be read");
            let help = "begin with another checkpoint, and `start_after` in the config";
            return Err(AdapterError::new("E_S3_PLACE", message, help));
        };
        if cut != self.cut_of(&key) {
            let message =
                format!("the object {key} was read in part, and cut or unpacked otherwise");
            let help = "deploy the framing and the compression that the run before had, until it is \
                        through the object";
            return Err(AdapterError::new("E_S3_PLACE", message, help));
        }
        self.at = Some(At {
            path,
            tag,
            size: None,
            offset,
            skip,
        });
        Ok(())
    }

    /// The place in front of a piece as a checkpoint keeps it, in one line; with how many records the
    /// piece has where it is the last one of its object.
    fn written(&self, at: &At, all: Option<u64>) -> Arc<str> {
        let key = at.path.as_ref();
        let parts = [
            self.read.bucket.name.clone(),
            self.read.prefix.clone().unwrap_or_default(),
            key.to_owned(),
            at.tag.clone(),
            at.offset.to_string(),
            all.map_or(String::new(), |all| all.to_string()),
            self.cut_of(key),
        ];
        serde_json::json!(parts).to_string().into()
    }

    /// Whether the last object is through; false where the run was asked to stop, or takes no more.
    async fn run(mut self, mut retry: Retry) -> Result<bool, AdapterError> {
        loop {
            let tried = self.session(&mut retry).await;
            match tried {
                Ok(through) => return Ok(through),
                Err(_) if self.context.stopping() => return Ok(false),
                Err(Failed::ForGood(error)) => return Err(error),
                // Nothing is owed to a server that doesn't answer: a run that is asked to stop stops.
                Err(Failed::Again(why, asked)) => {
                    if retry.failed(&why, asked).await.is_err() {
                        return Ok(false);
                    }
                }
            }
        }
    }

    async fn session(&mut self, retry: &mut Retry) -> Result<bool, Failed> {
        loop {
            let context = self.context.clone();
            if let Some(at) = self.at.clone() {
                let read = tokio::select! {
                    read = self.object(at, retry) => read?,
                    () = context.stopped() => false,
                };
                if !read {
                    return Ok(false);
                }
                continue;
            }
            let found = tokio::select! {
                found = self.next_object(retry) => found?,
                () = context.stopped() => return Ok(false),
            };
            if found {
                continue;
            }
            if self.read.stops {
                return Ok(true);
            }
            tokio::select! {
                () = tokio::time::sleep(self.read.poll) => {}
                () = context.stopped() => return Ok(false),
            }
        }
    }

    /// Goes on to the next object; false where there is none now.
    async fn next_object(&mut self, retry: &mut Retry) -> Result<bool, Failed> {
        loop {
            while let Some(listed) = self.page.pop_front() {
                // Folders of people's tools are empty objects; nothing is in them.
                if listed.size == 0 {
                    continue;
                }
                self.at = Some(At {
                    path: listed.path,
                    tag: listed.tag,
                    size: Some(listed.size),
                    offset: 0,
                    skip: 0,
                });
                self.tell_lag();
                return Ok(true);
            }
            if self.was_last {
                self.tell_lag();
                self.was_last = false;
                return Ok(false);
            }
            let (prefix, after) = (self.read.prefix.as_deref(), self.after.as_deref());
            let listed = self.store.list(prefix, after, self.token.clone(), KEYS);
            let (page, token) = listed.await?;
            retry.worked();
            self.was_last = token.is_none();
            // Behind an object that was read the list begins anew: a token may be too old by then.
            let is_empty = page.iter().all(|listed| listed.size == 0);
            self.token = token.filter(|_| is_empty);
            self.page = page.into();
        }
    }

    /// Says how many objects of the last list aren't read.
    fn tell_lag(&self) {
        let listed = self.page.iter().filter(|listed| listed.size > 0).count();
        self.context.watch().behind(Some(Lag {
            count: (listed + usize::from(self.at.is_some())) as u64,
            or_more: !self.was_last,
        }));
    }

    /// Gives the loop what comes of an object; false where it takes no more.
    async fn object(&mut self, at: At, retry: &mut Retry) -> Result<bool, Failed> {
        let path = at.path.clone();
        let packing = match self.read.packed {
            Packed::ByName => Packing::of(path.as_ref()),
            Packed::All(packing) => packing,
        };
        let from = match packing {
            Packing::None => at.offset,
            Packing::Gzip | Packing::Zstd => 0,
        };
        let broken = |error: std::io::Error| {
            let message = format!("the object {path} can't be unpacked: {error}");
            let help = "put it as it should be, or say how it is compressed in the config";
            Failed::ForGood(AdapterError::new("E_S3_PACKED", message, help))
        };
        if at.size.is_some_and(|size| from >= size) {
            return self.through(path);
        }
        let got = self.store.get(&path, &at.tag, from).await?;
        let mut got = got.ok_or_else(|| self.changed(&path, "is another one now, or gone"))?;
        retry.worked();
        if at.tag.is_empty() {
            self.at = Some(At {
                tag: got.tag.clone(),
                ..at.clone()
            });
        }
        let mut unpacking = Unpacking::new(packing).map_err(broken)?;
        let (mut behind, mut came) = (at.offset - from, 0);
        let (mut rest, mut part) = (Rest::default(), vec![0; PIECE]);
        loop {
            match unpacking.take(&mut part).map_err(broken)? {
                Some(0) => break,
                Some(taken) => {
                    let passed = behind.min(taken as u64);
                    behind -= passed;
                    rest.bytes.extend_from_slice(&part[passed as usize..taken]);
                    if rest.bytes.len() >= PIECE && !self.pieces(&mut rest).await? {
                        return Ok(false);
                    }
                }
                None => match next(&self.store, &mut got).await? {
                    Some(bytes) => {
                        came += bytes.len() as u64;
                        unpacking.feed(bytes);
                    }
                    None if came < got.length => {
                        let why = "broke the connection within an object".to_owned();
                        return Err(Failed::Again(why, None));
                    }
                    None => unpacking.end(),
                },
            }
        }
        if behind > 0 {
            return Err(self.changed(&path, "is shorter than it was"));
        }
        if !self.last_pieces(rest).await? {
            return Ok(false);
        }
        if self.at.as_ref().is_some_and(|at| at.skip > 0) {
            return Err(self.changed(&path, "has fewer records than it had"));
        }
        self.through(path)
    }

    fn through(&mut self, path: Path) -> Result<bool, Failed> {
        self.after = Some(path.into());
        self.at = None;
        Ok(true)
    }

    /// Gives what ends with a record and has something behind it.
    async fn pieces(&mut self, rest: &mut Rest) -> Result<bool, Failed> {
        let all = rest.bytes.len();
        let end = match self.read.cut {
            Cut::Prefixed => {
                let mut end = 0;
                while let Some((_, next)) = self.read.cut.next(&rest.bytes, end)
                    && next < all
                {
                    end = next;
                }
                if let Some(length) = rest.bytes[end..].first_chunk::<4>() {
                    self.check(u64::from(u32::from_be_bytes(*length)))?;
                }
                end
            }
            _ => {
                let found = memchr::memrchr(b'\n', &rest.bytes[rest.searched..all - 1]);
                found.map_or(0, |at| rest.searched + at + 1)
            }
        };
        self.check((all - end) as u64)?;
        if end == 0 {
            rest.searched = all - 1;
            return Ok(true);
        }
        let behind = rest.bytes.split_off(end);
        let piece = std::mem::replace(&mut rest.bytes, behind);
        rest.searched = 0;
        self.give(piece, self.read.cut, false).await
    }

    /// Gives what is left at the end of an object.
    async fn last_pieces(&mut self, rest: Rest) -> Result<bool, Failed> {
        let mut bytes = rest.bytes;
        if self.read.cut.count(&bytes).is_some() {
            return self.give(bytes, self.read.cut, true).await;
        }
        let mut end = 0;
        while let Some((_, next)) = self.read.cut.next(&bytes, end) {
            end = next;
        }
        let broken = bytes.split_off(end);
        if !self.give(bytes, self.read.cut, false).await? {
            return Ok(false);
        }
        if let Some(at) = &self.at {
            let message = format!("the object {} ends within a record", at.path);
            self.context.tell("N_S3_BROKEN", message);
        }
        self.give(broken, Cut::Aside, true).await
    }

    /// Refuses a record of so many bytes where there is no room for it.
    fn check(&self, bytes: u64) -> Result<(), Failed> {
        if bytes <= self.read.longest as u64 {
            return Ok(());
        }
        let at = self.at.as_ref();
        let (path, offset) = at.map_or((String::new(), 0), |at| (at.path.to_string(), at.offset));
        Err(Failed::ForGood(AdapterError::new(
            "E_S3_RECORD",
            format!(
                "the object {path} has a record behind byte {offset} that is larger than all that may be \
                 in memory"
            ),
            "deploy a config with a larger `in_flight_bytes` or another framing, or take the object away",
        )))
    }

    /// Gives the loop records; `is_last` where the object ends behind them.
    async fn give(&mut self, bytes: Vec<u8>, cut: Cut, is_last: bool) -> Result<bool, Failed> {
        let Some(mut at) = self.at.clone() else {
            return Ok(true);
        };
        let (mut begin, mut records) = (0, cut.count(&bytes).unwrap_or_default());
        while at.skip > 0
            && records > 0
            && let Some((_, next)) = cut.next(&bytes, begin)
        {
            begin = next.min(bytes.len());
            records -= 1;
            at.skip -= 1;
        }
        at.offset += begin as u64;
        let bytes = Bytes::from(bytes).slice(begin..);
        if records > 0 {
            let room = self.intake.room(bytes.len()).await;
            // A record that was let in is no larger than what there may be.
            let Some(room) = room else {
                self.check(u64::MAX)?;
                return Ok(false);
            };
            let place = self.written(&at, is_last.then_some(records));
            let length = bytes.len() as u64;
            if self
                .intake
                .give_at(place, bytes, cut, records, room)
                .is_none()
            {
                return Ok(false);
            }
            at.offset += length;
        }
        self.at = Some(at);
        Ok(true)
    }
}
