//! The loops that adapters are measured against, each over the client library that the adapter uses.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, message::PublishMessage};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody, HttpResponse, HttpService,
};
use object_store::{ClientOptions, ObjectStore as _, ObjectStoreExt as _};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use redis::aio::MultiplexedConnection;
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::NoTls;
use tokio_tungstenite::WebSocketStream;

use crate::bench::postgres::PASSWORD as POSTGRES;
use crate::bench::rabbitmq::PASSWORD as RABBITMQ;
use crate::{changes, grpc};

/// How long a read waits for more.
const WAIT: Duration = Duration::from_millis(500);
/// Records on their way, entries of a read, lines of a message.
pub const MANY: usize = 500;
/// How long a transaction of Kafka lasts, as EdgePlane has it.
const TRANSACTION: Duration = Duration::from_millis(100);

/// One loop: what, its words, and the paths of a file to read and one to write.
pub fn run(words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [what, words @ .., input, output] = &words[..] else {
        panic!("a loop, its words and two paths: {words:?}");
    };
    let lines = || BufReader::with_capacity(1 << 16, File::open(input).unwrap()).lines();
    let lines = || lines().map(Result::unwrap);
    let mut out = BufWriter::with_capacity(1 << 16, File::create(output).unwrap());
    let runtime = alone();
    let port = |word: &str| word.parse::<u16>().unwrap();
    let number = |word: &str| word.parse::<u64>().unwrap();
    match (*what, words) {
        ("file", []) => lines().for_each(|line| writeln!(out, "{line}").unwrap()),
        ("http-server", [at, count]) => runtime.block_on(serve(port(at), number(count), &mut out)),
        ("http-client", [at]) => runtime.block_on(send(port(at), lines())),
        ("websocket-server", [at, count]) => {
            runtime.block_on(websocket_take(port(at), number(count), &mut out));
        }
        ("websocket-client", [at]) => runtime.block_on(websocket_send(port(at), lines())),
        ("grpc-server", [at, count]) => {
            runtime.block_on(grpc::take(port(at), number(count), &mut out));
        }
        ("grpc-client", [at]) => runtime.block_on(grpc::send(port(at), lines())),
        ("s3-read", [at, count]) => runtime.block_on(s3_read(port(at), number(count), &mut out)),
        ("s3-write", [at, prefix]) => runtime.block_on(s3_write(port(at), prefix, lines())),
        ("redis-read", [at, group, count]) => {
            runtime.block_on(redis_read(port(at), group, number(count), &mut out));
        }
        ("redis-write", [at, stream]) => runtime.block_on(redis_write(port(at), stream, lines())),
        ("nats-read", [at, consumer, count]) => {
            runtime.block_on(nats_read(port(at), consumer, number(count), &mut out));
        }
        ("nats-write", [at, subject]) => runtime.block_on(nats_write(port(at), subject, lines())),
        ("kafka-read", [at, topic, group, count]) => {
            let mut left = number(count);
            kafka_read(port(at), topic, group, |record| {
                out.write_all(record).unwrap();
                out.write_all(b"\n").unwrap();
                left -= 1;
                left > 0
            });
        }
        ("kafka-write", [at, topic]) => {
            let producer = kafka_producer(port(at));
            lines().for_each(|line| kafka_send(&producer, topic, line.as_bytes()));
            producer.flush(Duration::from_secs(60)).unwrap();
        }
        ("kafka-transact", [at, topic]) => kafka_transact(port(at), topic, lines()),
        ("kafka-through", [at, from, group, to, count]) => {
            let producer = kafka_producer(port(at));
            let (keep, drop) = (regex("^record"), regex("x{200}"));
            let replace = regex("record");
            let mut left = number(count);
            kafka_read(port(at), from, group, |record| {
                if keep.is_match(record) && !drop.is_match(record) {
                    let record = replace.replace_all(record, &b"line"[..]);
                    kafka_send(&producer, to, &record);
                }
                left -= 1;
                left > 0
            });
            producer.flush(Duration::from_secs(60)).unwrap();
        }
        ("rabbitmq-read", [at, stream, count]) => {
            runtime.block_on(rabbitmq_read(port(at), stream, number(count), &mut out));
        }
        ("rabbitmq-write", [at, stream]) => {
            runtime.block_on(rabbitmq_write(port(at), stream, lines()));
        }
        ("postgres-read", [at, count]) => {
            runtime.block_on(postgres_read(port(at), number(count), &mut out));
        }
        ("postgres-changes", [at, slot, count]) => {
            changes::read(port(at), slot, number(count), &mut out);
        }
        ("postgres-write", [at, table]) => {
            runtime.block_on(postgres_write(port(at), table, lines()));
        }
        _ => panic!("there is no loop {what} {words:?}"),
    }
    out.flush().unwrap();
}

