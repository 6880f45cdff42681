//! Each bit of the header of each kind of region that flips: refused with its code, or without meaning.

use std::fs::File;
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use indexbus::primitive::{GatingSet, Sequencer};
use indexbus::{BackpressurePolicy, JournalRead, RouterMode, RouterSource, Sample, Start};
use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_BLOCKING, LayoutHeader};
use indexbus_transport_shm::{
    Attach, Error, EventsRegion, FanoutRegion, JournalRegion4, OpenOptions, SequencerRegion,
    StateRegion,
};

/// A kind of region: creates one at a path, or opens it and works at it.
struct Kind {
    name: &'static str,
    open: fn(&Path, OpenOptions) -> Result<(), Error>,
    /// Whether it says in `initialized` that it can be used; a state has its sequence there, which says
    /// by itself whether something was published.
    initialized: bool,
    /// Whether the number of consumers follows.
    consumers: bool,
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "events",
        open: events,
        initialized: true,
        consumers: false,
    },
    Kind {
        name: "journal",
        open: journal,
        initialized: true,
        consumers: false,
    },
    Kind {
        name: "fanout",
        open: fanout,
        initialized: true,
        consumers: true,
    },
    Kind {
        name: "sequencer",
        open: sequencer,
        initialized: true,
        consumers: false,
    },
    Kind {
        name: "state",
        open: state,
        initialized: false,
        consumers: false,
    },
];

fn events(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let mut region = EventsRegion::open_with(path, options)?;
    assert!(region.split_spsc_waking().is_err(), "it has no wake words");
    let (mut tx, mut rx) = region.split_spsc()?;
    tx.publish(b"still whole").unwrap();
    assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(11)));
    Ok(())
}

fn journal(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let mut region = JournalRegion4::open_with(path, options)?;
    let (mut publisher, subscribers) = region.split()?;
    let mut subscriber = subscribers.subscribe(Start::Newest).unwrap();
    publisher.append(b"still whole").unwrap();
    let read = subscriber.try_recv_into(&mut [0; 256]);
    assert!(
        matches!(read, Ok(Some(JournalRead::Record { len: 11, .. }))),
        "{read:?}"
    );
    subscriber.unsubscribe();
    Ok(())
}

fn fanout(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let mut region = FanoutRegion::<2>::open_with(path, options)?;
    let mut ends = region.handles()?;
    ends.sender.publish(b"still whole").unwrap();
    let (source, drop) = (RouterSource::Spsc, BackpressurePolicy::Drop);
    let router = &mut ends.router;
    router
        .route_once_with(source, RouterMode::Broadcast, drop)
        .unwrap();
    for consumer in &mut ends.consumers {
        assert_eq!(consumer.try_recv_into(&mut [0; 256]), Ok(Some(11)));
    }
    Ok(())
}

fn sequencer(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let region = SequencerRegion::open_with(path, options)?;
    let cell = region.cell()?;
    let mut producer = Sequencer::new(cell.cursor(), GatingSet::new([]).unwrap(), 8);
    producer.try_claim().unwrap();
    producer.publish();
    Ok(())
}

fn state(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let mut region = StateRegion::<256>::open_with(path, options)?;
    let (mut publisher, reader) = region.split()?;
    publisher.publish(b"still whole").unwrap();
    let sample = reader.sample_into(&mut [0; 256]);
    assert!(
        matches!(sample, Ok(Sample::Value { len: 11, .. })),
        "{sample:?}"
    );
    Ok(())
}

/// Opens it in both forms.
fn both(kind: &Kind, path: &Path) -> [&'static str; 2] {
    [Attach::Fresh, Attach::Live].map(|attach| {
        let options = OpenOptions {
            init_timeout: Duration::ZERO,
            create: false,
            attach,
            ..OpenOptions::default()
        };
        (kind.open)(path, options).map_or_else(|e| e.code(), |()| "opened")
    })
}

/// What a region says whose `bit` is another one.
/// It has the capabilities `set`.
fn expected(kind: &Kind, set: u32, bit: usize) -> &'static str {
    let (byte, mask) = (bit / 8, 1 << (bit % 8));
    match byte {
        // Flags beyond the kind are reserved.
        7 => "opened",
        // Capabilities that are asked for have to be there; others are ignored.
        8..12 if set & 1 << (bit - 64) == 0 => "opened",
        // Its sequence, which is looked at with each sample.
        16..24 if !kind.initialized => "opened",
        // Nothing else is behind `initialized`.
        20..24 if !kind.consumers => "opened",
        // 2 becomes 0 or 3, or a number that there is none of.
        16 if mask == 2 => "E_REGION_NOT_INITIALIZED",
        _ => "E_REGION_INCOMPATIBLE",
    }
}

#[test]
fn each_bit_of_each_header_that_flips_is_refused_or_means_nothing() {
    assert_eq!(
        size_of::<LayoutHeader>(),
        16,
        "`initialized` and padding follow"
    );
    for kind in &KINDS {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(kind.name);
        (kind.open)(&path, OpenOptions::default()).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let mut header = [0; 24];
        file.read_exact_at(&mut header, 0).unwrap();
        let set = offset_of!(LayoutHeader, capabilities);
        let set = u32::from_ne_bytes(header[set..][..4].try_into().unwrap());
        assert!(set != 0 && set & INDEXBUS_CAP_SUPPORTS_BLOCKING == 0);
        let mut refused = 0;
        for bit in 0..24 * 8 {
            // What works at it may write; a state counts there.
            let (byte, mask) = (bit / 8, 1 << (bit % 8));
            file.read_exact_at(&mut header, 0).unwrap();
            file.write_all_at(&[header[byte] ^ mask], byte as u64)
                .unwrap();
            let expected = expected(kind, set, bit);
            assert_eq!(
                both(kind, &path),
                [expected; 2],
                "{}: byte {byte}, bit {}",
                kind.name,
                bit % 8
            );
            if expected != "opened" {
                refused += 1;
                let mut after = [0; 24];
                file.read_exact_at(&mut after, 0).unwrap();
                header[byte] ^= mask;
                assert_eq!(
                    after, header,
                    "{}: nothing that is refused is written to",
                    kind.name
                );
                header[byte] ^= mask;
            }
            file.write_all_at(&header, 0).unwrap();
        }
        assert!(refused >= 81, "{}: {refused}", kind.name);
        assert_eq!(both(kind, &path), ["opened"; 2]);
    }
}
