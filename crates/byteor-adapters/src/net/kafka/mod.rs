//! Kafka: a topic that a group reads, a topic that records are produced to.
//!
//! The library (librdkafka) has threads of its own for its connections. Each address that one of them
//! is about to connect to is judged first ([`gate`]); what it has to say is asked for by one thread of
//! ours for each side, which also keeps the member in its group while the pipeline is busy.

mod client;
mod gate;
mod key;
mod sink;
mod source;
mod together;
mod transact;

use std::time::Duration;

use crate::allow_net::AllowNet;
use crate::net::connect::Peer;
use crate::trial::{Missed, Step, Trial};
use client::{Client, Problem};

pub use sink::{Produce, produce};
pub use source::{Gone, Group, read};
pub use together::Together;
pub use transact::{Transactions, is_in_force};

/// A topic, and where it is.
#[derive(Clone)]
pub struct Cluster {
    /// Host and port of some of its brokers, of which at least one.
    pub servers: Vec<(String, u16)>,
    /// The topic.
    pub topic: String,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Cluster {
    /// A trial: each broker that is named, whether the cluster has the topic, and where there are to be
    /// `transactions`, whether it lets this client have them.
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
                tls: None,
            };
            if peer.try_connect(allow, trial).await.is_none() {
                return;
            }
        }
        let who = self.name();
        let found = trial.step(Step::Find, &who, async {
            let client = match transactions {
                None => Client::producer(self, allow.clone(), &[])?,
                Some(transactions) => {
                    Client::transactional(self, allow.clone(), &transactions.trial(self.timeout))?
                }
            };
            let (most, transactional) = (self.timeout, transactions.is_some());
            // The library's calls block.
            let asked = tokio::task::spawn_blocking(move || {
                let mut found = client.find_topic(most);
                if let (Ok(_), true) = (&found, transactional) {
                    let begun = client.init_transactions(most);
                    found = found.and_then(|partitions| begun.map(|()| partitions));
                }
                (found, client.refused())
            });
            let (found, refused) = match asked.await {
                Ok(answer) => answer,
                Err(error) => return Err(Missed::Why(format!("can't be asked: {error}"))),
            };
            if let Some(refused) = refused {
                return Err(refused.into());
            }
            let partitions =
                found.map_err(|problem: Problem| Missed::Why(source::says(&problem)))?;
            let mut words = format!("the topic {} has {partitions} partitions", self.topic);
            if transactional {
                words += ", and transactions may be begun";
            }
            Ok(((), words))
        });
        let _: Option<()> = found.await;
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