/// A reactor in this thread.
pub fn alone() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// Waits until what was written lasts on the disk.
pub fn last(out: &mut BufWriter<File>) {
    out.flush().unwrap();
    out.get_ref().sync_data().unwrap();
}

/// A connection to a server that may come up later.
pub async fn connected(port: u16) -> TcpStream {
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await {
            stream.set_nodelay(true).unwrap();
            return stream;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A server as long as this process lasts, in a thread of its own: its port.
pub fn aside<S: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> S + Send + 'static,
) -> u16 {
    let (told, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        alone().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream));
            }
        });
    });
    port.recv().unwrap()
}

fn regex(pattern: &str) -> regex::bytes::Regex {
    regex::bytes::Regex::new(pattern).unwrap()
}

/// Takes so many lines, and answers once they last on the disk: as many bodies as are there at once.
async fn serve(port: u16, count: u64, out: &mut BufWriter<File>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let (took, mut taken) =
        tokio::sync::mpsc::channel::<(Bytes, tokio::sync::oneshot::Sender<()>)>(64);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let took = took.clone();
            let answer =
                hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
                    let took = took.clone();
                    async move {
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let (lasts, lasted) = tokio::sync::oneshot::channel();
                        took.send((body, lasts)).await.unwrap();
                        lasted.await.unwrap();
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                    }
                });
            let http = hyper::server::conn::http1::Builder::new();
            // Its client ends it.
            tokio::spawn(
                async move { drop(http.serve_connection(TokioIo::new(stream), answer).await) },
            );
        }
    });
    let (mut left, mut came) = (count, Vec::new());
    while left > 0 {
        taken.recv_many(&mut came, 64).await;
        for (body, _) in &came {
            out.write_all(body).unwrap();
            let lines = body.iter().filter(|byte| **byte == b'\n').count() as u64;
            left = left.saturating_sub(lines);
        }
        last(out);
        for (_, lasts) in came.drain(..) {
            // Whoever asked may have gone.
            let _ = lasts.send(());
        }
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn connect(port: u16) -> SendRequest<Full<Bytes>> {
    let stream = connected(port).await;
    let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    // The server ends it once it has all.
    tokio::spawn(async move { drop(driver.await) });
    sender
}

fn request(path: &str, body: String) -> Request<Full<Bytes>> {
    let request = Request::post(path).header("host", "127.0.0.1");
    request.body(Full::new(Bytes::from(body))).unwrap()
}

async fn send(port: u16, lines: impl Iterator<Item = String>) {
    let mut sender = connect(port).await;
    let (mut body, mut held) = (String::new(), 0);
    for line in lines {
        body += &line;
        body.push('\n');
        held += 1;
        if held == MANY {
            post_one(&mut sender, std::mem::take(&mut body)).await;
            held = 0;
        }
    }
    if held > 0 {
        post_one(&mut sender, body).await;
    }
}

async fn post_one(sender: &mut SendRequest<Full<Bytes>>, body: String) {
    let answer = sender.send_request(request("/take", body)).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();
}

/// Posts so many lines over four connections, until each is answered for.
pub fn post(port: u16, count: u64) {
    let body = crate::lines(MANY as u64, false);
    alone().block_on(async {
        let next = Arc::new(AtomicU64::new(0));
        let mut ways = Vec::new();
        for _ in 0..4 {
            let (next, body) = (Arc::clone(&next), body.clone());
            ways.push(tokio::spawn(async move {
                let mut sender = connect(port).await;
                while next.fetch_add(MANY as u64, Ordering::Relaxed) < count {
                    let sent = sender.send_request(request("/records", body.clone())).await;
                    // It ends with the last record, and need not say goodbye to the others.
                    let Ok(answer) = sent else { return };
                    drop(answer.into_body().collect().await);
                }
            }));
        }
        for way in ways {
            way.await.unwrap();
        }
    });
}

/// A server that takes all and keeps nothing, as long as this process lasts.
pub fn swallow() -> u16 {
    aside(|stream| async move {
        let answer =
            hyper::service::service_fn(|request: Request<hyper::body::Incoming>| async move {
                request.into_body().collect().await.unwrap();
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            });
        let http = hyper::server::conn::http1::Builder::new();
        drop(http.serve_connection(TokioIo::new(stream), answer).await);
    })
}

async fn redis_connect(port: u16) -> MultiplexedConnection {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    let info = redis::RedisConnectionInfo::default();
    let (connection, driver) = MultiplexedConnection::new_with_config(&info, stream, config)
        .await
        .unwrap();
    tokio::spawn(driver);
    connection
}

type Entry = (String, HashMap<Vec<u8>, Vec<u8>>);

async fn redis_read(port: u16, group: &str, count: u64, out: &mut impl Write) {
    let mut connection = redis_connect(port).await;
    let mut make = redis::cmd("XGROUP");
    make.arg(&["CREATE", "in", group, "0"]);
    let () = make.query_async(&mut connection).await.unwrap();
    let mut left = count;
    while left > 0 {
        let mut read = redis::cmd("XREADGROUP");
        read.arg(&["GROUP", group, "one", "COUNT"])
            .arg(MANY)
            .arg(&["STREAMS", "in", ">"]);
        let came: Vec<(String, Vec<Entry>)> = read.query_async(&mut connection).await.unwrap();
        let mut acknowledge = redis::cmd("XACK");
        acknowledge.arg("in").arg(group);
        for (id, fields) in came.into_iter().flat_map(|one| one.1) {
            out.write_all(&fields[&b"record"[..]]).unwrap();
            out.write_all(b"\n").unwrap();
            acknowledge.arg(id);
            left -= 1;
        }
        let () = acknowledge.query_async(&mut connection).await.unwrap();
    }
}

async fn redis_write(port: u16, stream: &str, lines: impl Iterator<Item = String>) {
    let mut connection = redis_connect(port).await;
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        let mut commands = redis::pipe();
        for line in lines.by_ref().take(MANY) {
            commands
                .cmd("XADD")
                .arg(stream)
                .arg("*")
                .arg("record")
                .arg(line);
        }
        commands.exec_async(&mut connection).await.unwrap();
    }
}

