//! Conformance: the typed layer (reference: IndexBus, section 8).

use indexbus::{SharedLayoutCell, SpscSender, init_shared_layout, split_spsc};
use indexbus_abi::SharedLayout;
use indexbus_codec_rkyv::Rkyv;
use indexbus_codec_serde::Postcard;
use indexbus_typed::{
    CodecError, CodecId, DecodeFrom, EncodeInto, IndexbusMsgSpec, MsgMeta, SendError,
    TypedSpscReceiver, TypedSpscSender, meta,
};

macro_rules! message {
    ($name:ident = $meta:expr) => {
        #[derive(
            Clone,
            Debug,
            PartialEq,
            serde::Serialize,
            serde::Deserialize,
            rkyv::Archive,
            rkyv::Serialize,
            rkyv::Deserialize,
        )]
        struct $name {
            symbol: [u8; 8],
            price: i64,
            limit: Option<u32>,
        }

        impl IndexbusMsgSpec for $name {
            const META: MsgMeta = $meta;
        }
    };
}

message!(Order = meta(7, 1, 1));
message!(NextOrder = meta(7, 1, 2));

#[derive(
    serde::Serialize, serde::Deserialize, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
struct Large([[u8; 29]; 9]);

impl IndexbusMsgSpec for Large {
    const META: MsgMeta = meta(7, 2, 1);
}

fn order(price: i64) -> Order {
    Order {
        symbol: *b"BYTEOR  ",
        price,
        limit: Some(3),
    }
}

fn layout() -> Box<SharedLayout> {
    // SAFETY: all zeroes are a layout; it is initialized below.
    let mut layout: Box<SharedLayout> = unsafe { Box::new_zeroed().assume_init() };
    init_shared_layout(&mut layout);
    layout
}

fn what_is_sent_arrives<C>(codec: C)
where
    C: CodecId + Copy + EncodeInto<Order> + DecodeFrom<Order> + EncodeInto<Large>,
{
    let mut layout = layout();
    let (tx, rx) = split_spsc(SharedLayoutCell::from_mut(&mut layout));
    let mut tx = TypedSpscSender::new(tx, codec);
    let mut rx = TypedSpscReceiver::new(rx, codec);
    for price in [0, 1, -1, i64::MAX, i64::MIN] {
        tx.send(&order(price)).unwrap();
    }
    for price in [0, 1, -1, i64::MAX, i64::MIN] {
        assert_eq!(rx.try_recv(), Ok(Some(order(price))));
    }
    assert_eq!(rx.try_recv::<Order>(), Ok(None));
    let too_large = tx.send(&Large([[1; 29]; 9]));
    let error = CodecError::BufferTooSmall {
        required: 261,
        provided: 232,
    };
    assert_eq!(too_large, Err(SendError::Codec(error)));
    assert_eq!(rx.try_recv::<Order>(), Ok(None), "nothing went");
}

#[test]
fn values_arrive_as_they_were_sent_through_both_codecs() {
    what_is_sent_arrives(Postcard);
    what_is_sent_arrives(Rkyv);
}

fn send_raw(lane: &mut SpscSender<'_>, codec_id: u8, meta: MsgMeta, payload: &[u8]) {
    let header = indexbus_msg::Header {
        codec_id,
        schema_id: meta.schema_id,
        msg_type: meta.msg_type,
        msg_version: meta.msg_version,
    };
    let mut message = [0; 256];
    let len = indexbus_msg::encode(&header, payload, &mut message).unwrap();
    lane.publish(&message[..len]).unwrap();
}

fn what_is_no_order_is_consumed<C>(codec: C)
where
    C: CodecId + Copy + EncodeInto<Order> + DecodeFrom<Order>,
{
    let mut layout = layout();
    let (mut tx, rx) = split_spsc(SharedLayoutCell::from_mut(&mut layout));
    tx.publish(b"no envelope").unwrap();
    send_raw(&mut tx, C::CODEC_ID + 1, Order::META, b"");
    send_raw(&mut tx, C::CODEC_ID, NextOrder::META, b"");
    send_raw(&mut tx, C::CODEC_ID, Order::META, b"short");
    let mut tx = TypedSpscSender::new(tx, codec);
    tx.send(&order(5)).unwrap();
    let mut rx = TypedSpscReceiver::new(rx, codec);
    let codes: Vec<_> = (0..4)
        .map(|_| {
            rx.try_recv::<Order>()
                .map_err(|error| error.code())
                .unwrap_err()
        })
        .collect();
    let expected = [
        "E_MSG_HEADER_TRUNCATED",
        "E_MSG_OTHER_CODEC",
        "E_MSG_OTHER_MESSAGE",
        "E_CODEC_INVALID_DATA",
    ];
    assert_eq!(codes, expected);
    assert_eq!(
        rx.try_recv(),
        Ok(Some(order(5))),
        "the queue is not poisoned"
    );
}

#[test]
fn a_message_that_fails_to_decode_is_consumed_and_told() {
    what_is_no_order_is_consumed(Postcard);
    what_is_no_order_is_consumed(Rkyv);
}

#[test]
fn bytes_behind_a_value_are_told() {
    let mut bytes = [0; 64];
    let len = Postcard.encode_into(&order(1), &mut bytes).unwrap();
    let longer: Result<Order, _> = Postcard.decode_from(&bytes[..=len]);
    assert_eq!(longer, Err(CodecError::TrailingBytes { left: 1 }));
}

#[test]
fn hostile_bytes_are_a_value_or_refused_by_both_codecs() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut refused = 0;
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..seed % 60)
            .map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed as u8
            })
            .collect();
        seed = seed.wrapping_add(1);
        let postcard: Result<Order, _> = Postcard.decode_from(&bytes);
        let rkyv: Result<Order, _> = Rkyv.decode_from(&bytes);
        refused += usize::from(postcard.is_err()) + usize::from(rkyv.is_err());
    }
    assert!(refused > 20_000, "only {refused} were refused");
}
