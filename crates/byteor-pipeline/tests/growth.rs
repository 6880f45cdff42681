//! Ten times the input takes at most thirteen times the work, whatever the input looks like.
//!
//! Here it is sixteen times the input, and 1.3 times as much work for each part of it, summed over
//! three lengths: buffers and tables grow to powers of two, which is no growth of the work.
//!
//! Work is counted, not timed: in bytes that are allocated. A step that goes over the whole
//! document for each of its lines, or problems, allocates for each, and shows.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use byteor_pipeline::plan::{MergeChoice, format, merge};
use byteor_pipeline::*;
use byteor_pipeline_generator::{LargePlan, Shape};

const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

/// How much longer the large input is.
const TIMES: usize = 16;

/// The lengths of the small inputs, in lines.
const SMALL: [usize; 3] = [375, 475, 625];

thread_local! {
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count(bytes: usize) {
    // A thread that ends allocates after its locals are gone; nothing counts there.
    let _ = BYTES.try_with(|total| total.set(total.get() + bytes as u64));
}

// SAFETY: each method passes its arguments on to the system's allocator unchanged, and what that
// answers back; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and all memory comes from `System`.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller keeps the contract of `realloc`, and all memory comes from `System`.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many bytes `work` allocates.
fn work<T>(work: impl FnOnce() -> T) -> u64 {
    let before = BYTES.with(Cell::get);
    std::hint::black_box(work());
    BYTES.with(Cell::get) - before
}

/// Holds the work for inputs against that for long ones. `of` prepares a number of lines, and
/// answers with the work that is to be held.
fn assert_growth(what: &str, of: impl Fn(usize) -> u64) {
    let small: u64 = SMALL.into_iter().map(&of).sum();
    let large: u64 = SMALL.into_iter().map(|lines| of(TIMES * lines)).sum();
    assert!(
        large * 10 <= small * 13 * TIMES as u64,
        "{what}: {small} bytes grow to {large}, {:.1} times for {TIMES} times the input",
        large as f64 / small as f64
    );
}

fn plan(shape: Shape, lines: usize, variant: u64) -> String {
    LargePlan {
        variant,
        ..LargePlan::new(shape, lines)
    }
    .text()
}

#[test]
fn compiling_grows_with_the_plan() {
    for shape in Shape::ALL {
        for target in TARGETS {
            let what = std::format!("compile {} {}", shape.name(), target.name());
            assert_growth(&what, |lines| {
                let text = plan(shape, lines, 0);
                work(|| compile(&text, target))
            });
        }
    }
}

#[test]
fn formatting_and_merging_grow_with_the_plan() {
    for shape in Shape::ALL {
        assert_growth(&std::format!("format {}", shape.name()), |lines| {
            let text = plan(shape, lines, 0);
            work(|| format(&text))
        });
        assert_growth(&std::format!("merge {}", shape.name()), |lines| {
            let [base, ours, theirs] = [0, 1, 2].map(|variant| plan(shape, lines, variant));
            work(|| merge(&base, &ours, &theirs, &[]))
        });
    }
}

#[test]
fn a_diff_grows_with_the_plan() {
    for shape in Shape::ALL {
        for target in TARGETS {
            // A plan gives a spec for a target at each length, or at none.
            let specs = |lines| {
                let of = |variant| {
                    let text = plan(shape, lines, variant);
                    compile(&text, target).report.map(|report| report.spec)
                };
                of(0).zip(of(1))
            };
            if specs(SMALL[0]).is_none() {
                let [before, after] = [0, 1].map(|variant| {
                    move |lines| api::PlanSource {
                        text: plan(shape, lines, variant),
                        target,
                    }
                });
                let what = std::format!("diff of plans {} {}", shape.name(), target.name());
                assert_growth(&what, |lines| {
                    let (before, after) = (before(lines), after(lines));
                    work(|| diff_plans(&before, &after, None))
                });
                continue;
            }
            let what = std::format!("diff {} {}", shape.name(), target.name());
            assert_growth(&what, |lines| {
                let (a, b) = specs(lines).expect("a plan that compiles");
                // The texts that are hashed are measured with compiling.
                let hashing = work(|| [&a, &b].map(spec::spec_hash));
                work(|| diff_specs(&a, &b, None)) - hashing
            });
        }
    }
}

#[test]
fn following_anchors_grows_with_the_plan() {
    for shape in Shape::ALL {
        assert_growth(&std::format!("follow {}", shape.name()), |lines| {
            let [before, after] = [0, 1].map(|variant| {
                api::DiffSide::Plan(api::PlanSource {
                    text: plan(shape, lines, variant),
                    target: ExecutionTarget::LaneGraph,
                })
            });
            let request = api::FollowRequest {
                before,
                after,
                of: Some(spec::DiffOf::Plan),
                anchors: (1..=lines)
                    .flat_map(|line| [std::format!("line:{line}"), std::format!("stage:s{line}")])
                    .collect(),
            };
            work(|| follow(&request).expect("two plans"))
        });
    }
}

/// A chain of stages, a line each.
fn one_line_each(lines: usize) -> String {
    let mut text = String::from("pipeline p\n\ningress in\n");
    for at in 0..lines / 2 {
        text.push_str(&std::format!("stage s{at} keep:{at}\n"));
    }
    text.push_str("egress out\n\n");
    for at in 1..lines / 2 {
        text.push_str(&std::format!("s{} -> s{at}\n", at - 1));
    }
    text
}

#[test]
fn merging_grows_with_the_plan_however_much_both_sides_changed() {
    let theirs = |base: &str| {
        base.replace("5 keep:", "5 drop:")
            .replace("7 -> s", "7 -[journal]-> s")
    };
    assert_growth("merge, changes everywhere", |lines| {
        let base = one_line_each(lines);
        let ours = base
            .replace("0 keep:", "0 drop:")
            .replace("s1 -> s2", "s1 -> new -> s2");
        let theirs = theirs(&base);
        let answer = merge(&base, &ours, &theirs, &[]);
        assert_eq!(answer.conflicts.len(), 0);
        let drops = ours.matches("drop:").count() + theirs.matches("drop:").count();
        assert_eq!(answer.text.matches("drop:").count(), drops);
        work(|| merge(&base, &ours, &theirs, &[]))
    });
    // A removal of everything against changes everywhere: as many conflicts as changed lines.
    assert_growth("merge, conflicts everywhere", |lines| {
        let base = one_line_each(lines);
        let theirs = theirs(&base);
        let answer = merge(&base, "pipeline p\n", &theirs, &[]);
        assert!(answer.conflicts.len() > lines / 30);
        work(|| merge(&base, "pipeline p\n", &theirs, &[]))
    });
    // One side gives every stage another id.
    assert_growth("merge, renames everywhere", |lines| {
        let base = one_line_each(lines);
        let ours = base.replace("stage s", "stage t").replace("> s", "> t");
        let ours = ours.replace("\ns", "\nt").replace("\nttage", "\nstage");
        let theirs = theirs(&base);
        let answer = merge(&base, &ours, &theirs, &[]);
        assert_eq!(
            (answer.conflicts.len(), answer.renames.len()),
            (0, lines / 2)
        );
        work(|| merge(&base, &ours, &theirs, &[]))
    });
    // With a choice about each conflict.
    assert_growth("merge, choices everywhere", |lines| {
        let base = one_line_each(lines);
        let theirs = theirs(&base);
        let open = merge(&base, "pipeline p\n", &theirs, &[]);
        let choices: Vec<MergeChoice> = open
            .conflicts
            .into_iter()
            .map(|conflict| MergeChoice {
                id: conflict.id,
                resolution: "theirs".to_owned(),
                text: None,
                ours: conflict.ours,
                theirs: conflict.theirs,
            })
            .collect();
        work(|| merge(&base, "pipeline p\n", &theirs, &choices))
    });
}

/// Documents that are long in one way alone.
#[test]
fn odd_documents_grow_too() {
    type Maker = fn(usize) -> String;
    let makers: [(&str, Maker); 7] = [
        ("one connection again and again", |n| "a -> b\n".repeat(n)),
        ("one stage again and again", |n| {
            "stage a keep:(\n".repeat(n)
        }),
        ("stages that nothing connects", |n| {
            (0..n)
                .map(|at| std::format!("stage s{at} identity\n"))
                .collect()
        }),
        ("unknown ids", |n| {
            (0..n).map(|at| std::format!("s{at} -> t{at}\n")).collect()
        }),
        ("one long chain", |n| {
            std::format!("a{}", " -> b -> a".repeat(n))
        }),
        ("one long word", |n| "x".repeat(20 * n)),
        ("empty lines", |n| "\r\n".repeat(n)),
    ];
    for (name, make) in makers {
        for target in TARGETS {
            assert_growth(&std::format!("{name}, {}", target.name()), |lines| {
                let text = make(lines);
                work(|| compile(&text, target))
            });
        }
    }
}

/// One stage that feeds many, which one stage collects, in an order of its own.
#[test]
fn wide_plans_grow_too() {
    assert_growth("a wide plan", |lines| {
        let mut text = String::from(
            "pipeline p\ningress in\nstage a identity\nstage z identity\negress out\nin -> a\nz -> out\n",
        );
        for at in 0..lines {
            text.push_str(&std::format!("stage s{at} identity\na -> s{at} -> z\n"));
        }
        let list: Vec<String> = (0..lines).rev().map(|at| std::format!("s{at}")).collect();
        text.push_str(&std::format!(
            "lane_graph {{ merge z priority {} }}\n",
            list.join(" ")
        ));
        work(|| compile(&text, ExecutionTarget::LaneGraph))
    });
}
