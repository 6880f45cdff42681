//! What a gesture would do is what it does.

use byteor_pipeline::api::{ForeseeRequest, Foreseen};
use byteor_pipeline::lower::{ForeseenRole, foreseen_roles};
use byteor_pipeline::{EditOperation, ExecutionTarget, compile, edit_utf16, foresee, suggest_next};

const TARGET: ExecutionTarget = ExecutionTarget::LaneGraph;

const ORDERS: &str = "\
pipeline orders

ingress in
stage json json_require:id
stage mask json_mask:email
stage hash json_hash:user=hmac_sha256:pii
egress out

in -> json -> mask -> out
json -> hash
";

fn ask(text: &str, operations: &[EditOperation]) -> Foreseen {
    foresee(&ForeseeRequest {
        text: text.to_owned(),
        target: TARGET,
        operations: operations.to_vec(),
    })
    .expect("operations that can be done")
}

fn connect(from: &str, to: &str) -> EditOperation {
    EditOperation::Connect {
        from: from.to_owned(),
        to: to.to_owned(),
        intent: None,
    }
}

fn ids(roles: &[ForeseenRole]) -> Vec<(&str, &str)> {
    roles
        .iter()
        .map(|role| (role.kind, role.id.as_str()))
        .collect()
}

#[test]
fn a_connection_says_which_roles_it_makes_also_in_a_plan_with_errors() {
    // `hash` leads nowhere yet, so nothing compiles; what it will need is known all the same.
    assert!(compile(ORDERS, TARGET).report.is_none());
    let foreseen = ask(ORDERS, &[connect("hash", "out")]);
    assert_eq!(ids(&foreseen.inserted), [("merge", "merge.out")]);
    assert_eq!(ids(&foreseen.removed), []);
    assert!(
        foreseen.inserted[0].reason.contains("`hash` and `mask`"),
        "{foreseen:?}"
    );
    assert_eq!(
        foreseen.inserted[0].elements,
        ["out", "hash->out", "mask->out"]
    );
    assert!(foreseen.problems.is_empty(), "{:?}", foreseen.problems);
    assert!(compile(&foreseen.text, TARGET).report.is_some());
}

#[test]
fn what_goes_and_what_stands_elsewhere_is_said_too() {
    let text = ORDERS.replace("json -> hash\n", "json -> hash -> out\n");
    let gone = ask(
        &text,
        &[EditOperation::Remove {
            ids: vec!["hash".to_owned()],
            heal: false,
        }],
    );
    assert_eq!(
        ids(&gone.removed),
        [("merge", "merge.out"), ("router", "router.json")]
    );
    let stage = EditOperation::AddStage {
        key: "identity".to_owned(),
        id: Some("third".to_owned()),
        after: Some("json".to_owned()),
    };
    let more = ask(&text, &[stage, connect("third", "out")]);
    assert_eq!(ids(&more.inserted), []);
    assert_eq!(more.created, ["third"]);
    assert_eq!(
        ids(&more.changed),
        [("merge", "merge.out"), ("router", "router.json")]
    );
}

#[test]
fn new_problems_are_told_and_old_ones_are_not() {
    let foreseen = ask(
        ORDERS,
        &[EditOperation::SetKey {
            id: "mask".to_owned(),
            key: "keep:(".to_owned(),
        }],
    );
    let codes: Vec<&str> = foreseen
        .problems
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    assert_eq!(codes, ["E_KEY_REGEX"], "{:?}", foreseen.problems);
    let refused = foresee(&ForeseeRequest {
        text: ORDERS.to_owned(),
        target: TARGET,
        operations: vec![connect("hash", "nobody")],
    });
    assert_eq!(refused.unwrap_err().code, "E_EDIT_UNKNOWN_ID");
}

#[test]
fn a_ring_has_no_roles_of_its_own() {
    assert_eq!(foreseen_roles(ORDERS, ExecutionTarget::SingleRing), []);
}

#[test]
fn what_may_come_next_is_legal_and_says_what_it_needs() {
    let next = suggest_next(ORDERS, TARGET, "json");
    assert_eq!(next.families, ["json_mask", "json_drop", "dedupe"]);
    let elements: Vec<(&str, Vec<(&str, &str)>)> = next
        .elements
        .iter()
        .map(|element| (element.id.as_str(), ids(&element.inserted)))
        .collect();
    assert_eq!(elements, [("out", vec![("merge", "merge.out")])]);
    // Nothing leads back, an ingress to an egress, or out of an egress.
    let from_hash = suggest_next(ORDERS, TARGET, "hash");
    let elements: Vec<&str> = from_hash
        .elements
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(elements, ["out", "mask"]);
    let from_in = suggest_next(ORDERS, TARGET, "in");
    let elements: Vec<&str> = from_in.elements.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(elements, ["mask", "hash"]);
    assert!(!from_in.families.is_empty());
    let nothing = suggest_next(ORDERS, TARGET, "out");
    assert!(nothing.families.is_empty() && nothing.elements.is_empty());
    // A ring has one slot for a record, so nothing that gives several is offered.
    let extracted = ORDERS.replace("json_require:id", "json_extract:id");
    let split = |target| {
        suggest_next(&extracted, target, "json")
            .families
            .contains(&"split")
    };
    assert!(split(TARGET) && !split(ExecutionTarget::SingleRing));
}

#[test]
fn every_suggested_element_can_be_connected() {
    for after in ["in", "json", "mask", "hash"] {
        for element in suggest_next(ORDERS, TARGET, after).elements {
            let request = byteor_pipeline::api::EditRequest {
                text: ORDERS.to_owned(),
                target: TARGET,
                operation: connect(after, &element.id),
            };
            let text = edit_utf16(&request).expect("a legal connection").text;
            let codes: Vec<String> = compile(&text, TARGET)
                .diagnostics
                .into_iter()
                .map(|one| one.code)
                .collect();
            assert!(
                !codes.iter().any(|code| code.contains("CYCLE")),
                "{codes:?}"
            );
        }
    }
}
