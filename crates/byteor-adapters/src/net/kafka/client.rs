//! The library's client: made from a config, asked for what happened, and told what to do.
//!
//! All that is unsafe about it, but for the look-up of names, is in this file. Error codes come from
//! brokers too; they stay numbers here, since the library's enum doesn't know those of newer ones.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::Cluster;
use super::gate::{self, Gate};
use crate::allow_net::AllowNet;
use crate::delivery::relock;
use crate::error::AdapterError;

/// Has OpenSSL clean up nothing when the process ends: threads of the library may be speaking TLS then, with
/// what would be freed under them. Before anything else of it.
#[cfg(feature = "kafka-tls")]
fn leave_openssl_alone() {
    /// `OPENSSL_INIT_NO_ATEXIT`.
    const NO_ATEXIT: u64 = 0x0008_0000;
    unsafe extern "C" {
        fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
    }
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: no settings are allowed. Where it fails, so does all that is asked of OpenSSL later, and that
    // is told.
    ONCE.call_once(|| unsafe {
        OPENSSL_init_crypto(NO_ATEXIT, ptr::null());
    });
}

/// Codes of the library that are decided upon.
pub(super) mod code {
    pub const TRANSPORT: i32 = -195;
    pub const ALL_BROKERS_DOWN: i32 = -187;
    pub const QUEUE_FULL: i32 = -184;
    pub const TIMED_OUT: i32 = -185;
    pub const UNKNOWN_TOPIC: i32 = -188;
    pub const UNKNOWN_PARTITION: i32 = -190;
    pub const RESOLVE: i32 = -193;
    /// A broker isn't whom it says it is, or no TLS is spoken there.
    pub const SSL: i32 = -181;
    pub const ASSIGN: i32 = -175;
    pub const NO_OFFSET: i32 = -168;
    pub const OFFSET_RESET: i32 = -140;
    /// There is nothing more in a partition, for now.
    pub const PARTITION_END: i32 = -191;
    pub const MAX_POLL_EXCEEDED: i32 = -147;
    pub const AUTHENTICATION: i32 = -169;
    pub const FATAL: i32 = -150;
    pub const OFFSET_OUT_OF_RANGE: i32 = 1;
    pub const UNKNOWN_TOPIC_OR_PART: i32 = 3;
    /// Of a record, by a broker: larger than the topic takes, or none that it takes.
    pub const REFUSES_RECORD: [i32; 2] = [10, 87];
    /// A record was in front of, behind or beside one that a broker doesn't take.
    pub const LEFT_BEHIND: [i32; 5] = [DIFFERENT_RECORD, FATAL, -151, -152, 45];
    pub const DIFFERENT_RECORD: i32 = -138;
    /// A producer of records without gaps has one.
    pub const GAP: i32 = -148;
    /// Another member of the group came under this one's name.
    pub const FENCED: i32 = 82;
    /// Positions that a transaction has, which isn't ended.
    pub const UNSTABLE: i32 = 88;
    /// Of the brokers: topic or record aren't as the cluster wants them, or this client may not.
    pub const REFUSALS: [i32; 18] = [
        10, 17, 18, 21, 23, 24, 26, 29, 30, 31, 33, 34, 35, 43, 44, 50, 53, 87,
    ];
}

