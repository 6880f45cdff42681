//! The programs of tests: built once, and copied, so that nothing that is edited or built meanwhile
//! changes what a long run runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::part::Tests;

/// What was built.
#[derive(Debug, Default)]
pub struct Built {
    pub programs: Vec<Program>,
    /// The programs that tests start, by the variables that name them.
    pub binaries: Vec<(String, PathBuf)>,
}

/// A built target of tests.
#[derive(Clone, Debug)]
pub struct Program {
    pub path: PathBuf,
    /// The folder of its crate, where it runs as under cargo.
    pub folder: PathBuf,
    pub package: String,
    /// The target in `tests/`, or none for the library's own.
    pub target: Option<String>,
}

impl Program {
    /// Whether it holds these tests.
    pub fn has(&self, tests: &Tests) -> bool {
        self.package == tests.package && self.target.as_deref() == tests.target
    }

    /// The names of its tests that hold `filter`.
    pub fn names(&self, filter: &str) -> Result<Vec<String>, String> {
        let mut list = Command::new(&self.path);
        let list = list.current_dir(&self.folder).args(["--list", filter]);
        let output = list
            .output()
            .map_err(|e| format!("{}: {e}", self.path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    }
}

/// Which targets of tests.
#[derive(Debug, PartialEq, Eq)]
pub enum Targets {
    All,
    /// These in `tests/`; and those of libraries.
    Some(BTreeSet<&'static str>, bool),
}

impl Default for Targets {
    fn default() -> Self {
        Self::Some(BTreeSet::new(), false)
    }
}

impl Targets {
    /// And those that hold `tests`.
    pub fn add(&mut self, tests: &Tests) {
        if let Self::Some(named, libraries) = self {
            match tests.target {
                Some(name) => {
                    named.insert(name);
                }
                None => *libraries = true,
            }
        }
    }
}

/// Builds tests with what they have under `npm test`, and copies them and what they start into `folder`.
pub fn build(root: &Path, targets: &Targets, folder: &Path) -> Result<Built, String> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["test", "--no-run", "--locked", "--workspace"])
        .args(["--message-format", "json"]);
    if let Targets::Some(named, libraries) = targets {
        if named.is_empty() && !libraries {
            return Ok(Built::default());
        }
        for name in named {
            cargo.args(["--test", name]);
        }
        if *libraries {
            cargo.arg("--lib");
        }
    }
    let output = cargo
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        return Err("the tests don't build".to_owned());
    }
    let _ = fs::remove_dir_all(folder); // there is none the first time
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut built = Built::default();
    let copied = |path: &Path| {
        let copy = folder.join(path.file_name().unwrap_or_default());
        fs::copy(path, &copy).map_err(|e| format!("{}: {e}", copy.display()))?;
        Ok::<_, String>(copy)
    };
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let Some(mut program) = of_message(&message) {
            program.path = copied(&program.path)?;
            built.programs.push(program);
        } else if let Some((variable, path)) = started(&message) {
            built.binaries.push((variable, copied(&path)?));
        }
    }
    Ok(built)
}

/// A program that tests start, and the variable by which they take another one than was built with them.
fn started(message: &Value) -> Option<(String, PathBuf)> {
    let path = PathBuf::from(message["executable"].as_str()?);
    let name = message["target"]["name"].as_str()?;
    let own = name.strip_prefix("byteor-")?;
    let is = message["target"]["kind"][0] == "bin" && message["profile"]["test"] == false;
    let variable = format!("BYTEOR_TEST_{}", own.replace('-', "_").to_uppercase());
    is.then_some((variable, path))
}

fn of_message(message: &Value) -> Option<Program> {
    let path = PathBuf::from(message["executable"].as_str()?);
    if !message["profile"]["test"].as_bool()? {
        return None;
    }
    let folder = Path::new(message["manifest_path"].as_str()?)
        .parent()?
        .to_owned();
    let package = folder.file_name()?.to_str()?.to_owned();
    let kind = message["target"]["kind"][0].as_str()?;
    let name = message["target"]["name"].as_str()?.to_owned();
    let target = match kind {
        "test" => Some(name),
        "lib" | "rlib" | "cdylib" => None,
        _ => return None,
    };
    Some(Program {
        path,
        folder,
        package,
        target,
    })
}
