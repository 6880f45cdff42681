//! A PostgreSQL server of its own for a test, and its client.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use byteor_config::adapters::postgres::{
    PostgresEgress, PostgresFormat, PostgresIngress, PostgresOther, PostgresTls, PostgresWrite,
};
use byteor_config::adapters::postgres_changes::{PostgresChangesIngress, PostgresMissingSlot};
use byteor_config::{SecretKind, SecretReference};

use super::http::free_port;
use super::tools::not_run;
use super::{Bench, PATIENCE};

pub const PASSWORD: &str = "0123456789abcdef";

/// Keeps everything that it commits, also when it is killed.
pub struct Server {
    bin: PathBuf,
    user: Option<(u32, u32)>,
    child: Option<Child>,
    folder: tempfile::TempDir,
    flags: Vec<String>,
    pub port: u16,
}

/// The folder of `initdb` and `postgres`.
fn bin() -> Option<PathBuf> {
    let named = std::env::var_os("BYTEOR_TEST_POSTGRES_BIN").map(PathBuf::from);
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<_> = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    versions.sort_by_key(|path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| name.parse::<u32>().ok())
    });
    let newest = versions.into_iter().rev().map(|path| path.join("bin"));
    let mut folders = named.into_iter().chain(newest);
    folders.find(|folder| folder.join("initdb").exists() && folder.join("psql").exists())
}

/// Whom the server runs as: it refuses to be root.
fn other_user() -> Option<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Some(None);
    }
    let id = |flag: &str, name: &str| -> Option<u32> {
        let output = Command::new("id").args([flag, name]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let both = |name| Some((id("-u", name)?, id("-g", name)?));
    both("postgres").or_else(|| both("nobody")).map(Some)
}

impl Server {
    /// One on a free port; nothing where there is none on this host.
    pub fn start(flags: &[&str]) -> Option<Self> {
        let (Some(bin), Some(user)) = (bin(), other_user()) else {
            not_run("there is no PostgreSQL server, or no user that it may run as");
            return None;
        };
        let mut server = Self {
            bin,
            user,
            child: None,
            folder: tempfile::tempdir().unwrap(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            port: free_port(),
        };
        server.own(server.folder.path());
        let password = server.file("password", PASSWORD);
        let made = server
            .command("initdb")
            .args(["-U", "byteor", "-E", "UTF8", "--locale=C.UTF-8", "-N"])
            .args(["-A", "scram-sha-256", "--pwfile"])
            .arg(password)
            .arg("-D")
            .arg(server.folder.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        server.begin();
        Some(server)
    }

    fn own(&self, path: &Path) {
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    /// A file that only the server reads.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        self.own(&path);
        path
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .current_dir(self.folder.path())
            .env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// As `kill -9` does; its other processes end when they see that.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it with what it is started with from now on, and waits until it answers.
    pub fn begin_with(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        self.begin();
    }

    /// Starts it, and waits until it answers.
    pub fn begin(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            assert!(
                Instant::now() < until,
                "PostgreSQL doesn't come up: {}",
                self.log()
            );
            let running = self
                .child
                .as_mut()
                .map(|child| child.try_wait().unwrap().is_none());
            if running != Some(true) {
                // Not at once where processes of a killed one are still there.
                self.spawn();
            }
            if self.try_ask("SELECT 1").is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn spawn(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string()])
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
            ])
            .args(["-c", "fsync=off", "-c", "shared_buffers=16MB"])
            .args(&self.flags)
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    pub fn try_ask(&self, sql: &str) -> Result<String, String> {
        let output = Command::new(self.bin.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-U", "byteor", "-d", "postgres", "-X", "-A", "-t", "-q"])
            .args(["-v", "ON_ERROR_STOP=1", "-c", sql])
            .env("PGPASSWORD", PASSWORD)
            .env("PGCONNECT_TIMEOUT", "5")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// A client whose connection stays.
    pub fn talk(&self) -> Talk {
        let mut child = Command::new(self.bin.join("psql"))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-U", "byteor", "-d", "postgres", "-X", "-A", "-t", "-q"])
            .env("PGPASSWORD", PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        Talk { child, says }
    }

    /// What the client says to SQL.
    pub fn ask(&self, sql: &str) -> String {
        self.try_ask(sql)
            .unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// A number that it says.
    pub fn number(&self, sql: &str) -> u64 {
        self.ask(sql).trim().parse().unwrap()
    }

    /// Reading `table` as the owner of everything, with a password that `bench` has.
    pub fn ingress(&self, bench: &mut Bench, table: &str) -> PostgresIngress {
        let writing = self.egress(bench, table);
        PostgresIngress {
            url: writing.url,
            database: writing.database,
            schema: writing.schema,
            table: writing.table,
            format: PostgresFormat::Json,
            columns: None,
            transaction_column: "by".into(),
            key_column: "n".into(),
            batch_records: 100,
            in_flight_bytes: 1_048_576,
            poll_milliseconds: 20,
            timeout_seconds: 5,
            user: writing.user,
            password: writing.password,
            tls: writing.tls,
            authorities: None,
        }
    }

    /// Following what the publication `changes` has, by the slot `slot`, as the owner of everything.
    pub fn changes(&self, bench: &mut Bench) -> PostgresChangesIngress {
        let writing = self.egress(bench, "nothing");
        PostgresChangesIngress {
            url: writing.url,
            database: writing.database,
            publication: "changes".into(),
            slot: "slot".into(),
            missing_slot: PostgresMissingSlot::Fail,
            in_flight_bytes: 1_048_576,
            timeout_seconds: 5,
            user: writing.user,
            password: writing.password,
            tls: writing.tls,
            authorities: None,
        }
    }

    /// Writing into `table` as the owner of everything, with a password that `bench` has.
    pub fn egress(&self, bench: &mut Bench, table: &str) -> PostgresEgress {
        let path = bench.path("password");
        fs::write(&path, PASSWORD).unwrap();
        bench.config.secrets = vec![SecretReference {
            name: "password".into(),
            kind: SecretKind::File,
            path: path.to_str().unwrap().into(),
        }];
        PostgresEgress {
            url: format!("postgres://127.0.0.1:{}", self.port),
            database: "postgres".into(),
            schema: "public".into(),
            table: table.into(),
            format: PostgresFormat::Json,
            columns: None,
            other_fields: PostgresOther::Reject,
            write: PostgresWrite::Append,
            key_columns: None,
            positions: "byteor_positions".into(),
            batch_records: 200,
            batch_bytes: 65_536,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            user: "byteor".into(),
            password: Some("password".into()),
            tls: PostgresTls::Off,
            authorities: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A client that goes on.
pub struct Talk {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Talk {
    pub fn say(&mut self, sql: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{sql}").unwrap();
    }

    /// Waits until it says this line.
    pub fn hear(&mut self, line: &str) {
        let mut said = String::new();
        while said.trim() != line {
            said.clear();
            assert_ne!(self.says.read_line(&mut said).unwrap(), 0, "{line}");
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
