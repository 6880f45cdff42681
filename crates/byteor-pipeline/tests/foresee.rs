//! What a gesture would do is what it does.

use byteor_pipeline::api::{ForeseeRequest, Foreseen};
use byteor_pipeline::lower::{ForeseenRole, foreseen_roles};
use byteor_pipeline::{EditOperation, ExecutionTarget, compile, foresee};

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
