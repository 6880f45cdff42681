//! Laws of the three-way merge, on edited plans and on odd documents (docs/spec/merge.md).

mod generate;

use byteor_pipeline_plan::*;
use generate::{document, good, line, operation};
use proptest::prelude::*;

fn plain(base: &str, ours: &str, theirs: &str) -> MergeAnswer {
    let answer = merge(base, ours, theirs, &[]);
    assert_eq!(apply_edits(ours, &answer.edits), answer.text);
    answer
}

fn choice(conflict: &MergeConflict, resolution: &str) -> MergeChoice {
    MergeChoice {
        id: conflict.id.clone(),
        resolution: resolution.to_owned(),
        text: None,
        ours: conflict.ours.clone(),
        theirs: conflict.theirs.clone(),
    }
}

/// Merges with one resolution for all conflicts. A choice may bring others up.
fn choosing(base: &str, ours: &str, theirs: &str, resolution: &str) -> MergeAnswer {
    let mut choices: Vec<MergeChoice> = Vec::new();
    for _ in 0..20 {
        let answer = merge(base, ours, theirs, &choices);
        let new: Vec<MergeChoice> = answer
            .conflicts
            .iter()
            .filter(|conflict| conflict.chosen.is_none())
            .map(|conflict| choice(conflict, resolution))
            .collect();
        if new.is_empty() {
            assert_eq!(answer.open, 0);
            return answer;
        }
        choices.extend(new);
    }
    panic!("conflicts without end\nbase\n{base}\nours\n{ours}\ntheirs\n{theirs}");
}

/// What a text says, piece by piece: statements, settings, connections, comments, other lines.
fn pieces(text: &str) -> Vec<String> {
    let document = parse(text, &mut Diagnostics::default());
    let mut found = Vec::new();
    for line in &document.lines {
        let raw = line.span.of(text).trim().to_owned();
        if raw.is_empty() {
            continue;
        }
        if line.broken || matches!(line.statement, Statement::Nothing | Statement::Unknown) {
            let keyed = matches!(
                line.statement,
                Statement::Pipeline { .. }
                    | Statement::Description { .. }
                    | Statement::Block { .. }
                    | Statement::Boundary { id: Some(_), .. }
                    | Statement::Stage { id: Some(_), .. }
            );
            if !keyed {
                found.push(raw);
                continue;
            }
        }
        if let Some(comment) = line.comment {
            found.push(comment.of(text).trim_end().to_owned());
        }
        match &line.statement {
            Statement::Chain(chain) if !line.broken => {
                for (from, arrow, to) in chain.links() {
                    found.push(format!("{} {:?} {}", from.text, arrow.intent, to.text));
                }
            }
            Statement::Block { target, settings } if !line.broken => {
                for setting in settings {
                    let (name, value) = (setting.name.text, &setting.value);
                    found.push(format!("{} {name} {value}", target.name()));
                }
            }
            _ => {
                let words: Vec<&str> = line.body.of(text).split_whitespace().collect();
                found.push(words.join(" "));
            }
        }
    }
    found
}

/// What stands in a text and not in another.
fn more(text: &str, than: &str) -> Vec<String> {
    let mut known = pieces(than);
    let mut found = Vec::new();
    for piece in pieces(text) {
        match known.iter().position(|other| *other == piece) {
            Some(at) => {
                known.swap_remove(at);
            }
            None => found.push(piece),
        }
    }
    found
}

