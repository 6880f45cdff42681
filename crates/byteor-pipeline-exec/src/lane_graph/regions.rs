//! The regions of a lane, and the ends that come of them.

use byteor_abi::SlotClass;
use byteor_pipeline_backings_shm::fresh_generation;
use byteor_pipeline_kernel::{
    JOURNAL_BYTES, SlotsProducer, SlotsRegion, SlotsSubscriber, init_events, init_journal,
};
use byteor_pipeline_spec::Channel;
use indexbus_abi::EventsClass;

use super::build::impossible;
use super::lanes::{Place, RxEnd, TxEnd};
use super::options::Options;
use super::store::Store;
use crate::error::ExecError;

/// Records that an events lane holds, and each reader's queue of a fanout.
const EVENTS_CAPACITY: u32 = 1024;

/// Records that a lane holds for each reader; 0 for a journal, whose bytes are bounded.
pub(super) fn capacity(channel: Channel, options: &Options) -> u32 {
    let own = match channel {
        Channel::Events | Channel::FanoutBroadcast { .. } => EVENTS_CAPACITY,
        Channel::SequencedSlots { capacity } => capacity,
        Channel::Journal => 0,
    };
    match options.capacity {
        Some(asked) => own.min(u32::try_from(asked.get()).unwrap_or(u32::MAX)),
        None => own,
    }
}

/// The regions of a lane and their ends, the readers in order.
pub(super) fn ends(
    channel: Channel,
    place: Place,
    class: SlotClass,
    store: &mut Store,
) -> Result<(Vec<TxEnd>, Vec<RxEnd>), ExecError> {
    let lane = place.lane;
    match channel {
        Channel::Events => {
            let (tx, rx) = queue(&format!("lane.{lane}"), class, store)?;
            Ok((vec![tx], vec![rx]))
        }
        Channel::FanoutBroadcast { .. } => {
            let mut ends = (Vec::new(), Vec::new());
            for reader in 0..place.readers {
                let (tx, rx) = queue(&format!("lane.{lane}.{reader}"), class, store)?;
                ends.0.push(tx);
                ends.1.push(rx);
            }
            Ok(ends)
        }
        Channel::SequencedSlots { .. } => {
            slots(&format!("lane.{lane}"), place.readers, class, store)
        }
        Channel::Journal => {
            let memory = store.memory(&format!("lane.{lane}"), JOURNAL_BYTES)?;
            let (tx, rx) = init_journal(&memory, class.slot_bytes(), place.readers)
                .map_err(ExecError::Region)?;
            let rx = rx.into_iter().map(RxEnd::Journal).collect();
            Ok((vec![TxEnd::Journal(tx)], rx))
        }
    }
}

/// A queue with one reader: an events region of the class, or sequenced slots where there is none.
fn queue(name: &str, class: SlotClass, store: &mut Store) -> Result<(TxEnd, RxEnd), ExecError> {
    let events = match class {
        SlotClass::B256 => Some(EventsClass::V1),
        SlotClass::B1024 => Some(EventsClass::B1024),
        SlotClass::B4096 => Some(EventsClass::B4096),
        SlotClass::B16384 => None,
    };
    if let Some(class) = events {
        let memory = store.memory(name, class.region_bytes())?;
        let (tx, rx) = init_events(memory, class).map_err(ExecError::Region)?;
        return Ok((TxEnd::Events(tx), RxEnd::Events(rx)));
    }
    let (mut tx, mut rx) = slots(name, 1, class, store)?;
    match (tx.pop(), rx.pop()) {
        (Some(tx), Some(rx)) => Ok((tx, rx)),
        _ => Err(impossible()),
    }
}

fn slots(
    name: &str,
    readers: usize,
    class: SlotClass,
    store: &mut Store,
) -> Result<(Vec<TxEnd>, Vec<RxEnd>), ExecError> {
    let memory = store.memory(name, class.region_bytes())?;
    let region = SlotsRegion::init(memory, class, fresh_generation()).map_err(ExecError::Region)?;
    region.bind(readers).map_err(|_| impossible())?;
    let tx = SlotsProducer::new(&region).map_err(ExecError::Region)?;
    let rx = (0..readers).map(|reader| SlotsSubscriber::new(&region, reader, &[]));
    let rx = rx.map(|rx| rx.map(RxEnd::Slots));
    let rx: Result<Vec<RxEnd>, _> = rx.collect();
    Ok((vec![TxEnd::Slots(tx)], rx.map_err(ExecError::Region)?))
}
