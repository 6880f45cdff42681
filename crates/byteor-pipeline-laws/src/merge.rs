//! Three texts, merged.

use byteor_pipeline::plan::{
    Diagnostics, MergeAnswer, MergeChoice, Phase, apply_edits, merge, parse,
};
use serde_json::json;

use crate::{Request, edits_fit};

/// What the three texts are cut at. Where there are fewer, what is missing is the first one.
const CUT: &str = "\n%%%\n";

/// How often choices may bring other conflicts up before they are taken to come without end.
const CHOICES_MAX: usize = 20;

/// Text that is no UTF-8 can't reach the merge.
pub fn check(data: &[u8]) {
    let Some([base, ours, theirs]) = read(data) else {
        return;
    };
    for (base, ours, theirs, expected) in [
        (base, ours, base, ours),
        (base, base, theirs, theirs),
        (base, ours, ours, ours),
    ] {
        let answer = sound(base, ours, theirs, &[]);
        assert_eq!(answer.text, expected, "one side left it alone");
        assert_eq!(answer.conflicts, []);
    }
    let answer = sound(base, ours, theirs, &[]);
    assert!(
        syntax_errors(&answer.text) <= syntax_errors(ours) + syntax_errors(theirs),
        "a merge breaks the form\n{}",
        answer.text
    );
    for resolution in ["ours", "theirs"] {
        settle([base, ours, theirs], resolution);
    }
}

/// A merge whose edits lead where they say, and that answers the same twice.
fn sound(base: &str, ours: &str, theirs: &str, choices: &[MergeChoice]) -> MergeAnswer {
    let answer = merge(base, ours, theirs, choices);
    assert!(edits_fit(ours, &answer.edits), "{:?}", answer.edits);
    assert_eq!(apply_edits(ours, &answer.edits), answer.text);
    assert_eq!(merge(base, ours, theirs, choices), answer);
    answer
}

/// Chooses one side everywhere until no conflict is open.
fn settle([base, ours, theirs]: [&str; 3], resolution: &str) {
    let mut choices: Vec<MergeChoice> = Vec::new();
    for _ in 0..CHOICES_MAX {
        let answer = sound(base, ours, theirs, &choices);
        let before = choices.len();
        for conflict in &answer.conflicts {
            if conflict.chosen.is_none() {
                choices.push(MergeChoice {
                    id: conflict.id.clone(),
                    resolution: resolution.to_owned(),
                    text: None,
                    ours: conflict.ours.clone(),
                    theirs: conflict.theirs.clone(),
                });
            }
        }
        if choices.len() == before {
            assert_eq!(answer.open, 0);
            return;
        }
    }
    panic!("conflicts without end");
}

fn syntax_errors(text: &str) -> usize {
    let mut diagnostics = Diagnostics::default();
    parse(text, &mut diagnostics);
    let found = diagnostics.finish(text);
    let syntax = found.iter().filter(|one| one.phase == Phase::Syntax);
    syntax.filter(|one| one.is_error()).count()
}

/// `merge`, without choices, and the difference of both sides.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Some([base, ours, theirs]) = read(data) else {
        return Vec::new();
    };
    let request = json!({ "base": base, "ours": ours, "theirs": theirs, "choices": [] });
    let side = |text: &str| json!({ "text": text, "target": "single_ring" });
    let diff = json!({ "before": side(ours), "after": side(theirs), "of": "plan" });
    let follow = json!({
        "before": side(ours),
        "after": side(theirs),
        "of": "plan",
        "anchors": ["stage:a", "boundary:in", "stage:a->stage:b", "line:3"],
    });
    vec![
        Request::new("merge", &request),
        Request::new("diff", &diff),
        Request::new("follow", &follow),
    ]
}

fn read(data: &[u8]) -> Option<[&str; 3]> {
    let text = std::str::from_utf8(data).ok()?;
    let mut parts = text.splitn(3, CUT);
    let base = parts.next()?;
    let ours = parts.next().unwrap_or(base);
    Some([base, ours, parts.next().unwrap_or(base)])
}
