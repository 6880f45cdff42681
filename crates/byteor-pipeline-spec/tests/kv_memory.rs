//! What decoding a KV text costs: memory at most 64 times the text plus 1 MiB, and allocations in
//! proportion to its length, whatever stands in it. Counted, not timed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write as _;

use byteor_pipeline_spec::*;

/// Counts what the thread of a test allocates; each test has a thread of its own.
struct Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // The thread may be going down: its last allocations count for nobody.
    let _ = NOW.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
    if bytes > 0 {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    }
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Peak bytes and number of allocations of decoding a text, and of what every caller does next.
fn cost(text: &str) -> (usize, usize) {
    let (before, calls) = (NOW.get(), CALLS.get());
    PEAK.set(before);
    if let Ok(spec) = decode_kv_v1(text) {
        let _ = validate_v1(&spec);
        let again = encode_kv_v1(&spec);
        std::hint::black_box(again);
    }
    ((PEAK.get() - before) as usize, CALLS.get() - calls)
}

/// Texts of about `bytes` bytes that ask for as much as they can.
fn hostile(bytes: usize) -> Vec<(&'static str, String)> {
    let grow = |head: &str, line: &dyn Fn(usize) -> String| {
        let mut text = head.to_owned();
        let mut at = 0;
        while text.len() < bytes {
            text.push_str(&line(at));
            at += 1;
        }
        text
    };
    let ring = "single_ring.shards=1\nsingle_ring.producer=single\nsingle_ring.scheduling=dedicated\nsingle_ring.ordering=strict\n";
    let block = "lane_graph.on_full=block\n";
    vec![
        ("one long line", grow("a=", &|_| "x".repeat(4096))),
        ("a long key", grow("", &|_| "a.".repeat(2048))),
        (
            "short unknown keys",
            grow(ring, &|at| format!("z{at:x}=\n")),
        ),
        ("empty lines", "\n".repeat(bytes)),
        (
            "stages",
            grow(ring, &|at| {
                format!("single_ring.stages.{at}.id=a\nsingle_ring.stages.{at}.op=identity\n")
            }),
        ),
        (
            "stages without an operation",
            grow(ring, &|at| format!("single_ring.stages.{at}.id=\n")),
        ),
        (
            "dependencies",
            grow(
                &format!("{ring}single_ring.stages.0.id=a\nsingle_ring.stages.0.op=identity\n"),
                &|at| format!("single_ring.stages.0.depends_on.{at}=0\n"),
            ),
        ),
        (
            "lanes",
            grow(block, &|at| {
                format!("lane_graph.lanes.{at}.id=a\nlane_graph.lanes.{at}.kind=events\n")
            }),
        ),
        (
            "endpoints",
            grow(block, &|at| {
                format!(
                    "lane_graph.endpoints.{at}.id=\nlane_graph.endpoints.{at}.kind=ingress\nlane_graph.endpoints.{at}.lane=\n"
                )
            }),
        ),
        (
            "outputs of a router",
            grow(
                &format!(
                    "{block}lane_graph.roles.0.id=r\nlane_graph.roles.0.kind=router\nlane_graph.roles.0.rx=\n"
                ),
                &|at| format!("lane_graph.roles.0.tx.{at}=\n"),
            ),
        ),
        (
            "bridges on one lane",
            grow(
                &format!("{block}lane_graph.lanes.0.id=a.b\nlane_graph.lanes.0.kind=journal\n"),
                &|at| {
                    format!(
                        "lane_graph.roles.{at}.id=b\nlane_graph.roles.{at}.kind=bridge\nlane_graph.roles.{at}.rx=a.b\nlane_graph.roles.{at}.tx=a.b\n"
                    )
                },
            ),
        ),
        ("a chain of bridges", {
            let mut text = block.to_owned();
            let mut at = 0;
            while text.len() < bytes {
                let next = at + 1;
                let _ = write!(
                    text,
                    "lane_graph.lanes.{at}.id=l{at}.l\nlane_graph.lanes.{at}.kind=events\nlane_graph.roles.{at}.id=b{at}\nlane_graph.roles.{at}.kind=bridge\nlane_graph.roles.{at}.rx=l{at}.l\nlane_graph.roles.{at}.tx=l{next}.l\n"
                );
                at = next;
            }
            text
        }),
    ]
}

#[test]
fn memory_is_at_most_64_times_the_text_and_a_mebibyte() {
    for bytes in [1, 1_000, 30_000, 1_000_000] {
        for (name, text) in hostile(bytes) {
            let (peak, _) = cost(&text);
            let most = 64 * text.len() + 1024 * 1024;
            assert!(
                peak <= most,
                "{name}: {} bytes ask for {peak}, over {most}",
                text.len()
            );
        }
    }
}

#[test]
fn allocations_grow_with_the_text_and_no_faster() {
    for ((name, small), (_, large)) in hostile(60_000).into_iter().zip(hostile(600_000)) {
        let ((small_peak, small_calls), (large_peak, large_calls)) = (cost(&small), cost(&large));
        let times = large.len().div_ceil(small.len());
        // A tree and a growing list round up: half as much again, and a little for the start.
        assert!(
            large_calls <= small_calls * times * 3 / 2 + 200,
            "{name}: {small_calls} allocations, then {large_calls}"
        );
        assert!(
            large_peak <= small_peak * times * 3 / 2 + 65_536,
            "{name}: {small_peak} bytes, then {large_peak}"
        );
    }
}

#[test]
fn a_text_that_is_too_long_costs_nothing() {
    let (peak, _) = cost(&"x".repeat(KV_MAX_BYTES + 1));
    assert!(peak < 4096, "{peak}");
}
