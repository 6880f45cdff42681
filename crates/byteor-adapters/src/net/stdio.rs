//! Standard input and standard output: both may block for as long as whoever is on the other end likes,
//! so each has a thread of its own beside the reactor.

use std::io::{Read, Write};

use bytes::Bytes;

use crate::error::AdapterError;
use crate::net::cut::Cut;
use crate::net::intake::Intake;
use crate::net::outlet::Outlet;
use crate::net::reactor::Context;

/// How much is read at once.
const READ: usize = 64 * 1024;
/// The longest line that is held in memory.
const LONGEST: usize = 1024 * 1024;
/// What is in memory at most, on either side.
pub const BOUND: usize = 4 * 1024 * 1024;
/// The most records that are written at once.
const BATCH: usize = 1024;

/// Reads lines from `input` until it ends.
pub fn read(
    input: impl Read + Send + 'static,
    context: &Context,
    intake: Intake,
) -> Result<(), AdapterError> {
    let own = context.clone();
    // Nobody waits for it: it may be in the middle of a read that never ends.
    context.thread("stdin", move || match lines(input, &own, &intake) {
        Ok(()) => intake.end(),
        Err(error) => intake.fail(error),
    })
}

fn lines(mut input: impl Read, context: &Context, intake: &Intake) -> Result<(), AdapterError> {
    let mut rest = Vec::new();
    let mut buffer = vec![0; READ];
    while !context.stopping() {
        let read = match input.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(AdapterError::new(
                    "E_STDIN_READ",
                    format!("could not read standard input: {error}"),
                    "give the run an input that can be read",
                ));
            }
        };
        rest.extend_from_slice(&buffer[..read]);
        // What came behind the last line feed is the beginning of a line, until nothing more comes.
        let whole = match (read, memchr::memrchr(b'\n', &rest)) {
            (0, _) => rest.len(),
            (_, Some(end)) => end + 1,
            (_, None) => 0,
        };
        if whole > 0 && !give(rest.drain(..whole).collect(), context, intake) || read == 0 {
            return Ok(());
        }
        if rest.len() > LONGEST {
            return Err(AdapterError::new(
                "E_STDIN_LINE",
                format!("a line of standard input is longer than {LONGEST} bytes"),
                "send shorter lines, or read them from a file, which holds none in memory",
            ));
        }
    }
    Ok(())
}

/// Gives the loop whole lines; false where it takes no more.
fn give(lines: Vec<u8>, context: &Context, intake: &Intake) -> bool {
    let Some(room) = context.block_on(intake.room(lines.len())) else {
        return false;
    };
    let bytes = Bytes::from(lines);
    let records = Cut::Lines.count(&bytes).unwrap_or_default();
    intake.give(bytes, Cut::Lines, records, room).is_some()
}

/// Writes lines to `output`.
pub fn write(
    mut output: impl Write + Send + 'static,
    context: &Context,
    outlet: Outlet,
) -> Result<(), AdapterError> {
    let (own, stuck) = (context.clone(), outlet.clone());
    let watching = context.clone();
    context.spawn(async move {
        if stuck.is_stuck(&watching).await {
            let help = "read what the pipeline writes until it ends";
            let message = "nobody takes what standard output has, and the run was asked to stop";
            stuck.fail(AdapterError::new("E_STDOUT_STUCK", message, help));
        }
    });
    context.thread("stdout", move || {
        let mut bytes = Vec::new();
        loop {
            let batch = own.block_on(outlet.take(BATCH, READ));
            bytes.clear();
            for record in &batch.records {
                Cut::Lines.add(record, &mut bytes);
            }
            let written = output.write_all(&bytes).and_then(|()| output.flush());
            if let Err(error) = written {
                return outlet.fail(AdapterError::new(
                    "E_STDOUT_WRITE",
                    format!("could not write to standard output: {error}"),
                    "keep whatever reads the output running, and start again",
                ));
            }
            outlet.there(batch.last());
        }
    })
}
