//! What follows from one change, in words.

mod lanes;
mod settings;
mod stages;
mod wiring;

pub(super) use lanes::{of_lane, of_own_lane};
pub(super) use settings::of_setting;
pub(super) use stages::{of_alone, of_key};
pub(super) use wiring::of_rewiring;

use super::codes::ConsequenceCode as Code;
use super::model::{ChangeSubject, Consequence, StageEffect};
use crate::ExecutionTarget;
use crate::sentence::SentencePart;

/// A piece of a consequence's sentence.
pub(super) enum Piece<'p> {
    /// Words.
    Words(&'p str),
    /// An id, a number or a name.
    Value(&'p str),
    /// What a stage does.
    Does(&'p StageEffect),
}

pub(super) use Piece::{Does, Value, Words};

/// The consequence of a code, in a sentence of these pieces.
pub(super) fn say(code: Code, pieces: &[Piece<'_>]) -> Consequence {
    let (mut text, mut parts) = (String::new(), Vec::new());
    for piece in pieces {
        match piece {
            Words(words) => {
                text.push_str(words);
                SentencePart::push(&mut parts, words, false);
            }
            Value(value) => {
                text.push_str(value);
                SentencePart::push(&mut parts, value, true);
            }
            Does(effect) => {
                text.push_str(&effect.does);
                for part in &effect.parts {
                    SentencePart::push(&mut parts, &part.text, part.value);
                }
            }
        }
    }
    Consequence {
        code,
        kind: code.kind(),
        severity: code.severity(),
        text,
        parts,
    }
}

pub(super) fn of_metadata() -> Consequence {
    let text = "It is for people: no spec has it, and the spec hash stays.";
    say(Code::ForPeople, &[Words(text)])
}

pub(super) fn of_rename(target: ExecutionTarget, subject: ChangeSubject) -> Consequence {
    if target == ExecutionTarget::SingleRing && subject == ChangeSubject::Boundary {
        let text = "The spec of a ring has no boundaries, and its hash stays.";
        return say(Code::NoBoundaries, &[Words(text)]);
    }
    let text =
        "It does the same to each record. Ids are part of the spec, so the spec hash changes.";
    say(Code::SameWork, &[Words(text)])
}

pub(super) fn of_loose_end(to: &str) -> Consequence {
    say(
        Code::LooseEnd,
        &[
            Words("The plan has no element "),
            Value(to),
            Words(" there, so it can’t run."),
        ],
    )
}
