//! Records in a file: as lines, or each behind its length.
//!
//! Of lines nothing but the line feed means anything: an empty line is a record of length 0, a
//! carriage return is data, and bytes need not be UTF-8. A length is four bytes, the greatest
//! first, and what is behind it may be anything. What is longer than the limit is never held in
//! memory; only where it stands is kept.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::AdapterError;

/// Bytes read ahead at most. Larger than any record limit, so a whole record always fits.
const BUFFER: usize = 256 * 1024;

/// Bytes of a length.
const PREFIX: usize = 4;

/// The most that a length may say, 8 MiB. Text that is taken for lengths says more than that: its
/// first byte alone is more than 100 MiB, if it is no control character.
pub const LENGTH_MAX: u32 = 8 * 1024 * 1024;

/// How records stand in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Behind each stands a line feed.
    #[default]
    Lines,
    /// Before each stands its length, four bytes, the greatest first.
    Prefixed,
}

impl Framing {
    /// The written form, as in a config bundle.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Prefixed => "prefixed",
        }
    }

    /// From the written form.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Lines, Self::Prefixed]
            .into_iter()
            .find(|framing| framing.as_str() == word)
    }

    /// Adds `record` to `bytes`.
    pub fn add(self, record: &[u8], bytes: &mut Vec<u8>) {
        if self == Self::Prefixed {
            bytes.extend_from_slice(&length(record.len() as u64));
        }
        bytes.extend_from_slice(record);
        if self == Self::Lines {
            bytes.push(b'\n');
        }
    }
}

/// The length of a record. Records are as large as slots at most, and what is set aside is not much
/// larger than [`LENGTH_MAX`].
pub(crate) fn length(len: u64) -> [u8; PREFIX] {
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}

/// A file that was read or written with one framing, and is to be with another.
pub(crate) fn other_framing(
    what: &str,
    path: &Path,
    (was, is): (Framing, Framing),
) -> AdapterError {
    AdapterError::new(
        "E_FILE_FRAMING",
        format!(
            "{what} {} was `{}` until here, and the config says `{}`",
            path.display(),
            was.as_str(),
            is.as_str()
        ),
        "deploy the framing that it had, or name another file",
    )
}

/// What stands next in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A record, to be read with [`RecordReader::bytes`] before the next call.
    Record {
        /// Where the bytes stand in the reader's buffer.
        range: Range<usize>,
        /// Offset in the file just behind the record and what ends it.
        end: u64,
    },
    /// A record longer than the limit.
    TooLarge {
        /// Offset in the file of its first byte.
        start: u64,
        /// Its length in bytes, without what stands before or behind it.
        len: u64,
        /// Offset in the file just behind it and what ends it.
        end: u64,
    },
    /// What stands there is no length that a record has; nothing behind it can be read.
    NoLength {
        /// Offset in the file of the length.
        start: u64,
        /// What it says.
        len: u32,
    },
    /// The beginning of a record with its length, at the end of a file that will not grow any more.
    Torn {
        /// Offset in the file of the first byte.
        start: u64,
        /// How many bytes there are, with those of the length.
        len: u64,
        /// Offset in the file just behind them.
        end: u64,
    },
    /// No further whole record is there now.
    EndOfFile,
}

/// Reads records of at most `max` bytes from a file, which may grow meanwhile.
pub struct RecordReader {
    file: Arc<File>,
    framing: Framing,
    max: usize,
    buffer: Box<[u8]>,
    start: usize,
    /// Bytes before this index are known to hold no line feed.
    searched: usize,
    end: usize,
    /// Offset in the file of `buffer[0]`.
    base: u64,
    /// Offset of the first byte of a line that is being skipped because it is too long.
    skipping: Option<u64>,
}

impl RecordReader {
    /// Reads `file` from `offset` on; records may have `max` bytes.
    pub fn new(file: Arc<File>, framing: Framing, offset: u64, max: usize) -> Self {
        assert!(max < BUFFER / 2, "records are far smaller than the buffer");
        Self {
            file,
            framing,
            max,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            searched: 0,
            end: 0,
            base: offset,
            skipping: None,
        }
    }

    /// Offset in the file behind the last byte that was read.
    pub fn read_to(&self) -> u64 {
        self.base + self.end as u64
    }

    /// Offset in the file of the first byte that no record has taken yet.
    pub fn position(&self) -> u64 {
        self.skipping.unwrap_or(self.base + self.start as u64)
    }

    /// The bytes of a record.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// The next whole record, reading on where needed.
    pub fn next_record(&mut self) -> io::Result<Found> {
        match self.framing {
            Framing::Lines => self.next_line(),
            Framing::Prefixed => self.next_prefixed(),
        }
    }

