//! Nothing that an attacker sends makes a verifier panic, or accept.

mod common;

use byteor_policy::{KeySet, decode, read_archive, verify_manifest};
use common::Parts;
use proptest::prelude::*;

proptest! {

    #[test]
    fn bytes_of_any_kind_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let parts = Parts::good();
        prop_assert!(parts.verify_tar(&bytes).is_err());
        prop_assert!(verify_manifest(&bytes, &parts.trusted).is_err());
        prop_assert!(KeySet::parse(&bytes).is_err());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert!(decode(text).is_err());
        }
    }

    #[test]
    fn a_damaged_archive_is_answered(
        cut in 0_usize..10_000,
        flips in proptest::collection::vec((0_usize..10_000, any::<u8>()), 0..8),
    ) {
        let mut tar = Parts::good().tar();
        for (at, value) in flips {
            let at = at % tar.len();
            tar[at] = value;
        }
        tar.truncate(tar.len() - cut.min(tar.len()));
        // Only the answer matters here: a panic would fail the test.
        let _ = read_archive(&tar);
    }

    #[test]
    fn only_canonical_statements_are_read(line in 0_usize..15, insert in "[a-z0-9=.\\\\ \n]{0,8}", at in 0_usize..40) {
        let text = Parts::good().deployment_kv();
        let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        let line = line % lines.len();
        let at = at.min(lines[line].len());
        lines[line].insert_str(at, &insert);
        let changed = format!("{}\n", lines.join("\n"));
        if let Ok(statement) = decode(&changed) {
            prop_assert_eq!(byteor_policy::encode(&statement).unwrap(), changed);
        }
    }
}
