//! The adapters: one folder each, and the list below, from which everything else follows. How one is
//! added: `docs/guides/contributing.md`.

mod declaration;
mod delivery;
pub mod file;
pub mod grpc;
pub mod http;
pub mod kafka;
pub mod nats;
pub mod postgres;
pub mod postgres_changes;
pub mod rabbitmq;
pub mod redis;
pub mod s3;
mod secured;
pub mod stdio;
pub mod websocket;

pub use declaration::{
    Adapter, BrokenRule, Choice, Entry, Facts, Key, KeyKind, Lag, OtherEnd, Rules, Several, Side,
    SinkPromise, SinkSide, SourcePromise, SourceSide, Told, Values,
};
pub(crate) use declaration::{choices, side};
pub use delivery::{Delivery, Promised, Together, promised};

/// Declares an enum over sides, told apart by their `kind`.
macro_rules! sides {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident($side:path) = $kind:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "kind")]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $kind)] $variant($side)),+
        }

        impl $name {
            /// Every kind, with its keys.
            pub const KINDS: &'static [(&'static str, &'static [Key])] =
                &[$(($kind, <$side>::KEYS)),+];

            /// The kind of adapter.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $kind),+ }
            }

            /// Its keys, in the order of the canonical text.
            pub fn keys(&self) -> &'static [Key] {
                match self { $(Self::$variant(_) => <$side>::KEYS),+ }
            }

            /// What is written for each key; nothing where it is left out.
            pub fn written(&self) -> Vec<Option<String>> {
                match self { $(Self::$variant(side) => side.written()),+ }
            }

            /// For each key its value where that is text.
            pub fn texts(&self) -> Vec<Option<&str>> {
                match self { $(Self::$variant(side) => side.texts()),+ }
            }

            /// The side of one of several boundaries: its id stands for the placeholder in each key that
            /// tells boundaries apart, but for the path of a file, whose own checks know the placeholder.
            #[must_use]
            pub fn of_boundary(&self, id: &str) -> Self {
                let mut placed = self.clone();
                let (keys, several) = (self.keys(), self.several());
                let texts = match &mut placed {
                    $(Self::$variant(side) => side.texts_mut()),+
                };
                crate::boundaries::place(several, keys, texts, id);
                placed
            }

            /// The side of a kind, from its values; nothing where there is no such kind, or a value
            /// can't be taken.
            pub fn read<V: Values>(kind: &str, values: &mut V) -> Option<Self> {
                match kind {
                    $($kind => <$side>::read(values).map(Self::$variant),)+
                    _ => None,
                }
            }

            /// How its boundaries are told apart where a graph has several.
            pub fn several(&self) -> Several {
                match self { $(Self::$variant(_) => <$side>::SEVERAL),+ }
            }

            /// What stands against it between its keys.
            pub fn broken(&self) -> Vec<BrokenRule> {
                match self { $(Self::$variant(side) => side.broken()),+ }
            }
        }
    };
}

/// Every adapter, in the order in which a form offers them.
pub static ADAPTERS: &[&Adapter] = &[
    &file::ADAPTER,
    &stdio::ADAPTER,
    &http::ADAPTER,
    &grpc::ADAPTER,
    &websocket::ADAPTER,
    &redis::ADAPTER,
    &postgres::ADAPTER,
    &postgres_changes::ADAPTER,
    &kafka::ADAPTER,
    &nats::ADAPTER,
    &s3::ADAPTER,
    &rabbitmq::ADAPTER,
];

/// Pairs that promise more together than their sides do with others.
pub static TOGETHER: &[&Together] = &[&kafka::ONE_CLUSTER];

sides! {
    /// Where records come from.
    Ingress {
        /// Read a file.
        File(file::FileIngress) = "file",
        /// Read standard input.
        Stdio(stdio::StdioIngress) = "stdio",
        /// Take what is posted to this host.
        Http(http::HttpIngress) = "http",
        /// Take streams of gRPC.
        Grpc(grpc::GrpcIngress) = "grpc",
        /// Take messages of WebSockets.
        Websocket(websocket::WebsocketIngress) = "websocket",
        /// Read a Redis stream.
        Redis(redis::RedisIngress) = "redis",
        /// Read a table.
        Postgres(postgres::PostgresIngress) = "postgres",
        /// Follow changes.
        PostgresChanges(postgres_changes::PostgresChangesIngress) = "postgres_changes",
        /// Read a Kafka topic.
        Kafka(kafka::KafkaIngress) = "kafka",
        /// Read NATS messages.
        Nats(nats::NatsIngress) = "nats",
        /// Read objects.
        S3(s3::S3Ingress) = "s3",
        /// Read a RabbitMQ stream.
        Rabbitmq(rabbitmq::RabbitmqIngress) = "rabbitmq",
    }
}

sides! {
    /// Where records go.
    Egress {
        /// Write a file.
        File(file::FileEgress) = "file",
        /// Write standard output.
        Stdio(stdio::StdioEgress) = "stdio",
        /// Post to a server.
        Http(http::HttpEgress) = "http",
        /// Send a stream of gRPC.
        Grpc(grpc::GrpcEgress) = "grpc",
        /// Send messages over a WebSocket.
        Websocket(websocket::WebsocketEgress) = "websocket",
        /// Add to a Redis stream.
        Redis(redis::RedisEgress) = "redis",
        /// Write into a table.
        Postgres(postgres::PostgresEgress) = "postgres",
        /// Produce to a Kafka topic.
        Kafka(kafka::KafkaEgress) = "kafka",
        /// Publish NATS messages.
        Nats(nats::NatsEgress) = "nats",
        /// Put objects.
        S3(s3::S3Egress) = "s3",
        /// Publish to a RabbitMQ stream.
        Rabbitmq(rabbitmq::RabbitmqEgress) = "rabbitmq",
    }
}

/// The adapter of this kind.
pub fn adapter(kind: &str) -> Option<&'static Adapter> {
    ADAPTERS
        .iter()
        .copied()
        .find(|adapter| adapter.kind == kind)
}

/// What the two adapters of a bundle promise together; nothing where one of them isn't what it is
/// used as, which a test holds impossible.
pub fn delivery(ingress: &Ingress, egress: &Egress) -> Option<Promised> {
    if let Some(together) = TOGETHER.iter().find(|one| one.holds(ingress, egress)) {
        return Some(together.promised);
    }
    let sink = adapter(egress.kind())?.egress.as_ref()?;
    let sink = sink.promise_of(&egress.written());
    Some(promised(source_promise(ingress)?, sink))
}

impl Together {
    /// Whether two sides are such a pair.
    pub fn holds(&self, ingress: &Ingress, egress: &Egress) -> bool {
        let value = |keys: &[Key], written: Vec<Option<String>>, name: &str| {
            let mut both = std::iter::zip(keys, written);
            both.find(|(key, _)| key.name == name)
                .and_then(|(_, written)| written)
        };
        let from = |name| value(ingress.keys(), ingress.written(), name);
        let to = |name| value(egress.keys(), egress.written(), name);
        let (key, word) = self.sink;
        ingress.kind() == self.kind
            && egress.kind() == self.kind
            && to(key).as_deref() == Some(word)
            && self.same.iter().all(|name| from(name) == to(name))
    }
}

/// What a source promises, as it is wired.
pub fn source_promise(ingress: &Ingress) -> Option<SourcePromise> {
    let source = adapter(ingress.kind())?.ingress.as_ref()?;
    Some(source.promise_of(&ingress.written()))
}
