//! The one message that is large: its records stand in memory as they go into an intake, so that reading
//! a message takes no more than twice its bytes, however many records somebody puts into it.

use ::bytes::{Buf, BufMut, Bytes};
use prost::encoding::{
    DecodeContext, WireType, bytes, encode_key, encode_varint, encoded_len_varint, key_len,
    skip_field, uint64,
};
use prost::{DecodeError, Message};

use crate::net::cut::Cut;

const FIRST: u32 = 1;
const RECORDS: u32 = 2;

/// `byteor.v1.Batch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Batch {
    /// Number of the first record.
    pub first: u64,
    /// How many they are.
    pub count: u64,
    /// They, each behind its length, as [`Cut::Prefixed`] has them.
    pub records: Vec<u8>,
}

impl Batch {
    /// An empty one, for records from the number `first` on.
    pub(super) fn from(first: u64) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// Adds a record.
    pub(super) fn add(&mut self, record: &[u8]) {
        Cut::Prefixed.add(record, &mut self.records);
        self.count += 1;
    }

    /// The number of the last record; nothing where there is none, or numbers end before.
    pub(super) fn last(&self) -> Option<u64> {
        self.first.checked_add(self.count.checked_sub(1)?)
    }

    /// The records behind the number `known`, as a piece of an intake.
    pub(super) fn behind(self, known: u64) -> Bytes {
        let mut at = 0;
        for _ in self.first..=known {
            match Cut::Prefixed.next(&self.records, at) {
                Some((_, next)) => at = next,
                None => break,
            }
        }
        Bytes::from(self.records).slice(at..)
    }

    fn each(&self) -> impl Iterator<Item = &[u8]> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let (range, next) = Cut::Prefixed.next(&self.records, at)?;
            at = next;
            Some(&self.records[range])
        })
    }
}

impl Message for Batch {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        if self.first != 0 {
            uint64::encode(FIRST, &self.first, buf);
        }
        for record in self.each() {
            encode_key(RECORDS, WireType::LengthDelimited, buf);
            encode_varint(record.len() as u64, buf);
            buf.put_slice(record);
        }
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            FIRST => uint64::merge(wire_type, &mut self.first, buf, ctx),
            RECORDS => {
                let mut record = Bytes::new();
                bytes::merge(wire_type, &mut record, buf, ctx)?;
                self.add(&record);
                Ok(())
            }
            _ => skip_field(wire_type, tag, buf, ctx),
        }
    }

    fn encoded_len(&self) -> usize {
        let first = match self.first {
            0 => 0,
            first => uint64::encoded_len(FIRST, &first),
        };
        let of = |record: &[u8]| {
            key_len(RECORDS) + encoded_len_varint(record.len() as u64) + record.len()
        };
        first + self.each().map(of).sum::<usize>()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The message as the generator would have it.
    #[derive(Clone, PartialEq, prost::Message)]
    struct Plain {
        #[prost(uint64, tag = "1")]
        first: u64,
        #[prost(bytes = "vec", repeated, tag = "2")]
        records: Vec<Vec<u8>>,
    }

    proptest! {
        #[test]
        fn it_stands_on_the_wire_as_the_generated_one(
            first in any::<u64>(),
            records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20),
        ) {
            let mut batch = Batch::from(first);
            records.iter().for_each(|record| batch.add(record));
            let plain = Plain { first, records };
            let bytes = plain.encode_to_vec();
            prop_assert_eq!(batch.encode_to_vec(), bytes.clone());
            prop_assert_eq!(Batch::decode(&bytes[..]).unwrap(), batch);
        }

        #[test]
        fn any_bytes_are_taken_by_both_or_by_none(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let plain = Plain::decode(&bytes[..]);
            let batch = Batch::decode(&bytes[..]);
            match (plain, batch) {
                (Ok(plain), Ok(batch)) => {
                    prop_assert_eq!(plain.first, batch.first);
                    prop_assert_eq!(plain.records.len() as u64, batch.count);
                    prop_assert_eq!(plain.encode_to_vec(), batch.encode_to_vec());
                }
                (Err(_), Err(_)) => {}
                (plain, batch) => prop_assert!(false, "{:?} {:?}", plain, batch),
            }
        }
    }

    #[test]
    fn what_is_known_is_left_out() {
        let mut batch = Batch::from(5);
        assert_eq!(batch.last(), None);
        ["a", "bb", ""]
            .iter()
            .for_each(|record| batch.add(record.as_bytes()));
        assert_eq!(batch.last(), Some(7));
        for (known, left) in [(0, 3), (4, 3), (5, 2), (6, 1), (7, 0), (u64::MAX, 0)] {
            let piece = batch.clone().behind(known);
            assert_eq!(Cut::Prefixed.count(&piece), Some(left), "{known}");
        }
        let mut last = Batch::from(u64::MAX);
        last.add(b"x");
        assert_eq!(last.last(), Some(u64::MAX));
        last.add(b"y");
        assert_eq!(last.last(), None);
    }
}
