//! Verified bundles on disk: `slots/<slot>/<bundle>/`, with the archive and its members.
//!
//! Members are written from verified bytes under names of ours, never by an archive's paths, and
//! again before each start, so that what the runtime reads is what was verified a moment ago.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use byteor_policy::VerifiedBundle;

use crate::failure::Failure;
use crate::state::{StateFolder, make_folder, write_atomically};

const ARCHIVE: &str = "bundle.tar";

/// Where a bundle of a slot is staged.
pub fn folder(state: &StateFolder, slot: &str, bundle_hash: &str) -> PathBuf {
    let hex = bundle_hash.strip_prefix("sha256:").unwrap_or("unknown");
    state.path("slots").join(slot).join(hex)
}

/// Makes the slot's own folder.
///
/// # Errors
/// `E_STATE`
pub fn make_slot_folder(state: &StateFolder, slot: &str) -> Result<PathBuf, Failure> {
    let slots = state.path("slots");
    let folder = slots.join(slot);
    for folder in [&slots, &folder] {
        make_folder(folder).map_err(|error| Failure::state("make", folder, error))?;
    }
    Ok(folder)
}

/// Writes the archive and the verified members, and answers their folder.
///
/// # Errors
/// `E_STATE`
pub fn write(
    state: &StateFolder,
    slot: &str,
    archive: &[u8],
    bundle: &VerifiedBundle,
) -> Result<PathBuf, Failure> {
    make_slot_folder(state, slot)?;
    let folder = folder(state, slot, &bundle.bundle_hash);
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(there) if there == bytes => Ok(()),
            _ => write_atomically(&path, bytes)
                .map_err(|error| Failure::state("write", &path, error)),
        }
    };
    make_folder(&folder).map_err(|error| Failure::state("make", &folder, error))?;
    put(ARCHIVE, archive)?;
    for (name, bytes) in bundle.members() {
        put(name, bytes)?;
    }
    Ok(folder)
}

/// Reads a staged archive back; it has to be verified again.
///
/// # Errors
/// `E_STATE`
pub fn read_archive(
    state: &StateFolder,
    slot: &str,
    bundle_hash: &str,
) -> Result<Vec<u8>, Failure> {
    let path = folder(state, slot, bundle_hash).join(ARCHIVE);
    fs::read(&path).map_err(|error| Failure::state("read", &path, error))
}

/// Removes every staged bundle of a slot but `keep`. What can't be removed stays, and is only a
/// matter of space.
pub fn tidy(state: &StateFolder, slot: &str, keep: &[String]) {
    let kept: Vec<PathBuf> = keep.iter().map(|hash| folder(state, slot, hash)).collect();
    let slot_folder = state.path("slots").join(slot);
    if let Err(error) = tidy_folder(&slot_folder, &kept)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("could not tidy {}: {error}", slot_folder.display());
    }
}

fn tidy_folder(slot_folder: &Path, kept: &[PathBuf]) -> io::Result<()> {
    for entry in fs::read_dir(slot_folder)? {
        let entry = entry?;
        let is_bundle = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()));
        if is_bundle && entry.file_type()?.is_dir() && !kept.contains(&entry.path()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
