//! What is taken of a key set that came in, and what is said of the rest.

use byteor_policy::sign::TestKey;
use byteor_policy::{KeyPurpose, KeySet, KeyState, OfferedKeys, key_codes};
use serde_json::{Value, json};

fn key(kid: &str, seed: u8) -> TestKey {
    TestKey::from_seed(kid, KeyPurpose::Approval, [seed; 32])
}

fn trusted(keys: &[(&TestKey, KeyState)]) -> KeySet {
    KeySet {
        keys: keys
            .iter()
            .map(|(key, state)| key.trusted(*state))
            .collect(),
        org_id: "org-1".into(),
        v: 1,
    }
}

/// Who is trusted then, and who was refused.
type Taken = (Vec<(String, KeyState)>, Vec<(String, &'static str)>);

/// Offers a set after `change`; answers what is trusted then, by id and state, and who was refused.
fn offer(
    before: &KeySet,
    offered: &KeySet,
    change: impl FnOnce(&mut Value),
) -> Result<Taken, String> {
    let mut value = serde_json::to_value(offered).unwrap();
    change(&mut value);
    let (set, refused) = OfferedKeys::parse(value.to_string().as_bytes())?.over(before)?;
    set.check().unwrap();
    let mut states: Vec<_> = set
        .keys
        .iter()
        .map(|key| (key.kid.clone(), key.state))
        .collect();
    states.sort_by(|a, b| a.0.cmp(&b.0));
    let refused = refused.into_iter().map(|one| (one.kid, one.code));
    Ok((states, refused.collect()))
}

fn states(list: &[(&str, KeyState)]) -> Vec<(String, KeyState)> {
    list.iter()
        .map(|(kid, state)| ((*kid).to_owned(), *state))
        .collect()
}

use KeyState::{Active, Retired, Revoked};

#[test]
fn a_sound_set_is_taken_whole() {
    let (a, b) = (key("a", 1), key("b", 2));
    let before = trusted(&[(&a, Active)]);
    let after = trusted(&[(&a, Retired), (&b, Active)]);
    let (taken, refused) = offer(&before, &after, |_| {}).unwrap();
    assert_eq!(taken, states(&[("a", Retired), ("b", Active)]));
    assert_eq!(refused, []);
}

#[test]
fn what_is_broken_is_refused_by_name_and_the_rest_is_taken() {
    let (a, b, c) = (key("a", 1), key("b", 2), key("c", 3));
    let before = trusted(&[(&a, Active)]);
    let after = trusted(&[(&a, Revoked), (&b, Active), (&c, Active)]);
    type Damage = (&'static str, fn(&mut Value));
    let broken: [Damage; 6] = [
        ("algorithm", |key| key["alg"] = json!("RSA")),
        ("state", |key| key["state"] = json!("paused")),
        ("purpose", |key| key["purpose"] = json!("everything")),
        ("bytes", |key| key["public_key"] = json!("AAAA")),
        ("no bytes", |key| key["public_key"] = Value::Null),
        ("a field that is missing", |key| {
            key.as_object_mut().unwrap().remove("state");
        }),
    ];
    for (what, damage) in broken {
        let (taken, refused) = offer(&before, &after, |set| damage(&mut set["keys"][1])).unwrap();
        assert_eq!(taken, states(&[("a", Revoked), ("c", Active)]), "{what}");
        assert_eq!(refused, [("b".to_owned(), key_codes::FORM)], "{what}");
    }
    // What isn't even an object has no name.
    let (taken, refused) = offer(&before, &after, |set| set["keys"][1] = json!(7)).unwrap();
    assert_eq!(taken.len(), 2);
    assert_eq!(refused, [(String::new(), key_codes::FORM)]);
}

#[test]
fn an_id_that_is_there_twice_is_taken_from_neither() {
    let (a, b) = (key("a", 1), key("b", 2));
    let before = trusted(&[(&a, Active)]);
    let mut twice = trusted(&[(&a, Revoked), (&b, Active), (&b, Active)]);
    let (taken, refused) = offer(&before, &twice, |_| {}).unwrap();
    assert_eq!(taken, states(&[("a", Revoked)]));
    assert_eq!(refused, vec![("b".to_owned(), key_codes::TWICE); 2]);
    // The trusted one of that id stays as it was.
    twice.keys[0].kid = "b".into();
    let before = trusted(&[(&b, Active)]);
    let (taken, _) = offer(&before, &twice, |_| {}).unwrap();
    assert_eq!(taken, states(&[("b", Active)]));
}

#[test]
fn a_known_id_keeps_its_bytes_and_purpose_and_what_was_revoked_stays_revoked() {
    let (a, other_a, b) = (key("a", 1), key("a", 9), key("b", 2));
    let fresh = key("c", 3);
    let before = trusted(&[(&a, Active), (&b, Revoked)]);
    let after = trusted(&[(&other_a, Active), (&b, Active), (&fresh, Active)]);
    let mut value = serde_json::to_vec(&after).unwrap();
    let (set, refused) = OfferedKeys::parse(&value).unwrap().over(&before).unwrap();
    assert_eq!(set.key("a"), before.key("a"));
    assert_eq!(set.key("b").unwrap().state, Revoked);
    assert_eq!(set.key("c").unwrap().state, Active);
    let codes: Vec<_> = refused
        .iter()
        .map(|one| (one.kid.as_str(), one.code))
        .collect();
    assert_eq!(
        codes,
        [("a", key_codes::CHANGED), ("b", key_codes::REVOKED)]
    );

    let mut moved = trusted(&[(&a, Active)]);
    moved.keys[0].purpose = KeyPurpose::Manifest;
    value = serde_json::to_vec(&moved).unwrap();
    let (set, refused) = OfferedKeys::parse(&value).unwrap().over(&before).unwrap();
    assert_eq!(set.key("a"), before.key("a"));
    assert_eq!(refused[0].code, key_codes::CHANGED);
}

#[test]
fn a_key_that_is_not_named_any_more_is_trusted_no_more_but_a_revoked_one_stays_known() {
    let (a, b) = (key("a", 1), key("b", 2));
    let before = trusted(&[(&a, Active), (&b, Revoked)]);
    let (taken, refused) = offer(&before, &trusted(&[]), |_| {}).unwrap();
    assert_eq!(taken, states(&[("b", Revoked)]));
    assert_eq!(refused, []);
}

#[test]
fn a_set_of_another_organization_or_version_is_refused_whole() {
    let a = key("a", 1);
    let before = trusted(&[(&a, Active)]);
    for (field, value) in [("org_id", json!("org-2")), ("v", json!(2))] {
        assert!(offer(&before, &before, |set| set[field] = value).is_err());
    }
}

#[test]
fn a_refusal_never_repeats_raw_text_of_a_hostile_set() {
    let a = key("a", 1);
    let before = trusted(&[(&a, Active)]);
    let wild = "\u{0}\u{202e}".repeat(200);
    let bytes = json!({ "org_id": "org-1", "v": 1, "keys": [{ "kid": wild, "alg": wild }] });
    let offered = OfferedKeys::parse(bytes.to_string().as_bytes()).unwrap();
    let (_, refused) = offered.over(&before).unwrap();
    let text = format!("{}{}", refused[0].kid, refused[0].message);
    assert!(
        text.len() < 400 && text.is_ascii() && !text.contains('\0'),
        "{text}"
    );
}
