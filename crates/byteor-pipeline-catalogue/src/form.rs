//! A key as a form sees it: a family and a value for each parameter.

use serde::{Deserialize, Serialize};

use crate::key::{cut, name_of};
use crate::rules;

/// A family and the values of its parameters, as people type them into the fields of a form.
///
/// The one thing that differs from the key: a separator that would end a value has no backslash
/// here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KeyForm {
    /// The family's name.
    pub family: String,
    /// One value for each of its parameters; null for one that is left out.
    pub values: Vec<Option<String>>,
}

/// The fields of a key; nothing where its family is unknown, or it lacks a separator. The values may
/// be bad ones: what is wrong with a key is [`parse_key`](crate::parse_key)'s to say.
pub fn split_key(key: &str) -> Option<KeyForm> {
    let (name, rest) = name_of(key);
    let family = rules(name)?;
    let parts = cut(family, key, rest.is_some()).ok()?;
    let mut values = Vec::new();
    for (index, part) in parts[..family.parameters().len()].iter().enumerate() {
        let next = family.parameters().get(index + 1);
        values.push(part.map(|(start, end)| match next {
            Some(next) => without_backslashes(&key[start..end], next.separator),
            None => key[start..end].to_owned(),
        }));
    }
    Some(KeyForm {
        family: name.to_owned(),
        values,
    })
}

/// The key of a form; nothing where the family is unknown. Values that are missing are empty where
/// the family requires them, and left out where it doesn't.
pub fn join_key(form: &KeyForm) -> Option<String> {
    let family = rules(&form.family)?;
    let value = |index: usize| form.values.get(index).and_then(Option::as_deref);
    let mut key = family.name.to_owned();
    for (index, parameter) in family.parameters().iter().enumerate() {
        let given = value(index);
        if parameter.optional && given.is_none() {
            break;
        }
        key.push(parameter.separator);
        let text = given.unwrap_or("");
        match family.parameters().get(index + 1) {
            Some(next) => {
                let follows = !next.optional || value(index + 1).is_some();
                with_backslashes(&mut key, text, next.separator, follows);
            }
            None => key.push_str(text),
        }
    }
    Some(key)
}

/// Takes out each backslash that only keeps a separator from ending the value: one that stands alone
/// before it.
pub(crate) fn without_backslashes(text: &str, separator: char) -> String {
    let mut value = String::with_capacity(text.len());
    let mut backslashes = 0;
    for c in text.chars() {
        if c == separator && backslashes == 1 {
            value.pop();
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        value.push(c);
    }
    value
}

/// Appends a value so that no separator ends it too early, and that the one which `follows` does.
fn with_backslashes(key: &mut String, text: &str, separator: char, follows: bool) {
    let mut before = ' ';
    for c in text.chars() {
        if c == separator && before != '\\' {
            key.push('\\');
        }
        key.push(c);
        before = c;
    }
    // A backslash at the end would take the separator into the value. Two of them stand for one,
    // wherever backslashes mean something, and so does `\\x5c`.
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    if follows && backslashes > 0 && backslashes.is_multiple_of(2) {
        key.truncate(key.len() - 2);
        key.push_str("\\x5c");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{families, parse_key};

    fn values(key: &str) -> Vec<Option<String>> {
        split_key(key).unwrap().values
    }

    #[test]
    fn separators_inside_values_need_no_backslash_in_a_form() {
        assert_eq!(
            values("replace:id\\=[0-9]+=id=0"),
            [Some("id=[0-9]+".to_owned()), Some("id=0".to_owned())]
        );
        assert_eq!(values("json_mask:a,b"), [Some("a,b".to_owned()), None]);
        assert_eq!(
            values("json_mask:a="),
            [Some("a".to_owned()), Some(String::new())]
        );
        assert_eq!(
            values("json_hash:a=hmac_sha256:pii"),
            ["a", "hmac_sha256", "pii"].map(|value| Some(value.to_owned()))
        );
        assert_eq!(values("trim"), [None]);
        assert_eq!(values("identity"), []);
        assert_eq!(split_key("nope:x"), None);
        assert_eq!(split_key("identity:x"), None);
        assert_eq!(split_key("replace:a"), None);
    }

    #[test]
    fn a_form_gives_back_its_key() {
        for key in families()
            .iter()
            .flat_map(|family| family.examples)
            .map(|e| e.key)
            .chain([
                "replace:\\\\=x=y",
                "replace:\\\\\\=x=y",
                "replace:[\\\\]=\\",
                "json_mask:a\\=b",
                "json_mask:a\\\\",
                "json_mask:a\\=b==",
                "dedupe:7:a\\:b:c",
                "replace:=",
                "keep:",
            ])
        {
            assert_eq!(join_key(&split_key(key).unwrap()).as_deref(), Some(key));
        }
    }

    #[test]
    fn a_value_that_ends_with_a_backslash_keeps_its_separator_out() {
        let form = KeyForm {
            family: "replace".to_owned(),
            values: vec![Some("a\\\\".to_owned()), Some("b".to_owned())],
        };
        let key = join_key(&form).unwrap();
        assert_eq!(key, "replace:a\\x5c=b");
        assert_eq!(parse_key(&key).unwrap().value(1), "b");
    }
}
