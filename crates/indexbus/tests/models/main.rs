//! Models: the algorithms of `indexbus::primitive`, over the words of a model checker.
//!
//! Loom runs every interleaving of the small cases, and every stale value that their orderings
//! allow; shuttle runs random interleavings of larger ones. What runs is the code that lanes are
//! made of, at two to four entries instead of 1,024.

mod checked;
mod claim_queue;
mod claim_ring;
mod free_list;
mod journal;
mod router;
mod seqlock;
mod sequencer;
mod shared_slots;
mod slot_ring;
mod spsc;
mod wake;
mod world;

use std::fs;
use std::path::Path;

use checked::{every, random};
use indexbus::RouterMode::{Broadcast, WorkQueue};
use world::{Loom, Shuttle};

#[test]
fn loom_spsc_one_by_one() {
    every(4, || spsc::in_order::<Loom>(2, 3, 1, 4));
}

#[test]
fn loom_spsc_in_batches() {
    every(4, || spsc::in_order::<Loom>(2, 4, 2, 3));
}

#[test]
fn loom_claim_queue() {
    every(2, || {
        claim_queue::each_in_its_order::<Loom>(2, 2, 1, 3, false)
    });
}

#[test]
fn loom_claim_queue_whose_producer_dies() {
    every(2, || {
        claim_queue::each_in_its_order::<Loom>(2, 2, 1, 3, true)
    });
}

#[test]
fn loom_claim_ring() {
    every(2, || {
        claim_ring::each_in_its_order::<Loom>(2, 2, 2, 3, false)
    });
}

#[test]
fn loom_claim_ring_whose_producer_dies() {
    every(2, || {
        claim_ring::each_in_its_order::<Loom>(2, 2, 2, 4, true)
    });
}

#[test]
fn loom_claim_ring_of_which_a_claim_is_skipped_while_it_is_filled() {
    every(4, claim_ring::filled_or_skipped::<Loom>);
}

#[test]
fn loom_claim_ring_whose_tail_was_left_behind() {
    every(4, claim_ring::the_tail_is_helped_along::<Loom>);
}

#[test]
fn loom_spsc_whose_entries_keep_their_slots() {
    every(4, || {
        spsc::slots_stay_with_their_entries::<Loom>(2, 4, 2, 3)
    });
}

#[test]
fn shuttle_spsc_whose_entries_keep_their_slots() {
    random(|| spsc::slots_stay_with_their_entries::<Shuttle>(4, 12, 3, 12));
}

#[test]
fn shuttle_claim_ring() {
    random(|| claim_ring::each_in_its_order::<Shuttle>(4, 3, 6, 40, false));
    random(|| claim_ring::each_in_its_order::<Shuttle>(4, 3, 6, 40, true));
    random(claim_ring::filled_or_skipped::<Shuttle>);
    random(claim_ring::the_tail_is_helped_along::<Shuttle>);
}

#[test]
fn loom_free_list() {
    every(3, || {
        free_list::nobody_gets_what_another_holds::<Loom>(2, 2, 2)
    });
    every(2, || {
        free_list::nobody_gets_what_another_holds::<Loom>(2, 3, 1)
    });
}

#[test]
fn loom_sequencer_with_one_stage() {
    every(3, || sequencer::a_chain_of_stages::<Loom>(2, 1, 3, 4));
}

#[test]
fn loom_sequencer_with_a_stage_after_another() {
    every(1, || sequencer::a_chain_of_stages::<Loom>(2, 2, 3, 3));
}

#[test]
fn loom_slot_ring() {
    every(3, || slot_ring::old_bytes_never::<Loom>(2, 3, 4, None));
}

#[test]
fn loom_slot_ring_under_a_foreign_cursor() {
    for cursor in [0, 2, 4] {
        every(2, move || {
            slot_ring::old_bytes_never::<Loom>(2, 3, 3, Some(cursor))
        });
    }
}

#[test]
fn loom_journal() {
    every(2, || journal::whole_or_told::<Loom>((2, 4), 5, 1, 4));
    every(2, || journal::whole_or_told::<Loom>((3, 3), 5, 2, 3));
    every(1, || journal::whole_or_told::<Loom>((2, 3), 5, 3, 2));
}

#[test]
fn loom_shared_slots() {
    every(3, || shared_slots::the_last_holder_frees_it::<Loom>(2, 3));
}

#[test]
fn loom_router() {
    every(1, || router::counts_add_up::<Loom>(1, Broadcast, 2, 3));
    every(1, || router::counts_add_up::<Loom>(1, WorkQueue, 2, 3));
    every(1, || router::parked_for_credit::<Loom>(2, 3));
    every(1, || router::held_or_dropped::<Loom>(6));
}

