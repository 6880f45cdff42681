//! One to one and round trips between two processes.

use std::hint::spin_loop;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use ringfire::{FlowControl, RingConsumer, RingProducer, RingProducerBuilder};

use crate::sized;
use crate::work::{CAPACITY, Outcome, Seen, Work, blank, number};

pub fn run(work: &Work) -> Option<Outcome> {
    match (work.peer.as_str(), work.role.as_str()) {
        ("iceoryx2", "receiver") => sized!(work.size, ice_second(work)),
        ("iceoryx2", _) => return Some(sized!(work.size, ice_first(work))),
        (_, "receiver") => sized!(work.size, ring_second(work)),
        _ => return Some(sized!(work.size, ring_first(work))),
    }
    None
}

/// The second process; it says `ready`, and `done` when all came and was what was sent.
struct Second {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Second {
    fn start(work: &Work) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .args([
                format!("peer={}", work.peer),
                format!("what={}", work.what),
                format!("size={}", work.size),
                format!("batch={}", work.batch),
                format!("n={}", work.n),
                format!("work={}", if work.touch { "touch" } else { "nt" }),
                format!("run={}", work.run),
                "role=receiver".into(),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut second = Self { child, lines };
        second.says("ready");
        second
    }

    fn says(&mut self, word: &str) {
        let line = self.lines.next().and_then(Result::ok);
        assert!(
            line.as_deref() == Some(word),
            "the second process ended early"
        );
    }

    fn ends(mut self) {
        assert!(self.child.wait().is_ok_and(|status| status.success()));
    }
}

fn say(word: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{word}")
        .and_then(|()| out.flush())
        .expect("the first process reads");
}

fn time_of(mut second: Second, send: impl FnOnce()) -> Outcome {
    let from = Instant::now();
    send();
    second.says("done");
    let time = from.elapsed();
    second.ends();
    Outcome::Time(time)
}

type Ends<const S: usize> = (
    Publisher<ipc::Service, [u8; S], ()>,
    Subscriber<ipc::Service, [u8; S], ()>,
);

/// What one process sends to, and what it receives from.
fn ice_ends<const S: usize>(work: &Work, to: &str, from: &str) -> Ends<S> {
    let node = NodeBuilder::new().create::<ipc::Service>().expect("a node");
    let service = |way: &str| {
        node.service_builder(
            &format!("{}/{way}", work.run)
                .as_str()
                .try_into()
                .expect("a name"),
        )
        .publish_subscribe::<[u8; S]>()
        .enable_safe_overflow(false)
        .subscriber_max_buffer_size(CAPACITY)
        .open_or_create()
        .expect("a service")
    };
    let publisher = service(to)
        .publisher_builder()
        .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
        .create()
        .expect("a publisher");
    let subscriber = service(from)
        .subscriber_builder()
        .buffer_size(CAPACITY)
        .create()
        .expect("a subscriber");
    (publisher, subscriber)
}

fn ice_send<const S: usize>(to: &Publisher<ipc::Service, [u8; S], ()>, message: &[u8; S]) {
    let sample = to.loan_uninit().expect("room for one");
    sample.write_payload(*message).send().expect("it is sent");
}

fn ice_receive<const S: usize>(
    from: &Subscriber<ipc::Service, [u8; S], ()>,
    take: impl FnOnce(&[u8; S]),
) {
    let sample = loop {
        match from.receive().expect("it receives") {
            Some(sample) => break sample,
            None => spin_loop(),
        }
    };
    take(&sample);
}

fn ice_first<const S: usize>(work: &Work) -> Outcome {
    let (to, from) = ice_ends::<S>(work, "there", "back");
    let second = Second::start(work);
    let mut message = blank::<S>();
    if work.what == "1p1c" {
        return time_of(second, || {
            for n in 0..work.n {
                number(&mut message, n);
                ice_send(&to, &message);
            }
        });
    }
    let trips = (0..work.n).map(|n| {
        number(&mut message, n);
        let start = Instant::now();
        ice_send(&to, &message);
        ice_receive(&from, |answer| {
            assert!(*answer == message, "another answer")
        });
        start.elapsed().as_nanos() as u64
    });
    let trips = trips.collect();
    let mut second = second;
    second.says("done");
    second.ends();
    Outcome::Trips(trips)
}

fn ice_second<const S: usize>(work: &Work) {
    let (to, from) = ice_ends::<S>(work, "back", "there");
    say("ready");
    if work.what == "1p1c" {
        let mut seen = Seen::new(work.touch);
        while seen.count() < work.n {
            ice_receive(&from, |message| seen.look(message));
        }
        seen.check::<S>(work.n);
    } else {
        for _ in 0..work.n {
            ice_receive(&from, |message| ice_send(&to, message));
        }
    }
    say("done");
}

fn ring_path(work: &Work, way: &str) -> String {
    format!("/dev/shm/{}-{way}", work.run)
}

fn ring_producer<const S: usize>(work: &Work, way: &str) -> RingProducer<[u8; S]> {
    RingProducerBuilder::new(CAPACITY as u64)
        .flow_control(FlowControl::LosslessBackpressure)
        .build(ring_path(work, way))
        .expect("a ring")
}

fn ring_consumer<const S: usize>(work: &Work, way: &str) -> RingConsumer<[u8; S]> {
    loop {
        match RingConsumer::builder()
            .start_from_oldest()
            .attach(ring_path(work, way))
        {
            Ok(consumer) => return consumer,
            Err(_) => std::thread::yield_now(),
        }
    }
}

fn ring_receive<const S: usize>(from: &mut RingConsumer<[u8; S]>) -> [u8; S] {
    loop {
        match from.try_recv() {
            Some(message) => return message,
            None => spin_loop(),
        }
    }
}

fn ring_first<const S: usize>(work: &Work) -> Outcome {
    let mut to = ring_producer::<S>(work, "there");
    let second = Second::start(work);
    let mut message = blank::<S>();
    if work.what == "1p1c" {
        let mut batch = vec![message; work.batch];
        return time_of(second, || {
            let mut sent = 0;
            while sent < work.n {
                let want = work.batch.min((work.n - sent) as usize);
                for (message, n) in batch[..want].iter_mut().zip(sent..) {
                    number(message, n);
                }
                if want == 1 {
                    to.push(&batch[0]);
                } else {
                    to.push_batch(&batch[..want]);
                }
                sent += want as u64;
            }
        });
    }
    let mut from = ring_consumer::<S>(work, "back");
    let trips = (0..work.n).map(|n| {
        number(&mut message, n);
        let start = Instant::now();
        to.push(&message);
        let answer = ring_receive(&mut from);
        let trip = start.elapsed().as_nanos() as u64;
        assert!(answer == message, "another answer");
        trip
    });
    let trips = trips.collect();
    let mut second = second;
    second.says("done");
    second.ends();
    Outcome::Trips(trips)
}

fn ring_second<const S: usize>(work: &Work) {
    let mut from = ring_consumer::<S>(work, "there");
    if work.what == "1p1c" {
        say("ready");
        let mut seen = Seen::new(work.touch);
        let mut batch = vec![blank::<S>(); 64];
        while seen.count() < work.n {
            let came = from.recv_batch(&mut batch);
            if came == 0 {
                spin_loop();
            }
            batch[..came].iter().for_each(|message| seen.look(message));
        }
        seen.check::<S>(work.n);
    } else {
        let mut to = ring_producer::<S>(work, "back");
        say("ready");
        for _ in 0..work.n {
            to.push(&ring_receive(&mut from));
        }
    }
    say("done");
}
