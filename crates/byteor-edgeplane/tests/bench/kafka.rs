//! A Kafka server that the tests of a file share, and clients of another wrapper of its library.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use byteor_config::adapters::kafka::{
    KafkaCompression, KafkaDelivery, KafkaEgress, KafkaIngress, KafkaStart,
};
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::tools;

/// Longest that the server may take to come up, or the clients of the tests to an answer.
const PATIENCE: Duration = Duration::from_secs(120);
const ASK: Duration = Duration::from_secs(120);

/// What ends the server whatever ends the tests: it reads what they say, and their end.
const KEEPER: &str = r#"folder=$1; shift
start() { "$@" >>"$folder/log" 2>&1 </dev/null & pid=$!; }
start "$@"
while read -r line; do
  case $line in
    kill) kill -9 "$pid"; wait "$pid" 2>/dev/null;;
    start) start "$@";;
  esac
  echo done
done
kill -9 "$pid"; wait "$pid" 2>/dev/null
rm -rf "$folder""#;

/// Another listener of a server.
pub struct Listener {
    /// In capitals, as the server's properties have it.
    pub name: &'static str,
    /// `SSL`, `SASL_SSL` or `SASL_PLAINTEXT`.
    pub protocol: &'static str,
    pub port: u16,
    /// Behind `listener.name.NAME.`, each with its value.
    pub properties: Vec<(String, String)>,
}

/// A user that proves itself by SCRAM, and its password.
pub type User = (&'static str, &'static str);

/// A record of a partition: its key, and itself.
pub type Record = (Option<Vec<u8>>, Vec<u8>);

pub struct Producing {
    client: BaseProducer,
    topic: String,
}

impl Producing {
    /// Waits while the client has no room.
    pub fn send(&mut self, value: &[u8]) {
        let record = BaseRecord::<[u8], [u8]>::to(&self.topic);
        let mut record = record.partition(0).payload(value);
        while let Err((error, full)) = self.client.send(record) {
            assert_eq!(
                error.rdkafka_error_code(),
                Some(RDKafkaErrorCode::QueueFull)
            );
            record = full;
            self.client.poll(Duration::from_millis(10));
        }
        self.client.poll(Duration::ZERO);
    }
}

pub struct Server {
    _keeper: Child,
    tell: ChildStdin,
    told: BufReader<ChildStdout>,
    jars: PathBuf,
    folder: PathBuf,
    pub port: u16,
    /// Another listener, which tells its clients to go to an address of nobody.
    pub elsewhere: u16,
    /// And one that tells its clients to go to the second of these ports, where a test may have a network
    /// of its own.
    pub behind: (u16, u16),
}

static SERVER: OnceLock<Result<RwLock<Server>, String>> = OnceLock::new();
static TOPICS: AtomicU64 = AtomicU64::new(0);

fn shared() -> Option<&'static RwLock<Server>> {
    let java = tools::program("BYTEOR_TEST_JAVA", &["java"])?;
    match SERVER.get_or_init(|| Server::begin(&java, &[], &[]).map(RwLock::new)) {
        Ok(server) => Some(server),
        Err(why) => {
            tools::not_run(why);
            None
        }
    }
}

