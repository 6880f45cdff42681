//! One producer and up to four stages, one behind the other, over sequenced slots: what is appended
//! reaches each stage once, in order, as the stage before left it.

use std::collections::VecDeque;
use std::sync::Arc;

use byteor_abi::{SEQUENCED_SLOTS_V1_CAPACITY, SEQUENCED_SLOTS_V1_GATING, SlotClass};
use byteor_pipeline_kernel::{LaneError, Mark, SlotsProducer, SlotsRegion, SlotsStage};
use indexbus_laws::input::{Input, allowed};
use indexbus_transport_local::HeapMemory;

/// The larger ones differ in nothing but what they cost.
const CLASSES: [SlotClass; 2] = [SlotClass::B256, SlotClass::B1024];
const CAPACITY: u64 = SEQUENCED_SLOTS_V1_CAPACITY as u64;

/// A record on its way: its bytes, and what a stage decided about it.
struct Record {
    bytes: Vec<u8>,
    mark: Mark,
}

/// What should be in the window of the ring.
struct Model {
    /// From the one behind the slowest stage's on.
    records: VecDeque<Record>,
    /// Sequence of the first of them.
    first: u64,
}

impl Model {
    fn of(&mut self, sequence: u64) -> &mut Record {
        let at = sequence.checked_sub(self.first).expect("it came before");
        self.records.get_mut(at as usize).expect("it was appended")
    }
}

fn producer_of(region: &SlotsRegion) -> SlotsProducer {
    match SlotsProducer::new(region) {
        Ok(producer) => producer,
        Err(error) => panic!("the only producer is refused: {error}"),
    }
}

fn stage_of(region: &SlotsRegion, stage: usize) -> SlotsStage {
    let before = stage.checked_sub(1);
    match SlotsStage::new(region, stage, before.as_slice()) {
        Ok(place) => place,
        Err(error) => panic!("the only owner of stage {stage} is refused: {error}"),
    }
}

