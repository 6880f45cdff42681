//! Kafka: a topic that a group reads, a topic that records are produced to.
//!
//! The library (librdkafka) has threads of its own for its connections. Each address that one of them
//! is about to connect to is judged first ([`gate`]); what it has to say is asked for by one thread of
//! ours for each side, which also keeps the member in its group while the pipeline is busy.

mod client;
mod gate;
mod key;
mod security;
mod sink;
mod source;
mod together;
mod transact;

use std::time::Duration;

use crate::allow_net::AllowNet;
use crate::net::connect::Peer;
use crate::trial::{Missed, Step, Trial};
use client::{Client, Problem};

pub use security::{Security, User};
pub use sink::{Produce, produce};
pub use source::{Gone, Group, read};
pub use together::Together;
pub use transact::{Transactions, is_in_force};

/// The longest that a trial waits for an answer, which is shorter than its steps may take.
const ASKED: Duration = Duration::from_secs(8);

/// A topic, and where it is.
#[derive(Clone)]
pub struct Cluster {
    /// Host and port of some of its brokers, of which at least one.
    pub servers: Vec<(String, u16)>,
    /// The topic.
    pub topic: String,
    /// How connections are secured, and who this client is.
    pub security: Security,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Cluster {
    /// A trial: each broker that is named, whether the cluster takes this client for whom it says it is and
    /// has the topic, and where there are to be `transactions`, whether it lets this client have them.
    ///
    /// Handshakes of TLS are made by our own stack, so that each broker is told apart, and no secret has to
    /// be there for it; the library makes its own ones afterwards.
    pub async fn try_out(
        &self,
        transactions: Option<&Transactions>,
        allow: &AllowNet,
        trial: &mut Trial<'_>,
    ) {
        for (host, port) in &self.servers {
            let peer = Peer {
                host: host.clone(),
                port: *port,
                tls: self.security.tls(),
            };
            if peer.try_connect(allow, trial).await.is_none() {
                return;
            }
        }
        let who = self.name();
        let asked = match self.security.proven() {
            None if !trial.holds_back() => None,
            proven => {
                let user = proven.unwrap_or("whom it says it is");
                let answered = trial.step(Step::Authenticate, &who, async {
                    let asked = self.ask(transactions, allow).await?;
                    match &asked {
                        Err(problem) if problem.is_no_answer() => {
                            Err(Missed::Why(source::says(problem)))
                        }
                        _ => Ok((asked, format!("{who} takes this client for {user}"))),
                    }
                });
                match answered.await {
                    Some(asked) => Some(asked),
                    None => return,
                }
            }
        };
        let found = trial.step(Step::Find, &who, async {
            let asked = match asked {
                Some(asked) => asked,
                None => self.ask(transactions, allow).await?,
            };
            let partitions = asked.map_err(|problem| Missed::Why(source::says(&problem)))?;
            let mut words = format!("the topic {} has {partitions} partitions", self.topic);
            if transactions.is_some() {
                words += ", and transactions may be begun";
            }
            Ok(((), words))
        });
        let _: Option<()> = found.await;
    }

    /// How many partitions the topic has, once transactions may be begun, where they are asked for.
    async fn ask(
        &self,
        transactions: Option<&Transactions>,
        allow: &AllowNet,
    ) -> Result<Result<usize, Problem>, Missed> {
        let client = match transactions {
            None => Client::producer(self, allow.clone(), &[])?,
            Some(transactions) => {
                Client::transactional(self, allow.clone(), &transactions.trial(self.timeout))?
            }
        };
        let (most, transactional) = (self.timeout.min(ASKED), transactions.is_some());
        // The library's calls block.
        let asked = tokio::task::spawn_blocking(move || {
            let mut found = client.look_for_topic(most);
            if let (Ok(_), true) = (&found, transactional) {
                let begun = client.init_transactions(most);
                found = found.and_then(|partitions| begun.map(|()| partitions));
            }
            (found, client.refused())
        });
        match asked.await {
            Ok((_, Some(refused))) => Err(refused.into()),
            Ok((found, None)) => Ok(found),
            Err(error) => Err(Missed::Why(format!("can't be asked: {error}"))),
        }
    }

    /// The cluster, for people.
    fn name(&self) -> String {
        format!("the Kafka cluster at {}", self.listed())
    }

    /// The brokers as the library takes them.
    fn listed(&self) -> String {
        let one = |(host, port): &(String, u16)| match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        self.servers.iter().map(one).collect::<Vec<_>>().join(",")
    }
}