async fn nats_streams(port: u16) -> (async_nats::Client, jetstream::Context) {
    let client = async_nats::connect(format!("nats://127.0.0.1:{port}"))
        .await
        .unwrap();
    (client.clone(), jetstream::new(client))
}

async fn nats_read(port: u16, consumer: &str, count: u64, out: &mut impl Write) {
    let (client, streams) = nats_streams(port).await;
    let stream = streams.get_stream("in").await.unwrap();
    let config = pull::Config {
        durable_name: Some(consumer.to_owned()),
        ack_policy: AckPolicy::Explicit,
        max_ack_pending: 10_000,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut left = count;
    while left > 0 {
        let read = consumer.batch().max_messages(MANY).expires(WAIT);
        let mut read = read.messages().await.unwrap();
        while let Some(message) = read.next().await {
            let message = message.unwrap();
            out.write_all(&message.payload).unwrap();
            out.write_all(b"\n").unwrap();
            message.ack().await.unwrap();
            left -= 1;
        }
    }
    client.flush().await.unwrap();
}

async fn nats_write(port: u16, subject: &str, lines: impl Iterator<Item = String>) {
    let (_client, streams) = nats_streams(port).await;
    let mut sent = VecDeque::new();
    for (number, line) in lines.enumerate() {
        let id = format!("{subject}-{number}");
        let message = PublishMessage::build().payload(line.into()).message_id(id);
        let one = streams.send_publish(subject.to_owned(), message).await;
        sent.push_back(one.unwrap());
        if sent.len() == MANY {
            sent.pop_front().unwrap().await.unwrap();
        }
    }
    for one in sent {
        one.await.unwrap();
    }
}

fn kafka_config(port: u16) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", format!("127.0.0.1:{port}"));
    config
}

/// Gives `take` records until it has enough.
fn kafka_read(port: u16, topic: &str, group: &str, mut take: impl FnMut(&[u8]) -> bool) {
    let mut config = kafka_config(port);
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("queued.max.messages.kbytes", "16384");
    let client: BaseConsumer = config.create().unwrap();
    client.subscribe(&[topic]).unwrap();
    loop {
        let Some(message) = client.poll(WAIT) else {
            continue;
        };
        if !take(message.unwrap().payload().unwrap()) {
            break;
        }
    }
    client.commit_consumer_state(CommitMode::Sync).unwrap();
}

fn kafka_producer(port: u16) -> BaseProducer {
    kafka_producing(port).create().unwrap()
}

