//! `rtt`: a message there and back, over two events lanes.

use std::hint::spin_loop;
use std::path::Path;
use std::time::{Duration, Instant};

use indexbus::{Error, SpscReceiver, SpscSender, Wait, WaitKind, WaitStrategy, WakeWord};
use indexbus_transport_shm::{EventsRegion, OpenOptions};

use crate::control::{Control, DONE, Peer, READY, attend, folder};
use crate::events;
use crate::lane::pattern;
use crate::options::Options;
use crate::report::Report;

/// One way: a lane with words to sleep on.
pub struct Way(EventsRegion);

impl Way {
    /// Opens the lane `name`, or creates it.
    pub fn open(options: &Options, folder: &Path, name: &str) -> Result<Self, String> {
        let blocking = OpenOptions {
            blocking: true,
            ..OpenOptions::default()
        };
        let class = events::class(options)?;
        let region = EventsRegion::open_class(&folder.join(name), class, blocking);
        region.map(Self).map_err(|e| e.to_string())
    }

    pub fn ends(&mut self) -> Result<(Tx<'_>, Rx<'_>), String> {
        let (tx, rx, wake) = self.0.split_spsc_waking().map_err(|e| e.to_string())?;
        let wake = wake.consumers;
        let (lane, into) = (rx, [0; 4096]);
        Ok((Tx { lane: tx, wake }, Rx { lane, wake, into }))
    }
}

/// Sends one message at a time.
pub struct Tx<'m> {
    lane: SpscSender<'m>,
    wake: WakeWord<'m>,
}

impl Tx<'_> {
    #[inline]
    pub fn send(&mut self, message: &[u8], kind: WaitKind) -> Result<(), String> {
        loop {
            match self.lane.publish(message) {
                Ok(()) => break,
                Err(Error::Full) => std::thread::yield_now(),
                Err(e) => return Err(e.to_string()),
            }
        }
        if kind == WaitKind::Adaptive {
            self.wake.wake();
        }
        Ok(())
    }
}

/// Receives one message at a time.
pub struct Rx<'m> {
    lane: SpscReceiver<'m>,
    wake: WakeWord<'m>,
    into: [u8; 4096],
}

impl Rx<'_> {
    /// The next message; waits for it as `wait` says.
    #[inline]
    pub fn receive(&mut self, wait: &mut Wait, control: &Control) -> Result<&[u8], String> {
        loop {
            if let Some(len) = self.poll()? {
                wait.reset();
                return Ok(&self.into[..len]);
            }
            control.stop_if_alone()?;
            let (mut came, mut failed) = (None, None);
            let Self { lane, into, wake } = self;
            wait.wait_on(*wake, &mut || match lane.try_recv_into(into) {
                Ok(len) => {
                    came = len;
                    came.is_some()
                }
                Err(e) => {
                    failed = Some(e);
                    true
                }
            });
            if let Some(e) = failed {
                return Err(e.to_string());
            }
            if let Some(len) = came {
                wait.reset();
                return Ok(&self.into[..len]);
            }
        }
    }

    #[inline]
    fn poll(&mut self) -> Result<Option<usize>, String> {
        let received = self.lane.try_recv_into(&mut self.into);
        received.map_err(|e| e.to_string())
    }
}

pub fn run(options: &Options) -> Result<Report, String> {
    let folder = folder()?;
    let control = Control::create(folder.path())?;
    let mut there = Way::open(options, folder.path(), "there")?;
    let mut back = Way::open(options, folder.path(), "back")?;
    let (tx, far_rx) = there.ends()?;
    let (far_tx, rx) = back.ends()?;
    let (mut nanos, seconds) = std::thread::scope(|scope| {
        if options.one_process {
            let control = &control;
            let thread = scope.spawn(move || {
                options.pin(1)?;
                control.run(|| answer(options, control, far_tx, far_rx))
            });
            let measured = control.run(|| ask(options, control, tx, rx));
            let answered = thread
                .join()
                .map_err(|_| "the other end panicked".to_owned());
            answered??;
            measured
        } else {
            let peer = Peer::start(options.for_peer(folder.path()), &control)?;
            let measured = control.run(|| ask(options, &control, tx, rx));
            peer.join()?;
            measured
        }
    })?;
    let name = match options.rate {
        0 => format!("rtt/{}", options.size),
        rate => format!("rtt/{}/{rate}", options.size),
    };
    Ok(Report::new(&name, options.n, seconds)
        .percentiles(&mut nanos)
        .word("in", options.place())
        .word("class", events::name_of(events::class(options)?))
        .word("wait", options.wait_name()))
}

pub fn peer(options: &Options, folder: &Path) -> Result<(), String> {
    attend(folder)?;
    let control = Control::open(folder)?;
    let mut there = Way::open(options, folder, "there")?;
    let mut back = Way::open(options, folder, "back")?;
    control.run(|| answer(options, &control, back.ends()?.0, there.ends()?.1))
}

/// Nanoseconds of each round trip, and seconds of all.
fn ask(
    options: &Options,
    control: &Control,
    mut tx: Tx<'_>,
    mut rx: Rx<'_>,
) -> Result<(Vec<u32>, f64), String> {
    options.pin(0)?;
    control.wait_for(READY, 1)?;
    let warm = options.n / 10;
    let mut wait = options.wait.strategy();
    let mut message = pattern(options.size);
    let mut nanos = Vec::with_capacity(options.n as usize);
    let gap = match options.rate {
        0 => Duration::ZERO,
        rate => Duration::from_nanos(1_000_000_000 / rate),
    };
    let mut begun = Instant::now();
    let mut due = begun;
    for n in 0..warm + options.n {
        if n == warm {
            begun = Instant::now();
        }
        while Instant::now() < due {
            spin_loop();
        }
        message[..8].copy_from_slice(&n.to_le_bytes());
        let sent = Instant::now();
        due = sent + gap;
        tx.send(&message, options.wait)?;
        let came = rx.receive(&mut wait, control)?;
        if n >= warm {
            nanos.push(u32::try_from(sent.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
        if came != message {
            return Err("another message came back".to_owned());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    control.wait_for(DONE, 1)?;
    Ok((nanos, seconds))
}

fn answer(
    options: &Options,
    control: &Control,
    mut tx: Tx<'_>,
    mut rx: Rx<'_>,
) -> Result<(), String> {
    let mut wait = options.wait.strategy();
    control.say(READY, 1);
    for _ in 0..options.n / 10 + options.n {
        let message = rx.receive(&mut wait, control)?;
        tx.send(message, options.wait)?;
    }
    control.say(DONE, 1);
    Ok(())
}
