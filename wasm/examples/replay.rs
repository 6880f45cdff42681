//! Answers the fuzz corpora and large plans natively, for `scripts/replay.mjs` to hold the answers of
//! the WebAssembly package against.
//!
//! `cargo run -p byteor-pipeline-wasm --example replay -- fuzz/corpus` prints a line for each request:
//! its input, its operation, the SHA-256 of the answer, and the request, with tabs between them.

use std::path::{Path, PathBuf};
use std::{fs, io, io::Write as _};

use byteor_pipeline::spec::sha256_hex;
use byteor_pipeline_generator::{LargePlan, Shape};
use byteor_pipeline_laws::{ALL, Request, plan_text};

#[path = "support/operations.rs"]
mod operations;

/// Lengths of the large plans. Longer ones take this build, which isn't optimized, too long.
const LINES: [usize; 4] = [10, 100, 1_000, 3_000];

fn main() -> io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "usage: replay CORPUS"))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for target in &ALL {
        for path in files(&Path::new(&folder).join(target.name))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let input = format!("{}/{name}", target.name);
            for request in (target.requests)(&fs::read(&path)?) {
                write(&mut out, &input, &request)?;
            }
        }
    }
    for shape in Shape::ALL {
        for lines in LINES {
            let text = LargePlan::new(shape, lines).text();
            let input = format!("large/{}-{lines}", shape.name());
            for request in plan_text::requests(text.as_bytes()) {
                write(&mut out, &input, &request)?;
            }
        }
    }
    for operation in ["info", "catalogue"] {
        let request = Request {
            operation,
            json: "{}".to_owned(),
        };
        write(&mut out, "nothing", &request)?;
    }
    out.flush()
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn write(out: &mut impl io::Write, input: &str, request: &Request) -> io::Result<()> {
    let hash = sha256_hex(answer(request)?.as_bytes());
    // JSON holds no tab and no line feed that isn't escaped.
    writeln!(
        out,
        "{input}\t{}\t{hash}\t{}",
        request.operation, request.json
    )
}

fn answer(request: &Request) -> io::Result<String> {
    let operation = operations::operation(request.operation)
        .ok_or_else(|| io::Error::other(format!("no operation {}", request.operation)))?;
    Ok(operation(&request.json))
}
