//! Each module of the kit, used for what it is for, from this crate alone.

use indexbus_kit::blocking::{BlockingReceiver, BlockingSender};
use indexbus_kit::embedded::{StaticLayout, layouts::SharedLayout};
use indexbus_kit::lanes::{Error, SharedLayoutCell, init_shared_layout, split_spsc};
use indexbus_kit::msg::SLOT_CAPACITY;
use indexbus_kit::runtime::WaitKind;
use indexbus_kit::shm::EventsRegion;
use indexbus_kit::typed::sbe::{Block, Sbe, SbeMessage};
use indexbus_kit::typed::{
    CodecError, IndexbusMsgSpec, MsgMeta, TypedSpscReceiver, TypedSpscSender, meta,
};

struct Tick(u32);

impl IndexbusMsgSpec for Tick {
    const META: MsgMeta = meta(1, 1, 1);
}

impl SbeMessage for Tick {
    const SCHEMA_ID: u16 = 1;
    const TEMPLATE_ID: u16 = 1;
    const VERSION: u16 = 0;
    const BLOCK_LENGTH: u16 = 4;

    fn write(&self, block: &mut [u8], _: &mut [u8]) -> Result<usize, CodecError> {
        block.copy_from_slice(&self.0.to_le_bytes());
        Ok(0)
    }

    fn read(block: Block<'_>, _: &[u8]) -> Result<(Self, usize), CodecError> {
        Ok((Self(u32::from_le_bytes(block.field(0)?)), 0))
    }
}

#[test]
fn values_go_through_a_region_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut region = EventsRegion::open_path(dir.path().join("ticks")).unwrap();
    let (tx, rx) = region.split_spsc().unwrap();
    let (mut tx, mut rx) = (
        TypedSpscSender::new(tx, Sbe),
        TypedSpscReceiver::new(rx, Sbe),
    );
    tx.send(&Tick(42)).unwrap();
    let tick: Tick = rx.try_recv().unwrap().unwrap();
    assert_eq!(tick.0, 42);
}

#[test]
fn ends_that_wait_are_over_the_same_lanes() {
    let dir = tempfile::tempdir().unwrap();
    let mut region = EventsRegion::open_path(dir.path().join("lane")).unwrap();
    let (tx, rx) = region.split_spsc().unwrap();
    let mut tx = BlockingSender::new(tx, WaitKind::Backoff);
    let mut rx = BlockingReceiver::new(rx, WaitKind::Backoff);
    let message = [7; SLOT_CAPACITY];
    tx.send(&message).unwrap();
    let mut into = [0; SLOT_CAPACITY];
    assert_eq!(rx.recv(&mut into), Ok(SLOT_CAPACITY));
    assert_eq!(into, message);
}

#[test]
fn an_error_of_the_substrate_arrives_as_it_is() {
    static LANE: StaticLayout<SharedLayout> = StaticLayout::new();
    let layout = LANE.take().unwrap();
    assert!(LANE.take().is_none());
    init_shared_layout(layout);
    let (mut tx, _rx) = split_spsc(SharedLayoutCell::from_mut(layout));
    while tx.publish(b"x").is_ok() {}
    assert_eq!(tx.publish(b"x"), Err(Error::Full));
    assert_eq!(
        tx.publish(&[0; 257]),
        Err(Error::TooLarge { max: 256, len: 257 })
    );
}