/// Everything that an answer says, in its text and in its conflicts.
fn said(answer: &MergeAnswer) -> Vec<String> {
    let mut found = pieces(&answer.text);
    for conflict in &answer.conflicts {
        for text in [&conflict.ours, &conflict.theirs].into_iter().flatten() {
            found.extend(pieces(text));
            // A setting is no statement.
            found.push(match conflict.kind {
                MergeConflictKind::Setting => {
                    let (target, _) = conflict.element.split_once(' ').unwrap();
                    format!("{target} {text}")
                }
                _ => text.clone(),
            });
            found.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    found
}

/// A text with the ids that a merge gave its elements: those it declares, or all that it mentions.
fn followed(text: &str, answer: &MergeAnswer, mentioned: bool) -> String {
    let mut ids: Vec<(&str, &str)> = Vec::new();
    for rename in &answer.renames {
        ids.push((&rename.before, &rename.after));
    }
    for conflict in &answer.conflicts {
        if conflict.kind == MergeConflictKind::Renamed {
            let known = |(before, _): &&(&str, &str)| *before == conflict.element;
            let now = ids
                .iter()
                .find(known)
                .map_or(&conflict.element[..], |(_, after)| after);
            for id in [&conflict.ours, &conflict.theirs].into_iter().flatten() {
                ids.push((id, now));
            }
        }
    }
    let mut text = text.to_owned();
    for (id, to) in ids {
        if !mentioned && !declares(&text, id) {
            continue;
        }
        let (id, to) = (id.to_owned(), to.to_owned());
        if let Ok(answer) = edit(&text, &EditOperation::Rename { id, to }) {
            text = answer.text;
        }
    }
    text
}

fn nothing_is_lost(base: &str, ours: &str, theirs: &str, answer: &MergeAnswer) {
    let lost = |mentioned: bool| {
        let said = said(answer);
        let [base, ours, theirs] =
            [base, ours, theirs].map(|text| followed(text, answer, mentioned));
        let is_lost = move |piece: &String| {
            let joined = || said.iter().any(|text| text.contains(piece));
            !(said.contains(piece) || piece.starts_with('#') && joined())
        };
        let pieces = [&ours, &theirs].map(|side| more(side, &base));
        pieces.into_iter().flatten().find(is_lost)
    };
    let Some(piece) = lost(true) else { return };
    // A side that declares an element no more may go on to name it, for whatever it meant by that.
    assert!(
        lost(false).is_none(),
        "lost {piece:?}\nbase\n{base}\nours\n{ours}\ntheirs\n{theirs}\nmerged\n{}\n{:#?}",
        answer.text,
        answer.conflicts
    );
}

fn syntax_errors(text: &str) -> usize {
    let mut diagnostics = Diagnostics::default();
    parse(text, &mut diagnostics);
    let all = diagnostics.finish(text);
    all.iter()
        .filter(|one| {
            one.is_error() && one.phase == Phase::Syntax && one.code != "E_SYNTAX_LINE_END"
        })
        .count()
}

fn declares(text: &str, id: &str) -> bool {
    let graph = PlanGraph::new(&parse(text, &mut Diagnostics::default()));
    graph.stages.iter().any(|stage| stage.id == id)
        || graph.boundaries.iter().any(|boundary| boundary.id == id)
}

fn is_free_to_rename(text: &str, id: &str) -> bool {
    let operation = EditOperation::Rename {
        id: id.to_owned(),
        to: "renamed_alone".to_owned(),
    };
    edit(text, &operation).is_ok()
}

/// A document, and what two people made of it.
fn edited(start: impl Strategy<Value = String>) -> impl Strategy<Value = [String; 3]> {
    let side = || {
        (
            prop::collection::vec(operation(), 0..5),
            prop::collection::vec((any::<prop::sample::Index>(), line(), 0u8..4), 0..3),
        )
    };
    (start, side(), side()).prop_map(|(base, ours, theirs)| {
        let base = base
            .replace("s0", "a")
            .replace("s1", "b")
            .replace("s2", "c");
        let make = |(operations, lines): (Vec<EditOperation>, Vec<_>)| {
            let mut text = base.clone();
            for operation in operations {
                if let Ok(answer) = edit(&text, &operation) {
                    text = answer.text;
                }
            }
            for (place, line, what) in lines {
                let place: prop::sample::Index = place;
                let mut list: Vec<String> = text.split('\n').map(str::to_owned).collect();
                let at = place.index(list.len());
                match what {
                    0 => list.insert(at, line),
                    1 => list[at] = line,
                    2 => {
                        list.remove(at);
                    }
                    _ => {
                        let moved = list.remove(at);
                        list.insert(list.len() / 2, moved);
                    }
                }
                text = list.join("\n");
            }
            // A carriage return at the very end would be a stray one.
            text.trim_end_matches('\r').to_owned()
        };
        let sides = [make(ours), make(theirs)];
        let [ours, theirs] = sides;
        [base, ours, theirs]
    })
}

fn texts() -> impl Strategy<Value = [String; 3]> {
    prop_oneof![
        5 => edited(good()),
        3 => edited(document()),
        1 => (document(), document(), document()).prop_map(|(a, b, c)| [a, b, c]),
    ]
}

proptest! {
    #[test]
    fn what_one_side_left_alone_is_what_the_other_made([base, ours, theirs] in texts()) {
        for (b, o, t, expected) in [
            (&base, &ours, &base, &ours),
            (&base, &base, &theirs, &theirs),
            (&base, &ours, &ours, &ours),
        ] {
            let answer = plain(b, o, t);
            prop_assert_eq!(&answer.text, expected);
            prop_assert_eq!(answer.conflicts.len(), 0);
        }
    }

    #[test]
    fn no_line_that_a_side_added_or_changed_is_lost([base, ours, theirs] in texts()) {
        let answer = plain(&base, &ours, &theirs);
        nothing_is_lost(&base, &ours, &theirs, &answer);
    }

    #[test]
    fn what_one_side_renames_has_one_id([base, ours, theirs] in texts(), at in any::<prop::sample::Index>()) {
        // A rename alone, against anything.
        let mut graph = PlanGraph::new(&parse(&base, &mut Diagnostics::default()));
        graph.stages.retain(|stage| is_free_to_rename(&base, &stage.id));
        if !graph.stages.is_empty() {
            let id = graph.stages[at.index(graph.stages.len())].id.clone();
            let operation = EditOperation::Rename { id: id.clone(), to: "renamed_alone".to_owned() };
            let renamed = edit(&base, &operation).unwrap().text;
            let answer = plain(&base, &renamed, &theirs);
            nothing_is_lost(&base, &renamed, &theirs, &answer);
            if answer.renames.iter().any(|rename| rename.before == id) {
                prop_assert!(!declares(&answer.text, &id), "{}", answer.text);
            }
        }
        let answer = plain(&base, &ours, &theirs);
        for rename in &answer.renames {
            prop_assert!(!declares(&answer.text, &rename.before), "{}", answer.text);
        }
    }

    #[test]
    fn it_does_not_matter_whose_text_is_called_ours([base, ours, theirs] in texts()) {
        whoever_is_called_ours(&base, &ours, &theirs)?;
        let (one, other) = (choosing(&base, &ours, &theirs, "ours"), choosing(&base, &theirs, &ours, "theirs"));
        prop_assert_eq!(one.text, other.text);
    }

    #[test]
    fn a_merge_makes_no_errors_of_form([base, ours, theirs] in texts()) {
        let answer = plain(&base, &ours, &theirs);
        prop_assert!(
            syntax_errors(&answer.text) <= syntax_errors(&ours) + syntax_errors(&theirs),
            "{}", answer.text
        );
    }

    #[test]
    fn every_resolution_can_be_chosen_and_holds([base, ours, theirs] in texts()) {
        let open = plain(&base, &ours, &theirs);
        for conflict in &open.conflicts {
            prop_assert!(conflict.resolutions.len() >= 3);
            for resolution in &conflict.resolutions {
                let choices = [choice(conflict, &resolution.name)];
                let answer = merge(&base, &ours, &theirs, &choices);
                let same = answer.conflicts.iter().find(|other| other.id == conflict.id);
                prop_assert_eq!(same.and_then(|other| other.chosen.as_deref()), Some(&resolution.name[..]), "{:?}", conflict);
                prop_assert_eq!(apply_edits(&ours, &answer.edits), answer.text);
            }
            let mut own = choice(conflict, "text");
            // An id is decided by another one; anything else leaves the conflict open.
            let by_hand = match conflict.kind {
                MergeConflictKind::Renamed => "decided_by_hand",
                _ => "# decided by hand",
            };
            own.text = Some(by_hand.to_owned());
            let answer = merge(&base, &ours, &theirs, &[own]);
            prop_assert!(answer.text.contains(by_hand), "{:?}\n{}", conflict, answer.text);
        }
    }

    #[test]
    fn a_third_version_loses_nothing([base, ours, theirs] in texts(), third in edited(good())) {
        // What was chosen against the second version is merged with a third one, in the middle and
        // at the end of a merge.
        let third = third[1].clone();
        let half = plain(&base, &ours, &theirs);
        let choices: Vec<MergeChoice> = half.conflicts.iter().step_by(2).map(|conflict| choice(conflict, "theirs")).collect();
        let again = merge(&base, &ours, &third, &choices);
        nothing_is_lost(&base, &ours, &third, &again);
        for conflict in &again.conflicts {
            if let Some(before) = choices.iter().find(|choice| choice.id == conflict.id) {
                let holds = before.theirs == conflict.theirs && before.ours == conflict.ours;
                prop_assert_eq!(holds, conflict.chosen.is_some());
                prop_assert_eq!(!holds, conflict.reopened);
            } else {
                prop_assert_eq!(&conflict.chosen, &None);
            }
        }
        let done = choosing(&base, &ours, &theirs, "theirs");
        let last = plain(&theirs, &done.text, &third);
        nothing_is_lost(&theirs, &done.text, &third, &last);
    }
}

const PLAN: &str =
    "ingress in\nstage a keep:x\nstage b drop:y\negress out\n\nin -> a -> b -> out\n";

fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

const RENAME: [(&str, &str); 2] = [("stage a ", "stage parse "), ("> a ", "> parse ")];

/// Conflicts have the same names either way. What they quote calls an element that both renamed by
/// ours, so that is settled first.
fn whoever_is_called_ours(base: &str, ours: &str, theirs: &str) -> Result<(), TestCaseError> {
    let settled = |[ours, theirs]: [&str; 2], resolution: &str| {
        let open = plain(base, ours, theirs);
        let names: Vec<String> = open.conflicts.iter().map(|one| one.id.clone()).collect();
        let renamed = |one: &&MergeConflict| one.kind == MergeConflictKind::Renamed;
        let choices: Vec<MergeChoice> = open
            .conflicts
            .iter()
            .filter(renamed)
            .map(|one| choice(one, resolution))
            .collect();
        (names, merge(base, ours, theirs, &choices))
    };
    let (names, one) = settled([ours, theirs], "ours");
    let (others, other) = settled([theirs, ours], "theirs");
    prop_assert_eq!(names, others);
    for (a, b) in one.conflicts.iter().zip(&other.conflicts) {
        prop_assert_eq!(&a.id, &b.id);
        prop_assert_eq!((&a.ours, &a.theirs, &a.base), (&b.theirs, &b.ours, &b.base));
    }
    Ok(())
}

#[test]
fn what_is_chosen_beside_a_rename_holds_whichever_id_is_chosen() {
    for [base, ours, theirs] in [
        ["ingress aa", "ingress a0 # note", "ingress in  #é📦 "],
        [
            "stage aa keep:x\ningress i\negress e\ni -> aa -> e\n",
            "stage bb keep:x # one\ningress i\negress e\ni -> bb -> e\n",
            "stage cc keep:x # two\ningress i\negress e\ni -> cc -> e\n",
        ],
    ] {
        whoever_is_called_ours(base, ours, theirs).unwrap();
        let open = plain(base, ours, theirs);
        let names: Vec<&str> = open.conflicts.iter().map(|one| &one.id[..]).collect();
        assert_eq!(names, ["comment/aa", "renamed/aa"]);
        for id in ["ours", "theirs", "base"] {
            let choices = [
                choice(&open.conflicts[0], "both"),
                choice(&open.conflicts[1], id),
            ];
            let answer = merge(base, ours, theirs, &choices);
            assert_eq!(answer.open, 0, "{:#?}", answer.conflicts);
        }
    }
}

#[test]
fn what_the_other_side_did_to_a_renamed_element_goes_to_its_new_id() {
    let ours = with(PLAN, &RENAME);
    let theirs = with(
        PLAN,
        &[
            ("keep:x", "keep:z"),
            (
                "egress out\n",
                "stage c identity\negress out\negress more\n",
            ),
        ],
    ) + "a -[journal]-> c -> more\nlane_graph { merge a priority in }\n";
    for answer in [plain(PLAN, &ours, &theirs), plain(PLAN, &theirs, &ours)] {
        assert_eq!(answer.conflicts, []);
        assert_eq!(
            answer.text,
            "ingress in\nstage parse keep:z\nstage b drop:y\nstage c identity\negress out\negress more\n\nin -> parse -> b -> out\nparse -[journal]-> c -> more\nlane_graph { merge parse priority in }\n"
        );
        assert_eq!(
            answer
                .renames
                .iter()
                .map(|rename| (&rename.before[..], &rename.after[..]))
                .collect::<Vec<_>>(),
            [("a", "parse")]
        );
    }
    let answer = plain(PLAN, &theirs, &ours);
    let came: Vec<(MergeChange, &str)> = answer
        .incoming
        .iter()
        .map(|one| (one.change, &one.element[..]))
        .collect();
    assert_eq!(came, [(MergeChange::Renamed, "a → parse")]);
}

#[test]
fn a_removal_against_a_rename_is_a_conflict() {
    let ours = with(PLAN, &RENAME);
    let theirs = "ingress in\nstage b drop:y\negress out\n\nin -> b -> out\n";
    let open = plain(PLAN, &ours, theirs);
    let ids: Vec<&str> = open
        .conflicts
        .iter()
        .map(|conflict| &conflict.id[..])
        .collect();
    assert_eq!(ids, ["removed/parse"]);
    assert_eq!(
        open.conflicts[0].message,
        "`parse` was removed on one side and renamed on the other"
    );
    assert_eq!(choosing(PLAN, &ours, theirs, "ours").text, ours);
    assert_eq!(choosing(PLAN, &ours, theirs, "theirs").text, theirs);
}

#[test]
fn two_new_ids_for_one_element_are_a_conflict() {
    let ours = with(PLAN, &RENAME);
    let theirs = with(
        PLAN,
        &[
            ("stage a keep:x", "stage read keep:x # theirs"),
            ("> a ", "> read "),
        ],
    );
    let open = plain(PLAN, &ours, &theirs);
    assert_eq!(open.conflicts.len(), 1);
    let conflict = &open.conflicts[0];
    assert_eq!(conflict.kind, MergeConflictKind::Renamed);
    assert_eq!(conflict.element, "a");
    let commented = |id: &str| {
        with(
            PLAN,
            &[
                ("> a ", &format!("> {id} ")),
                ("stage a keep:x", &format!("stage {id} keep:x # theirs")),
            ],
        )
    };
    assert_eq!(open.text, commented("parse"));
    for (resolution, id) in [("ours", "parse"), ("theirs", "read"), ("base", "a")] {
        let answer = choosing(PLAN, &ours, &theirs, resolution);
        assert_eq!(answer.text, commented(id));
        assert_eq!(answer.open, 0);
    }
    let mut own = choice(conflict, "text");
    for (text, id, chosen) in [
        ("fresh", "fresh", Some("text")),
        ("in", "parse", None),
        ("no id", "parse", None),
    ] {
        own.text = Some(text.to_owned());
        let answer = merge(PLAN, &ours, &theirs, &[own.clone()]);
        assert_eq!(answer.text, commented(id));
        assert_eq!(answer.conflicts[0].chosen.as_deref(), chosen);
        assert_eq!(answer.conflicts[0].reopened, chosen.is_none());
    }
}

#[test]
fn an_id_that_the_other_side_uses_for_something_else_is_not_followed() {
    let ours = with(PLAN, &RENAME);
    let theirs = with(PLAN, &[("keep:x\n", "keep:x\nstage parse identity\n")]);
    let answer = plain(PLAN, &ours, &theirs);
    assert_eq!(answer.renames, []);
    nothing_is_lost(PLAN, &ours, &theirs, &answer);
    assert_eq!(answer.conflicts.len(), 1);
    assert_eq!(answer.conflicts[0].id, "added/parse");
}