// The same functions as in rdkafka-sys; there their codes are an enum, which an unknown code isn't.
unsafe extern "C" {
    fn rd_kafka_event_error(event: *mut sys::rd_kafka_event_t) -> i32;
    fn rd_kafka_err2str(code: i32) -> *const c_char;
    fn rd_kafka_last_error() -> i32;
    fn rd_kafka_fatal_error(client: *mut sys::rd_kafka_t, why: *mut c_char, room: usize) -> i32;
    fn rd_kafka_error_code(error: *const sys::rd_kafka_error_t) -> i32;
    fn rd_kafka_subscribe(
        client: *mut sys::rd_kafka_t,
        topics: *const sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    fn rd_kafka_unsubscribe(client: *mut sys::rd_kafka_t) -> i32;
    fn rd_kafka_commit(
        client: *mut sys::rd_kafka_t,
        offsets: *const sys::rd_kafka_topic_partition_list_t,
        later: c_int,
    ) -> i32;
    fn rd_kafka_commit_queue(
        client: *mut sys::rd_kafka_t,
        offsets: *const sys::rd_kafka_topic_partition_list_t,
        queue: *mut sys::rd_kafka_queue_t,
        told: Option<unsafe extern "C" fn()>,
        opaque: *mut c_void,
    ) -> i32;
    fn rd_kafka_committed(
        client: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> i32;
    fn rd_kafka_get_watermark_offsets(
        client: *mut sys::rd_kafka_t,
        topic: *const c_char,
        partition: i32,
        low: *mut i64,
        high: *mut i64,
    ) -> i32;
    fn rd_kafka_pause_partitions(
        client: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    fn rd_kafka_resume_partitions(
        client: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
    ) -> i32;
    fn rd_kafka_query_watermark_offsets(
        client: *mut sys::rd_kafka_t,
        topic: *const c_char,
        partition: i32,
        low: *mut i64,
        high: *mut i64,
        timeout_ms: c_int,
    ) -> i32;
    fn rd_kafka_metadata(
        client: *mut sys::rd_kafka_t,
        all_topics: c_int,
        only: *mut sys::rd_kafka_topic_t,
        found: *mut *const sys::rd_kafka_metadata,
        timeout_ms: c_int,
    ) -> i32;
}

/// A code, and what the library says about it.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub code: i32,
    /// The one of the connection that it comes of, or the same.
    pub why: i32,
    pub text: String,
    /// No other call will work.
    pub fatal: bool,
    /// The same call may work later, and goes on where it was.
    pub again: bool,
    /// The transaction has to be aborted.
    pub aborts: bool,
}

impl Problem {
    fn of(code: i32) -> Result<(), Self> {
        match code {
            0 => Ok(()),
            code => Err(Self::plain(code)),
        }
    }

    pub fn plain(code: i32) -> Self {
        Self {
            code,
            why: code,
            text: err2str(code),
            fatal: code == code::FATAL,
            again: false,
            aborts: false,
        }
    }

    /// Whether time alone may mend it.
    pub fn refusal(&self) -> bool {
        code::REFUSALS.contains(&self.code) || self.code == code::AUTHENTICATION
    }

    /// Whether it is about one connection alone: another one may be made.
    fn of_connection(&self) -> bool {
        [
            code::TRANSPORT,
            code::RESOLVE,
            code::SSL,
            code::AUTHENTICATION,
        ]
        .contains(&self.code)
    }

    /// Whether no broker took this client, so that nothing is known of what it asked for.
    pub fn is_no_answer(&self) -> bool {
        self.of_connection() || [code::ALL_BROKERS_DOWN, code::TIMED_OUT].contains(&self.code)
    }

    /// Whether it says that there is no such topic.
    pub fn no_topic(&self) -> bool {
        [
            code::UNKNOWN_TOPIC,
            code::UNKNOWN_PARTITION,
            code::UNKNOWN_TOPIC_OR_PART,
        ]
        .contains(&self.code)
    }
}

/// What the library says of a code.
fn err2str(code: i32) -> String {
    // SAFETY: it gives a static text for any number.
    unsafe { text(rd_kafka_err2str(code)) }
}

/// # Safety
/// `from` is null or a text that ends with a zero.
unsafe fn text(from: *const c_char) -> String {
    if from.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    let text = unsafe { CStr::from_ptr(from) };
    text.to_string_lossy().into_owned()
}

/// A position in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub partition: i32,
    /// Number of the record that comes next; nothing where there is none.
    pub offset: Option<i64>,
    /// What the library says of it.
    pub code: i32,
}

impl Position {
    pub fn new(partition: i32, offset: Option<i64>) -> Self {
        let code = 0;
        Self {
            partition,
            offset,
            code,
        }
    }
}

/// A client, with the topic that it is for. Many threads may use it.
pub(super) struct Client {
    client: NonNull<sys::rd_kafka_t>,
    queue: NonNull<sys::rd_kafka_queue_t>,
    topic: NonNull<sys::rd_kafka_topic_t>,
    name: CString,
    /// Why the last connection failed.
    last: Mutex<Option<Problem>>,
    /// The library has its address; dropped behind the client.
    gate: Box<Gate>,
}

// SAFETY: the library's handles are made to be used by many threads at once; the gate is `Sync`.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

/// What of a config the library doesn't take, which is a defect.
fn not_taken(what: &str) -> AdapterError {
    AdapterError::new(
        "E_KAFKA_CONFIG",
        format!("the Kafka library doesn't take the config: {what}"),
        "correct the numbers of the adapter in the config",
    )
}

impl Client {
    /// A member of a group, once it subscribes.
    pub fn consumer(
        cluster: &Cluster,
        allow: AllowNet,
        settings: &[(&str, String)],
    ) -> Result<Self, AdapterError> {
        let events = sys::RD_KAFKA_EVENT_FETCH
            | sys::RD_KAFKA_EVENT_REBALANCE
            | sys::RD_KAFKA_EVENT_OFFSET_COMMIT
            | sys::RD_KAFKA_EVENT_ERROR;
        let kind = sys::rd_kafka_type_t::RD_KAFKA_CONSUMER;
        Self::new(cluster, allow, settings, kind, events)
    }

    /// One that produces.
    pub fn producer(
        cluster: &Cluster,
        allow: AllowNet,
        settings: &[(&str, String)],
    ) -> Result<Self, AdapterError> {
        let events = sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_ERROR;
        let kind = sys::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        Self::new(cluster, allow, settings, kind, events)
    }

    /// One that produces in transactions. What became of its records only a commit tells.
    pub fn transactional(
        cluster: &Cluster,
        allow: AllowNet,
        settings: &[(&str, String)],
    ) -> Result<Self, AdapterError> {
        let kind = sys::rd_kafka_type_t::RD_KAFKA_PRODUCER;
        Self::new(cluster, allow, settings, kind, sys::RD_KAFKA_EVENT_ERROR)
    }

    fn new(
        cluster: &Cluster,
        allow: AllowNet,
        settings: &[(&str, String)],
        kind: sys::rd_kafka_type_t,
        events: i32,
    ) -> Result<Self, AdapterError> {
        let name = CString::new(cluster.topic.as_str()).map_err(|_| not_taken("topic"))?;
        let gate = Box::new(Gate::new(allow));
        #[cfg(feature = "kafka-tls")]
        leave_openssl_alone();
        let conf = Conf::new();
        let timeout = cluster.timeout.as_millis();
        let common = [
            ("bootstrap.servers", cluster.listed()),
            ("client.id", "byteor".to_owned()),
            ("allow.auto.create.topics", "false".to_owned()),
            // What a client measures of itself is nothing for the cluster to collect.
            ("enable.metrics.push", "false".to_owned()),
            // A name is looked up for each connection.
            ("broker.address.ttl", "0".to_owned()),
            // A broker that says nothing is left after this; the library's own bounds are a minute, half
            // of one, and ten seconds.
            ("socket.timeout.ms", timeout.min(300_000).to_string()),
            ("socket.connection.setup.timeout.ms", timeout.to_string()),
            (
                "api.version.request.timeout.ms",
                timeout.min(10_000).to_string(),
            ),
            ("reconnect.backoff.max.ms", BACKOFF.to_owned()),
            ("retry.backoff.max.ms", BACKOFF.to_owned()),
        ];
        let security = cluster.security.settings();
        for (key, value) in common.iter().chain(&security).chain(settings) {
            conf.set(key, value)?;
        }
        let mut why = [0; 512];
        // SAFETY: the config is whole and ours; the gate is boxed and dropped behind the client. A
        // client that was made owns the config, otherwise it is freed here.
        let made = unsafe {
            let conf = conf.0.as_ptr();
            sys::rd_kafka_conf_set_log_cb(conf, None);
            sys::rd_kafka_conf_set_events(conf, events);
            sys::rd_kafka_conf_set_opaque(conf, ptr::from_ref(&*gate).cast_mut().cast());
            gate::put_in_front(conf);
            sys::rd_kafka_new(kind, conf, why.as_mut_ptr(), why.len())
        };
        let Some(client) = NonNull::new(made) else {
            // SAFETY: the library ends what it writes with a zero.
            let why = unsafe { text(why.as_ptr()) };
            return Err(not_taken(&why));
        };
        std::mem::forget(conf);
        // SAFETY: the client was just made. A consumer's events all come by its one queue.
        let (queue, topic) = unsafe {
            let queue = match kind {
                sys::rd_kafka_type_t::RD_KAFKA_CONSUMER => {
                    sys::rd_kafka_poll_set_consumer(client.as_ptr());
                    sys::rd_kafka_queue_get_consumer(client.as_ptr())
                }
                sys::rd_kafka_type_t::RD_KAFKA_PRODUCER => {
                    sys::rd_kafka_queue_get_main(client.as_ptr())
                }
            };
            let topic = sys::rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), ptr::null_mut());
            (NonNull::new(queue), NonNull::new(topic))
        };
        let (Some(queue), Some(topic)) = (queue, topic) else {
            // SAFETY: nobody else has it.
            unsafe { sys::rd_kafka_destroy(client.as_ptr()) };
            return Err(not_taken("topic"));
        };
        Ok(Self {
            client,
            queue,
            topic,
            name,
            last: Mutex::new(None),
            gate,
        })
    }

    /// Why an address isn't connected to, once that was so.
    pub fn refused(&self) -> Option<AdapterError> {
        self.gate.refused()
    }

    /// What happened next, waiting for it at most `most`.
    pub fn poll(&self, most: Duration) -> Option<Event<'_>> {
        // SAFETY: the queue is the client's, which lives.
        let event = unsafe { sys::rd_kafka_queue_poll(self.queue.as_ptr(), milliseconds(most)) };
        let event = NonNull::new(event)?;
        Some(Event { event, of: self })
    }

    /// Notes why a connection failed; says that where a problem is only that there is none.
    fn explained(&self, problem: Problem) -> Problem {
        let mut last = relock(&self.last);
        if problem.of_connection() && problem.text != err2str(problem.code) {
            *last = Some(problem.clone());
        }
        match &*last {
            Some(last) if [code::TRANSPORT, code::ALL_BROKERS_DOWN].contains(&problem.code) => {
                Problem {
                    text: last.text.clone(),
                    why: last.code,
                    ..problem
                }
            }
            _ => problem,
        }
    }

    /// Looks for the topic while nobody else takes what happens: until a broker answers, one isn't to be
    /// trusted or doesn't take this client, none can be reached, or `most` is over.
    pub fn look_for_topic(&self, most: Duration) -> Result<usize, Problem> {
        let until = Instant::now() + most;
        let mut down = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let found = self.find_topic(left.min(LOOK));
            let mut proof = None;
            while let Some(event) = self.poll(Duration::ZERO) {
                if event.what() != What::Error {
                    continue;
                }
                let problem = event.problem();
                if problem.why == code::SSL || problem.refusal() {
                    proof.get_or_insert(problem);
                } else if problem.code == code::ALL_BROKERS_DOWN {
                    down.get_or_insert_with(Instant::now);
                }
            }
            let problem = match (found, proof) {
                (Ok(partitions), _) => return Ok(partitions),
                (Err(_), Some(proof)) => return Err(proof),
                (Err(problem), None) => problem,
            };
            // A name may have several addresses, of which not all are listened at.
            let all_down = down.is_some_and(|since| since.elapsed() >= DOWN);
            let waits = [code::TRANSPORT, code::TIMED_OUT].contains(&problem.code);
            if !waits || all_down || left.is_zero() || self.refused().is_some() {
                return Err(problem);
            }
        }
    }

    /// Asks a broker for the topic: how many partitions it has.
    pub fn find_topic(&self, most: Duration) -> Result<usize, Problem> {
        self.metadata(most)
            .map_err(|problem| self.explained(problem))
    }

    fn metadata(&self, most: Duration) -> Result<usize, Problem> {
        let mut found = ptr::null();
        // SAFETY: all live; what was found is freed below.
        let code = unsafe {
            rd_kafka_metadata(
                self.client.as_ptr(),
                0,
                self.topic.as_ptr(),
                &raw mut found,
                milliseconds(most),
            )
        };
        Problem::of(code)?;
        // SAFETY: the library gave it with that many topics; the codes are read as numbers.
        let (code, partitions) = unsafe {
            let topics = (*found).topics;
            let told = match (*found).topic_cnt {
                1.. => (
                    (&raw const (*topics).err).cast::<i32>().read(),
                    (*topics).partition_cnt,
                ),
                _ => (code::UNKNOWN_TOPIC, 0),
            };
            sys::rd_kafka_metadata_destroy(found);
            told
        };
        Problem::of(code)?;
        Ok(usize::try_from(partitions).unwrap_or(0))
    }

    /// Becomes a member of the group.
    pub fn subscribe(&self) -> Result<(), Problem> {
        // No partition in particular.
        let list = self.list([Position::new(-1, None)]);
        // SAFETY: both live.
        Problem::of(unsafe { rd_kafka_subscribe(self.client.as_ptr(), list.0.as_ptr()) })
    }

    /// Wants no partitions any more: what it has is asked for back, and then it leaves the group, also where
    /// it has a name in it.
    pub fn unsubscribe(&self) -> Result<(), Problem> {
        // SAFETY: the client lives.
        Problem::of(unsafe { rd_kafka_unsubscribe(self.client.as_ptr()) })
    }

    /// Whether the group has this client, as far as that is known; not any more once it began to leave.
    pub fn is_member(&self) -> bool {
        // SAFETY: the client lives; what it gives is null or a text that is freed here.
        unsafe {
            let id = sys::rd_kafka_memberid(self.client.as_ptr());
            let is = id.as_ref().is_some_and(|first| *first != 0);
            if !id.is_null() {
                sys::rd_kafka_mem_free(self.client.as_ptr(), id.cast());
            }
            is
        }
    }

    /// Takes more partitions.
    pub fn assign(&self, positions: &[Position]) -> Result<(), Problem> {
        let list = self.list(positions.iter().copied());
        // SAFETY: both live.
        let error =
            unsafe { sys::rd_kafka_incremental_assign(self.client.as_ptr(), list.0.as_ptr()) };
        // SAFETY: the library gave it.
        unsafe { problem(error) }
    }

    /// Gives partitions back.
    pub fn unassign(&self, positions: &[Position]) -> Result<(), Problem> {
        let list = self.list(positions.iter().copied());
        // SAFETY: both live.
        let error =
            unsafe { sys::rd_kafka_incremental_unassign(self.client.as_ptr(), list.0.as_ptr()) };
        // SAFETY: the library gave it.
        unsafe { problem(error) }
    }

    /// Whether the group took this member for gone, so that the partitions may be another's already.
    pub fn lost(&self) -> bool {
        // SAFETY: the client lives.
        unsafe { sys::rd_kafka_assignment_lost(self.client.as_ptr()) != 0 }
    }

    /// Fetches nothing of partitions for now, or does again.
    pub fn pause(&self, pause: bool, partitions: impl Iterator<Item = i32>) -> Result<(), Problem> {
        let list = self.list(partitions.map(|partition| Position::new(partition, None)));
        // SAFETY: both live.
        Problem::of(unsafe {
            match pause {
                true => rd_kafka_pause_partitions(self.client.as_ptr(), list.0.as_ptr()),
                false => rd_kafka_resume_partitions(self.client.as_ptr(), list.0.as_ptr()),
            }
        })
    }

    /// Goes on elsewhere in a partition.
    pub fn seek(&self, position: Position, most: Duration) -> Result<(), Problem> {
        let list = self.list([position]);
        // SAFETY: both live.
        unsafe {
            problem(sys::rd_kafka_seek_partitions(
                self.client.as_ptr(),
                list.0.as_ptr(),
                milliseconds(most),
            ))?;
        }
        match list.positions().first() {
            Some(position) => Problem::of(position.code),
            None => Ok(()),
        }
    }

    /// Commits positions, and waits until that is done.
    pub fn commit(&self, positions: &[Position]) -> Result<(), Problem> {
        let list = self.list(positions.iter().copied());
        // SAFETY: both live.
        Problem::of(unsafe { rd_kafka_commit(self.client.as_ptr(), list.0.as_ptr(), 0) })
    }

    /// Commits positions; what became of that comes as an event.
    pub fn commit_later(&self, positions: &[Position]) -> Result<(), Problem> {
        let list = self.list(positions.iter().copied());
        // SAFETY: all live; without a callback the answer is an event of the queue, which is polled.
        Problem::of(unsafe {
            rd_kafka_commit_queue(
                self.client.as_ptr(),
                list.0.as_ptr(),
                self.queue.as_ptr(),
                None,
                ptr::null_mut(),
            )
        })
    }

    /// The group's positions in partitions.
    pub fn committed(&self, of: &[Position], most: Duration) -> Result<Vec<Position>, Problem> {
        let list = self.list(of.iter().map(|one| Position::new(one.partition, None)));
        // SAFETY: both live.
        Problem::of(unsafe {
            rd_kafka_committed(self.client.as_ptr(), list.0.as_ptr(), milliseconds(most))
        })?;
        let positions = list.positions();
        for position in &positions {
            Problem::of(position.code)?;
        }
        Ok(positions)
    }

    /// The group's position in a partition, with what was committed beside it; nothing where it has none.
    pub fn marked(
        &self,
        partition: i32,
        most: Duration,
    ) -> Result<Option<(i64, Vec<u8>)>, Problem> {
        let list = self.list([Position::new(partition, None)]);
        // SAFETY: both live.
        Problem::of(unsafe {
            rd_kafka_committed(self.client.as_ptr(), list.0.as_ptr(), milliseconds(most))
        })?;
        let Some(position) = list.positions().first().copied() else {
            return Ok(None);
        };
        Problem::of(position.code)?;
        // SAFETY: the list has that one element, and it as many bytes beside the position.
        let beside = unsafe {
            let one = &*(*list.0.as_ptr()).elems;
            bytes(one.metadata, one.metadata_size)
        };
        let beside = beside.unwrap_or_default().to_vec();
        Ok(position.offset.map(|offset| (offset, beside)))
    }

    /// Takes the transactional id for this client alone, and waits until no transaction of another one is
    /// under way.
    pub fn init_transactions(&self, most: Duration) -> Result<(), Problem> {
        // SAFETY: the client lives, and the library gave the error.
        unsafe {
            problem(sys::rd_kafka_init_transactions(
                self.client.as_ptr(),
                milliseconds(most),
            ))
        }
    }

    /// Begins a transaction.
    pub fn begin_transaction(&self) -> Result<(), Problem> {
        // SAFETY: as above.
        unsafe { problem(sys::rd_kafka_begin_transaction(self.client.as_ptr())) }
    }

    /// Has positions of a group in the topic of `reader` come to be with the transaction.
    pub fn send_positions(
        &self,
        reader: &Self,
        positions: &[Position],
        group: &Member,
        most: Duration,
    ) -> Result<(), Problem> {
        self.send_list(&reader.list(positions.iter().copied()), group, most)
    }

    /// Has a position with `beside` beside it come to be with the transaction.
    pub fn send_mark(
        &self,
        position: Position,
        beside: &[u8],
        group: &Member,
        most: Duration,
    ) -> Result<(), Problem> {
        let list = self.list([position]);
        // SAFETY: the list has that one element, and frees what the library allocated here with itself.
        unsafe {
            let copy = sys::rd_kafka_mem_malloc(self.client.as_ptr(), beside.len().max(1));
            ptr::copy_nonoverlapping(beside.as_ptr(), copy.cast(), beside.len());
            let one = (*list.0.as_ptr()).elems;
            (*one).metadata = copy;
            (*one).metadata_size = beside.len();
        }
        self.send_list(&list, group, most)
    }

    fn send_list(&self, list: &List, group: &Member, most: Duration) -> Result<(), Problem> {
        // SAFETY: all live, and the library gave the error.
        unsafe {
            problem(sys::rd_kafka_send_offsets_to_transaction(
                self.client.as_ptr(),
                list.0.as_ptr(),
                group.0.as_ptr(),
                milliseconds(most),
            ))
        }
    }

    /// Commits the transaction, once all that was produced is there.
    pub fn commit_transaction(&self, most: Duration) -> Result<(), Problem> {
        // SAFETY: the client lives, and the library gave the error.
        unsafe {
            problem(sys::rd_kafka_commit_transaction(
                self.client.as_ptr(),
                milliseconds(most),
            ))
        }
    }

    /// Aborts it: nothing of it will have been there.
    pub fn abort_transaction(&self, most: Duration) -> Result<(), Problem> {
        // SAFETY: as above.
        unsafe {
            problem(sys::rd_kafka_abort_transaction(
                self.client.as_ptr(),
                milliseconds(most),
            ))
        }
    }

    /// This client as the member of its group that it is now; nothing while it is none.
    pub fn member(&self) -> Option<Member> {
        // SAFETY: the client lives; what it gives is ours.
        let member = unsafe { sys::rd_kafka_consumer_group_metadata(self.client.as_ptr()) };
        let member = Member(NonNull::new(member)?);
        // SAFETY: it lives.
        let generation =
            unsafe { sys::rd_kafka_consumer_group_metadata_generation_id(member.0.as_ptr()) };
        // The broker lets anybody who says no generation commit for a group.
        (generation >= 0).then_some(member)
    }

    /// Numbers of the oldest record of a partition, and of the one that comes next.
    pub fn ends(&self, partition: i32, most: Duration) -> Result<(i64, i64), Problem> {
        let (mut low, mut high) = (0, 0);
        // SAFETY: all live.
        Problem::of(unsafe {
            rd_kafka_query_watermark_offsets(
                self.client.as_ptr(),
                self.name.as_ptr(),
                partition,
                &raw mut low,
                &raw mut high,
                milliseconds(most),
            )
        })?;
        Ok((low, high))
    }

    /// The number of the record that comes next in a partition, as the last answer to a fetch told it;
    /// nothing before the first one. Asks nobody.
    pub fn known_end(&self, partition: i32) -> Option<i64> {
        let (mut low, mut high) = (0, 0);
        // SAFETY: all live.
        let code = unsafe {
            rd_kafka_get_watermark_offsets(
                self.client.as_ptr(),
                self.name.as_ptr(),
                partition,
                &raw mut low,
                &raw mut high,
            )
        };
        (code == 0 && high >= 0).then_some(high)
    }

    /// Ends what the client does in the group; what has to be done for it comes as events until
    /// [`Self::closed`]. A member without a name leaves, one with a name keeps its place for a while.
    pub fn close(&self) -> Result<(), Problem> {
        // SAFETY: both live; the queue is the one that is polled.
        unsafe {
            problem(sys::rd_kafka_consumer_close_queue(
                self.client.as_ptr(),
                self.queue.as_ptr(),
            ))
        }
    }

    /// Whether it did.
    pub fn closed(&self) -> bool {
        // SAFETY: the client lives.
        unsafe { sys::rd_kafka_consumer_closed(self.client.as_ptr()) != 0 }
    }

    /// Produces a record under a number that [`Message::number`] tells again.
    pub fn produce(&self, key: Option<&[u8]>, record: &[u8], number: usize) -> Result<(), Problem> {
        let (key, key_len) = key.map_or((ptr::null(), 0), |key| (key.as_ptr(), key.len()));
        // SAFETY: all live, and the library copies record and key; the opaque is only a number.
        let queued = unsafe {
            sys::rd_kafka_produce(
                self.topic.as_ptr(),
                UNASSIGNED,
                sys::RD_KAFKA_MSG_F_COPY,
                record.as_ptr().cast_mut().cast(),
                record.len(),
                key.cast(),
                key_len,
                ptr::without_provenance_mut(number),
            )
        };
        match queued {
            0 => Ok(()),
            // SAFETY: it reads a number of this thread.
            _ => Err(Problem::plain(unsafe { rd_kafka_last_error() })),
        }
    }

    /// Why no other call will work; 0 while they do.
    pub fn fatal_code(&self) -> i32 {
        // SAFETY: the client lives; without room nothing is written.
        unsafe { rd_kafka_fatal_error(self.client.as_ptr(), ptr::null_mut(), 0) }
    }

    /// Gives back what wasn't sent yet, as reports.
    pub fn give_back_unsent(&self) {
        // SAFETY: the client lives.
        unsafe { sys::rd_kafka_purge(self.client.as_ptr(), sys::RD_KAFKA_PURGE_F_QUEUE) };
    }

    /// Drops what wasn't sent yet and what is on its way.
    pub fn drop_all(&self) {
        let all = sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT;
        // SAFETY: the client lives.
        unsafe { sys::rd_kafka_purge(self.client.as_ptr(), all) };
    }

    fn list(&self, positions: impl IntoIterator<Item = Position>) -> List {
        let positions: Vec<_> = positions.into_iter().collect();
        let room = c_int::try_from(positions.len()).unwrap_or(c_int::MAX);
        // SAFETY: it never gives null; a list without memory ends the process.
        let list =
            unsafe { NonNull::new_unchecked(sys::rd_kafka_topic_partition_list_new(room.max(1))) };
        for position in positions {
            // SAFETY: both live; the library copies the name.
            unsafe {
                let added = sys::rd_kafka_topic_partition_list_add(
                    list.as_ptr(),
                    self.name.as_ptr(),
                    position.partition,
                );
                (*added).offset = position.offset.unwrap_or(NONE);
            }
        }
        List(list)
    }
}

