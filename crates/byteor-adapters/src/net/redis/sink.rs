//! Entries that are added to a stream, in order, a batch at a time.

use std::time::Duration;

use redis::Pipeline;

use super::server::{Connection, Server};
use crate::allow_net::AllowNet;
use crate::error::AdapterError;
use crate::net::connect::Failed;
use crate::net::outlet::{Batch, Outlet};
use crate::net::reactor::Context;
use crate::net::retry::Retry;

/// What is added where.
#[derive(Clone)]
pub struct Add {
    /// The server.
    pub server: Server,
    /// The stream.
    pub stream: String,
    /// The field of an entry that a record stands in.
    pub field: String,
    /// About how many entries the stream keeps; all where it isn't said.
    pub keep: Option<u32>,
    /// The most records that are sent at once.
    pub batch_records: usize,
    /// The most bytes of them.
    pub batch_bytes: usize,
    /// How long to try again without success; for ever where it isn't said.
    pub give_up_after: Option<Duration>,
}

/// Adds what `outlet` has, on the reactor, until it ends or fails for good.
pub fn add(add: Add, allow: AllowNet, context: &Context, outlet: Outlet) {
    let retry = Retry::new(context.clone(), add.server.name(), add.give_up_after);
    let mut adding = Adding {
        add,
        allow,
        context: context.clone(),
        connection: None,
        retry,
    };
    context.spawn(async move {
        loop {
            let (records, bytes) = (adding.add.batch_records, adding.add.batch_bytes);
            let batch = outlet.take(records, bytes).await;
            match adding.deliver(&batch).await {
                Ok(()) => outlet.there(batch.last()),
                Err(error) => return outlet.fail(error),
            }
        }
    });
}

struct Adding {
    add: Add,
    allow: AllowNet,
    context: Context,
    connection: Option<Connection>,
    retry: Retry,
}

impl Adding {
    /// Until the server has it.
    async fn deliver(&mut self, batch: &Batch) -> Result<(), AdapterError> {
        let commands = self.commands(batch);
        loop {
            let context = self.context.clone();
            let tried = tokio::select! {
                tried = self.once(&commands) => tried,
                // A run that was asked to stop doesn't wait for an answer as long as others.
                () = context.stopping_for_long() => {
                    Err(Failed::Again("doesn't answer".to_owned(), None))
                }
            };
            let failed = match tried {
                Ok(()) => {
                    self.retry.worked();
                    return Ok(());
                }
                Err(failed) => failed,
            };
            // Whatever is on its way in it isn't known any more.
            self.connection = None;
            match failed {
                Failed::Again(why, asked) => self.retry.failed(&why, asked).await?,
                Failed::ForGood(error) => return Err(error),
            }
        }
    }

    async fn once(&mut self, commands: &Pipeline) -> Result<(), Failed> {
        let mut open = match self.connection.take() {
            Some(open) => open,
            None => self.add.server.connect(&self.allow).await?,
        };
        open.ask_all(commands).await?;
        self.connection = Some(open);
        Ok(())
    }

    fn commands(&self, batch: &Batch) -> Pipeline {
        let mut commands = redis::pipe();
        for record in &batch.records {
            commands.cmd("XADD").arg(&self.add.stream);
            if let Some(keep) = self.add.keep {
                commands.arg("MAXLEN").arg("~").arg(keep);
            }
            commands.arg("*").arg(&self.add.field).arg(&record[..]);
        }
        commands
    }
}
