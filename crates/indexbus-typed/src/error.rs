//! Why a typed message was not sent or received.

use core::fmt;

use indexbus_codec::CodecError;
use indexbus_msg::DecodeError;

use crate::MsgMeta;

/// Why a message was not sent. The lane is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The lane didn't take it; `Full` is backpressure.
    Lane(indexbus::Error),
    /// The codec can't write it, or not into a slot.
    Codec(CodecError),
}

/// Why a message was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// The lane has an error of its own; nothing was consumed.
    Lane(indexbus::Error),
    /// What came is no message. It is consumed.
    Envelope(DecodeError),
    /// The message was written by another codec. It is consumed.
    OtherCodec {
        /// The codec in its envelope.
        found: u8,
    },
    /// It is another message, or another version. It is consumed.
    OtherMessage {
        /// What its envelope says.
        found: MsgMeta,
    },
    /// The codec can't read it. It is consumed.
    Codec(CodecError),
}

impl SendError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lane(error) => error.code(),
            Self::Codec(error) => error.code(),
        }
    }
}

impl RecvError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Lane(error) => error.code(),
            Self::Envelope(error) => error.code(),
            Self::OtherCodec { .. } => "E_MSG_OTHER_CODEC",
            Self::OtherMessage { .. } => "E_MSG_OTHER_MESSAGE",
            Self::Codec(error) => error.code(),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lane(error) => error.fmt(f),
            Self::Codec(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lane(error) => error.fmt(f),
            Self::Envelope(error) => error.fmt(f),
            Self::OtherCodec { found } => {
                write!(
                    f,
                    "the message was written by codec {found}; use the sender's"
                )
            }
            Self::OtherMessage { found } => write!(
                f,
                "the message is type {} version {} of schema {:#x}, not the one that is received",
                found.msg_type, found.msg_version, found.schema_id
            ),
            Self::Codec(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SendError {}
impl core::error::Error for RecvError {}
