//! S3 against a real server, which is killed, as the runs are.
#![cfg(feature = "s3")]

mod bench;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

use bench::http::{curl, free_port};
use bench::s3::{ACCESS_KEY, SECRET_KEY, Scripted, Server, secrets, serve};
use bench::tls::{Authority, file};
use bench::{Bench, Ran, Random, wait_until};
use byteor_config::adapters::s3::{
    S3Addressing, S3Compression, S3Egress, S3Framing, S3Ingress, S3Mode, S3Packed,
};
use byteor_config::{Egress, Ingress};

/// The server of the other tests.
#[test]
#[ignore = "runs until it is killed"]
fn a_server_until_it_is_killed() {
    serve();
}

/// Lines into the bucket, with what a test changes of that.
fn into_bucket(server: &Server, input: &str, change: impl FnOnce(&mut S3Egress)) -> Bench {
    let mut bench = Bench::new(input.as_bytes(), &["identity"]);
    let mut s3 = server.egress(&mut bench);
    change(&mut s3);
    bench.config.egress = Egress::S3(s3);
    bench
}

/// What is in the bucket into a file, with what a test changes of that.
fn from_bucket(server: &Server, change: impl FnOnce(&mut S3Ingress)) -> Bench {
    let mut bench = Bench::new(b"", &["identity"]);
    let mut s3 = server.ingress(&mut bench);
    change(&mut s3);
    bench.config.ingress = Ingress::S3(s3);
    bench
}

fn lines(numbers: impl Iterator<Item = u64>) -> String {
    numbers.map(|number| format!("record {number}\n")).collect()
}

