//! What a pair of source and sink promises together, from what each of the two declares.

use serde::Serialize;

use super::{SinkPromise, SourcePromise};

crate::model::words! {
    /// How often a record that came in is delivered, whatever ends the process in between.
    Delivery {
        /// Once, and never twice.
        ExactlyOnce = "exactly_once",
        /// Once or more: after something ended the process, some again.
        AtLeastOnce = "at_least_once",
        /// Once or not at all.
        AtMostOnce = "at_most_once",
        /// Mostly once; some may be lost, and some may come again.
        BestEffort = "best_effort",
    }
}

/// A delivery, and why it is that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Promised {
    /// How often.
    pub delivery: Delivery,
    /// For people: "exactly once".
    pub title: &'static str,
    /// Why, in a sentence.
    pub because: &'static str,
}

/// What the two sides of one adapter promise where both are of the same place: more than each with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Together {
    /// The kind of adapter.
    pub kind: &'static str,
    /// Keys that have the same value on both sides.
    pub same: &'static [&'static str],
    /// A key of the sink, and the word that it has.
    pub sink: (&'static str, &'static str),
    /// What they promise then.
    pub promised: Promised,
}

/// What a source and a sink promise together.
pub const fn promised(source: SourcePromise, sink: SinkPromise) -> Promised {
    let (delivery, title, because) = match (source, sink) {
        (
            SourcePromise::Forgets,
            SinkPromise::Exact | SinkPromise::Deduplicates | SinkPromise::Unconfirmed,
        ) => (
            Delivery::AtMostOnce,
            "at most once",
            "The source can't be asked again for records that were on their way when a run ended, and nothing is written twice.",
        ),
        (SourcePromise::Forgets, SinkPromise::Numbered) => (
            Delivery::BestEffort,
            "best effort; at most once for a receiver that keeps numbers",
            "The source can't be asked again for records that were on their way when a run ended; what the sink had no answer for is sent again, under its number.",
        ),
        (SourcePromise::Forgets, SinkPromise::Repeats) => (
            Delivery::BestEffort,
            "best effort",
            "The source can't be asked again for records that were on their way when a run ended; what the sink had no answer for is sent again.",
        ),
        (
            SourcePromise::Resumes | SourcePromise::Redelivers | SourcePromise::Chooses,
            SinkPromise::Unconfirmed,
        ) => (
            Delivery::BestEffort,
            "best effort",
            "The sink doesn't say what arrived: what was on its way when a connection ended may be lost, and after a run that was cut off records come again.",
        ),
        (SourcePromise::Resumes | SourcePromise::Chooses, SinkPromise::Exact) => (
            Delivery::ExactlyOnce,
            "exactly once",
            "A run goes on where the checkpoint ends, on both sides.",
        ),
        (SourcePromise::Resumes, SinkPromise::Deduplicates) => (
            Delivery::ExactlyOnce,
            "exactly once",
            "A run goes on where the checkpoint ends, and the sink leaves out what it has already.",
        ),
        (
            SourcePromise::Chooses,
            SinkPromise::Deduplicates | SinkPromise::Numbered | SinkPromise::Repeats,
        ) => (
            Delivery::AtLeastOnce,
            "at least once",
            "After a run that was cut off, what the plan makes of the records behind the checkpoint may be something else, so it is written again.",
        ),
        (SourcePromise::Resumes, SinkPromise::Numbered) => (
            Delivery::AtLeastOnce,
            "at least once; once for a receiver that keeps numbers",
            "After a run that was cut off, records behind the checkpoint are sent again, under the numbers that they had.",
        ),
        (SourcePromise::Resumes, SinkPromise::Repeats) => (
            Delivery::AtLeastOnce,
            "at least once",
            "After a run that was cut off, records behind the checkpoint are sent again.",
        ),
        (SourcePromise::Redelivers, _) => (
            Delivery::AtLeastOnce,
            "at least once",
            "A sender that had no answer sends again, and nothing tells those records from new ones.",
        ),
    };
    Promised {
        delivery,
        title,
        because,
    }
}
