//! Each bit of an events region's header that flips.

use std::fs::File;
use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_BLOCKING, LayoutHeader};
use indexbus_transport_shm::{Attach, EventsRegion, OpenOptions};

/// Opens a damaged region in both forms, and works at it if that is let in.
fn open(path: &Path) -> [&'static str; 2] {
    [Attach::Fresh, Attach::Live].map(|attach| {
        let options = OpenOptions {
            init_timeout: Duration::ZERO,
            create: false,
            attach,
            ..OpenOptions::default()
        };
        match EventsRegion::open_with(path, options) {
            Ok(mut region) => {
                assert!(
                    region.split_spsc_waking().is_err(),
                    "created without wake words"
                );
                let (mut tx, mut rx) = region.split_spsc().unwrap();
                tx.publish(b"still whole").unwrap();
                assert_eq!(rx.try_recv_into(&mut [0; 256]), Ok(Some(11)));
                "opened"
            }
            Err(e) => e.code(),
        }
    })
}

#[test]
fn each_bit_of_the_header_that_flips_is_refused_or_means_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    drop(EventsRegion::open_path(&path).unwrap());
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut header = [0; 24];
    file.read_exact_at(&mut header, 0).unwrap();
    let capabilities = offset_of!(LayoutHeader, capabilities);
    let set = u32::from_ne_bytes(header[capabilities..][..4].try_into().unwrap());
    assert_eq!(set & INDEXBUS_CAP_SUPPORTS_BLOCKING, 0);
    for bit in 0..24 * 8 {
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        file.write_all_at(&[header[byte] ^ mask], byte as u64)
            .unwrap();
        let expected = match byte {
            // Flags beyond the kind are reserved, the padding after `initialized` is nothing.
            7 | 20..24 => "opened",
            // Capabilities that are asked for have to be there; others are ignored.
            8..12 if set & 1 << (bit - 64) == 0 => "opened",
            // 2 becomes 0 or 3, or a number that there is none of.
            16 if mask == 2 => "E_REGION_NOT_INITIALIZED",
            _ => "E_REGION_INCOMPATIBLE",
        };
        assert_eq!(open(&path), [expected; 2], "byte {byte}, bit {}", bit % 8);
        file.write_all_at(&[header[byte]], byte as u64).unwrap();
    }
    assert_eq!(open(&path), ["opened"; 2]);
}
