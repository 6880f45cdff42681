//! Stages for records of any form.

use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};

use crate::pattern::Pattern;

type Answer = Result<Outcome, StageFailure>;

pub(crate) struct Identity;

impl Stage for Identity {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Answer {
        Ok(Outcome::Forward)
    }
}

pub(crate) struct Filter {
    pub(crate) pattern: Pattern,
    pub(crate) keep: bool,
}

impl Stage for Filter {
    fn process(&mut self, record: &[u8], _: &mut Output<'_>) -> Answer {
        let forward = self.pattern.is_in(record) == self.keep;
        Ok(if forward {
            Outcome::Forward
        } else {
            Outcome::Drop
        })
    }
}

pub(crate) struct Replace {
    pub(crate) pattern: Pattern,
    pub(crate) text: Box<[u8]>,
}

impl Stage for Replace {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let mut copied = 0;
        let mut found = false;
        self.pattern.each(record, |from, to| {
            found = true;
            out.push(&record[copied..from]);
            out.push(&self.text);
            copied = to;
        });
        if !found {
            return Ok(Outcome::Forward);
        }
        out.push(&record[copied..]);
        Ok(out.outcome())
    }
}

pub(crate) struct Case {
    pub(crate) upper: bool,
}

impl Stage for Case {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        let changes = |byte: &u8| match self.upper {
            true => byte.is_ascii_lowercase(),
            false => byte.is_ascii_uppercase(),
        };
        if !record.iter().any(changes) {
            return Ok(Outcome::Forward);
        }
        // In pieces, so that nothing is allocated for a record of any length.
        let mut piece = [0; 256];
        for part in record.chunks(piece.len()) {
            let piece = &mut piece[..part.len()];
            piece.copy_from_slice(part);
            match self.upper {
                true => piece.make_ascii_uppercase(),
                false => piece.make_ascii_lowercase(),
            }
            out.push(piece);
        }
        Ok(out.outcome())
    }
}

pub(crate) struct Trim {
    pub(crate) start: bool,
    pub(crate) end: bool,
}

impl Stage for Trim {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        // `u8::is_ascii_whitespace` leaves the vertical tab out.
        let blank = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
        let mut rest = record;
        while let ([first, tail @ ..], true) = (rest, self.start)
            && blank(first)
        {
            rest = tail;
        }
        while let ([tail @ .., last], true) = (rest, self.end)
            && blank(last)
        {
            rest = tail;
        }
        Ok(shortened(record, rest, out))
    }
}

pub(crate) struct Truncate {
    pub(crate) most: usize,
}

impl Stage for Truncate {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        if record.len() <= self.most {
            return Ok(Outcome::Forward);
        }
        Ok(shortened(record, &record[..self.end(record)], out))
    }
}

impl Truncate {
    /// Where to cut: after `most` bytes, or before the UTF-8 character that these would cut in two.
    fn end(&self, record: &[u8]) -> usize {
        let continues = |at: usize| record[at] & 0xc0 == 0x80;
        if !continues(self.most) {
            return self.most;
        }
        // The first byte of the character, at most three bytes before the cut.
        let first = (self.most.saturating_sub(3)..self.most)
            .rev()
            .find(|&at| !continues(at));
        match first {
            Some(at) => {
                let length = match record[at] {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => 1,
                };
                if at + length > self.most {
                    at
                } else {
                    self.most
                }
            }
            None => self.most,
        }
    }
}

/// The outcome of a stage that only takes bytes away.
fn shortened(record: &[u8], rest: &[u8], out: &mut Output<'_>) -> Outcome {
    if rest.len() == record.len() {
        return Outcome::Forward;
    }
    out.push(rest);
    out.outcome()
}

pub(crate) struct Prefix {
    pub(crate) text: Box<[u8]>,
}

impl Stage for Prefix {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Answer {
        out.push(&self.text);
        out.push(record);
        Ok(out.outcome())
    }
}