/// Who commits positions of a group.
pub(super) struct Member(NonNull<sys::rd_kafka_consumer_group_metadata_t>);

impl Member {
    /// Nobody in particular, of a group that has no members.
    pub fn nobody(group: &CStr) -> Option<Self> {
        // SAFETY: the library copies the name; what it gives is ours.
        let member = unsafe { sys::rd_kafka_consumer_group_metadata_new(group.as_ptr()) };
        NonNull::new(member).map(Self)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { sys::rd_kafka_consumer_group_metadata_destroy(self.0.as_ptr()) }
    }
}

/// The longest pause between two tries at a broker, in milliseconds. Several follow one another until a group
/// or a transaction goes on: at one that is named, at the one that it names, at the one that has the group.
const BACKOFF: &str = "500";
/// How long one look for a topic waits.
const LOOK: Duration = Duration::from_millis(250);
/// How long none may be reached until it is said.
const DOWN: Duration = Duration::from_secs(1);
/// Any partition, as the key says.
const UNASSIGNED: i32 = -1;
/// No offset.
const NONE: i64 = sys::RD_KAFKA_OFFSET_INVALID as i64;

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: nobody else has them; the gate is dropped behind this.
        unsafe {
            sys::rd_kafka_queue_destroy(self.queue.as_ptr());
            sys::rd_kafka_topic_destroy(self.topic.as_ptr());
            // A member that couldn't leave its group isn't waited for.
            let flags = sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE;
            sys::rd_kafka_destroy_flags(self.client.as_ptr(), flags);
        }
    }
}

