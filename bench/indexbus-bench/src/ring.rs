//! `pipeline`, `diamond` and `1p3c`: one producer and three consumers over one ring of sequenced slots,
//! each a thread, as the LMAX Disruptor's own tests have them.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use byteor_abi::SlotClass;
use byteor_pipeline_backings_mem::MemSequencedSlots;
use byteor_pipeline_kernel::{
    LaneError, SlotsBacking, SlotsProducer, SlotsRegion, SlotsStage, WaitKind, WaitStrategy,
    bytes_of,
};
use indexbus::WakeCell;

use crate::control::processor_nanos;
use crate::lane::{count_of, pattern, sum};
use crate::options::{Options, What, Work};
use crate::report::Report;

/// Most messages that a consumer takes before the next one may see them.
const DRAIN: u64 = 64;
const CONSUMERS: usize = 3;

/// What the threads of a run share.
struct Ring<'o> {
    options: &'o Options,
    region: SlotsRegion,
    /// Whoever waits for the producer sleeps here.
    published: WakeCell,
    /// Whoever waits for a consumer sleeps here.
    consumed: [WakeCell; CONSUMERS],
    failed: AtomicBool,
}

/// Whom each consumer comes after.
fn shape(what: What) -> [&'static [usize]; CONSUMERS] {
    match what {
        What::Pipeline => [&[], &[0], &[1]],
        What::Diamond => [&[], &[], &[0, 1]],
        _ => [&[], &[], &[]],
    }
}

pub fn run(options: &Options) -> Result<Report, String> {
    let class = u32::try_from(options.size.next_multiple_of(256)).ok();
    let class = class
        .and_then(SlotClass::from_slot_bytes)
        .ok_or("size= is at most 256, 1024 or 4096 here")?;
    let backing = MemSequencedSlots::new(class, 1);
    let region = backing.slots().clone();
    region.bind(CONSUMERS).map_err(|e| format!("{e:?}"))?;
    let producer = SlotsProducer::new(&region).map_err(|e| e.to_string())?;
    let ring = Ring {
        options,
        region,
        published: WakeCell::new(),
        consumed: [const { WakeCell::new() }; CONSUMERS],
        failed: AtomicBool::new(false),
    };
    let own = processor_nanos();
    let seconds = std::thread::scope(|scope| {
        let ring = &ring;
        let consumers: Vec<_> = (0..CONSUMERS)
            .map(|n| scope.spawn(move || ring.end(|| ring.consume(n))))
            .collect();
        let begun = Instant::now();
        let produced = ring.end(|| ring.produce(producer));
        for consumer in consumers {
            let consumed = consumer.join();
            consumed.map_err(|_| "a consumer panicked".to_owned())??;
        }
        produced.map(|()| begun.elapsed().as_secs_f64())
    })?;
    let kind = match options.what {
        What::Pipeline => "pipeline",
        What::Diamond => "diamond",
        _ => "1p3c",
    };
    let cpu = (processor_nanos() - own) as f64 / 1e9;
    Ok(
        Report::new(&format!("{kind}/{}", options.form()), options.n, seconds)
            .number("cpu_s", cpu)
            .word("in", "process")
            .word("wait", options.wait_name()),
    )
}

impl Ring<'_> {
    /// Runs an end; if it fails the others end too.
    fn end(&self, end: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
        let ended = end();
        if ended.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        ended
    }

    fn stop_if_failed(&self) -> Result<(), String> {
        if self.failed.load(Ordering::Relaxed) {
            return Err("another end failed".to_owned());
        }
        Ok(())
    }

    fn wake(&self, cell: &WakeCell) {
        if self.options.wait == WaitKind::Adaptive {
            cell.word().wake();
        }
    }

    /// The slowest of `consumers`, and how far it is.
    fn slowest(&self, consumers: &[usize]) -> Result<(usize, u64), String> {
        let mut slowest = (0, u64::MAX);
        for consumer in consumers {
            let done = self.region.gating(*consumer).map_err(|e| e.to_string())?;
            if done < slowest.1 {
                slowest = (*consumer, done);
            }
        }
        Ok(slowest)
    }

    fn produce(&self, mut producer: SlotsProducer) -> Result<(), String> {
        let options = self.options;
        let mut message = pattern(options.size);
        let mut wait = options.wait.strategy();
        let mut in_batch = 0;
        for n in 0..options.n {
            message[..8].copy_from_slice(&n.to_le_bytes());
            loop {
                match producer.try_append(&message) {
                    Ok(_) => break,
                    Err(LaneError::Full) => {}
                    Err(e) => return Err(e.to_string()),
                }
                producer.publish();
                self.wake(&self.published);
                in_batch = 0;
                self.stop_if_failed()?;
                let (consumer, seen) = self.slowest(&[0, 1, 2])?;
                if options.wait == WaitKind::Spin {
                    spin_loop();
                } else {
                    let word = self.consumed[consumer].word();
                    wait.wait_on(word, &mut || self.region.gating(consumer) != Ok(seen));
                }
            }
            in_batch += 1;
            if in_batch == options.batch {
                in_batch = 0;
                producer.publish();
                self.wake(&self.published);
                wait.reset();
            }
        }
        producer.publish();
        self.wake(&self.published);
        Ok(())
    }

    fn consume(&self, consumer: usize) -> Result<(), String> {
        let options = self.options;
        let before = shape(options.what)[consumer];
        let mut place =
            SlotsStage::new(&self.region, consumer, before).map_err(|e| e.to_string())?;
        let mut wait = options.wait.strategy();
        let mut words = [0; 512];
        let (mut next, mut wrong, mut total) = (0_u64, 0_u64, 0_u64);
        while next < options.n {
            let ready = place.poll(DRAIN).map_err(|e| e.to_string())?;
            let Some((first, last)) = ready else {
                self.stop_if_failed()?;
                if options.wait == WaitKind::Spin {
                    spin_loop();
                    continue;
                }
                let word = match before {
                    [] => self.published.word(),
                    _ => self.consumed[self.slowest(before)?.0].word(),
                };
                wait.wait_on(word, &mut || !matches!(place.poll(1), Ok(None)));
                continue;
            };
            wait.reset();
            for sequence in first..=last {
                let entry = place.entry(sequence).map_err(|e| e.to_string())?;
                let len = place.read(entry, &mut words).map_err(|e| e.to_string())?;
                let message = bytes_of(&words, len);
                if options.work == Work::Touch {
                    total = total.wrapping_add(sum(message));
                }
                wrong |= count_of(message) ^ next;
                next += 1;
            }
            place.advance(last);
            self.wake(&self.consumed[consumer]);
        }
        crate::lane::judge(options, 0, options.n, wrong, total)
    }
}
