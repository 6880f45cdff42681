//! What came over the network as a source of records.
//!
//! Its place is a number: how many records came since the checkpoint's first run. Nobody can be asked
//! for a number again; it says up to which one senders can be answered.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::checkpoint::{Fields, FileInput, Section};
use crate::error::AdapterError;
use crate::net::cut::Cut;
use crate::net::intake::{Piece, Spot, Taken};
use crate::saver::Awaited;
use crate::source::{Large, Next, Place, Source};

/// Records out of pieces that came over the network.
pub struct NetSource {
    taken: Taken,
    piece: Option<Piece>,
    /// Where in the piece the next record begins.
    at: usize,
    max_record: usize,
    place: NetPlace,
}

impl NetSource {
    pub(crate) fn new(taken: Taken, place: NetPlace, max_record: usize) -> Self {
        Self {
            taken,
            piece: None,
            at: 0,
            max_record,
            place,
        }
    }
}

impl Source for NetSource {
    type Place = NetPlace;
    type Large = NetRecord;

    fn next(&mut self) -> Result<Next<NetRecord>, AdapterError> {
        loop {
            let Some(piece) = &self.piece else {
                self.at = 0;
                self.piece = match self.taken.next() {
                    Ok(None) => return Ok(Next::Idle),
                    Ok(piece) => piece,
                    Err(Ok(())) => return Ok(Next::End),
                    Err(Err(error)) => return Err(error),
                };
                continue;
            };
            if piece.is_note {
                self.place.number += 1;
                self.place.spot = piece.at.clone().map(|at| Spot { at, skip: 0 });
                self.piece = None;
                return Ok(Next::Moved {
                    truncated: false,
                    notice: None,
                });
            }
            let Some((range, next)) = piece.cut.next(&piece.bytes, self.at) else {
                self.piece = None;
                continue;
            };
            self.at = next;
            self.place.number += 1;
            self.place.spot = match (self.place.spot.take(), &piece.at) {
                (Some(spot), Some(at)) if Arc::ptr_eq(&spot.at, at) => Some(Spot {
                    skip: spot.skip + 1,
                    ..spot
                }),
                (_, Some(at)) => Some(Spot {
                    at: Arc::clone(at),
                    skip: 1,
                }),
                (_, None) => None,
            };
            if range.len() <= self.max_record && piece.cut != Cut::Aside {
                return Ok(Next::Record(range));
            }
            return Ok(Next::TooLarge(NetRecord {
                number: self.place.number,
                bytes: piece.bytes.slice(range),
            }));
        }
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.piece.as_ref().map_or(&[], |piece| &piece.bytes[range])
    }

    fn place(&self) -> &NetPlace {
        &self.place
    }

    fn awaited(&self) -> Awaited {
        self.taken.awaited()
    }

    fn wait(&mut self, most: Duration) {
        self.taken.wait(most);
    }
}

/// How many records came, and places that were noted without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetPlace {
    /// The kind of adapter that they came by.
    pub kind: &'static str,
    /// Since the first run over this checkpoint.
    pub number: u64,
    /// Where the last one is, where the source can be read again.
    pub spot: Option<Spot>,
}

impl Place for NetPlace {
    type Kept = NetKept;

    fn kept(&self) -> NetKept {
        NetKept {
            kind: self.kind.to_owned(),
            number: self.number,
            spot: self.spot.clone(),
        }
    }
}

/// The same as a checkpoint keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetKept {
    /// The kind of adapter.
    pub kind: String,
    /// How many records came.
    pub number: u64,
    /// Where the last one is, where the source can be read again.
    pub spot: Option<Spot>,
}

impl Section for NetKept {
    fn put(&self, name: &str, put: &mut dyn FnMut(&str, &str)) {
        put(&format!("{name}.kind"), &self.kind);
        put(&format!("{name}.number"), &self.number.to_string());
        if let Some(Spot { at, skip }) = &self.spot {
            put(&format!("{name}.at"), at);
            put(&format!("{name}.skip"), &skip.to_string());
        }
    }

    fn take(name: &str, fields: &mut Fields<'_>) -> Result<Self, String> {
        if fields.is_next(&format!("{name}.path")) {
            // A file was read before: another input, which this one begins behind.
            FileInput::take(name, fields)?;
            return Ok(Self {
                kind: "file".to_owned(),
                number: 0,
                spot: None,
            });
        }
        let kind = fields.text(&format!("{name}.kind"))?.to_owned();
        let number = fields.number(&format!("{name}.number"))?;
        let at = format!("{name}.at");
        let spot = match fields.is_next(&at) {
            true => Some(Spot {
                at: fields.text(&at)?.into(),
                skip: fields.number(&format!("{name}.skip"))?,
            }),
            false => None,
        };
        Ok(Self { kind, number, spot })
    }

    fn number(&self) -> Option<u64> {
        Some(self.number)
    }
}

/// A record that is too large, which is in memory already, within the source's bound.
pub struct NetRecord {
    number: u64,
    bytes: Bytes,
}

impl Large for NetRecord {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn name(&self) -> String {
        format!("record {} of what came over the network", self.number)
    }

    fn copy(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError> {
        write(&self.bytes)
    }
}