#[test]
fn shuttle_shared_slots() {
    random(|| shared_slots::the_last_holder_frees_it::<Shuttle>(4, 20));
}

#[test]
fn shuttle_router() {
    random(|| router::counts_add_up::<Shuttle>(2, Broadcast, 8, 200));
    random(|| router::counts_add_up::<Shuttle>(2, WorkQueue, 8, 200));
    random(|| router::parked_for_credit::<Shuttle>(8, 100));
    random(|| router::held_or_dropped::<Shuttle>(6));
}

#[test]
fn loom_seqlock() {
    every(3, || seqlock::never_torn::<Loom>(3, 3));
}

#[test]
fn shuttle_journal() {
    random(|| journal::whole_or_told::<Shuttle>((3, 5), 24, 3, 30));
}

#[test]
fn shuttle_seqlock() {
    random(|| seqlock::never_torn::<Shuttle>(20, 30));
}

#[test]
fn loom_wake_words() {
    every(3, || wake::all_see_the_last::<Loom>(2, 1));
    every(2, || wake::all_see_the_last::<Loom>(2, 2));
    every(2, || {
        wake::writers_and_reader_wait_for_each_other::<Loom>(1)
    });
    every(1, || {
        wake::writers_and_reader_wait_for_each_other::<Loom>(2)
    });
}

#[test]
fn shuttle_wake_words() {
    random(|| wake::all_see_the_last::<Shuttle>(6, 3));
    random(|| wake::writers_and_reader_wait_for_each_other::<Shuttle>(4));
}

#[test]
fn shuttle_slot_ring() {
    random(|| slot_ring::old_bytes_never::<Shuttle>(4, 12, 30, None));
    random(|| slot_ring::old_bytes_never::<Shuttle>(4, 12, 30, Some(9)));
}

#[test]
fn shuttle_spsc() {
    random(|| spsc::in_order::<Shuttle>(4, 12, 3, 12));
}

#[test]
fn shuttle_claim_queue() {
    random(|| claim_queue::each_in_its_order::<Shuttle>(4, 2, 6, 20, false));
    random(|| claim_queue::each_in_its_order::<Shuttle>(4, 3, 6, 40, true));
}

#[test]
fn shuttle_free_list() {
    random(|| free_list::nobody_gets_what_another_holds::<Shuttle>(4, 3, 4));
}

#[test]
fn shuttle_sequencer() {
    random(|| sequencer::a_chain_of_stages::<Shuttle>(4, 2, 12, 30));
}

/// What a file says, without comments and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a file says, or all files of a folder.
fn code_of(path: &Path) -> String {
    if path.is_file() {
        return code(path);
    }
    let entries = fs::read_dir(path).unwrap();
    let codes = entries.map(|entry| code(&entry.unwrap().path()));
    codes.collect::<Vec<_>>().join("\n")
}

/// The names after `keyword` at the beginning of a line.
fn names<'a>(code: &'a str, keyword: &str) -> Vec<&'a str> {
    let rest = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix(keyword));
    let name = |rest: &'a str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    };
    rest.map(name).collect()
}

#[test]
fn every_primitive_has_a_loom_case_that_calls_all_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = code(&root.join("tests/models/main.rs"));
    let mut types = 0;
    for entry in fs::read_dir(root.join("src/primitive")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "mod" {
            continue;
        }
        let model = root.join("tests/models").join(format!("{name}.rs"));
        assert!(
            model.exists(),
            "src/primitive/{name}.rs has no model {model:?}"
        );
        let model = code(&model);
        for case in names(&model, "pub fn ") {
            for world in ["Loom", "Shuttle"] {
                let call = format!("{name}::{case}::<{world}>");
                assert!(cases.contains(&call), "nothing runs {call}");
            }
        }
        let primitive = code_of(&path);
        for a_type in names(&primitive, "pub struct ") {
            types += 1;
            assert!(
                model.contains(a_type),
                "the model of {name} has no {a_type}"
            );
        }
        for function in names(&primitive, "pub fn ")
            .into_iter()
            .chain(names(&primitive, "pub const fn "))
        {
            let called = model.contains(&format!(".{function}("))
                || model.contains(&format!("::{function}("));
            assert!(called, "the model of {name} never calls {function}");
        }
    }
    assert_eq!(
        types, 21,
        "the primitives that this looks at: say so when there are more"
    );
}