/// Lines of other lengths, which compress to about half.
fn mixed(total: u64, seed: u64) -> String {
    let mut random = Random(seed);
    let line = |number| {
        let hex = format!("{:016x}", random.below(u64::MAX));
        format!("{number} {}\n", hex.repeat(1 + number as usize % 9))
    };
    (1..=total).map(line).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

fn unpacked(key: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    if key.ends_with(".gz") {
        let mut reader = flate2::read::MultiGzDecoder::new(bytes);
        reader.read_to_end(&mut all).unwrap();
    } else if key.ends_with(".zst") {
        all = zstd::stream::decode_all(bytes).unwrap();
    } else {
        all.extend_from_slice(bytes);
    }
    all
}

/// All objects of lines behind each other, of which each is named by the number of its first line.
fn joined(objects: &BTreeMap<String, Vec<u8>>) -> String {
    let (mut text, mut next) = (String::new(), 1);
    for (key, bytes) in objects {
        let name = key.strip_prefix("some/records-").unwrap();
        assert_eq!(name[..20].parse(), Ok(next), "{:?}", objects.keys());
        let part = String::from_utf8(unpacked(key, bytes)).unwrap();
        next += part.lines().count();
        text += &part;
    }
    text
}

fn saved(bench: &Bench, number: u64) -> bool {
    let checkpoint = bench.path("rejected.log.checkpoint");
    let all = format!("\noutput.number={number}\n");
    fs::read_to_string(checkpoint).is_ok_and(|text| text.contains(&all))
}

fn refused(bench: &Bench, code: &str) -> Ran {
    let ran = bench.run(&[]);
    assert_eq!((ran.exit, ran.code()), (Some(5), code), "{ran:?}");
    assert!(!format!("{ran:?}").contains(SECRET_KEY), "{ran:?}");
    ran
}

#[test]
fn records_go_into_objects_and_come_out_of_them_the_same() {
    for (compression, ending) in [
        (S3Compression::None, ""),
        (S3Compression::Gzip, ".gz"),
        (S3Compression::Zstd, ".zst"),
    ] {
        for framing in [S3Framing::Lines, S3Framing::Prefixed] {
            let server = Server::start(&[]);
            let input = mixed(5_000, 3);
            let mut bench = into_bucket(&server, &input, |s3| {
                (s3.compression, s3.framing) = (compression, framing);
            });
            let ran = bench.run_well();
            assert_eq!(ran.count("records_out"), 5_000);
            let objects = server.objects("out-bucket");
            assert!((4..12).contains(&objects.len()), "{:?}", objects.keys());
            assert!(objects.keys().all(|key| key.ends_with(ending)));
            if framing == S3Framing::Lines {
                assert!(joined(&objects) == input);
            }
            // More of it goes on where that ended, also where it comes by itself.
            bench = bench.follow();
            bench.append(b"one more\n");
            let run = bench.start(&[]);
            wait_until("the last", || saved(&bench, 5_001));
            assert_eq!(run.terminate().exit, Some(0));

            let bench = from_bucket(&server, |s3| {
                s3.bucket = "out-bucket".into();
                s3.prefix = Some("some/rec".into());
                s3.framing = framing;
            });
            let ran = bench.run_well();
            assert_eq!(
                (ran.count("records_in"), ran.code()),
                (5_001, "end_of_input")
            );
            assert!(bench.read("out.log") == format!("{input}one more\n").as_bytes());
        }
    }
}

#[test]
fn a_server_and_a_run_that_are_killed_put_each_record_once() {
    let (total, mut random) = (60_000, Random(31));
    let mut server = Server::start(&[]);
    let input = mixed(total, 4);
    let bench = into_bucket(&server, &input, |s3| {
        s3.compression = S3Compression::Zstd;
        s3.timeout_seconds = 2;
    })
    .follow();
    let mut run = bench.start(&[]);
    for kill in 0..20 {
        std::thread::sleep(Duration::from_micros(random.below(80_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    wait_until("the rest", || saved(&bench, total));
    let ran = run.terminate();
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), total),
        "{ran:?}"
    );
    assert!(joined(&server.objects("out-bucket")) == input);
}

/// Objects of all kinds, and what is in them.
fn filled(server: &Server, objects: u64, seed: u64) -> String {
    let (mut all, mut random) = (String::new(), Random(seed));
    for object in 0..objects {
        let text = mixed(1 + random.below(3_000), object);
        let key = format!("logs/{:03}", object * 3);
        match object % 3 {
            0 => server.add(&key, &text),
            1 => server.add(&format!("{key}.gz"), gzip(text.as_bytes())),
            _ => {
                let packed = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
                server.add(&format!("{key}.zst"), packed);
            }
        }
        all += &text;
    }
    all
}

#[test]
fn a_server_and_a_run_that_are_killed_read_each_record_once() {
    let mut server = Server::start(&[]);
    let (mut expected, mut random) = (filled(&server, 45, 5), Random(32));
    let bench = from_bucket(&server, |s3| {
        s3.mode = S3Mode::Follow;
        s3.timeout_seconds = 2;
        s3.in_flight_bytes = 131_072;
    });
    let mut run = bench.start(&[]);
    for kill in 0..20 {
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        if kill % 2 == 0 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    // What comes later is found by looking again.
    server.add("logs/9", "the last\n");
    expected += "the last\n";
    wait_until("the rest", || bench.read("out.log").len() >= expected.len());
    assert_eq!(run.terminate().exit, Some(0));
    assert!(bench.read("out.log") == expected.as_bytes());
}

#[test]
fn from_bucket_to_bucket_each_record_is_there_once_over_kills() {
    let mut server = Server::start(&[]);
    let (expected, mut random) = (filled(&server, 30, 6), Random(33));
    let total = expected.lines().count() as u64;
    let mut bench = from_bucket(&server, |s3| {
        s3.mode = S3Mode::Follow;
        s3.timeout_seconds = 2;
    });
    let mut s3 = server.egress(&mut bench);
    s3.compression = S3Compression::Gzip;
    s3.timeout_seconds = 2;
    bench.config.egress = Egress::S3(s3);
    let mut run = bench.start(&[]);
    for kill in 0..8 {
        std::thread::sleep(Duration::from_micros(random.below(120_000)));
        if kill % 4 < 3 {
            run.kill();
            run = bench.start(&[]);
        } else {
            server.kill();
            server.begin();
        }
    }
    wait_until("the rest", || saved(&bench, total));
    assert_eq!(run.terminate().exit, Some(0));
    assert!(joined(&server.objects("out-bucket")) == expected);
}

#[test]
fn reading_goes_on_within_an_object_and_asks_for_none_that_is_through() {
    let server = Server::start(&[]);
    let first = mixed(4_000, 8);
    server.add("a", &first);
    server.add("b.gz", gzip(lines(1..=4_000).as_bytes()));
    fs::create_dir(server.path("in-bucket/c")).unwrap();
    server.add("d", "");
    server.add("e", "the end");
    let bench = from_bucket(&server, |_| {});
    for ends in [1_000, 3_000, 2_000] {
        let ran = bench.run(&[&format!("--adapter-max-messages={ends}")]);
        assert_eq!((ran.exit, ran.code()), (Some(0), "max_messages"), "{ran:?}");
        if ends == 3_000 {
            // All of it is through: nobody misses it.
            fs::remove_file(server.path("in-bucket/a")).unwrap();
        }
    }
    // In front of where it is nothing is seen.
    server.add("aa", "not seen\n");
    assert_eq!(bench.run_well().count("records_in"), 8_001);
    let expected = format!("{first}{}the end\n", lines(1..=4_000));
    assert!(bench.read("out.log") == expected.as_bytes());
    assert_eq!(bench.run_well().count("records_in"), 8_001);

    let bench = from_bucket(&server, |s3| s3.start_after = Some("b.gz".into()));
    bench.run_well();
    assert_eq!(bench.read("out.log"), b"the end\n");
}

#[test]
fn an_object_that_is_another_one_in_its_middle_ends_the_run() {
    for change in ["changed", "removed"] {
        let server = Server::start(&[]);
        server.add("a", lines(1..=2_000));
        let bench = from_bucket(&server, |_| {});
        let ran = bench.run(&["--adapter-max-messages=1500"]);
        assert_eq!(ran.exit, Some(0), "{ran:?}");
        match change {
            "changed" => server.add("a", lines(1..=1_999)),
            _ => fs::remove_file(server.path("in-bucket/a")).unwrap(),
        }
        server.add("b", "behind\n");
        refused(&bench, "E_S3_CHANGED");
        server.add("a", lines(1..=2_000));
        bench.run_well();
        let expected = lines(1..=2_000) + "behind\n";
        assert!(bench.read("out.log") == expected.as_bytes());
    }
    // Otherwise compressed, the place means nothing.
    let server = Server::start(&[]);
    server.add("a", lines(1..=2_000));
    let mut bench = from_bucket(&server, |_| {});
    bench.run(&["--adapter-max-messages=1500"]);
    let Ingress::S3(s3) = &mut bench.config.ingress else {
        panic!("it is S3");
    };
    s3.compression = S3Packed::Gzip;
    refused(&bench, "E_S3_PLACE");
}

#[test]
fn what_is_too_large_broken_or_no_object_of_its_kind_is_told() {
    let server = Server::start(&[]);
    let large = "x".repeat(300);
    server.add("a", format!("one\n{large}\ntwo\n"));
    let bench = from_bucket(&server, |_| {});
    let ran = bench.run_well();
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (3, 1));
    assert_eq!(bench.read("out.log"), b"one\ntwo\n");
    assert_eq!(bench.read("rejected.log"), format!("{large}\n").as_bytes());

    // Ends within a record; and a record that says that it is longer than all.
    server.add("a", b"\0\0\0\x03one\0\0\0\x09two");
    server.add("b", b"\0\0\0\x05three");
    let prefixed = |s3: &mut S3Ingress| s3.framing = S3Framing::Prefixed;
    let bench = from_bucket(&server, prefixed);
    let ran = bench.run_well();
    assert_eq!((ran.count("records_in"), ran.count("rejected")), (3, 1));
    assert!(ran.noticed("N_S3_BROKEN"), "{ran:?}");
    assert_eq!(bench.read("out.log"), b"one\nthree\n");
    assert_eq!(bench.read("rejected.log"), b"\0\0\0\x09two\n");
    assert_eq!(bench.run_well().count("records_in"), 3);
    let mut long = b"\0\0\0\x03one\xff\xff\xff\xff".to_vec();
    long.resize(200_000, b'x');
    server.add("a", &long);
    refused(&from_bucket(&server, prefixed), "E_S3_RECORD");
    let endless = "x".repeat(3_000_000);
    server.add("a", format!("one\n{endless}"));
    refused(&from_bucket(&server, |_| {}), "E_S3_RECORD");

    // What unpacks to very much more is unpacked a little at a time, and what is no gzip isn't.
    server.add("a", "");
    fs::remove_file(server.path("in-bucket/b")).unwrap();
    server.add("b.gz", gzip(&vec![b'\n'; 3_000_000]));
    let bench = from_bucket(&server, |_| {});
    assert_eq!(bench.run_well().count("records_in"), 3_000_000);
    server.add("b.gz", "no gzip at all");
    refused(&from_bucket(&server, |_| {}), "E_S3_PACKED");
}

#[test]
fn large_objects_go_in_parts_and_parts_of_a_killed_run_are_dropped() {
    let server = Server::start(&[("BYTEOR_TEST_S3_PART_MS", "1500".into())]);
    let input = mixed(230_000, 9);
    assert!(input.len() > 18_000_000);
    let mut bench = into_bucket(&server, &input, |s3| {
        s3.object_bytes = 18_000_000;
        s3.object_seconds = 600;
    });
    let run = bench.start(&[]);
    wait_until("parts", || server.uploads() == 1);
    run.kill();
    assert_eq!(
        (server.uploads(), server.objects("out-bucket").len()),
        (1, 0)
    );
    bench.run_well();
    assert_eq!(server.uploads(), 0);
    let objects = server.objects("out-bucket");
    assert_eq!(objects.len(), 2);
    assert!(joined(&objects) == input);

    // Who puts under a name that is taken learns it as the parts are put together.
    bench = into_bucket(&server, &input, |s3| {
        s3.object_bytes = 18_000_000;
        s3.object_seconds = 600;
        s3.prefix = "other/".into();
    });
    let run = bench.start(&[]);
    wait_until("parts", || server.uploads() == 1);
    let taken = format!("{}{:020}", "other/", 1);
    let path = server.path("out-bucket").join(taken);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    let ran = run.wait();
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_S3_TAKEN"), "{ran:?}");
    assert_eq!(server.uploads(), 0);
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
}

/// Makes the checkpoint one of a run that was killed after it had put objects, and before it saved so.
fn forget(bench: &Bench, before: &[u8]) {
    fs::write(bench.path("rejected.log.checkpoint"), before).unwrap();
}

#[test]
fn what_a_killed_run_put_is_left_out_if_it_is_the_same_and_ends_the_run_if_not() {
    let server = Server::start(&[]);
    let input = mixed(3_000, 10);
    let bench = into_bucket(&server, &input, |_| {});
    let ran = bench.run(&["--adapter-max-messages=700"]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let before = bench.read("rejected.log.checkpoint");
    bench.run_well();
    let objects = server.objects("out-bucket");
    assert!(objects.len() > 3, "{:?}", objects.keys());
    // The same once more, with objects cut otherwise: what is there stays.
    forget(&bench, &before);
    let mut bench = bench;
    let Egress::S3(s3) = &mut bench.config.egress else {
        panic!("it is S3");
    };
    s3.object_bytes = 2_000;
    let last = objects.last_key_value().unwrap().0.clone();
    fs::remove_file(server.path("out-bucket").join(&last)).unwrap();
    bench.run_well();
    let now = server.objects("out-bucket");
    assert!(joined(&now) == input && now.len() > objects.len());
    assert!(
        objects
            .iter()
            .all(|(key, bytes)| *key == last || now[key] == *bytes)
    );

    // Consumers may take away what a checkpoint speaks of.
    bench = bench.follow();
    for key in now.keys() {
        fs::remove_file(server.path("out-bucket").join(key)).unwrap();
    }
    bench.append(b"more\n");
    let run = bench.start(&[]);
    wait_until("more", || saved(&bench, 3_001));
    assert_eq!(run.terminate().exit, Some(0));
    let key = format!("some/records-{:020}", 3_001);
    assert_eq!(
        server.objects("out-bucket"),
        BTreeMap::from([(key, b"more\n".to_vec())])
    );

    // Other records under the same numbers; another pipeline; and no checkpoint at all.
    let after = bench.read("rejected.log.checkpoint");
    bench.append(b"a\nb\n");
    let run = bench.start(&[]);
    wait_until("more", || saved(&bench, 3_003));
    assert_eq!(run.terminate().exit, Some(0));
    forget(&bench, &after);
    let text = String::from_utf8(bench.read("in.log")).unwrap();
    fs::write(bench.path("in.log"), text.replace("a\nb\n", "a\nc\n")).unwrap();
    let mut run = bench.run(&[]);
    assert_eq!(
        (run.exit, run.code()),
        (Some(5), "E_S3_DIFFERENT"),
        "{run:?}"
    );
    fs::write(bench.path("in.log"), &text).unwrap();
    bench.write_spec(&["identity", "identity"]);
    run = bench.run(&[]);
    assert_eq!((run.exit, run.code()), (Some(5), "E_S3_AHEAD"), "{run:?}");
    bench.write_spec(&["identity"]);
    let run = bench.start(&[]);
    wait_until("what is there", || saved(&bench, 3_003));
    assert_eq!(run.terminate().exit, Some(0));
    fs::remove_file(bench.path("rejected.log.checkpoint")).unwrap();
    fs::remove_file(bench.path("rejected.log")).unwrap();
    let ran = bench.run(&[]);
    assert_eq!((ran.exit, ran.code()), (Some(5), "E_S3_TAKEN"), "{ran:?}");
}

#[test]
fn senders_are_answered_when_their_records_are_in_an_object() {
    if bench::tools::curl().is_none() {
        return;
    }
    let server = Server::start(&[]);
    let mut bench = Bench::new(b"", &["identity"]);
    let port = free_port();
    let s3 = server.egress(&mut bench);
    bench.config.ingress = Ingress::Http(bench::http::ingress(port));
    bench.config.egress = Egress::S3(s3.clone());
    let url = format!("http://127.0.0.1:{port}/records");
    let post = |body: &str| curl(&url, body, &[]).unwrap();
    let answered = |records: u64| (200, format!("{{\"records\":{records}}}\n"));
    let run = bench.start(&[]);
    assert_eq!(post("one\ntwo\n"), answered(2));
    let key = |number: u64| format!("some/records-{number:020}");
    assert_eq!(server.objects("out-bucket")[&key(1)], b"one\ntwo\n");
    // Put, and not answered: whoever sent it sends it again, under other numbers.
    let before = bench.read("rejected.log.checkpoint");
    assert_eq!(post("three\n"), answered(1));
    run.kill();
    forget(&bench, &before);
    let run = bench.start(&[]);
    assert_eq!(post("three\n"), answered(1));
    assert_eq!(run.terminate().exit, Some(0));
    let objects = server.objects("out-bucket");
    let (keys, texts): (Vec<_>, Vec<_>) = objects.into_iter().unzip();
    assert_eq!(keys, [key(1), key(3), key(4)]);
    assert_eq!(texts[1..], [b"three\n", b"three\n"]);

    // A source that can be read again goes on behind them.
    server.add("a", "four\n");
    bench.config.ingress = Ingress::S3(server.ingress(&mut bench));
    bench.config.egress = Egress::S3(s3);
    let ran = bench.run(&[]);
    assert_eq!(
        (ran.exit, ran.count("records_out")),
        (Some(0), 4),
        "{ran:?}"
    );
    assert_eq!(server.objects("out-bucket")[&key(5)], b"four\n");
}

#[test]
fn who_may_not_and_what_isn_t_there_end_the_run() {
    let server = Server::start(&[]);
    server.add("a", "one\n");
    let mut bench = from_bucket(&server, |s3| s3.bucket = "no-bucket".into());
    let ran = refused(&bench, "E_S3_BUCKET");
    assert!(!format!("{ran:?}").contains(ACCESS_KEY), "{ran:?}");
    bench = from_bucket(&server, |_| {});
    secrets(&mut bench, "anothersecretthatislong");
    let ran = refused(&bench, "E_S3_REFUSED");
    assert!(
        format!("{ran:?}").contains("SignatureDoesNotMatch"),
        "{ran:?}"
    );
    bench = from_bucket(&server, |s3| (s3.access_key, s3.secret_key) = (None, None));
    bench.config.secrets.clear();
    refused(&bench, "E_S3_REFUSED");
    bench = into_bucket(&server, "one\n", |s3| s3.bucket = "no-bucket".into());
    refused(&bench, "E_S3_BUCKET");
    bench = into_bucket(&server, "one\n", |_| {});
    secrets(&mut bench, "anothersecretthatislong");
    refused(&bench, "E_S3_REFUSED");
    let ran = bench.run(&["--allow-net=192.0.2.0/24"]);
    assert_eq!(
        (ran.exit, ran.code()),
        (Some(5), "E_NET_NOT_ALLOWED"),
        "{ran:?}"
    );
    assert!(server.objects("out-bucket").is_empty());
}

#[test]
fn answers_that_lead_elsewhere_are_too_long_or_mean_nothing_do_no_harm() {
    let elsewhere = Scripted::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec());
    let server = Server::start(&[]);
    let reading = |port: u16| {
        from_bucket(&server, |s3| {
            s3.url = format!("http://127.0.0.1:{port}");
            s3.timeout_seconds = 1;
        })
    };
    let moved = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{}/\r\ncontent-length: 0\r\n\r\n",
        elsewhere.port
    );
    let scripted = Scripted::answering(moved.into_bytes());
    let ran = refused(&reading(scripted.port), "E_S3_REFUSED");
    assert!(
        format!("{ran:?}").contains("redirects aren't followed"),
        "{ran:?}"
    );
    assert_eq!(elsewhere.came.load(Ordering::Relaxed), 0);

    let with = |length: usize, body: &str| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        head.into_bytes()
    };
    let key = "x".repeat(1_000);
    let entry = format!(
        "<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
    );
    let long = format!(
        "<ListBucketResult>{}</ListBucketResult>",
        entry.repeat(10_000)
    );
    let up = "<ListBucketResult><Contents><Key>a/../b</Key><Size>1</Size>\
              <LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>";
    for (answer, expected) in [
        (with(long.len(), &long), "made it too long"),
        (with(13, "<html></html>"), "answered what isn't known"),
        (with(9, "<nothing>"), "answered what isn't known"),
        (with(4, "\0\0\0\0"), "answered what isn't known"),
        (with(18, "<ListBucketResult>"), "answered what isn't known"),
        (
            with(1_000, "<ListBucketResult>"),
            "didn't answer within 1 s",
        ),
        (
            b"\0\0\0no HTTP at all\r\n\r\n".to_vec(),
            "broke the connection",
        ),
        (
            b"HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n".to_vec(),
            "answered 503",
        ),
        (Vec::new(), "didn't answer within 1 s"),
    ] {
        let scripted = Scripted::answering(answer);
        let run = reading(scripted.port).start(&[]);
        let came = || scripted.came.load(Ordering::Relaxed) > 0;
        wait_until("a connection", came);
        std::thread::sleep(Duration::from_millis(1_200));
        let ran = run.terminate();
        assert_eq!((ran.exit, ran.code()), (Some(0), "stopped"), "{ran:?}");
        let told = ran
            .events
            .iter()
            .find(|event| event["code"] == "N_PEER_DOWN");
        let told = told.unwrap_or_else(|| panic!("{expected}: {ran:?}"));
        let told = told["message"].as_str().unwrap();
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let scripted = Scripted::answering(with(up.len(), up));
    refused(&reading(scripted.port), "E_S3_KEY");

    // A sink waits for a server that says nothing, and ends when it is asked to.
    let scripted = Scripted::answering(Vec::new());
    let bench = into_bucket(&server, "one\n", |s3| {
        s3.url = format!("http://127.0.0.1:{}", scripted.port);
        s3.timeout_seconds = 1;
        s3.give_up_after_seconds = Some(2);
    });
    refused(&bench, "E_PEER_DOWN");
}

#[test]
fn a_server_is_trusted_by_its_certificate() {
    let (right, wrong) = (Authority::new(), Authority::new());
    let made = Bench::new(b"", &["identity"]);
    for (what, (certificate, key), code) in [
        ("good", right.certificate("localhost", 2100), "end_of_input"),
        (
            "authority",
            wrong.certificate("localhost", 2100),
            "E_PEER_DOWN",
        ),
        (
            "name",
            right.certificate("elsewhere.example", 2100),
            "E_PEER_DOWN",
        ),
        (
            "expired",
            right.certificate("localhost", 2021),
            "E_PEER_DOWN",
        ),
    ] {
        let path = |name: &str, text: &str| file(&made, name, text).to_str().unwrap().to_owned();
        let server = Server::start(&[
            (
                "BYTEOR_TEST_S3_CERTIFICATE",
                path("certificate.pem", &certificate),
            ),
            ("BYTEOR_TEST_S3_CERTIFICATE_KEY", path("key.pem", &key)),
        ]);
        let bench = into_bucket(&server, "one\n", |s3| {
            s3.url = format!("https://localhost:{}", server.port);
            s3.authorities = Some(path("authority.pem", &right.0.pem()));
            s3.give_up_after_seconds = Some(1);
        });
        let ran = bench.run(&[]);
        assert_eq!(ran.code(), code, "{what}: {ran:?}");
        assert_eq!(
            server.objects("out-bucket").len(),
            usize::from(what == "good")
        );
    }
}

#[test]
fn a_trial_finds_the_bucket_and_what_is_in_it_and_leaves_nothing_behind() {
    let server = Server::start(&[]);
    server.add("logs/a", "one\ntwo\n");
    let mut bench = from_bucket(&server, |s3| s3.prefix = Some("logs/".into()));
    let s3 = server.egress(&mut bench);
    bench.config.egress = Egress::S3(s3);
    let tried = |bench: &Bench, side: &str, flags: &[&str]| {
        let ran = bench.run(&[&["--try-connections"], flags].concat());
        let steps: Vec<(String, String)> = ran
            .events
            .iter()
            .filter(|event| event["event"] == "tried" && event["side"] == side)
            .filter(|event| event["step"] != "open")
            .map(|event| {
                let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
                let said = format!("{}{}{}", text("code"), text("found"), text("message"));
                (text("step"), said)
            })
            .collect();
        assert!(!format!("{ran:?}").contains(SECRET_KEY), "{ran:?}");
        (format!("{ran:?}"), steps)
    };
    let all = ["resolve", "connect", "authenticate", "find"];
    let names =
        |steps: &[(String, String)]| steps.iter().map(|step| step.0.clone()).collect::<Vec<_>>();
    let (ran, steps) = tried(&bench, "source", &[]);
    assert_eq!(names(&steps), all, "{ran}");
    assert!(ran.contains("the first logs/a with 8 bytes"), "{ran}");
    let (ran, steps) = tried(&bench, "sink", &[]);
    assert_eq!(names(&steps), all, "{ran}");
    assert!(
        ran.contains("no object yet; whether it may be written, the first object tells"),
        "{ran}"
    );
    assert!(server.objects("out-bucket").is_empty() && server.uploads() == 0);

    let failed = |bench: &Bench, flags: &[&str], count: usize, code: &str| {
        let (ran, steps) = tried(bench, "sink", flags);
        assert_eq!(names(&steps), all[..count], "{ran}");
        assert!(ran.contains(code), "{ran}");
    };
    failed(
        &bench,
        &["--allow-net=192.0.2.0/24"],
        1,
        "E_NET_NOT_ALLOWED",
    );
    secrets(&mut bench, "anothersecretthatislong");
    failed(&bench, &[], 3, "E_S3_REFUSED");
    secrets(&mut bench, SECRET_KEY);
    let mut s3 = server.egress(&mut bench);
    s3.bucket = "no-bucket".into();
    bench.config.egress = Egress::S3(s3);
    failed(&bench, &[], 4, "E_S3_BUCKET");
    // The bucket in front of the host's name is a name of its own.
    let Egress::S3(s3) = &mut bench.config.egress else {
        panic!("it is S3");
    };
    s3.addressing = S3Addressing::Host;
    let at_server = s3.url.clone();
    s3.url = format!("http://s3.invalid:{}", server.port);
    failed(&bench, &[], 1, "no-bucket.s3.invalid");
    let Egress::S3(s3) = &mut bench.config.egress else {
        panic!("it is S3");
    };
    (s3.addressing, s3.url) = (S3Addressing::Path, at_server);
    drop(server);
    failed(&bench, &[], 2, "E_TRIAL_CONNECT");
}