/// Commits all lines, those of a while at once.
fn kafka_transact(port: u16, topic: &str, lines: impl Iterator<Item = String>) {
    let most = Duration::from_secs(60);
    let mut config = kafka_producing(port);
    config.set("transactional.id", topic);
    let producer: BaseProducer = config.create().unwrap();
    producer.init_transactions(most).unwrap();
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        producer.begin_transaction().unwrap();
        let begun = Instant::now();
        for line in lines.by_ref() {
            kafka_send(&producer, topic, line.as_bytes());
            if begun.elapsed() >= TRANSACTION {
                break;
            }
        }
        producer.commit_transaction(most).unwrap();
    }
}

fn kafka_producing(port: u16) -> ClientConfig {
    let mut config = kafka_config(port);
    config
        .set("enable.idempotence", "true")
        .set("batch.size", "1000000")
        .set("queue.buffering.max.kbytes", "16384");
    config
}

fn kafka_send(producer: &BaseProducer, topic: &str, record: &[u8]) {
    let mut one: BaseRecord<'_, (), [u8]> = BaseRecord::to(topic).payload(record);
    while let Err((error, full)) = producer.send(one) {
        let queue_full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        assert_eq!(error, queue_full);
        one = full;
        producer.poll(Duration::from_millis(10));
    }
    producer.poll(Duration::ZERO);
}

async fn rabbitmq_channel(port: u16) -> (Connection, Channel) {
    let url = format!("amqp://byteor:{RABBITMQ}@127.0.0.1:{port}/%2f");
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

async fn rabbitmq_read(port: u16, stream: &str, count: u64, out: &mut impl Write) {
    let (_connection, channel) = rabbitmq_channel(port).await;
    channel
        .basic_qos(1_000, BasicQosOptions::default())
        .await
        .unwrap();
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-stream-offset".into(),
        AMQPValue::LongString("first".into()),
    );
    let options = BasicConsumeOptions::default();
    let read = channel.basic_consume(stream.into(), "".into(), options, arguments);
    let (mut read, mut left) = (read.await.unwrap(), count);
    while left > 0 {
        let delivery = read.next().await.unwrap().unwrap();
        out.write_all(&delivery.data).unwrap();
        out.write_all(b"\n").unwrap();
        left -= 1;
        if left.is_multiple_of(100) {
            let all = BasicAckOptions { multiple: true };
            delivery.ack(all).await.unwrap();
        }
    }
}

async fn rabbitmq_write(port: u16, stream: &str, lines: impl Iterator<Item = String>) {
    let (_connection, channel) = rabbitmq_channel(port).await;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    let mut sent = VecDeque::new();
    for (number, line) in lines.enumerate() {
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let properties = BasicProperties::default().with_message_id(number.to_string().into());
        let one = channel.basic_publish(
            "".into(),
            stream.into(),
            options,
            line.as_bytes(),
            properties,
        );
        sent.push_back(one.await.unwrap());
        if sent.len() == MANY {
            sent.pop_front().unwrap().await.unwrap();
        }
    }
    for one in sent {
        one.await.unwrap();
    }
}

async fn postgres_client(port: u16) -> tokio_postgres::Client {
    let mut config = tokio_postgres::Config::new();
    config.user("byteor").password(POSTGRES).dbname("postgres");
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (client, driver) = config.connect_raw(stream, NoTls).await.unwrap();
    // Whoever asks is told why it ended.
    tokio::spawn(async move { drop(driver.await) });
    client
}

async fn postgres_read(port: u16, count: u64, out: &mut impl Write) {
    let client = postgres_client(port).await;
    let rows = client
        .prepare(
            "SELECT t.\"by\"::text, t.n, json_build_object('n', t.n, 'pad', t.pad)::text FROM source AS t \
             WHERE t.\"by\" < pg_snapshot_xmin(pg_current_snapshot()) \
             AND (t.\"by\", t.n) > ($1::text::xid8, $2) ORDER BY t.\"by\", t.n LIMIT 1000",
        )
        .await
        .unwrap();
    let (mut by, mut key, mut left) = ("0".to_owned(), 0_i64, count);
    while left > 0 {
        for row in client.query(&rows, &[&by, &key]).await.unwrap() {
            (by, key) = (row.get(0), row.get(1));
            let text: &str = row.get(2);
            writeln!(out, "{text}").unwrap();
            left -= 1;
        }
    }
}

async fn postgres_write(port: u16, table: &str, lines: impl Iterator<Item = String>) {
    #[derive(serde::Deserialize)]
    struct Row {
        n: i64,
        pad: String,
    }
    let mut client = postgres_client(port).await;
    let copy = format!("COPY {table} (n, pad) FROM STDIN");
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        let transaction = client.transaction().await.unwrap();
        let into = transaction.copy_in(&copy).await.unwrap();
        futures_util::pin_mut!(into);
        let mut text = Vec::new();
        for line in lines.by_ref().take(2_000) {
            let row: Row = serde_json::from_str(&line).unwrap();
            // There is nothing in these that has to be written otherwise.
            writeln!(text, "{}\t{}", row.n, row.pad).unwrap();
        }
        into.send(Bytes::from(text)).await.unwrap();
        into.close().await.unwrap();
        transaction.commit().await.unwrap();
    }
}

