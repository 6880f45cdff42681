//! A RabbitMQ server that the tests of a file share, and clients at the other end.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use byteor_config::adapters::rabbitmq::{RabbitmqEgress, RabbitmqIngress, RabbitmqStart};
use byteor_config::{SecretKind, SecretReference};
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};

use super::http::free_port;
use super::tls::{Authority, file};
use super::{Bench, tools};

/// Longest that the server may take to come up.
const PATIENCE: Duration = Duration::from_secs(120);

const USER: &str = "byteor";
/// A user that may do nothing.
pub const STRANGER: &str = "stranger";
pub const PASSWORD: &str = "0123456789abcdef";

/// What ends the server whatever ends the tests: it reads what they say, and their end. The daemon by
/// which Erlang's nodes find each other is one of its own.
const KEEPER: &str = r#"folder=$1; shift
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >>"$folder/log" 2>&1 </dev/null & daemon=$!
start() { "$@" >>"$folder/log" 2>&1 </dev/null & pid=$!; }
start "$@"
while read -r line; do
  case $line in
    kill) kill -9 "$pid"; wait "$pid" 2>/dev/null;;
    start) start "$@";;
  esac
  echo done
done
kill -9 "$pid" "$daemon"; wait 2>/dev/null
rm -rf "$folder""#;

pub struct Server {
    _keeper: Child,
    tell: ChildStdin,
    told: BufReader<ChildStdout>,
    folder: PathBuf,
    pub port: u16,
    /// Where it speaks TLS, as localhost.
    pub secured: u16,
    /// Who speaks for it.
    pub authority: String,
}

static SERVER: OnceLock<RwLock<Server>> = OnceLock::new();
static STREAMS: AtomicU64 = AtomicU64::new(0);

fn shared() -> Option<&'static RwLock<Server>> {
    let named = std::env::var_os("BYTEOR_TEST_RABBITMQ").map(PathBuf::from);
    // Not the one in /usr/sbin, which changes the user.
    let usual = || PathBuf::from("/usr/lib/rabbitmq/bin/rabbitmq-server");
    let program = named.unwrap_or_else(usual);
    if !program.exists() {
        tools::not_run(&format!("there is no {}", program.display()));
        return None;
    }
    Some(SERVER.get_or_init(|| RwLock::new(Server::begin(&program))))
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

