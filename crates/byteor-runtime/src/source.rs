//! The files that verbs read: plans and specs, each from a file or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::{Exit, Failure};

/// The longest file that is read, in bytes: the limit of a KV text, and far beyond any plan.
pub const MAX_BYTES: usize = byteor_pipeline_spec::KV_MAX_BYTES;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What an author writes.
    Plan,
    /// KV, the canonical form of which `lower` writes.
    Spec,
}

impl Kind {
    /// What a text is. A line of KV is `key=value`, and the first word of a plan never has a `=`, so
    /// the first word of the text decides. A text without words is an unfinished plan.
    pub fn of(text: &str) -> Self {
        let first = text
            .lines()
            .map(str::trim_start)
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .and_then(|line| line.split_whitespace().next());
        match first {
            Some(word) if word.contains('=') => Self::Spec,
            _ => Self::Plan,
        }
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name, for people.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Its very text.
    pub text: String,
}

impl Source {
    /// Reads a file, or standard input where it is called `-`. What it holds is told by `kind`,
    /// otherwise by its content.
    pub fn read(path: &Path, kind: Option<Kind>) -> Result<Self, Failure> {
        let name = name_of(path);
        let failed = |why: String| {
            let help = "name plans or specs that can be read, or `-` for standard input";
            Failure::new(Exit::Input, "E_FILE_READ", format!("{name} {why}"), help)
        };
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        let read = if is_stdin(path) {
            io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        };
        read.map_err(|error| failed(format!("can't be read: {error}")))?;
        if bytes.len() > MAX_BYTES {
            return Err(failed(format!("is longer than {MAX_BYTES} bytes")));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            failed(format!("is not text: byte {at} is not UTF-8"))
        })?;
        let kind = kind.unwrap_or_else(|| Kind::of(&text));
        Ok(Self { name, kind, text })
    }
}

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name of a file for people, without what a terminal would take for a command.
pub fn name_of(path: &Path) -> String {
    if is_stdin(path) {
        return "standard input".to_owned();
    }
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    path.display().to_string().chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_first_word_tells_a_spec_from_a_plan() {
        for plan in [
            "",
            "\n# a=b\n",
            "pipeline p\n",
            "# why\n\npipeline p\nstage a replace:a=b\n",
            "stage a=b keep:x\n",
            "a -> b\n",
        ] {
            assert_eq!(Kind::of(plan), Kind::Plan, "{plan}");
        }
        for spec in [
            "single_ring.shards=1\n",
            "lane_graph.on_full=block",
            "\nnothing=1\n",
            "Lane=\n",
        ] {
            assert_eq!(Kind::of(spec), Kind::Spec, "{spec}");
        }
    }
}