/// Takes one ready record through `stage`, and does with it what `decision` says. False: the region
/// is damaged.
fn process(
    stage: &SlotsStage,
    sequence: u64,
    decision: u8,
    model: &mut Model,
    poked: bool,
) -> bool {
    let mut into = [0_u8; SlotClass::B1024.slot_bytes()];
    let read = stage.entry(sequence).and_then(|entry| {
        let mark = stage.mark(entry)?;
        Ok((entry, mark, stage.read_into(entry, &mut into)?))
    });
    let (entry, mark, len) = match read {
        Ok(read) => read,
        Err(error) => {
            allowed(error, poked, |_| false);
            return false;
        }
    };
    if !poked {
        let expected = model.of(sequence);
        assert_eq!(
            mark, expected.mark,
            "another decision than the stage before made"
        );
        assert_eq!(into[..len], expected.bytes, "torn, or another record");
    }
    if mark != Mark::Live {
        return true;
    }
    let decided = match decision % 4 {
        0 => return true,
        1 => {
            let bytes: Vec<u8> = into[..len]
                .iter()
                .rev()
                .map(|byte| byte ^ decision)
                .collect();
            if let Err(error) = stage.rewrite(entry, &bytes) {
                allowed(error, poked, |_| false);
                return false;
            }
            if !poked {
                model.of(sequence).bytes = bytes;
            }
            return true;
        }
        2 => {
            stage.drop_record(entry);
            stage.mark(entry)
        }
        _ => {
            stage.reject_record(entry, usize::from(decision));
            stage.mark(entry)
        }
    };
    match decided {
        Ok(mark) => {
            assert_ne!(mark, Mark::Live, "what was decided is there at once");
            if !poked {
                model.of(sequence).mark = mark;
            }
            true
        }
        Err(error) => {
            allowed(error, poked, |_| false);
            false
        }
    }
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let class = CLASSES[usize::from(input.byte()) % CLASSES.len()];
    let count = 1 + usize::from(input.byte()) % SEQUENCED_SLOTS_V1_GATING;
    let memory = Arc::new(HeapMemory::new(class.region_bytes()));
    let region = SlotsRegion::init(memory.clone(), class, 1).expect("the memory has its size");
    region.bind(count).expect("a fresh region");
    let mut producer = producer_of(&region);
    let mut stages: Vec<SlotsStage> = (0..count).map(|stage| stage_of(&region, stage)).collect();
    let (mut appended, mut published) = (0_u64, 0_u64);
    let mut model = Model {
        records: VecDeque::new(),
        first: 1,
    };
    let mut poked = false;
    while let Some(call) = input.call() {
        let many = u64::from(call / 8);
        match call % 8 {
            0 | 1 => {
                let len = usize::from(input.u16()) % (class.slot_bytes() + 9);
                for _ in 0..many * 8 + 1 {
                    let bytes = vec![appended as u8 ^ len as u8; len];
                    match producer.try_append(&bytes) {
                        Ok(sequence) => {
                            appended += 1;
                            assert!(poked || sequence == appended, "each sequence once");
                            let mark = Mark::Live;
                            model.records.push_back(Record { bytes, mark });
                        }
                        Err(error) => {
                            let full = appended + 1 - model.first == CAPACITY;
                            allowed(error, poked, |error| match error {
                                LaneError::Full => full || poked,
                                LaneError::TooLarge { max, len: told } => {
                                    max == class.slot_bytes() && told == len && len > max
                                }
                                _ => false,
                            });
                            break;
                        }
                    }
                }
            }
            2 => {
                let cursor = producer.publish();
                published = appended;
                assert!(poked || cursor == published);
            }
            which @ 3..=5 => {
                let at = usize::from(which - 3 + call / 64) % count;
                let limit = many * 16 + 1;
                let done = stages[at].done();
                match stages[at].poll(limit) {
                    Ok(Some((first, last))) => {
                        assert_eq!(first, done.wrapping_add(1), "each once, in order");
                        assert!(last.wrapping_sub(first) < limit.min(CAPACITY));
                        assert!(poked || last <= published, "what wasn't published");
                        let decision = input.byte();
                        for sequence in first..=last {
                            if !process(&stages[at], sequence, decision, &mut model, poked) {
                                break;
                            }
                        }
                        stages[at].advance(last);
                        if !poked && at + 1 == count {
                            model.records.drain(..(last + 1 - model.first) as usize);
                            model.first = last + 1;
                        }
                    }
                    Ok(None) => {
                        let before = at.checked_sub(1).map(|before| stages[before].done());
                        assert!(
                            poked || before.unwrap_or(published) == done,
                            "one was ready"
                        );
                    }
                    Err(error) => allowed(error, poked, |_| false),
                }
            }
            6 if many % 2 == 0 => {
                // Other owners take the ends' places; what was appended and not published is gone.
                drop((producer, stages));
                producer = match SlotsProducer::new(&region) {
                    Ok(producer) => producer,
                    // Who takes over looks at what the first lap holds.
                    Err(error) => return allowed(error, poked, |_| false),
                };
                stages = (0..count).map(|stage| stage_of(&region, stage)).collect();
                assert!(poked || producer.appended() == published);
                let kept = (published + 1).saturating_sub(model.first) as usize;
                model.records.truncate(kept);
                appended = published;
            }
            6 => {
                let attach = [SlotsRegion::attach_live, SlotsRegion::attach_fresh];
                let attach = attach[usize::from(many % 4 == 1)];
                if let Err(error) = attach(memory.clone(), class) {
                    allowed(error, poked, |error| {
                        poked
                            && matches!(
                                error,
                                LaneError::IncompatibleLayout | LaneError::NotInitialized
                            )
                    });
                }
            }
            _ => {
                input.poke(
                    &memory,
                    class.marks_offset() + 8 * SEQUENCED_SLOTS_V1_CAPACITY,
                );
                poked = true;
            }
        }
    }
}
