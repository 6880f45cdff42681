//! Line framing over bytes: a record is what stands before a line feed.
//!
//! Nothing but the line feed means anything: an empty line is a record of length 0, a carriage
//! return is data, and bytes need not be UTF-8. A line longer than the limit is never held in
//! memory; only where it stands is kept.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes read ahead at most. Larger than any record limit, so a whole record always fits.
const BUFFER: usize = 256 * 1024;

/// What stands next in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A record, to be read with [`LineReader::bytes`] before the next call.
    Record {
        /// Where the bytes stand in the reader's buffer.
        range: Range<usize>,
        /// Offset in the file just behind the record and its line feed.
        end: u64,
    },
    /// A line longer than the limit.
    TooLarge {
        /// Offset in the file of its first byte.
        start: u64,
        /// Its length in bytes, without the line feed.
        len: u64,
        /// Offset in the file just behind it and its line feed.
        end: u64,
    },
    /// No further whole line is there now.
    EndOfFile,
}

/// Reads lines of at most `max` bytes from a file, which may grow meanwhile.
pub struct LineReader {
    file: Arc<File>,
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

impl LineReader {
    /// Reads `file` from `offset` on; records may have `max` bytes.
    pub fn new(file: Arc<File>, offset: u64, max: usize) -> Self {
        assert!(max < BUFFER / 2, "records are far smaller than the buffer");
        Self {
            file,
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

    /// Offset in the file of the first byte that no line has taken yet.
    pub fn position(&self) -> u64 {
        self.skipping.unwrap_or(self.base + self.start as u64)
    }

    /// The bytes of a record.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.buffer[range]
    }

    /// The next whole line, reading on where needed.
    pub fn next_line(&mut self) -> io::Result<Line> {
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
            if self.end == self.buffer.len() || self.start == self.end {
                self.make_room();
            }
            let at = self.read_to();
            let got = match self.file.read_at(&mut self.buffer[self.end..], at) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if got == 0 {
                return Ok(Line::EndOfFile);
            }
            self.end += got;
        }
    }

    /// The unterminated last line, where there is one: for a file that will not grow any more.
    pub fn take_rest(&mut self) -> Option<Line> {
        let end = self.read_to();
        if self.skipping.is_none() && self.start == self.end {
            return None;
        }
        let line = self.line(self.start..self.end, end);
        self.start = self.end;
        self.searched = self.end;
        Some(line)
    }

    fn line(&mut self, range: Range<usize>, end: u64) -> Line {
        let behind = self.base + range.end as u64;
        if let Some(start) = self.skipping.take() {
            let len = behind - start;
            Line::TooLarge { start, len, end }
        } else if range.len() > self.max {
            let start = self.base + range.start as u64;
            let len = range.len() as u64;
            Line::TooLarge { start, len, end }
        } else {
            Line::Record { range, end }
        }
    }

    /// Moves the pending bytes to the front of the buffer.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
    }
}

/// Where the unterminated last line of the file begins: behind the last line feed.
pub fn start_of_last_line(file: &File, len: u64) -> io::Result<u64> {
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

    fn read_all(bytes: &[u8], max: usize) -> Vec<(Read, u64)> {
        let mut reader = LineReader::new(Arc::new(file(bytes)), 0, max);
        let mut lines = Vec::new();
        loop {
            let line = match reader.next_line().unwrap() {
                Line::EndOfFile => match reader.take_rest() {
                    Some(rest) => rest,
                    None => return lines,
                },
                line => line,
            };
            match line {
                Line::Record { range, end } => lines.push((Ok(reader.bytes(range).to_vec()), end)),
                Line::TooLarge { start, len, end } => lines.push((Err((start, len)), end)),
                Line::EndOfFile => unreachable!(),
            }
        }
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
        let mut reader = LineReader::new(Arc::new(growing.try_clone().unwrap()), 0, 8);
        assert!(matches!(
            reader.next_line().unwrap(),
            Line::Record { end: 4, .. }
        ));
        assert_eq!(reader.next_line().unwrap(), Line::EndOfFile);
        assert_eq!(reader.position(), 4);
        assert_eq!(reader.read_to(), 6);
        growing.write_all(b"o\n").unwrap();
        match reader.next_line().unwrap() {
            Line::Record { range, end: 8 } => assert_eq!(reader.bytes(range), b"two"),
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
                start_of_last_line(&file(bytes), bytes.len() as u64).unwrap(),
                expected
            );
        }
    }
}