fn milliseconds(most: Duration) -> c_int {
    c_int::try_from(most.as_millis()).unwrap_or(c_int::MAX)
}

/// # Safety
/// `error` is null, or one that the library gave and nobody freed.
unsafe fn problem(error: *mut sys::rd_kafka_error_t) -> Result<(), Problem> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: as the caller says.
    unsafe {
        let code = rd_kafka_error_code(error);
        let problem = Problem {
            code,
            why: code,
            text: text(sys::rd_kafka_error_string(error)),
            fatal: sys::rd_kafka_error_is_fatal(error) != 0,
            again: sys::rd_kafka_error_is_retriable(error) != 0,
            aborts: sys::rd_kafka_error_txn_requires_abort(error) != 0,
        };
        sys::rd_kafka_error_destroy(error);
        Err(problem)
    }
}

/// A config that no client has yet.
struct Conf(NonNull<sys::rd_kafka_conf_t>);

impl Conf {
    fn new() -> Self {
        // SAFETY: it never gives null.
        Self(unsafe { NonNull::new_unchecked(sys::rd_kafka_conf_new()) })
    }

    fn set(&self, key: &str, value: &str) -> Result<(), AdapterError> {
        let (Ok(name), Ok(value)) = (CString::new(key), CString::new(value)) else {
            return Err(not_taken(key));
        };
        let mut why = [0; 512];
        // SAFETY: all live.
        let set = unsafe {
            sys::rd_kafka_conf_set(
                self.0.as_ptr(),
                name.as_ptr(),
                value.as_ptr(),
                why.as_mut_ptr(),
                why.len(),
            )
        };
        match set {
            sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            // SAFETY: the library ends what it writes with a zero.
            _ => Err(not_taken(&unsafe { text(why.as_ptr()) })),
        }
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: no client has it.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) }
    }
}

