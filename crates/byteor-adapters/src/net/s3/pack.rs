//! Compression of whole objects, unpacked piece by piece so that a small object can't become a large
//! one in memory.

use std::io::{self, BufRead, Read, Write as _};

use bytes::{Buf as _, Bytes};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How an object is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None,
    /// By gzip.
    Gzip,
    /// By Zstandard.
    Zstd,
}

impl Packing {
    /// What a name ends with.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// As a name says.
    pub(super) fn of(key: &str) -> Self {
        match [Self::Gzip, Self::Zstd]
            .into_iter()
            .find(|one| key.ends_with(one.ending()))
        {
            Some(packing) => packing,
            None => Self::None,
        }
    }

    /// What it is called in the head of an object.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::None => "application/octet-stream",
            Self::Gzip => "application/gzip",
            Self::Zstd => "application/zstd",
        }
    }

    /// Compresses; the same bytes always become the same.
    pub(super) fn pack(self, bytes: Bytes) -> io::Result<Bytes> {
        Ok(match self {
            Self::None => bytes,
            Self::Gzip => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::default());
                packed.write_all(&bytes)?;
                packed.finish()?.into()
            }
            Self::Zstd => zstd::bulk::compress(&bytes, 3)?.into(),
        })
    }
}

/// Unpacks one object.
pub(super) enum Unpacking {
    Plain(Fed),
    Gzip(Box<MultiGzDecoder<Fed>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Fed>>),
}

/// What was fed and isn't unpacked yet.
#[derive(Default)]
pub(super) struct Fed {
    bytes: Bytes,
    ended: bool,
}

impl Unpacking {
    pub fn new(packing: Packing) -> io::Result<Self> {
        let fed = Fed::default();
        Ok(match packing {
            Packing::None => Self::Plain(fed),
            Packing::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(fed))),
            Packing::Zstd => Self::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(fed)?)),
        })
    }

    /// What comes next; asked for only when everything before is unpacked.
    pub fn feed(&mut self, bytes: Bytes) {
        self.fed().bytes = bytes;
    }

    /// Nothing comes any more.
    pub fn end(&mut self) {
        self.fed().ended = true;
    }

    fn fed(&mut self) -> &mut Fed {
        match self {
            Self::Plain(fed) => fed,
            Self::Gzip(inner) => inner.get_mut(),
            Self::Zstd(inner) => inner.get_mut(),
        }
    }

    /// Unpacks some of it into `out`: how much, 0 at the end; nothing where it has to be fed.
    pub fn take(&mut self, out: &mut [u8]) -> io::Result<Option<usize>> {
        let taken = match self {
            Self::Plain(fed) => fed.read(out),
            Self::Gzip(inner) => inner.read(out),
            Self::Zstd(inner) => inner.read(out),
        };
        match taken {
            Ok(taken) => Ok(Some(taken)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl BufRead for Fed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.bytes.is_empty() && !self.ended {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(&self.bytes),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.advance(amount);
    }
}

impl Read for Fed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let amount = bytes.len().min(out.len());
        out[..amount].copy_from_slice(&bytes[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(packing: Packing, packed: &Bytes, step: usize) -> io::Result<Vec<u8>> {
        let mut unpacking = Unpacking::new(packing)?;
        let (mut at, mut all, mut out) = (0, Vec::new(), [0; 100]);
        loop {
            match unpacking.take(&mut out)? {
                Some(0) => return Ok(all),
                Some(taken) => all.extend_from_slice(&out[..taken]),
                None if at == packed.len() => unpacking.end(),
                None => {
                    let end = (at + step).min(packed.len());
                    unpacking.feed(packed.slice(at..end));
                    at = end;
                }
            }
        }
    }

    #[test]
    fn what_was_packed_is_unpacked_the_same_however_it_comes() {
        let long: Bytes = (0..5_000_u32).flat_map(u32::to_le_bytes).collect();
        for packing in [Packing::None, Packing::Gzip, Packing::Zstd] {
            for bytes in [Bytes::new(), Bytes::from_static(b"a"), long.clone()] {
                let packed = packing.pack(bytes.clone()).unwrap();
                assert_eq!(packed, packing.pack(bytes.clone()).unwrap());
                for step in [1, 7, 100_000] {
                    assert_eq!(unpacked(packing, &packed, step).unwrap(), bytes);
                }
                // Several behind each other are one.
                let twice: Bytes = [&packed[..], &packed[..]].concat().into();
                let both = [&bytes[..], &bytes[..]].concat();
                assert_eq!(unpacked(packing, &twice, 7).unwrap(), both);
            }
            if packing == Packing::None {
                continue;
            }
            let packed = packing.pack(long.clone()).unwrap();
            for broken in [packed.slice(..packed.len() - 1), long.clone()] {
                assert!(unpacked(packing, &broken, 7).is_err(), "{packing:?}");
            }
        }
    }

    #[test]
    fn what_unpacks_to_much_more_is_unpacked_a_little_at_a_time() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let packed = packing.pack(vec![0; 50_000_000].into()).unwrap();
            assert!(packed.len() < 100_000);
            let mut unpacking = Unpacking::new(packing).unwrap();
            unpacking.feed(packed);
            let (mut all, mut out) = (0, [0; 4_096]);
            while let Some(taken) = unpacking.take(&mut out).unwrap() {
                all += taken;
                if taken == 0 || all == 50_000_000 {
                    break;
                }
            }
            assert_eq!(all, 50_000_000);
        }
    }
}