async fn websocket_take(port: u16, count: u64, out: &mut impl Write) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let mut left = count;
    while left > 0 {
        let message = socket.next().await.unwrap().unwrap();
        let text = message.into_data();
        out.write_all(&text).unwrap();
        left -= text.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

async fn websocket(port: u16) -> WebSocketStream<TcpStream> {
    let stream = connected(port).await;
    let url = format!("ws://127.0.0.1:{port}/records");
    let opened = tokio_tungstenite::client_async(url, stream).await;
    opened.unwrap().0
}

async fn websocket_send(port: u16, lines: impl Iterator<Item = String>) {
    let mut socket = websocket(port).await;
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        let text: String = lines
            .by_ref()
            .take(MANY)
            .flat_map(|line| [line, "\n".into()])
            .collect();
        socket.send(text.into()).await.unwrap();
    }
    socket.close(None).await.unwrap();
    // Until the other side has all.
    while let Some(Ok(_)) = socket.next().await {}
}

/// Sends so many lines over a socket, as fast as they are taken.
pub fn pour(port: u16, count: u64) {
    let text = crate::lines(MANY as u64, false);
    alone().block_on(async {
        let mut socket = websocket(port).await;
        for _ in 0..count.div_ceil(MANY as u64) {
            // It ends with the last record that it wants.
            if socket.send(text.clone().into()).await.is_err() {
                return;
            }
        }
        while let Some(Ok(_)) = socket.next().await {}
    });
}

/// A server that takes all messages and keeps nothing, as long as this process lasts.
pub fn swallow_messages() -> u16 {
    aside(|stream| async move {
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    })
}

/// What S3's library speaks over: one connection, which it waits for.
#[derive(Clone, Debug)]
struct Line(
    u16,
    Arc<tokio::sync::Mutex<Option<SendRequest<HttpRequestBody>>>>,
);

impl HttpConnector for Line {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait::async_trait]
impl HttpService for Line {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut line = self.1.lock().await;
        let host = format!("127.0.0.1:{}", self.0);
        request.headers_mut().insert("host", host.parse().unwrap());
        let target = request.uri().path_and_query().unwrap().to_string();
        *request.uri_mut() = target.parse().unwrap();
        if line.as_mut().is_none_or(|line| line.is_closed()) {
            let stream = TcpStream::connect(("127.0.0.1", self.0)).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
                .await
                .unwrap();
            tokio::spawn(async move { drop(driver.await) });
            *line = Some(sender);
        }
        let sender = line.as_mut().unwrap();
        sender.ready().await.unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Ok(HttpResponse::from_parts(head, body.into()))
    }
}

fn s3_bucket(port: u16, name: &str) -> object_store::aws::AmazonS3 {
    object_store::aws::AmazonS3Builder::new()
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_allow_http(true)
        .with_bucket_name(name)
        .with_region("us-east-1")
        .with_access_key_id(crate::bench::s3::ACCESS_KEY)
        .with_secret_access_key(crate::bench::s3::SECRET_KEY)
        .with_http_connector(Line(port, Arc::default()))
        .build()
        .unwrap()
}

async fn s3_read(port: u16, count: u64, out: &mut impl Write) {
    let bucket = s3_bucket(port, "in-bucket");
    let mut listed: Vec<_> = bucket.list(None).map(Result::unwrap).collect().await;
    listed.sort_by(|one, other| one.location.cmp(&other.location));
    let mut left = count;
    for object in listed {
        let bytes = bucket
            .get(&object.location)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        out.write_all(&bytes).unwrap();
        left -= bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    assert_eq!(left, 0);
}

async fn s3_write(port: u16, prefix: &str, lines: impl Iterator<Item = String>) {
    let bucket = s3_bucket(port, "out-bucket");
    let (mut object, mut number) = (Vec::new(), 0);
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        object.extend_from_slice(line.as_bytes());
        object.push(b'\n');
        if object.len() >= 1_048_576 || lines.peek().is_none() {
            number += 1;
            let path = format!("{prefix}{number:020}").into();
            bucket
                .put(&path, std::mem::take(&mut object).into())
                .await
                .unwrap();
        }
    }
}