    fn next_line(&mut self) -> io::Result<Found> {
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[self.searched..self.end]) {
                let newline = self.searched + found;
                let end = self.base + newline as u64 + 1;
                let line = self.line(self.start..newline, end);
                self.start = newline + 1;
                self.searched = self.start;
                return Ok(line);
            }
            self.searched = self.end;
            if self.skipping.is_none() && self.end - self.start > self.max {
                self.skipping = Some(self.base + self.start as u64);
            }
            if self.skipping.is_some() {
                self.start = self.end;
            }
            if !self.read_more()? {
                return Ok(Found::EndOfFile);
            }
        }
    }

    fn next_prefixed(&mut self) -> io::Result<Found> {
        loop {
            let start = self.position();
            if let Some(prefix) = self.buffer[self.start..self.end].first_chunk::<PREFIX>() {
                let len = u32::from_be_bytes(*prefix);
                if len > LENGTH_MAX {
                    return Ok(Found::NoLength { start, len });
                }
                let (begin, size) = (self.start + PREFIX, len as usize);
                let end = start + (PREFIX + size) as u64;
                if size > self.max {
                    // It is skipped as a whole, once it is there as a whole.
                    let mut last = [0];
                    if self.read_at(&mut last, end - 1)? == 0 {
                        return Ok(Found::EndOfFile);
                    }
                    self.go_to(end);
                    let (start, len) = (start + PREFIX as u64, len.into());
                    return Ok(Found::TooLarge { start, len, end });
                }
                if begin + size <= self.end {
                    let range = begin..begin + size;
                    self.start = range.end;
                    return Ok(Found::Record { range, end });
                }
            }
            if !self.read_more()? {
                return Ok(Found::EndOfFile);
            }
        }
    }

    /// The next record of a file that will not grow any more; nothing behind the last.
    pub fn next_to_end(&mut self) -> io::Result<Option<Found>> {
        match self.next_record()? {
            Found::EndOfFile => self.take_rest(),
            found => Ok(Some(found)),
        }
    }

    /// What stands behind the last whole record, where anything does: for a file that will not grow any
    /// more. Of lines it is the last one, without its end.
    pub fn take_rest(&mut self) -> io::Result<Option<Found>> {
        if self.framing == Framing::Prefixed {
            // What comes after the file was measured may make a record whole, and is no part of a torn one.
            let end = self.file.metadata()?.len();
            match self.next_prefixed()? {
                Found::EndOfFile => {}
                found => return Ok(Some(found)),
            }
            let start = self.position();
            if end <= start {
                return Ok(None);
            }
            self.go_to(end);
            let len = end - start;
            return Ok(Some(Found::Torn { start, len, end }));
        }
        let end = self.read_to();
        if self.skipping.is_none() && self.start == self.end {
            return Ok(None);
        }
        let line = self.line(self.start..self.end, end);
        self.start = self.end;
        self.searched = self.end;
        Ok(Some(line))
    }

    fn line(&mut self, range: Range<usize>, end: u64) -> Found {
        let behind = self.base + range.end as u64;
        if let Some(start) = self.skipping.take() {
            let len = behind - start;
            Found::TooLarge { start, len, end }
        } else if range.len() > self.max {
            let start = self.base + range.start as u64;
            let len = range.len() as u64;
            Found::TooLarge { start, len, end }
        } else {
            Found::Record { range, end }
        }
    }

    /// Reads on. False: there is nothing more now.
    fn read_more(&mut self) -> io::Result<bool> {
        if self.end == self.buffer.len() || self.start == self.end {
            self.make_room();
        }
        let (at, end) = (self.read_to(), self.end);
        let got = read_at(&self.file, &mut self.buffer[end..], at)?;
        self.end += got;
        Ok(got > 0)
    }

    /// Moves the pending bytes to the front of the buffer.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.searched = self.searched.saturating_sub(self.start);
        self.start = 0;
    }

    /// Takes what is before `offset` for read.
    fn go_to(&mut self, offset: u64) {
        if offset <= self.read_to() {
            self.start = (offset - self.base) as usize;
        } else {
            (self.base, self.start, self.searched, self.end) = (offset, 0, 0, 0);
        }
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        read_at(&self.file, into, at)
    }
}

fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    loop {
        match file.read_at(into, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Where what is behind the last whole record of a file begins: the file's length, where nothing is.
/// Nothing where something stands there that is no length.
pub fn start_of_rest(file: &Arc<File>, framing: Framing, len: u64) -> io::Result<Option<u64>> {
    if framing == Framing::Lines {
        return start_of_last_line(file, len).map(Some);
    }
    // Lengths are found only from the beginning.
    let mut reader = RecordReader::new(Arc::clone(file), framing, 0, BUFFER / 4);
    loop {
        let before = reader.position();
        match reader.next_record()? {
            Found::Record { end, .. } | Found::TooLarge { end, .. } if end <= len => {}
            Found::NoLength { .. } => return Ok(None),
            _ => return Ok(Some(before)),
        }
    }
}

fn start_of_last_line(file: &File, len: u64) -> io::Result<u64> {
    let mut chunk = [0; 8192];
    let mut end = len;
    while end > 0 {
        let start = end.saturating_sub(chunk.len() as u64);
        let part = &mut chunk[..(end - start) as usize];
        file.read_exact_at(part, start)?;
        if let Some(at) = memchr::memrchr(b'\n', part) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// A record, or where a line too large starts and how long it is.
    type Read = Result<Vec<u8>, (u64, u64)>;

    /// All records, and what else there is at the end.
    fn read_as(framing: Framing, bytes: &[u8], max: usize) -> (Vec<(Read, u64)>, Option<Found>) {
        let mut reader = RecordReader::new(Arc::new(file(bytes)), framing, 0, max);
        let mut records = Vec::new();
        loop {
            match reader.next_to_end().unwrap() {
                Some(Found::Record { range, end }) => {
                    records.push((Ok(reader.bytes(range).to_vec()), end));
                }
                Some(Found::TooLarge { start, len, end }) => records.push((Err((start, len)), end)),
                rest => return (records, rest),
            }
        }
    }

    fn read_all(bytes: &[u8], max: usize) -> Vec<(Read, u64)> {
        let (lines, rest) = read_as(Framing::Lines, bytes, max);
        assert_eq!(rest, None);
        lines
    }

    #[test]
    fn only_the_line_feed_ends_a_record() {
        assert_eq!(
            read_all(b"a\r\n\n\xff\0z\nlast", 8),
            vec![
                (Ok(b"a\r".to_vec()), 3),
                (Ok(b"".to_vec()), 4),
                (Ok(b"\xff\0z".to_vec()), 8),
                (Ok(b"last".to_vec()), 12),
            ]
        );
        assert_eq!(read_all(b"", 8), vec![]);
        assert_eq!(read_all(b"\n", 8), vec![(Ok(vec![]), 1)]);
    }

    #[test]
    fn a_line_at_the_limit_is_a_record_and_one_past_it_is_too_large() {
        assert_eq!(
            read_all(b"12345678\n123456789\nx\n123456789", 8),
            vec![
                (Ok(b"12345678".to_vec()), 9),
                (Err((9, 9)), 19),
                (Ok(b"x".to_vec()), 21),
                (Err((21, 9)), 30),
            ]
        );
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_skipped_and_counted_whole() {
        let mut bytes = vec![b'a'; 3 * BUFFER + 17];
        bytes.extend_from_slice(b"\nnext\n");
        let long = 3 * BUFFER as u64 + 17;
        assert_eq!(
            read_all(&bytes, 256),
            vec![(Err((0, long)), long + 1), (Ok(b"next".to_vec()), long + 6)]
        );
    }

    #[test]
    fn records_survive_every_position_of_the_buffer_edge() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for i in 0..20_000usize {
            let line = vec![b'a' + (i % 26) as u8; i % 120];
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
            expected.push((Ok(line), bytes.len() as u64));
        }
        assert!(bytes.len() > 3 * BUFFER);
        assert_eq!(read_all(&bytes, 256), expected);
    }

    #[test]
    fn an_unterminated_line_waits_for_its_end() {
        let mut growing = file(b"one\ntw");
        let clone = Arc::new(growing.try_clone().unwrap());
        let mut reader = RecordReader::new(clone, Framing::Lines, 0, 8);
        assert!(matches!(
            reader.next_record().unwrap(),
            Found::Record { end: 4, .. }
        ));
        assert_eq!(reader.next_record().unwrap(), Found::EndOfFile);
        assert_eq!(reader.position(), 4);
        assert_eq!(reader.read_to(), 6);
        growing.write_all(b"o\n").unwrap();
        match reader.next_record().unwrap() {
            Found::Record { range, end: 8 } => assert_eq!(reader.bytes(range), b"two"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_last_line_is_found_from_the_end() {
        let mut long = vec![b'x'; 20_000];
        long[3] = b'\n';
        for (bytes, expected) in [
            (&b""[..], 0),
            (b"abc", 0),
            (b"abc\n", 4),
            (b"abc\nde", 4),
            (&long, 4),
        ] {
            assert_eq!(
                start_of_rest(&Arc::new(file(bytes)), Framing::Lines, bytes.len() as u64).unwrap(),
                Some(expected)
            );
        }
    }

    fn prefixed(records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for record in records {
            Framing::Prefixed.add(record, &mut bytes);
        }
        bytes
    }

    #[test]
    fn a_record_behind_its_length_may_be_anything() {
        let bytes = prefixed(&[b"a\nb\n", b"", b"\0\xff", b"123456789", b"12345678"]);
        assert_eq!(&bytes[..8], b"\0\0\0\x04a\nb\n");
        let records = vec![
            (Ok(b"a\nb\n".to_vec()), 8),
            (Ok(b"".to_vec()), 12),
            (Ok(b"\0\xff".to_vec()), 18),
            (Err((22, 9)), 31),
            (Ok(b"12345678".to_vec()), 43),
        ];
        assert_eq!(read_as(Framing::Prefixed, &bytes, 8), (records, None));
    }

    #[test]
    fn a_record_that_is_cut_off_anywhere_is_torn_and_what_is_before_it_is_not() {
        let large = vec![b'x'; 3 * BUFFER];
        for last in [&b"last one"[..], &large] {
            let whole = prefixed(&[b"first", last]);
            let lengths = [9 + 1, 9 + 3, 9 + 4, 9 + 5, whole.len() - 1];
            for len in lengths {
                let (records, rest) = read_as(Framing::Prefixed, &whole[..len], 8);
                assert_eq!(records, [(Ok(b"first".to_vec()), 9)]);
                let (start, len, end) = (9, len as u64 - 9, len as u64);
                assert_eq!(rest, Some(Found::Torn { start, len, end }));
                let torn = Arc::new(file(&whole[..end as usize]));
                let rest = start_of_rest(&torn, Framing::Prefixed, end).unwrap();
                assert_eq!(rest, Some(9));
            }
            let end = whole.len() as u64;
            let rest = start_of_rest(&Arc::new(file(&whole)), Framing::Prefixed, end).unwrap();
            assert_eq!(rest, Some(end));
        }
    }

    #[test]
    fn a_record_that_is_being_written_is_waited_for() {
        let large = vec![b'x'; 3 * BUFFER];
        let whole = prefixed(&[b"one", &large, b"two"]);
        let mut growing = file(b"");
        let clone = Arc::new(growing.try_clone().unwrap());
        let mut reader = RecordReader::new(clone, Framing::Prefixed, 0, 8);
        let mut seen = Vec::new();
        for piece in whole.chunks(1 + whole.len() / 97) {
            growing.write_all(piece).unwrap();
            loop {
                match reader.next_record().unwrap() {
                    Found::EndOfFile => break,
                    Found::Record { range, .. } => seen.push(reader.bytes(range).to_vec()),
                    Found::TooLarge { start, len, .. } => seen.push(vec![start as u8, len as u8]),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(seen, [b"one".to_vec(), vec![11, 0], b"two".to_vec()]);
        assert_eq!(reader.position(), whole.len() as u64);
    }

    #[test]
    fn a_length_that_no_record_has_is_told_and_stays() {
        for (bytes, start, len) in [
            (&b"{\"id\":1}\n"[..], 0, 0x7b22_6964),
            (b"\0\0\0\x01a\0\x80\0\x01", 5, LENGTH_MAX + 1),
            (b"\0\0\0\0\xff\xff\xff\xff", 4, u32::MAX),
        ] {
            let shared = Arc::new(file(bytes));
            let mut reader = RecordReader::new(Arc::clone(&shared), Framing::Prefixed, 0, 8);
            let mut found = reader.next_record().unwrap();
            while matches!(found, Found::Record { .. }) {
                found = reader.next_record().unwrap();
            }
            assert_eq!(found, Found::NoLength { start, len });
            assert_eq!(
                reader.next_record().unwrap(),
                found,
                "it stays in front of it"
            );
            assert_eq!(reader.position(), start);
            let rest = start_of_rest(&shared, Framing::Prefixed, bytes.len() as u64).unwrap();
            assert_eq!(rest, None);
        }
    }

    #[test]
    fn records_behind_lengths_survive_every_position_of_the_buffer_edge() {
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for i in 0..20_000usize {
            let record = vec![b'a' + (i % 26) as u8; i % 120];
            Framing::Prefixed.add(&record, &mut bytes);
            expected.push((Ok(record), bytes.len() as u64));
        }
        assert!(bytes.len() > 3 * BUFFER);
        assert_eq!(read_as(Framing::Prefixed, &bytes, 256), (expected, None));
    }
}
