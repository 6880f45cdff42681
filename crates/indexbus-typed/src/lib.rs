//! Typed messages over events lanes: an envelope around what a codec writes.
//!
//! A message that can't be decoded is consumed all the same, and told: it can't poison the queue.
#![no_std]

mod error;
mod spsc;

pub use error::{RecvError, SendError};
pub use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};
pub use spsc::{TypedSpscReceiver, TypedSpscSender};

/// Which message a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsgMeta {
    /// The schema it belongs to.
    pub schema_id: u64,
    /// Which message of the schema.
    pub msg_type: u32,
    /// Which version of it.
    pub msg_version: u16,
}

/// The message `msg_type` of a schema, in a version.
pub const fn meta(schema_id: u64, msg_type: u32, msg_version: u16) -> MsgMeta {
    MsgMeta {
        schema_id,
        msg_type,
        msg_version,
    }
}

/// A type that is sent as a message.
pub trait IndexbusMsgSpec {
    /// Which message it is.
    const META: MsgMeta;
}
