//! `indexbus-inspect FILE [--json]`: what a region file is.
//!
//! Reads the file instead of mapping it, so that one that is cut off meanwhile can't kill the
//! inspector. Believes nothing of it: what isn't known is printed as the number that is there.

mod report;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use report::Report;

/// Says what an IndexBus region file is: whether it is initialized, its capabilities and sizes.
#[derive(Parser)]
#[command(name = "indexbus-inspect", version)]
struct Arguments {
    /// The region file.
    file: PathBuf,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// Header, `initialized`, and the word behind it.
const PREFIX_BYTES: usize = 24;

fn read(path: &PathBuf) -> std::io::Result<(Vec<u8>, u64)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut prefix = Vec::new();
    file.take(PREFIX_BYTES as u64).read_to_end(&mut prefix)?;
    Ok((prefix, metadata.len()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (prefix, bytes) = match read(&arguments.file) {
        Ok(read) => read,
        Err(error) => {
            let file = arguments.file.display();
            eprintln!("E_REGION_IO region {file}: can't read it: {error}");
            return ExitCode::from(2);
        }
    };
    let Some(report) = Report::of(&prefix, bytes) else {
        let file = arguments.file.display();
        eprintln!("E_REGION_INCOMPATIBLE region {file}: not a region of IndexBus v1");
        return ExitCode::from(1);
    };
    if arguments.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.lines());
    }
    ExitCode::SUCCESS
}
