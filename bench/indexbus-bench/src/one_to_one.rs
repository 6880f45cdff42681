//! `1p1c` and `bare`: one end sends, the other receives.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use indexbus::raw::Ordering;
use indexbus_transport_shm::{EventsRegion, OpenOptions};

use crate::bare::Bare;
use crate::control::{Control, DONE, PEER_CPU, Peer, READY, attend, folder, processor_nanos};
use crate::events::{self, Events};
use crate::lane::{Receiver, Sender, receive, send};
use crate::options::{Options, What};
use crate::report::Report;

/// Messages before the clock begins: the lane's pages are there, the cores are awake.
fn warm_up(options: &Options) -> u64 {
    (options.n / 10).clamp(1_024, 200_000)
}

/// Runs both ends, and tells how long the messages took.
pub fn run(options: &Options) -> Result<Report, String> {
    let folder = folder()?;
    let control = Control::create(folder.path())?;
    let own = processor_nanos();
    let seconds = match options.what {
        What::Bare => {
            let ring = Bare::create(folder.path(), options.size)?;
            let receiver = options.one_process.then(|| ring.receiver());
            both(options, folder.path(), &control, ring.sender(), receiver)?
        }
        _ => {
            let mut region = region(options, folder.path())?;
            let (tx, rx) = region.split_spsc().map_err(|e| e.to_string())?;
            let rx = Events::new(rx, options.work);
            let receiver = options.one_process.then_some(rx);
            both(options, folder.path(), &control, tx, receiver)?
        }
    };
    let peer = control.word(PEER_CPU).load(Ordering::Relaxed);
    let kind = if options.what == What::Bare {
        "bare"
    } else {
        "1p1c"
    };
    let cpu = (processor_nanos() - own + peer) as f64 / 1e9;
    let report = Report::new(&format!("{kind}/{}", options.form()), options.n, seconds)
        .number("cpu_s", cpu)
        .word("in", options.place());
    Ok(match options.what {
        What::Bare => report,
        _ => report.word("class", events::name_of(events::class(options)?)),
    })
}

/// The receiving process.
pub fn peer(options: &Options, folder: &Path) -> Result<(), String> {
    attend(folder)?;
    let control = Control::open(folder)?;
    control.run(|| match options.what {
        What::Bare => {
            let ring = Bare::open(folder, options.size)?;
            receive_all(options, &control, &mut ring.receiver())
        }
        _ => {
            let mut region = region(options, folder)?;
            let (_, rx) = region.split_spsc().map_err(|e| e.to_string())?;
            receive_all(options, &control, &mut Events::new(rx, options.work))
        }
    })?;
    control.say(PEER_CPU, processor_nanos());
    Ok(())
}

fn region(options: &Options, folder: &Path) -> Result<EventsRegion, String> {
    let (path, class) = (folder.join("events"), events::class(options)?);
    let region = EventsRegion::open_class(&path, class, OpenOptions::default());
    region.map_err(|e| e.to_string())
}

/// With a receiver here it gets a thread, else a process.
fn both(
    options: &Options,
    folder: &Path,
    control: &Arc<Control>,
    mut tx: impl Sender,
    receiver: Option<impl Receiver + Send>,
) -> Result<f64, String> {
    std::thread::scope(|scope| {
        let Some(mut rx) = receiver else {
            let peer = Peer::start(options.for_peer(folder), control)?;
            let seconds = control.run(|| send_all(options, control, &mut tx));
            peer.join()?;
            return seconds;
        };
        let thread = scope.spawn(move || {
            options.pin(1)?;
            control.run(|| receive_all(options, control, &mut rx))
        });
        let seconds = control.run(|| send_all(options, control, &mut tx));
        let received = thread
            .join()
            .map_err(|_| "the receiver panicked".to_owned());
        received??;
        seconds
    })
}

fn send_all(options: &Options, control: &Control, tx: &mut impl Sender) -> Result<f64, String> {
    let warm = warm_up(options);
    options.pin(0)?;
    control.wait_for(READY, 1)?;
    send(tx, options, control, 0, warm)?;
    control.wait_for(READY, 2)?;
    let begun = Instant::now();
    send(tx, options, control, warm, warm + options.n)?;
    while control.word(DONE).load(Ordering::Acquire) == 0 {
        control.stop_if_alone()?;
        std::hint::spin_loop();
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn receive_all(options: &Options, control: &Control, rx: &mut impl Receiver) -> Result<(), String> {
    let warm = warm_up(options);
    control.say(READY, 1);
    receive(rx, options, control, 0, warm)?;
    control.say(READY, 2);
    receive(rx, options, control, warm, warm + options.n)?;
    control.say(DONE, 1);
    Ok(())
}