impl Server {
    fn begin(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (port, secured) = (free_port(), free_port());
        let authority = Authority::new();
        let (certificate, key) = authority.certificate("localhost", 2100);
        let allowed = |user: &str, what: &str| {
            format!(
                r#"{{"user":"{user}","vhost":"/","configure":"{what}","write":"{what}","read":"{what}"}}"#
            )
        };
        let known =
            |user: &str| format!(r#"{{"name":"{user}","password":"{PASSWORD}","tags":""}}"#);
        let definitions = format!(
            r#"{{"vhosts":[{{"name":"/"}}],"users":[{},{}],"permissions":[{},{}]}}"#,
            known(USER),
            known(STRANGER),
            allowed(USER, ".*"),
            allowed(STRANGER, "^$")
        );
        let config = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}
listeners.ssl.1 = 127.0.0.1:{secured}
ssl_options.cacertfile = {0}/authority.pem
ssl_options.certfile = {0}/certificate.pem
ssl_options.keyfile = {0}/key.pem
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
load_definitions = {0}/definitions.json
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 10MB
",
            folder.display()
        );
        let local = "[{kernel,[{inet_dist_use_interface,{127,0,0,1}}]}].\n";
        for (name, text) in [
            ("rabbitmq.conf", &*config),
            ("advanced.config", local),
            ("definitions.json", &definitions),
            ("plugins", "[].\n"),
            ("authority.pem", &authority.0.pem()),
            ("certificate.pem", &certificate),
            ("key.pem", &key),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .arg(program)
            .env("HOME", &folder)
            .env("RABBITMQ_MNESIA_BASE", path("data"))
            .env("RABBITMQ_LOG_BASE", path("logs"))
            .env("RABBITMQ_NODENAME", "byteor@localhost")
            .env("RABBITMQ_CONFIG_FILE", path("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", path("plugins"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_DIST_PORT", free_port().to_string())
            .env("ERL_EPMD_PORT", free_port().to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // The process that is started is the server itself, and no shell around it.
            .env("RABBITMQ_ALLOW_INPUT", "true")
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-noinput")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self {
            tell: keeper.stdin.take().unwrap(),
            told: BufReader::new(keeper.stdout.take().unwrap()),
            _keeper: keeper,
            folder,
            port,
            secured,
            authority: authority.0.pem(),
        };
        server.wait_until_it_answers();
        server
    }

    fn wait_until_it_answers(&self) {
        let until = Instant::now() + PATIENCE;
        while block_on(self.connect()).is_err() {
            let log = || fs::read_to_string(self.folder.join("log"));
            assert!(
                Instant::now() < until,
                "RabbitMQ doesn't come up: {:?}",
                log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    async fn connect(&self) -> lapin::Result<Connection> {
        let url = format!("amqp://{USER}:{PASSWORD}@127.0.0.1:{}/%2f", self.port);
        Connection::connect(&url, ConnectionProperties::default()).await
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

    /// Starts it again, and waits until these streams are there: one that isn't yet loses what is
    /// published to it.
    pub fn start_again(&mut self, streams: &[&str]) {
        self.tell("start");
        self.wait_until_it_answers();
        for stream in streams {
            let until = Instant::now() + PATIENCE;
            while !self.is_there(stream) {
                assert!(Instant::now() < until, "{stream} doesn't come back");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn is_there(&self, stream: &str) -> bool {
        block_on(async {
            let connection = self.connect().await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            let options = QueueDeclareOptions {
                passive: true,
                ..QueueDeclareOptions::default()
            };
            let found = channel.queue_declare(stream.into(), options, FieldTable::default());
            found.await.is_ok()
        })
    }

    /// Does something with a client.
    pub fn with<T>(&self, work: impl AsyncFnOnce(Channel) -> T) -> T {
        block_on(async {
            let connection = self.connect().await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            let done = work(channel.clone()).await;
            connection.close(200, "done".into()).await.unwrap();
            done
        })
    }

    /// A new stream.
    pub fn stream(&self, arguments: &[(&str, AMQPValue)]) -> String {
        let name = format!("stream-{}", STREAMS.fetch_add(1, Ordering::Relaxed));
        self.make(&name, "stream", arguments);
        name
    }

    pub fn make(&self, name: &str, kind: &str, arguments: &[(&str, AMQPValue)]) {
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), AMQPValue::LongString(kind.into()));
        for (key, value) in arguments {
            table.insert((*key).into(), value.clone());
        }
        self.with(async |channel| {
            let options = QueueDeclareOptions {
                durable: true,
                ..QueueDeclareOptions::default()
            };
            let made = channel.queue_declare(name.into(), options, table).await;
            made.unwrap();
        });
    }

    pub fn delete(&self, name: &str) {
        self.with(async |channel| {
            let options = QueueDeleteOptions::default();
            channel.queue_delete(name.into(), options).await.unwrap();
        });
    }

    /// Publishes records, in order, each confirmed.
    pub fn publish<R: AsRef<[u8]>>(&self, stream: &str, records: impl IntoIterator<Item = R>) {
        self.with(async |channel| {
            let select = channel.confirm_select(ConfirmSelectOptions::default());
            select.await.unwrap();
            let mut sent = Vec::new();
            for record in records {
                let options = BasicPublishOptions {
                    mandatory: true,
                    ..BasicPublishOptions::default()
                };
                let properties = BasicProperties::default();
                let (to, record) = (stream.into(), record.as_ref());
                let one = channel.basic_publish("".into(), to, options, record, properties);
                sent.push(one.await.unwrap());
            }
            for one in sent {
                let confirmed = tokio::time::timeout(PATIENCE, one).await;
                assert_eq!(confirmed.unwrap().unwrap(), Confirmation::Ack(None));
            }
        });
    }

    /// All that a stream has, with its ids. To be called once for a stream: the end is marked by one more.
    pub fn records(&self, stream: &str) -> Vec<(String, Vec<u8>)> {
        const END: &[u8] = b"the end of the test";
        self.publish(stream, [END]);
        self.with(async |channel| {
            let mut arguments = FieldTable::default();
            let first = AMQPValue::LongString("first".into());
            arguments.insert("x-stream-offset".into(), first);
            channel
                .basic_qos(1_000, BasicQosOptions::default())
                .await
                .unwrap();
            let options = BasicConsumeOptions::default();
            let read = channel.basic_consume(stream.into(), "".into(), options, arguments);
            let mut read = read.await.unwrap();
            let mut found = Vec::new();
            while let Some(delivery) = read.next().await {
                let delivery = delivery.unwrap();
                if delivery.data == END {
                    break;
                }
                delivery.ack(BasicAckOptions::default()).await.unwrap();
                let id = delivery.properties.message_id();
                let id = id.as_ref().map_or(String::new(), ToString::to_string);
                found.push((id, delivery.data));
            }
            found
        })
    }

    pub fn ingress(&self, bench: &mut Bench, stream: &str) -> RabbitmqIngress {
        RabbitmqIngress {
            url: format!("amqp://127.0.0.1:{}", self.port),
            virtual_host: "/".into(),
            stream: stream.into(),
            start: RabbitmqStart::Start,
            ahead_records: 100,
            in_flight_bytes: 1_048_576,
            timeout_seconds: 5,
            user: USER.into(),
            password: secret(bench),
            authorities: None,
        }
    }

    pub fn egress(&self, bench: &mut Bench, stream: &str) -> RabbitmqEgress {
        RabbitmqEgress {
            url: format!("amqp://127.0.0.1:{}", self.port),
            virtual_host: "/".into(),
            stream: stream.into(),
            in_flight_records: 100,
            in_flight_bytes: 65_536,
            timeout_seconds: 5,
            give_up_after_seconds: None,
            user: USER.into(),
            password: secret(bench),
            authorities: None,
        }
    }
}

/// The secret of the password, which the bench has then.
fn secret(bench: &mut Bench) -> String {
    let name = "rabbitmq".to_owned();
    if bench.config.secrets.is_empty() {
        let path = file(bench, "password", PASSWORD);
        bench.config.secrets = vec![SecretReference {
            name: name.clone(),
            kind: SecretKind::File,
            path: path.to_str().unwrap().into(),
        }];
    }
    name
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(work)
}