/// The server; nothing where there is none on this host.
pub fn server() -> Option<RwLockReadGuard<'static, Server>> {
    let server = shared()?.read();
    Some(server.unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// The server, for one who kills it: nobody else uses it meanwhile.
pub fn own_server() -> Option<RwLockWriteGuard<'static, Server>> {
    let server = shared()?.write();
    Some(server.unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Waits for what a client asked; its own thread does the work.
fn wait<T>(answer: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(answer)
}

impl Server {
    /// One of a test's own, with more listeners; nothing where there is none on this host.
    pub fn with(listeners: &[Listener], users: &[User]) -> Option<Self> {
        let java = tools::program("BYTEOR_TEST_JAVA", &["java"])?;
        match Self::begin(&java, listeners, users) {
            Ok(server) => Some(server),
            Err(why) => {
                tools::not_run(&why);
                None
            }
        }
    }

    fn begin(java: &Path, listeners: &[Listener], users: &[User]) -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let named = std::env::var_os("BYTEOR_TEST_KAFKA").map(PathBuf::from);
        let jars = named.unwrap_or_else(|| root.join(".cache/kafka/libs"));
        if !jars.join("kafka_2.13-4.3.1.jar").exists() {
            return Err(
                "no jars of Kafka are in .cache/kafka/libs, where `npm test` puts them by Maven"
                    .to_owned(),
            );
        }
        let folder = tempfile::tempdir().unwrap().keep();
        // All of them are held until there are enough, so that none is there twice.
        let held = [(); 5].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [port, controller, elsewhere, own, told] =
            (held.each_ref()).map(|one| one.local_addr().unwrap().port());
        drop(held);
        let behind = (own, told);
        let (mut more, mut protocols, mut of_listeners) =
            (String::new(), String::new(), String::new());
        for Listener {
            name,
            protocol,
            port,
            properties,
        } in listeners
        {
            more += &format!(",{name}://localhost:{port}");
            protocols += &format!(",{name}:{protocol}");
            for (key, value) in properties {
                let name = name.to_lowercase();
                of_listeners += &format!("listener.name.{name}.{key}={value}\n");
            }
        }
        let properties = format!(
            "process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},ELSEWHERE://127.0.0.1:{elsewhere},BEHIND://127.0.0.1:{},CONTROLLER://127.0.0.1:{controller}{more}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},ELSEWHERE://192.0.2.1:{elsewhere},BEHIND://127.0.0.1:{},CONTROLLER://127.0.0.1:{controller}{more}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,ELSEWHERE:PLAINTEXT,BEHIND:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
log.dirs={}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
{of_listeners}",
            behind.0,
            behind.1,
            folder.display()
        );
        let path = folder.join("server.properties");
        fs::write(&path, properties).unwrap();
        let (path, libs) = (path.to_str().unwrap(), format!("{}/*", jars.display()));
        let light = [
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx384m",
            "-cp",
            &libs,
        ];
        let formatted = Command::new(java)
            .args(light)
            .args(["kafka.tools.StorageTool", "format", "--standalone"])
            .args(["-t", "4L6g3nShT-eMCtK--X86sw", "-c", path])
            .args(users.iter().flat_map(|(name, password)| {
                ["SCRAM-SHA-256", "SCRAM-SHA-512"].map(|mechanism| {
                    format!("--add-scram={mechanism}=[name={name},password={password}]")
                })
            }))
            .output()
            .unwrap();
        if !formatted.status.success() {
            return Err(format!("Kafka doesn't start here: {formatted:?}"));
        }
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .arg(java)
            .args(light)
            .args(["-XX:MaxDirectMemorySize=128m", "kafka.Kafka", path])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self {
            tell: keeper.stdin.take().unwrap(),
            told: BufReader::new(keeper.stdout.take().unwrap()),
            _keeper: keeper,
            jars,
            folder,
            port,
            elsewhere,
            behind,
        };
        server.wait_until_it_answers();
        Ok(server)
    }

    fn wait_until_it_answers(&self) {
        let client: BaseConsumer = self.config().create().unwrap();
        let until = Instant::now() + PATIENCE;
        while client
            .fetch_metadata(None, Duration::from_millis(500))
            .is_err()
        {
            if Instant::now() >= until {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(20).collect();
                panic!("Kafka doesn't come up: {lines:#?}");
            }
        }
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.tell, "{word}").unwrap();
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        assert_eq!(line, "done\n");
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.tell("kill");
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.tell("start");
        self.wait_until_it_answers();
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", format!("127.0.0.1:{}", self.port));
        config
    }

    /// A new topic.
    pub fn topic(&self, partitions: i32, settings: &[(&str, &str)]) -> String {
        let name = format!("topic-{}", TOPICS.fetch_add(1, Ordering::Relaxed));
        self.make(&name, partitions, settings);
        name
    }

    /// A new topic of this name.
    pub fn make(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
        for (key, value) in settings {
            topic = topic.set(key, value);
        }
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let made = wait(admin.create_topics([&topic], &options)).unwrap();
        assert!(made.iter().all(Result::is_ok), "{made:?}");
    }

    /// Gives a topic more partitions.
    pub fn grow(&self, topic: &str, partitions: usize) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        let grown = [NewPartitions::new(topic, partitions)];
        let grown = wait(admin.create_partitions(&grown, &options)).unwrap();
        assert!(grown.iter().all(Result::is_ok), "{grown:?}");
    }

    /// How many members the group has, as who asks again and again sees it.
    pub fn members(&self, group: &str) -> impl Fn() -> usize {
        let client: BaseConsumer = self.config().create().unwrap();
        let group = group.to_owned();
        move || {
            let list = client.fetch_group_list(Some(&group), ASK).unwrap();
            list.groups().iter().map(|one| one.members().len()).sum()
        }
    }

    /// Removes what stands in front of `offset` in partition 0.
    pub fn trim(&self, topic: &str, offset: i64) {
        let admin: AdminClient<DefaultClientContext> = self.config().create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, 0, Offset::Offset(offset))
            .unwrap();
        let options = AdminOptions::new().operation_timeout(Some(ASK));
        wait(admin.delete_records(&list, &options)).unwrap();
    }

    /// Produces values to a partition, in order; nothing is a record without one.
    pub fn produce<V: AsRef<[u8]>>(
        &self,
        topic: &str,
        partition: i32,
        values: impl IntoIterator<Item = Option<V>>,
    ) {
        let mut config = self.config();
        config.set("enable.idempotence", "true");
        let client: BaseProducer = config.create().unwrap();
        for value in values {
            let mut record: BaseRecord<'_, [u8], [u8]> =
                BaseRecord::to(topic).partition(partition).key(b"k");
            let value = value.as_ref().map(AsRef::as_ref);
            if let Some(value) = value {
                record = record.payload(value);
            }
            while let Err((_, full)) = client.send(record) {
                record = full;
                client.poll(Duration::from_millis(10));
            }
        }
        client.flush(ASK).unwrap();
    }

    /// One that produces to partition 0 of a topic, for as long as it is held.
    pub fn producer(&self, topic: &str) -> Producing {
        let mut config = self.config();
        config
            .set("enable.idempotence", "true")
            .set("linger.ms", "20");
        let client = config.create().unwrap();
        let topic = topic.to_owned();
        Producing { client, topic }
    }

    /// All that a topic has, by partition.
    pub fn records(&self, topic: &str) -> BTreeMap<i32, Vec<Record>> {
        let mut config = self.config();
        config
            .set("group.id", "tests")
            .set("enable.auto.commit", "false");
        let client: BaseConsumer = config.create().unwrap();
        let metadata = client.fetch_metadata(Some(topic), ASK).unwrap();
        let (mut list, mut found, mut wanted) = (TopicPartitionList::new(), BTreeMap::new(), 0);
        for partition in metadata.topics()[0].partitions() {
            let ends = client.fetch_watermarks(topic, partition.id(), ASK).unwrap();
            let from = Offset::Offset(ends.0);
            list.add_partition_offset(topic, partition.id(), from)
                .unwrap();
            wanted += ends.1 - ends.0;
            found.insert(partition.id(), Vec::new());
        }
        client.assign(&list).unwrap();
        let until = Instant::now() + ASK;
        while wanted > 0 {
            assert!(
                Instant::now() < until,
                "{wanted} records of {topic} don't come"
            );
            let Some(message) = client.poll(Duration::from_millis(100)) else {
                continue;
            };
            let message = message.unwrap();
            let record = (
                message.key().map(<[u8]>::to_vec),
                message.payload().unwrap_or_default().to_vec(),
            );
            found.get_mut(&message.partition()).unwrap().push(record);
            wanted -= 1;
        }
        found
    }

    /// All that a partition has for who reads what is committed, in order.
    pub fn committed_records(&self, topic: &str, partition: i32) -> Vec<Vec<u8>> {
        let mut config = self.config();
        config
            .set("group.id", "tests")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true");
        let client: BaseConsumer = config.create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Beginning)
            .unwrap();
        client.assign(&list).unwrap();
        let (until, mut found) = (Instant::now() + ASK, Vec::new());
        loop {
            assert!(Instant::now() < until, "{topic} has no end");
            match client.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => found.push(message.payload().unwrap_or_default().to_vec()),
                Some(Err(KafkaError::PartitionEOF(_))) => return found,
                Some(Err(error)) => panic!("{topic}: {error}"),
            }
        }
    }

    /// How many records partition 0 of a topic ever had.
    pub fn end(&self, topic: &str) -> i64 {
        let client: BaseConsumer = self.config().create().unwrap();
        client.fetch_watermarks(topic, 0, ASK).unwrap().1
    }

    /// The same, for who asks again and again.
    pub fn ends(&self, topic: &str) -> impl Fn() -> u64 {
        let client: BaseConsumer = self.config().create().unwrap();
        let topic = topic.to_owned();
        move || client.fetch_watermarks(&topic, 0, ASK).unwrap().1 as u64
    }

    /// A group's positions in the partitions of a topic; -1 where it has none.
    pub fn committed(&self, group: &str, topic: &str, partitions: i32) -> Vec<i64> {
        let client: BaseConsumer = self.config().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, partitions - 1);
        // The broker that knows may not be found yet.
        let Ok(known) = client.committed_offsets(list, ASK) else {
            return Vec::new();
        };
        known
            .elements()
            .iter()
            .map(|one| one.offset().to_raw().filter(|at| *at >= 0).unwrap_or(-1))
            .collect()
    }

    /// What stands beside a group's position in partition 0 of a topic.
    pub fn beside(&self, group: &str, topic: &str) -> String {
        let client: BaseConsumer = self.config().set("group.id", group).create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, 0);
        let known = client.committed_offsets(list, ASK);
        known.map_or_else(
            |_| String::new(),
            |known| known.elements()[0].metadata().to_owned(),
        )
    }

    /// Has Java's own producer send lines `key|value`.
    pub fn produce_by_java(&self, topic: &str, lines: &str) {
        let mut child = Command::new("java")
            .args([
                "-XX:TieredStopAtLevel=1",
                "-cp",
                &format!("{}/*", self.jars.display()),
            ])
            .args(["org.apache.kafka.tools.ConsoleProducer", "--topic", topic])
            .args(["--bootstrap-server", &format!("127.0.0.1:{}", self.port)])
            .args(["--reader-property", "parse.key=true"])
            .args(["--reader-property", "key.separator=|"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }

    pub fn ingress(&self, topic: &str) -> KafkaIngress {
        KafkaIngress {
            servers: format!("127.0.0.1:{}", self.port),
            topic: topic.to_owned(),
            group: format!("group-of-{topic}"),
            start: KafkaStart::Start,
            out_of_range: None,
            in_flight_bytes: 1_048_576,
            session_seconds: 1,
            timeout_seconds: 5,
            tls: None,
            authorities: None,
            certificate: None,
            certificate_key: None,
            sasl: None,
            user: None,
            password: None,
        }
    }

    pub fn egress(&self, topic: &str) -> KafkaEgress {
        KafkaEgress {
            servers: format!("127.0.0.1:{}", self.port),
            topic: topic.to_owned(),
            key: None,
            delivery: None,
            transaction_milliseconds: None,
            transaction_timeout_seconds: None,
            transaction_prefix: None,
            compression: KafkaCompression::None,
            batch_bytes: 65_536,
            in_flight_bytes: 1_048_576,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            tls: None,
            authorities: None,
            certificate: None,
            certificate_key: None,
            sasl: None,
            user: None,
            password: None,
        }
    }

    /// In transactions that nobody waits for long.
    pub fn transactions(&self, topic: &str) -> KafkaEgress {
        KafkaEgress {
            delivery: Some(KafkaDelivery::Transactions),
            transaction_milliseconds: Some(20),
            transaction_timeout_seconds: Some(4),
            ..self.egress(topic)
        }
    }
}
