//! Choices as lines of text: what runs append to a file, one part behind the other.
//!
//! ```text
//! merge ID INPUT…
//! discards LANE WRITE:MISSED…
//! losses LANE READER/READERS WRITE…
//! ```

use std::fmt::{Display, Write};
use std::str::FromStr;

use super::{Choices, Discard};

/// Most readers that a line may speak of: as many as a lane can have.
const READERS_MAX: usize = 8;

impl Choices {
    /// As lines, each ended by a line feed; nothing where nothing was chosen.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |head: std::fmt::Arguments<'_>, parts: &mut dyn Iterator<Item = String>| {
            // Writing to a String can't fail.
            let _ = text.write_fmt(head);
            for part in parts {
                text.push(' ');
                text.push_str(&part);
            }
            text.push('\n');
        };
        for (id, inputs) in &self.merges {
            line(format_args!("merge {id}"), &mut words(inputs));
        }
        for (lane, discards) in &self.discards {
            let words = discards
                .iter()
                .map(|one| format!("{}:{}", one.write, one.missed));
            line(format_args!("discards {lane}"), &mut { words });
        }
        for (lane, readers) in &self.losses {
            for (reader, losses) in readers.iter().enumerate() {
                let head = format_args!("losses {lane} {reader}/{}", readers.len());
                line(head, &mut words(losses));
            }
        }
        text
    }

    /// What such lines say, later ones going on where earlier ones of the same part ended. Answers which
    /// line is none.
    pub fn from_text(text: &str) -> Result<Self, String> {
        let mut choices = Self::default();
        for (at, line) in text.lines().enumerate() {
            choices
                .take_line(line)
                .ok_or_else(|| format!("line {} says no choices", at + 1))?;
        }
        Ok(choices)
    }

    fn take_line(&mut self, line: &str) -> Option<()> {
        let mut words = line.split(' ');
        let (kind, id) = (words.next()?, words.next()?.to_owned());
        match kind {
            "merge" => {
                let inputs = words.map(number).collect::<Option<Vec<u32>>>()?;
                self.merges.entry(id).or_default().extend(inputs);
            }
            "discards" => {
                let discard = |word: &str| {
                    let (write, missed) = word.split_once(':')?;
                    Some(Discard {
                        write: number(write)?,
                        missed: number(missed)?,
                    })
                };
                let discards = words.map(discard).collect::<Option<Vec<_>>>()?;
                self.discards.entry(id).or_default().extend(discards);
            }
            "losses" => {
                let (reader, readers) = words.next()?.split_once('/')?;
                let (reader, readers): (usize, usize) = (number(reader)?, number(readers)?);
                if reader >= readers || readers > READERS_MAX {
                    return None;
                }
                let losses = words.map(number).collect::<Option<Vec<u64>>>()?;
                let known = self.losses.entry(id).or_default();
                known.resize(known.len().max(readers), Vec::new());
                known[reader].extend(losses);
            }
            _ => return None,
        }
        Some(())
    }
}

fn words<T: Display>(numbers: &[T]) -> impl Iterator<Item = String> + '_ {
    numbers.iter().map(ToString::to_string)
}

fn number<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_record_read_back_as_the_whole() {
        let part = |first: u64| Choices {
            merges: [("m".to_owned(), vec![0, 1, 1])].into(),
            discards: [(
                "a.b".to_owned(),
                vec![Discard {
                    write: first,
                    missed: 3,
                }],
            )]
            .into(),
            losses: [("j.k".to_owned(), vec![vec![first], Vec::new()])].into(),
        };
        let text = part(4).to_text() + &part(9).to_text();
        let mut whole = part(4);
        whole.extend(part(9));
        assert_eq!(Choices::from_text(&text).unwrap(), whole);
        assert_eq!(Choices::default().to_text(), "");
        for line in [
            "",
            "merge",
            "merge m x",
            "discards a.b 3",
            "losses a.b 2/2 1",
            "other a 1",
        ] {
            let said = Choices::from_text(&format!("merge m 0\n{line}\n"));
            assert_eq!(said.unwrap_err(), "line 2 says no choices", "{line}");
        }
        assert!(Choices::from_text("losses j.k 0/99999999 1").is_err());
    }
}
