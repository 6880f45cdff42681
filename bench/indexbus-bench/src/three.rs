//! `three`: records through three stages that each search them for a word which isn't there, in the
//! executor that a deployed ring has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    MemSequencedSlots, Options as RunOptions, PureStages, RecordSink, SingleRing, SinkFailure,
    SinkRecord, SlotClass, Tuning, Workers,
};
use byteor_pipeline_spec::SingleRingBuilder;

use crate::control::processor_nanos;
use crate::lane::{count_of, pattern};
use crate::options::Options;
use crate::report::Report;

/// How long records may take through the stages after the last one went in.
const DRAIN: Duration = Duration::from_secs(600);

/// Counts what comes out; the totals are told when nothing more is there.
struct Check {
    next: u64,
    wrong: u64,
    told: Arc<[AtomicU64; 2]>,
}

impl RecordSink for Check {
    #[inline]
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        if let SinkRecord::Forward(bytes) = record {
            self.wrong |= count_of(bytes) ^ self.next;
            self.next += 1;
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        self.told[0].store(self.next, Ordering::Relaxed);
        self.told[1].store(self.wrong, Ordering::Relaxed);
        Ok(())
    }
}

pub fn run(options: &Options) -> Result<Report, String> {
    let workers = match options.workers.as_str() {
        "auto" => None,
        name => {
            let known = Workers::ALL
                .into_iter()
                .find(|workers| workers.name() == name);
            Some(known.ok_or_else(|| format!("workers={name}: there are no such workers"))?)
        }
    };
    let class = u32::try_from(options.size.next_multiple_of(256)).ok();
    let class = class
        .and_then(SlotClass::from_slot_bytes)
        .ok_or("size= is at most 256, 1024, 4096 or 16384 here")?;
    let spec = SingleRingBuilder::new()
        .stage("first", "drop:needle-1", &[])
        .stage("second", "drop:needle-2", &[0])
        .stage("third", "drop:needle-3", &[1])
        .ring();
    let told = Arc::new([const { AtomicU64::new(0) }; 2]);
    let sink = Box::new(Check {
        next: 0,
        wrong: 0,
        told: Arc::clone(&told),
    });
    let tuning = Tuning {
        wait: options.wait,
        workers,
        ..Tuning::default()
    };
    let run_options = RunOptions {
        tuning,
        ..RunOptions::default()
    };
    let region = MemSequencedSlots::new(class, 1);
    let mut running = SingleRing::start(&spec, region, &PureStages, sink, run_options)
        .map_err(|e| e.to_string())?;
    let mut producer = running.producer().map_err(|e| e.to_string())?;
    let mut message = pattern(options.size);
    let own = processor_nanos();
    let begun = Instant::now();
    for n in 0..options.n {
        message[..8].copy_from_slice(&n.to_le_bytes());
        producer.append(&message).map_err(|e| e.to_string())?;
        if n % 64 == 63 {
            producer.flush();
        }
    }
    producer.flush();
    running.drain(DRAIN).map_err(|e| e.to_string())?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = (processor_nanos() - own) as f64 / 1e9;
    let applied = running.workers().applied.name();
    running.stop_and_join().map_err(|e| e.to_string())?;
    let [count, wrong] = [0, 1].map(|n| told[n].load(Ordering::Relaxed));
    if (count, wrong) != (options.n, 0) {
        return Err(format!(
            "{count} of {} records came out in order",
            options.n
        ));
    }
    Ok(Report::new(
        &format!("three/{}/search", options.size),
        options.n,
        seconds,
    )
    .number("cpu_s", cpu)
    .word("in", "process")
    .word("wait", options.wait_name())
    .word("workers", applied))
}