/// Partitions of the topic, with positions.
struct List(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl List {
    fn positions(&self) -> Vec<Position> {
        // SAFETY: the list is ours.
        unsafe { positions(self.0.as_ptr()) }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.0.as_ptr()) }
    }
}

/// # Safety
/// `list` is null or a list that lives.
unsafe fn positions(list: *const sys::rd_kafka_topic_partition_list_t) -> Vec<Position> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: it has that many elements; their codes are read as numbers.
    unsafe {
        let count = usize::try_from((*list).cnt).unwrap_or(0);
        (0..count)
            .map(|index| {
                let one = (*list).elems.add(index);
                let offset = (*one).offset;
                Position {
                    partition: (*one).partition,
                    offset: (offset >= 0).then_some(offset),
                    code: (&raw const (*one).err).cast::<i32>().read(),
                }
            })
            .collect()
    }
}

/// Something that happened.
pub(super) struct Event<'c> {
    event: NonNull<sys::rd_kafka_event_t>,
    of: &'c Client,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Records came.
    Fetched,
    /// What became of records that were produced.
    Reported,
    /// Partitions come or go.
    Rebalance,
    /// What became of a commit.
    Committed,
    /// Something is wrong.
    Error,
    /// Nothing that was asked for.
    Other,
}

impl Event<'_> {
    pub fn what(&self) -> What {
        // SAFETY: the event lives.
        match unsafe { sys::rd_kafka_event_type(self.event.as_ptr()) } {
            sys::RD_KAFKA_EVENT_FETCH => What::Fetched,
            sys::RD_KAFKA_EVENT_DR => What::Reported,
            sys::RD_KAFKA_EVENT_REBALANCE => What::Rebalance,
            sys::RD_KAFKA_EVENT_OFFSET_COMMIT => What::Committed,
            sys::RD_KAFKA_EVENT_ERROR => What::Error,
            _ => What::Other,
        }
    }

    /// The next record, or report.
    pub fn message(&mut self) -> Option<Message<'_>> {
        // SAFETY: the event lives, and the message as long as it.
        unsafe { sys::rd_kafka_event_message_next(self.event.as_ptr()).as_ref() }.map(Message)
    }

    /// The code, 0 where all is well.
    pub fn code(&self) -> i32 {
        // SAFETY: the event lives.
        unsafe { rd_kafka_event_error(self.event.as_ptr()) }
    }

    pub fn problem(&self) -> Problem {
        // SAFETY: the event lives.
        let (text, fatal) = unsafe {
            (
                text(sys::rd_kafka_event_error_string(self.event.as_ptr())),
                sys::rd_kafka_event_error_is_fatal(self.event.as_ptr()) != 0,
            )
        };
        self.of.explained(Problem {
            text,
            fatal,
            ..Problem::plain(self.code())
        })
    }

    /// The partitions that it is about.
    pub fn positions(&self) -> Vec<Position> {
        // SAFETY: the event lives, and the list as long as it.
        unsafe {
            positions(sys::rd_kafka_event_topic_partition_list(
                self.event.as_ptr(),
            ))
        }
    }

    /// The one partition that an error is about, and where in it.
    pub fn place(&self) -> Option<(i32, i64)> {
        // SAFETY: the event lives; what it gives is ours to free.
        unsafe {
            let one = sys::rd_kafka_event_topic_partition(self.event.as_ptr());
            let place = one.as_ref().map(|one| (one.partition, one.offset));
            if !one.is_null() {
                sys::rd_kafka_topic_partition_destroy(one);
            }
            place
        }
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { sys::rd_kafka_event_destroy(self.event.as_ptr()) }
    }
}

