//! What the roles do that lowering inserts, in the words that lowering, describe, differences and the
//! page share.

use crate::{Channel, MergePolicy, RoleWork};

/// What an inserted role does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertedWork {
    /// A bridge.
    Bridge {
        /// The lanes that it reads and writes; nothing where a spec doesn't have them.
        lanes: Option<(Channel, Channel)>,
    },
    /// A router.
    Router {
        /// How many lanes it writes.
        lanes: usize,
    },
    /// A merge.
    Merge {
        /// How many lanes it reads.
        lanes: usize,
        /// Which of them it reads next.
        policy: MergePolicy,
    },
}

impl InsertedWork {
    /// The work of a role; nothing for a stage. `channel` finds a lane by its id.
    pub fn of(work: &RoleWork, channel: impl Fn(&str) -> Option<Channel>) -> Option<Self> {
        match work {
            RoleWork::Stage { .. } => None,
            RoleWork::Bridge { rx, tx } => Some(Self::Bridge {
                lanes: channel(rx).zip(channel(tx)),
            }),
            RoleWork::Router { tx, .. } => Some(Self::Router { lanes: tx.len() }),
            RoleWork::Merge { rx, policy, .. } => Some(Self::Merge {
                lanes: rx.len(),
                policy: *policy,
            }),
        }
    }

    /// What it does to records, as a phrase in the third person: "copies each record to 3 lanes".
    pub fn does(self) -> String {
        match self {
            Self::Bridge { lanes: None } => "carries each record from one lane to another".into(),
            Self::Bridge {
                lanes: Some((from, to)),
            } => [
                "carries each record from ",
                &written(from),
                " to ",
                &written(to),
            ]
            .concat(),
            Self::Router { lanes } => ["copies each record to ", &counted(lanes)].concat(),
            Self::Merge {
                lanes,
                policy: MergePolicy::RoundRobin,
            } => [
                "takes one record from each of ",
                &counted(lanes),
                " in turn, past empty ones",
            ]
            .concat(),
            Self::Merge {
                lanes,
                policy: MergePolicy::Priority,
            } => [
                "takes from the first of ",
                &counted(lanes),
                " that has a record",
            ]
            .concat(),
        }
    }
}

fn counted(lanes: usize) -> String {
    let unit = if lanes == 1 { " lane" } else { " lanes" };
    [&lanes.to_string(), unit].concat()
}

/// A lane as a plan writes it.
fn written(channel: Channel) -> String {
    let kind = channel.kind().name();
    match channel {
        Channel::SequencedSlots { capacity } => [kind, " ", &capacity.to_string()].concat(),
        _ => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_says_what_it_does_with_its_values() {
        let merge = |policy| InsertedWork::Merge { lanes: 2, policy }.does();
        let slots = Channel::SequencedSlots { capacity: 256 };
        let bridge = InsertedWork::Bridge {
            lanes: Some((slots, Channel::Journal)),
        };
        assert_eq!(
            bridge.does(),
            "carries each record from sequenced_slots 256 to journal"
        );
        let router = InsertedWork::Router { lanes: 3 };
        assert_eq!(router.does(), "copies each record to 3 lanes");
        assert_eq!(
            merge(MergePolicy::RoundRobin),
            "takes one record from each of 2 lanes in turn, past empty ones"
        );
        assert_eq!(
            merge(MergePolicy::Priority),
            "takes from the first of 2 lanes that has a record"
        );
    }

    #[test]
    fn a_stage_has_no_such_words_and_a_bridge_without_lanes_has() {
        let (rx, tx) = ("a".to_owned(), "b".to_owned());
        let bridge = RoleWork::Bridge { rx, tx };
        let does =
            |channel: Option<Channel>| InsertedWork::of(&bridge, |_| channel).unwrap().does();
        assert_eq!(does(None), "carries each record from one lane to another");
        assert_eq!(
            does(Some(Channel::Events)),
            "carries each record from events to events"
        );
        let stage = RoleWork::Stage {
            op: crate::StageOp::Identity,
            rx: "a".to_owned(),
            tx: "b".to_owned(),
        };
        assert_eq!(InsertedWork::of(&stage, |_| None), None);
    }
}
