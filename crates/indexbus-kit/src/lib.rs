//! IndexBus from one crate: the layers under the names that the reference gives.
//!
//! Nothing is wrapped. What a module has is what its crate has, so an error of the substrate arrives as
//! it is.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

pub mod embedded;

/// The lanes: events, fanout with its router, journal, sequencer, state, merge.
pub mod lanes {
    pub use indexbus::{
        Error, FanoutConsumer, FanoutHandles, FanoutMpscSender, FanoutRouter, FanoutSender, HeldUp,
        JournalLayoutCell, JournalPublisher, JournalSubscriber, Liveness, Merge, MpscReceiver,
        MpscSender, NeverDead, PayloadRef, Receive, Sample, SequencerCell, SharedFanoutLayoutCell,
        SharedLayoutCell, SpscReceiver, SpscSender, StateLayoutCell, StatePublisher, StateReader,
        fanout_handles, init_shared_fanout_layout, init_shared_layout, split_journal, split_mpsc,
        split_spsc, split_state,
    };
}

/// Values instead of bytes: what a message is, and the codecs.
pub mod typed {
    pub use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};
    pub use indexbus_codec_rkyv as rkyv;
    pub use indexbus_codec_sbe as sbe;
    pub use indexbus_codec_serde as serde;
    pub use indexbus_typed::*;
}

/// The envelope before what a message holds.
pub mod msg {
    pub use indexbus_msg::*;
}

/// What runs over lanes: waits, and the router's loop.
pub mod runtime {
    pub use indexbus::wait;
    pub use indexbus::{
        AdaptiveWait, BackoffWait, BackpressurePolicy, CreditConfig, CreditPolicy, CreditStats,
        RouterCounters, RouterFailure, RouterLoopConfig, RouterMode, RouterSource, SpinWait, Wait,
        WaitKind, WaitStep, WaitStrategy, route_until, route_until_observed,
        route_until_with_credit_stats,
    };
}

/// Ends that wait.
#[cfg(feature = "std")]
pub mod blocking {
    pub use indexbus_blocking::*;
}

/// The memory that regions are in: of this process, or whatever [`RegionMemory`](transport::RegionMemory) says.
pub mod transport {
    pub use indexbus::raw::{RegionMemory, View};
    pub use indexbus_transport_local as local;
}

/// Regions in files, shared between processes.
#[cfg(feature = "shm")]
pub mod shm {
    pub use indexbus_transport_shm::*;
}
