//! `alone` and `offsets`: both ends of an events lane on one thread, so what the lane's own work costs.
//!
//! Without another core there is no cache line to wait for, and times are those of the thread's
//! processor clock: such figures can be taken beside other work, in pairs.

use indexbus::{SpscReceiver, SpscSender};
use indexbus_transport_shm::{EventsRegion, OpenOptions};
use rustix::time::{ClockId, clock_gettime};

use crate::bare::Bare;
use crate::control::folder;
use crate::events::{self, Events};
use crate::lane::{Receiver, Sender, count_of, pattern, sum};
use crate::options::Options;
use crate::report::Report;

/// Rounds; each gives a time of either lane, and the least of them counts.
const ROUNDS: usize = 15;
/// Messages of one size and offset in a round of `offsets`.
const FEW: usize = 64;
/// Bytes of a cache line, and so offsets.
const LINE: usize = 64;

/// Nanoseconds of a message, put and received, over the events lane and over the bare ring.
pub fn run(options: &Options) -> Result<Report, String> {
    let folder = folder()?;
    let ring = Bare::create(folder.path(), options.size)?;
    let (mut bare_tx, mut bare_rx) = (ring.sender(), ring.receiver());
    let class = events::class(options)?;
    let path = folder.path().join("events");
    let region = EventsRegion::open_class(&path, class, OpenOptions::default());
    let mut region = region.map_err(|e| e.to_string())?;
    let (mut tx, rx) = region.split_spsc().map_err(|e| e.to_string())?;
    let mut rx = Events::new(rx, options.work);
    let rounds = ROUNDS as u64;
    let each = (options.n / rounds).max(1);
    let (mut least, mut least_bare) = (f64::MAX, f64::MAX);
    for _ in 0..rounds {
        least_bare = least_bare.min(nanos(&mut bare_tx, &mut bare_rx, options, each)?);
        least = least.min(nanos(&mut tx, &mut rx, options, each)?);
    }
    let seconds = least * (each * rounds) as f64 / 1e9;
    Ok(
        Report::new(&format!("alone/{}", options.form()), each * rounds, seconds)
            .number("ns", least)
            .number("bare_ns", least_bare)
            .number("of_bare", least_bare / least)
            .word("class", events::name_of(class)),
    )
}

fn nanos(
    tx: &mut impl Sender,
    rx: &mut impl Receiver,
    options: &Options,
    count: u64,
) -> Result<f64, String> {
    let mut message = pattern(options.size);
    let (mut wrong, mut total) = (0, 0_u64);
    let begun = thread_nanos();
    let mut next = 0;
    while next < count {
        let until = (next + options.batch as u64).min(count);
        for n in next..until {
            message[..8].copy_from_slice(&n.to_le_bytes());
            if !tx.put(&message)? {
                return Err("a lane is full that was emptied".to_owned());
            }
        }
        tx.flush();
        while next < until {
            rx.drain(64, &mut |message| {
                wrong |= count_of(message) ^ next;
                total = total.wrapping_add(sum(message));
                next += 1;
            })?;
        }
    }
    std::hint::black_box(total);
    if wrong != 0 {
        return Err("messages came in another order, twice, or not".to_owned());
    }
    Ok((thread_nanos() - begun) as f64 / count as f64)
}

/// For every size up to that of the class, the slowest source offset within a cache line by the fastest:
/// the worst of all, and how many sizes are below 0.7.
pub fn offsets(options: &Options) -> Result<Report, String> {
    let folder = folder()?;
    let class = events::class(options)?;
    let path = folder.path().join("events");
    let region = EventsRegion::open_class(&path, class, OpenOptions::default());
    let mut region = region.map_err(|e| e.to_string())?;
    let (mut tx, mut rx) = region.split_spsc().map_err(|e| e.to_string())?;
    let source = pattern(class.payload_bytes() + 2 * LINE);
    let to_line = source.as_ptr().align_offset(LINE);
    let mut into = vec![0; class.payload_bytes()];
    let begun = thread_nanos();
    let (mut worst, mut where_is, mut below, mut messages) = (1.0_f64, (0, 0), 0, 0);
    for size in 1..=class.payload_bytes() {
        let mut least = [f64::MAX; LINE];
        // Again where it seems slow: a time that something else disturbed is not the least.
        for round in 0..ROUNDS * 4 {
            for (offset, least) in least.iter_mut().enumerate() {
                let message = &source[to_line + offset..][..size];
                *least = least.min(few(&mut tx, &mut rx, message, &mut into)?);
            }
            messages += (LINE * FEW) as u64;
            if round >= 2 && ratio(&least).0 >= 0.7 {
                break;
            }
        }
        let (share, offset) = ratio(&least);
        below += u64::from(share < 0.7);
        if share < worst {
            (worst, where_is) = (share, (size, offset));
        }
    }
    let seconds = (thread_nanos() - begun) as f64 / 1e9;
    let name = format!("offsets/{}", events::name_of(class));
    Ok(Report::new(&name, messages, seconds)
        .number("worst", worst)
        .number("worst_size", where_is.0 as f64)
        .number("worst_offset", where_is.1 as f64)
        .number("sizes_below", below as f64))
}

/// The fastest by the slowest, and which that is.
fn ratio(least: &[f64; LINE]) -> (f64, usize) {
    let fastest = least.iter().copied().fold(f64::MAX, f64::min);
    let slowest = (0..LINE).max_by(|a, b| least[*a].total_cmp(&least[*b]));
    let slowest = slowest.unwrap_or(0);
    (fastest / least[slowest], slowest)
}

fn few(
    tx: &mut SpscSender<'_>,
    rx: &mut SpscReceiver<'_>,
    message: &[u8],
    into: &mut [u8],
) -> Result<f64, String> {
    let begun = std::time::Instant::now();
    for _ in 0..FEW {
        tx.put(message).map_err(|e| e.to_string())?;
    }
    tx.flush();
    let came = rx.drain(FEW, into, |message| {
        std::hint::black_box(message);
    });
    let nanos = begun.elapsed().as_nanos() as f64;
    match came {
        Ok(FEW) if into[..message.len()] == *message => Ok(nanos / FEW as f64),
        Ok(came) => Err(format!("{came} of {FEW} came, or changed")),
        Err(e) => Err(e.to_string()),
    }
}

/// Processor time of this thread so far.
fn thread_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
