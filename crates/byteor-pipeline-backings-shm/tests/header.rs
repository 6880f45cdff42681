//! Each bit of the header of a chain and of sequenced slots that flips: refused with its code, or
//! without meaning, and what is refused is not written to.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use byteor_abi::SlotClass;
use byteor_pipeline_backings_shm::{
    Attach, Error, OpenOptions, ShmEventsChainRegion, ShmSequencedSlots, snapshot_path,
};
use byteor_pipeline_kernel::ChainQueue::Spsc;
use byteor_pipeline_kernel::{LaneRx, LaneTx};

/// A kind of region.
struct Kind {
    name: &'static str,
    create: fn(&Path) -> Result<(), Error>,
    /// Opens one and works at it.
    open: fn(&Path, OpenOptions) -> Result<(), Error>,
    /// Whether it is looked at from outside, too.
    snapshot: bool,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "chain",
        create: |path| ShmEventsChainRegion::create(path).map(drop),
        open: chain,
        snapshot: false,
    },
    Kind {
        name: "slots of 256 bytes",
        create: |path| ShmSequencedSlots::create(path, SlotClass::B256).map(drop),
        open: |path, options| ShmSequencedSlots::attach(path, SlotClass::B256, options).map(drop),
        snapshot: true,
    },
    Kind {
        name: "slots of 16,384 bytes",
        create: |path| ShmSequencedSlots::create(path, SlotClass::B16384).map(drop),
        open: |path, options| ShmSequencedSlots::attach(path, SlotClass::B16384, options).map(drop),
        snapshot: true,
    },
];

fn chain(path: &Path, options: OpenOptions) -> Result<(), Error> {
    let region = ShmEventsChainRegion::attach(path, options)?;
    region
        .tx(Spsc(0))
        .unwrap()
        .try_send(b"still whole")
        .unwrap();
    let got = region.rx(Spsc(0)).unwrap().try_recv_into(&mut [0; 256]);
    assert_eq!(got, Ok(Some(11)));
    Ok(())
}

/// Opens it in both forms.
fn both(kind: &Kind, path: &Path) -> [&'static str; 2] {
    let init_timeout = Duration::ZERO;
    [Attach::Fresh, Attach::Live].map(|attach| {
        let options = OpenOptions {
            init_timeout,
            attach,
        };
        (kind.open)(path, options).map_or_else(|e| e.code(), |()| "opened")
    })
}

/// What attaching says to a region with the capabilities `set`, whose `bit` is another one.
fn expected(set: u32, bit: usize) -> &'static str {
    let (byte, mask) = (bit / 8, 1 << (bit % 8));
    match byte {
        // Flags beyond the kind are reserved.
        7 => "opened",
        // Capabilities that are asked for have to be there; others are ignored.
        8..12 if set & 1 << (bit - 64) == 0 => "opened",
        // Nothing else is behind `initialized`.
        20..24 => "opened",
        // 2 becomes 0 or 3, or a number that there is none of.
        16 if mask == 2 => "E_REGION_NOT_INITIALIZED",
        _ => "E_REGION_INCOMPATIBLE",
    }
}

/// What a look from outside may say where attaching says `attached`. It takes the class from the kind,
/// and a longer layout for one with more sections; what it can't read it tries again later.
fn from_outside(attached: &str, bit: usize) -> &'static [&'static str] {
    match bit / 8 {
        _ if attached == "opened" => &["opened"],
        6 => &["E_REGION_INCOMPATIBLE", "opened"],
        12..16 => &["E_REGION_INCOMPATIBLE", "E_REGION_TRUNCATED"],
        16..20 => &["E_REGION_NOT_INITIALIZED"],
        _ => &["E_REGION_INCOMPATIBLE"],
    }
}

#[test]
fn each_bit_of_each_header_that_flips_is_refused_or_means_nothing() {
    for kind in &KINDS {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("region");
        (kind.create)(&path).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        // The header, and what is written first behind it.
        let mut whole = vec![0; 4096];
        file.read_exact_at(&mut whole, 0).unwrap();
        let set = u32::from_ne_bytes(whole[8..12].try_into().unwrap());
        let mut refused = 0;
        for bit in 0..24 * 8 {
            let (byte, mask) = (bit / 8, 1 << (bit % 8));
            let place = format!("{}: byte {byte}, bit {}", kind.name, bit % 8);
            file.read_exact_at(&mut whole, 0).unwrap();
            whole[byte] ^= mask;
            file.write_all_at(&whole[byte..=byte], byte as u64).unwrap();
            let expected = expected(set, bit);
            assert_eq!(both(kind, &path), [expected; 2], "{place}");
            if kind.snapshot {
                let seen = snapshot_path(&path).map_or_else(|e| e.code(), |_| "opened");
                assert!(
                    from_outside(expected, bit).contains(&seen),
                    "{place}: {seen}"
                );
            }
            if expected != "opened" {
                refused += 1;
                let mut after = vec![0; whole.len()];
                file.read_exact_at(&mut after, 0).unwrap();
                assert!(
                    after == whole,
                    "{place}: nothing that is refused is written to"
                );
            }
            whole[byte] ^= mask;
            file.write_all_at(&whole[byte..=byte], byte as u64).unwrap();
        }
        assert!(refused >= 120, "{}: {refused}", kind.name);
        assert_eq!(both(kind, &path), ["opened"; 2]);
    }
}
