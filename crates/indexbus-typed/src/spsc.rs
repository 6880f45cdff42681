//! The two ends of a typed single-producer lane.

use indexbus::{SpscReceiver, SpscSender};
use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};
use indexbus_msg::{EncodeError, Header, SLOT_CAPACITY, decode, encode_within};

use crate::{IndexbusMsgSpec, MsgMeta, RecvError, SendError};

/// Sends values as messages, written by the codec `C`.
#[derive(Debug)]
pub struct TypedSpscSender<'m, C> {
    lane: SpscSender<'m>,
    codec: C,
}

impl<'m, C: CodecId> TypedSpscSender<'m, C> {
    /// Over an end of an events lane.
    pub const fn new(lane: SpscSender<'m>, codec: C) -> Self {
        Self { lane, codec }
    }

    /// Sends `value`. `Full` and a value that doesn't fit leave the lane as it was.
    pub fn send<T: IndexbusMsgSpec>(&mut self, value: &T) -> Result<(), SendError>
    where
        C: EncodeInto<T>,
    {
        let header = Header {
            codec_id: C::CODEC_ID,
            schema_id: T::META.schema_id,
            msg_type: T::META.msg_type,
            msg_version: T::META.msg_version,
        };
        let mut message = [0; SLOT_CAPACITY];
        let write = |room: &mut [u8]| self.codec.encode_into(value, room);
        let len = encode_within(SLOT_CAPACITY, &header, &mut message, write);
        let len = len.map_err(|error| match error {
            EncodeError::Payload(error) => SendError::Codec(error),
            EncodeError::PayloadTooLarge {
                max: provided,
                len: required,
            }
            | EncodeError::BufferTooSmall { required, provided } => {
                SendError::Codec(CodecError::BufferTooSmall { required, provided })
            }
        })?;
        self.lane.publish(&message[..len]).map_err(SendError::Lane)
    }
}

/// Receives messages as values, read by the codec `C`.
#[derive(Debug)]
pub struct TypedSpscReceiver<'m, C> {
    lane: SpscReceiver<'m>,
    codec: C,
}

impl<'m, C: CodecId> TypedSpscReceiver<'m, C> {
    /// Over an end of an events lane.
    pub const fn new(lane: SpscReceiver<'m>, codec: C) -> Self {
        Self { lane, codec }
    }

    /// Receives the oldest message; `None` if there is none. One that is no `T` is consumed and
    /// told.
    pub fn try_recv<T: IndexbusMsgSpec>(&mut self) -> Result<Option<T>, RecvError>
    where
        C: DecodeFrom<T>,
    {
        let mut message = [0; SLOT_CAPACITY];
        let len = self.lane.try_recv_into(&mut message);
        let Some(len) = len.map_err(RecvError::Lane)? else {
            return Ok(None);
        };
        let envelope = decode(&message[..len]).map_err(RecvError::Envelope)?;
        let header = envelope.header;
        if header.codec_id != C::CODEC_ID {
            let found = header.codec_id;
            return Err(RecvError::OtherCodec { found });
        }
        let found = MsgMeta {
            schema_id: header.schema_id,
            msg_type: header.msg_type,
            msg_version: header.msg_version,
        };
        if found != T::META {
            return Err(RecvError::OtherMessage { found });
        }
        let value = self.codec.decode_from(envelope.payload);
        value.map(Some).map_err(RecvError::Codec)
    }
}
