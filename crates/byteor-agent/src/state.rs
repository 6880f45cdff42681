//! The state folder: what the agent remembers across `kill -9` and power loss.
//!
//! ```text
//! lock                     held while an agent uses the folder
//! agent.json               identity and runtime key
//! keys.json                trusted public keys
//! clock.json               the latest time that was seen
//! trials.json              trials of connections that were carried out lately
//! trial/                   what is being tried, while it is
//! slots/<slot>/slot.json   epoch, what is active, what is quarantined (see `slot::record`)
//! slots/<slot>/<bundle>/   verified bundles (see `staging`)
//! slots/<slot>/checkpoint  the runtime's progress
//! ```
//!
//! Folders are 0700, files 0600. Every write goes to a temporary file that is synced, renamed
//! into place, and whose folder is synced: a reader sees the old bytes or the new.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use byteor_config::Posture;
use byteor_policy::KeySet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The agent's identity, `agent.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    /// Format version, 1.
    pub v: u32,
    /// Where the control plane is.
    pub api_base_url: String,
    /// The agent's id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// Its key.
    pub runtime_key: String,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub posture: Posture,
    /// Folders that the host's owner allows.
    pub allowed_roots: Vec<String>,
    /// Plain http may go further than loopback: the host's owner said so at enrolment.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// How often to report, until the server says otherwise.
    pub heartbeat_interval_ms: u64,
    /// Milliseconds since 1970.
    pub enrolled_at: u64,
}

/// An open, locked state folder.
#[derive(Debug)]
pub struct StateFolder {
    root: PathBuf,
    // Held until the process ends; the kernel lets go of it on `kill -9` too.
    _lock: File,
}

impl StateFolder {
    /// Opens a folder, making it where it isn't there, and locks it.
    ///
    /// # Errors
    /// `E_STATE`, or `E_STATE_LOCKED` where another agent uses it.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let root = std::path::absolute(root)
            .map_err(|error| Failure::state("use the state folder", root, error))?;
        make_folder(&root).map_err(|error| Failure::state("make", &root, error))?;
        let path = root.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Failure::state("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { root, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure::new(
                "E_STATE_LOCKED",
                format!("another agent uses {}", root.display()),
                "end it first, or give this one a folder of its own",
            )),
            Err(TryLockError::Error(error)) => Err(Failure::state("lock", &path, error)),
        }
    }

    /// Path of something in the folder.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Reads a JSON file; `None` where there is none.
    ///
    /// # Errors
    /// `E_STATE` where it is there but can't be read or understood.
    pub fn read<T: DeserializeOwned>(
        &self,
        relative: impl AsRef<Path>,
    ) -> Result<Option<T>, Failure> {
        let path = self.path(relative);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::state("read", &path, error)),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| Failure::state("understand", &path, error))
    }

    /// Writes a JSON file, whole or not at all.
    ///
    /// # Errors
    /// `E_STATE`
    pub fn write(&self, relative: impl AsRef<Path>, value: &impl Serialize) -> Result<(), Failure> {
        let path = self.path(relative);
        let bytes =
            serde_json::to_vec(value).map_err(|error| Failure::state("write", &path, error))?;
        write_atomically(&path, &bytes).map_err(|error| Failure::state("write", &path, error))
    }

    /// The agent's identity.
    ///
    /// # Errors
    /// `E_NOT_ENROLLED` where there is none.
    pub fn agent(&self) -> Result<AgentRecord, Failure> {
        self.read("agent.json")?.ok_or_else(|| {
            Failure::new(
                "E_NOT_ENROLLED",
                format!("{} holds no enrolled agent", self.root.display()),
                "run byteor-agent enroll first",
            )
        })
    }

    /// The trusted keys.
    ///
    /// # Errors
    /// `E_STATE`, also where there are none.
    pub fn keys(&self) -> Result<KeySet, Failure> {
        let keys: KeySet = self
            .read("keys.json")?
            .ok_or_else(|| Failure::state("read", &self.path("keys.json"), "it isn't there"))?;
        keys.check()
            .map_err(|why| Failure::state("trust", &self.path("keys.json"), why))?;
        Ok(keys)
    }

    /// Names of the slots that have a record.
    ///
    /// # Errors
    /// `E_STATE`
    pub fn slots(&self) -> Result<Vec<String>, Failure> {
        let path = self.path("slots");
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::state("list", &path, error)),
        };
        let mut slots = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Failure::state("list", &path, error))?;
            if let Some(name) = entry.file_name().to_str()
                && byteor_policy::is_slot(name)
                && entry.path().join("slot.json").exists()
            {
                slots.push(name.to_owned());
            }
        }
        slots.sort();
        Ok(slots)
    }
}

/// Makes a folder with rights 0700, parents included. A folder that is there already is only
/// tightened.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        if let Some(parent) = path.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    let rights = fs::metadata(path)?.permissions();
    if rights.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Writes a file with rights 0600: temporary file, sync, rename, sync of the folder.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("a file needs a folder"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    // A crash may have left one; its rights are not to be trusted.
    match fs::remove_file(&temporary) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_agent_uses_a_folder_and_only_its_user_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("state");
        let state = StateFolder::open(&root).unwrap();
        assert_eq!(StateFolder::open(&root).unwrap_err().code, "E_STATE_LOCKED");
        state
            .write("agent.json", &serde_json::json!({ "v": 1 }))
            .unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&root), 0o700);
        assert_eq!(mode(&root.join("agent.json")), 0o600);
        drop(state);
        StateFolder::open(&root).unwrap();
    }

    #[test]
    fn a_broken_file_is_an_error_and_a_missing_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        assert_eq!(state.read::<AgentRecord>("agent.json").unwrap(), None);
        fs::write(state.path("agent.json"), "{").unwrap();
        assert_eq!(
            state.read::<AgentRecord>("agent.json").unwrap_err().code,
            "E_STATE"
        );
        fs::remove_file(state.path("agent.json")).unwrap();
        assert_eq!(state.agent().unwrap_err().code, "E_NOT_ENROLLED");
    }

    #[test]
    fn a_write_replaces_what_a_crash_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(folder.path().join(".keys.json.new"), "half").unwrap();
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
