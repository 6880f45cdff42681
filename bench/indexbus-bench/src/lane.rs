//! What both ends of a one-to-one run do, whatever the lane is.

use std::hint::spin_loop;

use indexbus::{WaitKind, WaitStrategy};

use crate::control::Control;
use crate::options::{Options, Work};

/// Sends messages in order.
pub trait Sender {
    /// Puts one, not yet visible; false where there is no room.
    fn put(&mut self, message: &[u8]) -> Result<bool, String>;
    /// Makes all that were put visible.
    fn flush(&mut self);
}

/// Receives messages in order.
pub trait Receiver {
    /// Hands up to `limit` messages to `take`, and frees their places together. Answers how many.
    fn drain(&mut self, limit: usize, take: &mut impl FnMut(&[u8])) -> Result<usize, String>;
}

/// Most messages that a receiver takes at a look.
const DRAIN: usize = 64;

/// Bytes that differ from one place to the next, so that a sum tells a shift.
pub fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n * 31 + 7) as u8).collect()
}

/// The sum of the words of a message; a shorter rest counts as zero-extended.
#[inline(always)]
pub fn sum(message: &[u8]) -> u64 {
    let (words, rest) = message.as_chunks::<8>();
    let mut sum = 0_u64;
    for word in words {
        sum = sum.wrapping_add(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    sum.wrapping_add(u64::from_le_bytes(last))
}

/// The first word, which counts.
#[inline(always)]
pub fn count_of(message: &[u8]) -> u64 {
    match message.first_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => u64::MAX,
    }
}

/// Sends the messages `from` up to `to`.
pub fn send(
    lane: &mut impl Sender,
    options: &Options,
    control: &Control,
    from: u64,
    to: u64,
) -> Result<(), String> {
    let mut message = pattern(options.size);
    let mut wait = options.wait.strategy();
    let mut in_batch = 0;
    for n in from..to {
        message[..8].copy_from_slice(&n.to_le_bytes());
        while !lane.put(&message)? {
            lane.flush();
            in_batch = 0;
            pause(options.wait, &mut wait);
            control.stop_if_alone()?;
        }
        in_batch += 1;
        if in_batch == options.batch {
            lane.flush();
            in_batch = 0;
            wait.reset();
        }
    }
    lane.flush();
    Ok(())
}

/// Receives the messages `from` up to `to`, and checks them.
pub fn receive(
    lane: &mut impl Receiver,
    options: &Options,
    control: &Control,
    from: u64,
    to: u64,
) -> Result<(), String> {
    let mut wait = options.wait.strategy();
    let (mut next, mut wrong, mut total) = (from, 0_u64, 0_u64);
    while next < to {
        let limit = DRAIN.min((to - next) as usize);
        let drained = match options.work {
            Work::Touch => lane.drain(limit, &mut |message| {
                total = total.wrapping_add(sum(message));
                wrong |= count_of(message) ^ next;
                next += 1;
            }),
            Work::Header => lane.drain(limit, &mut |message| {
                wrong |= count_of(message) ^ next;
                next += 1;
            }),
        }?;
        if drained == 0 {
            pause(options.wait, &mut wait);
            control.stop_if_alone()?;
        } else {
            wait.reset();
        }
    }
    judge(options, from, to, wrong, total)
}

/// Whether the messages `from` up to `to` came: `wrong` has a bit where a count was another one, `total`
/// is the sum of all words.
pub fn judge(options: &Options, from: u64, to: u64, wrong: u64, total: u64) -> Result<(), String> {
    if wrong != 0 {
        return Err("messages came in another order, twice, or not".to_owned());
    }
    let mut rest = pattern(options.size);
    rest[..8].fill(0);
    // The counts, of which each pair of ends sums alike, and the rest of each message.
    let (first, end) = (u128::from(from), u128::from(to));
    let counts = (first + end).saturating_sub(1) * (end - first) / 2;
    let expected = (counts as u64).wrapping_add((to - from).wrapping_mul(sum(&rest)));
    if options.work == Work::Touch && total != expected {
        return Err(format!("the bytes sum to {total}, not to {expected}"));
    }
    Ok(())
}

fn pause(kind: WaitKind, wait: &mut impl WaitStrategy) {
    if kind == WaitKind::Spin {
        spin_loop();
    } else {
        wait.wait();
    }
}
