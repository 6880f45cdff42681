//! What follows from a stage or boundary that came, went or does something else.

use super::{Code, Does, StageEffect, Value, Words, say};
use crate::diff::changes::Entry;
use crate::diff::model::ChangeSubject;
use crate::diff::pairing::{Facing, Pairing};
use crate::diff::view::ViewElement;

/// Whether it does anything but pass records on.
fn acts(effect: &StageEffect) -> bool {
    effect.filters || effect.rewrites || effect.remembers() || effect.capability.is_some()
}

/// Of what is remembered of records before.
fn of_memory(effects: (Option<&StageEffect>, Option<&StageEffect>), entry: &mut Entry) {
    let remembers = |effect: Option<&StageEffect>| effect.is_some_and(StageEffect::remembers);
    let (code, text) = match (remembers(effects.0), remembers(effects.1)) {
        (true, true) => (
            Code::MemoryAnew,
            "It begins anew, without memory of the records before.",
        ),
        (false, true) => (
            Code::MemoryBegins,
            "It begins without memory of the records before.",
        ),
        (true, false) => (
            Code::MemoryForgotten,
            "What was remembered of the records before is forgotten.",
        ),
        (false, false) => return,
    };
    entry.follows(say(code, &[Words(text)]));
}

/// Of records that go somewhere outside the pipeline.
fn of_outside(effects: (Option<&StageEffect>, Option<&StageEffect>), entry: &mut Entry) {
    let outside =
        |effect: Option<&'_ StageEffect>| effect.and_then(|effect| effect.outside.clone());
    entry.follows(match (outside(effects.0), outside(effects.1)) {
        (Some(before), Some(after)) if before == after => return,
        (Some(before), Some(after)) => say(
            Code::SendsElsewhere,
            &[
                Words("Records leave the pipeline for "),
                Value(&after),
                Words(" instead of "),
                Value(&before),
                Words("."),
            ],
        ),
        (None, Some(after)) => say(
            Code::SendsTo,
            &[
                Words("Records leave the pipeline for "),
                Value(&after),
                Words("."),
            ],
        ),
        (Some(before), None) => say(
            Code::SendsNoMore,
            &[
                Words("No records leave the pipeline for "),
                Value(&before),
                Words(" here any more."),
            ],
        ),
        (None, None) => return,
    });
}

/// Of an element that one side has.
pub(in crate::diff) fn of_alone(
    pairing: &Pairing<'_, '_>,
    facing: Facing,
    name: u32,
    element: &ViewElement<'_>,
    entry: &mut Entry,
) {
    let added = facing == Facing::After;
    match element.subject {
        ChangeSubject::Stage => {
            let Some(effect) = pairing.effect_of(facing, name) else {
                return;
            };
            entry.follows(if !acts(&effect) {
                let text = "The same records come out: it only passes them on.";
                say(Code::PassesOn, &[Words(text)])
            } else if added {
                say(Code::Does, &[Words("It "), Does(&effect), Words(".")])
            } else {
                say(
                    Code::DoesNoMore,
                    &[Words("Nothing there "), Does(&effect), Words(" any more.")],
                )
            });
            let effects = match facing {
                Facing::Before => (Some(&effect), None),
                Facing::After => (None, Some(&effect)),
            };
            of_memory(effects, entry);
            of_outside(effects, entry);
        }
        ChangeSubject::Boundary | ChangeSubject::Endpoint => {
            let (code, text) = match (element.key.as_ref() == "ingress", added) {
                (true, true) => (Code::ComesIn, "Records come in here too."),
                (true, false) => (Code::ComesInNoMore, "No records come in here any more."),
                (false, true) => (Code::Leaves, "Records leave here too."),
                (false, false) => (Code::LeavesNoMore, "No records leave here any more."),
            };
            entry.follows(say(code, &[Words(text)]));
        }
        _ => {}
    }
}

/// Of a key that changed: what it does, and the parameters that differ.
pub(in crate::diff) fn of_key(
    pairing: &Pairing<'_, '_>,
    old: &ViewElement<'_>,
    new: &ViewElement<'_>,
    entry: &mut Entry,
) {
    if new.subject != ChangeSubject::Stage {
        return;
    }
    let effect = |key: &str| (pairing.effect)(key);
    let family = |key: &str| key.split(':').next().map(str::len);
    let (before, after) = (effect(&old.key), effect(&new.key));
    let effects = (before.as_ref(), after.as_ref());
    match effects {
        (Some(before), Some(after)) => {
            // One parameter is the key itself.
            if family(&old.key) == family(&new.key)
                && old.key.split(':').next() == new.key.split(':').next()
                && before.parameters.len().max(after.parameters.len()) > 1
            {
                parameters(before, after, entry);
            }
            entry.follows(say(
                Code::DoesElse,
                &[
                    Words("Before, it "),
                    Does(before),
                    Words("; now it "),
                    Does(after),
                    Words("."),
                ],
            ));
        }
        (Some(before), None) => entry.follows(say(
            Code::DoesNoMore,
            &[Words("It no longer "), Does(before), Words(".")],
        )),
        (None, Some(after)) => entry.follows(say(
            Code::Does,
            &[Words("Now it "), Does(after), Words(".")],
        )),
        (None, None) => {}
    }
    of_memory(effects, entry);
    of_outside(effects, entry);
}

fn parameters(before: &StageEffect, after: &StageEffect, entry: &mut Entry) {
    let value = |effect: &StageEffect, name: &str| {
        let parameter = effect.parameters.iter().find(|(other, _)| *other == name);
        parameter.map(|(_, value)| value.clone())
    };
    // In the order of the key; what only one of both has comes last, in the order of names.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in &before.parameters {
        if after.parameters.iter().any(|(other, _)| other == name) {
            names.push(name);
        }
    }
    let shared = names.len();
    for (name, _) in before.parameters.iter().chain(&after.parameters) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names[shared..].sort_unstable();
    for name in names {
        let (old, new) = (value(before, name), value(after, name));
        if old != new {
            entry.field(name, old, new);
        }
    }
}
