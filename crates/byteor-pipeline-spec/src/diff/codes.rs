//! What a consequence can say: each code with what it is about and how much it matters.

use serde::{Deserialize, Serialize};

use super::model::{ChangeSeverity, ConsequenceKind};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $kind:ident, $severity:ident);+ $(;)?) => {
        /// What a consequence says, whatever its words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum ConsequenceCode { $($(#[$doc])* $variant),+ }

        impl ConsequenceCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in text and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What it is about.
            pub fn kind(self) -> ConsequenceKind {
                match self { $(Self::$variant => ConsequenceKind::$kind),+ }
            }

            /// How much it matters.
            pub fn severity(self) -> ChangeSeverity {
                match self { $(Self::$variant => ChangeSeverity::$severity),+ }
            }
        }
    };
}

codes! {
    /// A stage that came only passes records on; or one that went did.
    PassesOn = "passes_on", Output, Info;
    /// What a stage that came does.
    Does = "does", Output, Caution;
    /// What a stage that went did.
    DoesNoMore = "does_no_more", Output, Caution;
    /// What a stage did, and does now.
    DoesElse = "does_else", Output, Caution;
    /// An ingress came.
    ComesIn = "comes_in", Output, Caution;
    /// An ingress went.
    ComesInNoMore = "comes_in_no_more", Output, Risk;
    /// An egress came.
    Leaves = "leaves", Output, Caution;
    /// An egress went.
    LeavesNoMore = "leaves_no_more", Output, Risk;
    /// Records reach an element that none reached.
    Reached = "reached", Output, Caution;
    /// No records reach an element any more.
    ReachedNoMore = "reached_no_more", Output, Risk;
    /// An element no longer gets what a stage before it drops.
    DropsMissing = "drops_missing", Output, Caution;
    /// An element also gets what a stage dropped.
    DropsPresent = "drops_present", Output, Caution;
    /// An element gets records as a stage rewrites them.
    Rewritten = "rewritten", Output, Caution;
    /// An element gets records without what a stage rewrote.
    RewrittenNoMore = "rewritten_no_more", Output, Caution;
    /// Two stages changed places, and nobody can tell.
    PlacesSame = "places_same", Ordering, Info;
    /// Two stages changed places.
    PlacesChanged = "places_changed", Ordering, Caution;
    /// Records of several elements, in no fixed order.
    SeveralInputs = "several_inputs", Ordering, Caution;
    /// Records of one element, in its order.
    OneInput = "one_input", Ordering, Info;
    /// Another execution target.
    Target = "target", Ordering, Caution;
    /// Records keep an order by shard key only.
    OrderPerKey = "order_per_key", Ordering, Caution;
    /// Records keep one order.
    OrderStrict = "order_strict", Ordering, Info;
    /// Another number of rings.
    Shards = "shards", Ordering, Caution;
    /// Other bytes choose the shard, or none.
    ShardKey = "shard_key", Ordering, Caution;
    /// Another rule where lanes meet.
    MergeRule = "merge_rule", Ordering, Caution;
    /// A merge takes from each lane in turn.
    MergeTurns = "merge_turns", Ordering, Caution;
    /// A merge prefers lanes in an order.
    MergeOrder = "merge_order", Ordering, Caution;
    /// How far a writer may be ahead, then it waits.
    AheadWaits = "ahead_waits", Capacity, Caution;
    /// How far a writer may be ahead, then records are dropped.
    AheadDrops = "ahead_drops", Capacity, Risk;
    /// A lane's own size sets how far.
    AheadOpen = "ahead_open", Capacity, Caution;
    /// A full lane discards new records.
    FullDrops = "full_drops", Backpressure, Risk;
    /// A full lane makes its writer wait.
    FullBlocks = "full_blocks", Backpressure, Caution;
    /// A journal overwrites what a slow reader hasn't seen.
    JournalMisses = "journal_misses", Backpressure, Risk;
    /// No journal overwrites any more.
    JournalNoMore = "journal_no_more", Backpressure, Caution;
    /// A connection over a journal went.
    JournalGone = "journal_gone", Backpressure, Info;
    /// Lanes at boundaries are of another kind.
    BoundaryLanes = "boundary_lanes", Backpressure, Caution;
    /// An element feeds more or fewer others.
    Readers = "readers", FanOut, Caution;
    /// An element feeds one other, and fed several.
    OneReader = "one_reader", FanOut, Info;
    /// A lane is shared with other readers.
    SharesLane = "shares_lane", FanOut, Info;
    /// A lane is no longer shared.
    SharesNoMore = "shares_no_more", FanOut, Info;
    /// A credential must grant a capability.
    CapabilityNeeded = "capability_needed", Capability, Risk;
    /// A capability is no longer needed.
    CapabilityUnneeded = "capability_unneeded", Capability, Info;
    /// The config bundle must set a field.
    ConfigRequired = "config_required", Config, Caution;
    /// Nothing uses a field of the config bundle.
    ConfigUnused = "config_unused", Config, Info;
    /// A stage that remembers came, and knows nothing yet.
    MemoryBegins = "memory_begins", Memory, Info;
    /// A stage that remembers forgets, and begins anew.
    MemoryAnew = "memory_anew", Memory, Caution;
    /// What a stage remembered is forgotten.
    MemoryForgotten = "memory_forgotten", Memory, Caution;
    /// Records go to a place outside.
    SendsTo = "sends_to", SideEffect, Risk;
    /// Records go to another place outside.
    SendsElsewhere = "sends_elsewhere", SideEffect, Risk;
    /// Records no longer go to a place outside.
    SendsNoMore = "sends_no_more", SideEffect, Caution;
    /// Lowering inserts a router.
    InsertsRouter = "inserts_router", Lowering, Info;
    /// Lowering inserts a merge.
    InsertsMerge = "inserts_merge", Lowering, Info;
    /// Lowering inserts a bridge.
    InsertsBridge = "inserts_bridge", Lowering, Info;
    /// Lowering no longer inserts a role.
    InsertsNoMore = "inserts_no_more", Lowering, Info;
    /// The same work under another id.
    SameWork = "same_work", Identity, Info;
    /// Only names of lanes differ.
    LanesOnly = "lanes_only", Identity, Info;
    /// No spec has it.
    ForPeople = "for_people", Unused, Info;
    /// The spec of a ring has no boundaries.
    NoBoundaries = "no_boundaries", Unused, Info;
    /// A ring has no lanes.
    NoLanes = "no_lanes", Unused, Info;
    /// The target doesn't read it.
    Unread = "unread", Unused, Info;
    /// It leads to an element that doesn't exist.
    LooseEnd = "loose_end", Unused, Caution;
}