/// A record that came, or the report of one that went.
pub(super) struct Message<'e>(&'e sys::rd_kafka_message_t);

impl Message<'_> {
    /// The code, 0 where all is well.
    pub fn code(&self) -> i32 {
        // SAFETY: the message lives; its code is read as a number.
        unsafe { (&raw const self.0.err).cast::<i32>().read() }
    }

    pub fn problem(&self) -> Problem {
        let plain = Problem::plain(self.code());
        // SAFETY: the message lives.
        let said = unsafe { text(sys::rd_kafka_message_errstr(self.0)) };
        Problem {
            text: if said.is_empty() { plain.text } else { said },
            ..plain
        }
    }

    /// The same of a record that was produced. Only the code: where one that was read has a text, this one
    /// has the record, and what a broker said of it the library has freed by now.
    pub fn undelivered(&self) -> Problem {
        Problem::plain(self.code())
    }

    pub fn partition(&self) -> i32 {
        self.0.partition
    }

    pub fn offset(&self) -> i64 {
        self.0.offset
    }

    /// The record; nothing where it has no value.
    pub fn record(&self) -> Option<&[u8]> {
        // SAFETY: the message has that many bytes there.
        unsafe { bytes(self.0.payload, self.0.len) }
    }

    pub fn key(&self) -> Option<&[u8]> {
        // SAFETY: as above.
        unsafe { bytes(self.0.key, self.0.key_len) }
    }

    /// What it was produced under.
    pub fn number(&self) -> usize {
        self.0._private.addr()
    }
}

/// # Safety
/// `at` is null, or has `len` bytes that live as long as `'a`.
unsafe fn bytes<'a>(at: *const c_void, len: usize) -> Option<&'a [u8]> {
    // SAFETY: as the caller says.
    (!at.is_null()).then(|| unsafe { std::slice::from_raw_parts(at.cast(), len) })
}
