//! What a key does, as sentences: the words that the page, describe, differences and approvals share.

use byteor_pipeline_spec::SentencePart;
use serde::Serialize;

use crate::key::{ParsedKey, cut, name_of};
use crate::model::{PARAMETERS_MAX, ParameterKind, StageFamily};
use crate::rules::KeyRules;
use crate::value::cut_fields;
use crate::{family, form::without_backslashes, rules, url};

/// More fields than this are counted in few words, unless that saves but one.
const NAMED: usize = 3;

/// A longer value is cut in few words. The sentence with all of them has it whole.
const SHOWN: usize = 48;

/// What a key does, in three lengths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageSentence {
    /// In few words: a sentence without its full stop. Many fields are counted, and long values cut.
    pub parts: Vec<SentencePart>,
    /// The one fact that tells it from others of its family.
    pub fact: String,
    /// With all values, whole.
    pub long: Vec<SentencePart>,
}

/// What a key does; nothing where its family is unknown, or a separator is missing. A key with bad
/// values has a sentence too, so that a stage tells what it is for while it is typed.
pub fn sentence(key: &str) -> Option<StageSentence> {
    let (name, rest) = name_of(key);
    let rules = rules(name)?;
    let family = family(name)?;
    let cut = cut(rules, key, rest.is_some()).ok()?;
    let values = Values::new(rules, |index| {
        cut[index].map(|(start, end)| &key[start..end])
    });
    let mut long = values.parts(family.does.for_last(values.last()), Form::Whole);
    if let Some(first) = long.first_mut() {
        first.text[..1].make_ascii_uppercase();
    }
    SentencePart::push(&mut long, ".", false);
    Some(StageSentence {
        parts: values.parts(family.says.for_last(values.last()), Form::Few),
        fact: text(&values.parts(family.fact.for_last(values.last()), Form::Few)),
        long,
    })
}

/// What a key with these parts does, as a phrase in the third person, with values in backticks.
pub(crate) fn phrase(family: &StageFamily, values: &Values) -> String {
    text(&values.parts(family.does.for_last(values.last()), Form::Quoted))
}

/// The same, in parts.
pub(crate) fn phrase_parts(family: &StageFamily, values: &Values) -> Vec<SentencePart> {
    values.parts(family.does.for_last(values.last()), Form::Whole)
}

fn text(parts: &[SentencePart]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}

/// How values are told.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// In few words.
    Few,
    /// Whole.
    Whole,
    /// Whole, in backticks but for numbers, choices and addresses, which nobody takes for words.
    Quoted,
}

/// The values of a key, without the backslashes that only keep a separator from ending one.
pub(crate) struct Values {
    rules: &'static KeyRules,
    given: [Option<String>; PARAMETERS_MAX],
}

impl Values {
    pub(crate) fn of(key: &ParsedKey<'_>) -> Self {
        Self::new(key.family, |index| key.given(index))
    }

    fn new<'k>(rules: &'static KeyRules, given: impl Fn(usize) -> Option<&'k str>) -> Self {
        let mut values = [const { None }; PARAMETERS_MAX];
        for (index, value) in values.iter_mut().enumerate() {
            let next = rules.parameters().get(index + 1);
            *value = given(index).map(|text| match next {
                Some(next) => without_backslashes(text, next.separator),
                None => text.to_owned(),
            });
        }
        Self {
            rules,
            given: values,
        }
    }

    fn last(&self) -> Option<&str> {
        let last = self.rules.parameters().len().checked_sub(1);
        self.given[last.unwrap_or(0)].as_deref()
    }

    /// The words with the values in their places.
    fn parts(&self, words: &str, form: Form) -> Vec<SentencePart> {
        let mut parts = Vec::new();
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            SentencePart::push(&mut parts, before, false);
            let (place, after) = after.split_once('}').unwrap_or((after, ""));
            let led = place.strip_prefix('~');
            let index = led.unwrap_or(place).parse().unwrap_or(0);
            self.value(&mut parts, index, led.is_some(), form);
            rest = after;
        }
        SentencePart::push(&mut parts, rest, false);
        parts
    }

    fn value(&self, parts: &mut Vec<SentencePart>, index: usize, led: bool, form: Form) {
        let Some(parameter) = self.rules.parameters().get(index) else {
            return;
        };
        let value = self.given[index].as_deref().or(parameter.default);
        let value = value.unwrap_or("");
        if led {
            // A pattern of ordinary characters is a text, and says "with".
            let plain = !value.contains(|c| "\\.+*?()|[]{}^$".contains(c));
            SentencePart::push(parts, if plain { "with " } else { "that match " }, false);
        }
        match parameter.kind {
            ParameterKind::Fields => fields(parts, value, form),
            ParameterKind::Url if form == Form::Few => {
                SentencePart::push(parts, &told(url::host(value).unwrap_or(value), form), true);
            }
            ParameterKind::Url | ParameterKind::Integer | ParameterKind::Choice
                if form == Form::Quoted =>
            {
                SentencePart::push(parts, value, true);
            }
            _ => SentencePart::push(parts, &told(value, form), true),
        }
    }
}

fn fields(parts: &mut Vec<SentencePart>, value: &str, form: Form) {
    let all = cut_fields(value);
    let named = match form {
        Form::Few if all.len() > NAMED + 1 => NAMED,
        _ => all.len(),
    };
    for (at, field) in all[..named].iter().enumerate() {
        if at > 0 {
            let last = at + 1 == all.len();
            SentencePart::push(parts, if last { " and " } else { ", " }, false);
        }
        let field = match *field {
            "" if all.len() > 1 => "an empty field",
            field => field,
        };
        SentencePart::push(parts, &told(field, form), true);
    }
    if named < all.len() {
        SentencePart::push(parts, " and ", false);
        SentencePart::push(parts, &(all.len() - named).to_string(), false);
        SentencePart::push(parts, " more", false);
    }
}

/// A value as it is told. Without backticks, one that nobody could see has words.
fn told(value: &str, form: Form) -> String {
    let mut text = match value {
        _ if form == Form::Quoted => return ["`", value, "`"].concat(),
        "" => "…".to_owned(),
        " " => "a space".to_owned(),
        _ if value.bytes().all(|byte| byte == b' ') => {
            [&value.len().to_string(), " spaces"].concat()
        }
        _ => value.to_owned(),
    };
    if form == Form::Few
        && let Some((at, _)) = text.char_indices().nth(SHOWN)
    {
        text.truncate(at);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StageFamily, families, parse_key};

    fn short(key: &str) -> String {
        text(&sentence(key).unwrap().parts)
    }

    /// With values between stars.
    fn marked(parts: &[SentencePart]) -> String {
        let mark = |part: &SentencePart| {
            let star = if part.value { "*" } else { "" };
            [star, &part.text, star].concat()
        };
        parts.iter().map(mark).collect()
    }

    fn keys(family: &'static StageFamily) -> impl Iterator<Item = &'static str> {
        family
            .examples
            .iter()
            .map(|example| example.key)
            .chain([family.template])
    }

    #[test]
    fn every_key_of_the_catalogue_has_a_sentence_with_all_its_values() {
        for family in families() {
            for key in keys(family) {
                let said = sentence(key).unwrap();
                let first = said.long[0].text.as_bytes()[0];
                assert!(first.is_ascii_uppercase(), "{key}");
                let whole = text(&said.long);
                assert!(whole.ends_with('.'), "{key}: {whole}");
                let values = crate::split_key(key).unwrap().values;
                for (parameter, value) in family.parameters.iter().zip(&values) {
                    let Some(value) = value.as_deref().filter(|value| !value.is_empty()) else {
                        continue;
                    };
                    let wanted = match parameter.kind {
                        ParameterKind::Fields => cut_fields(value),
                        _ => vec![value],
                    };
                    for wanted in wanted {
                        let there = |part: &SentencePart| part.value && part.text == wanted;
                        assert!(said.long.iter().any(there), "{key}: {wanted} in {whole}");
                    }
                }
                if !family.parameters.is_empty() && key.contains(':') {
                    let told = said.parts.iter().filter(|part| part.value).count();
                    assert!(told > 0, "{key}: {:?}", said.parts);
                }
                assert!(
                    !said.fact.is_empty() && said.fact.chars().count() <= 40,
                    "{key}"
                );
            }
        }
    }

    #[test]
    fn few_words_are_few_whatever_the_key() {
        for family in families() {
            let long = "a".repeat(300);
            let values = family.parameters.iter().map(|parameter| {
                Some(match parameter.kind {
                    ParameterKind::Fields => [long.as_str()].repeat(3).join(","),
                    ParameterKind::Choice | ParameterKind::Integer => parameter.example.to_owned(),
                    _ => long.clone(),
                })
            });
            let form = crate::KeyForm {
                family: family.name.to_owned(),
                values: values.collect(),
            };
            let said = sentence(&crate::join_key(&form).unwrap()).unwrap();
            let length = text(&said.parts).chars().count();
            assert!((10..=220).contains(&length), "{}: {length}", family.name);
            assert!(said.fact.chars().count() <= 160, "{}", family.name);
            for key in keys(family).filter(|key| key.len() < 40) {
                let length = short(key).chars().count();
                assert!((10..=60).contains(&length), "{key}: {length}");
            }
        }
    }

    #[test]
    fn titles_are_verb_phrases_and_what_often_follows_is_in_the_catalogue() {
        for family in families() {
            assert!(family.title.contains(' '), "{}", family.title);
            assert!(family.title.len() <= 24, "{}", family.title);
            assert!(!family.often_next.is_empty(), "{}", family.name);
            for next in family.often_next {
                assert!(crate::family(next).is_some(), "{next}");
            }
        }
    }

    #[test]
    fn the_same_words_in_text_and_in_parts() {
        for family in families() {
            for key in keys(family).filter(|key| !key.contains('`')) {
                let does = parse_key(key).unwrap().does().replace('`', "");
                let long = text(&sentence(key).unwrap().long);
                assert!(
                    long[1..].trim_end_matches('.') == does[1..].trim_end_matches('.')
                        || long.contains(" space"),
                    "{does} / {long}"
                );
            }
        }
    }

    #[test]
    fn sentences_as_nodes_show_them() {
        for (key, wanted) in [
            (
                "json_mask:email,phone",
                "Masks *email* and *phone* with *****",
            ),
            ("json_mask:email=", "Empties *email*"),
            (
                "drop:\"level\":\"debug\"",
                "Drops records with *\"level\":\"debug\"*",
            ),
            ("keep:^\\{", "Keeps records that match *^\\{*"),
            (
                "dedupe:1000:event_id",
                "Drops repeats among *1000* *event_id*",
            ),
            ("dedupe:1000", "Drops repeats among *1000* records"),
            (
                "json_hash:customer_id=hmac_sha256:pii",
                "Hashes *customer_id* with key *pii*",
            ),
            ("json_drop:cart,", "Takes out *cart* and *an empty field*"),
            ("json_drop:", "Takes out *…*"),
            (
                "json_keep:a,b\\,c,d,e,f,g",
                "Keeps only *a*, *b\\,c*, *d* and 3 more",
            ),
            (
                "http_post:https://hooks.shop.example/payments",
                "Posts to *hooks.shop.example*",
            ),
            ("replace:id\\=[0-9]+=x", "Replaces *id=[0-9]+* by *x*"),
            ("replace:a=", "Removes *a*"),
            ("split: ", "Splits records at *a space*"),
            ("trim", "Trims white space at both ends"),
        ] {
            assert_eq!(marked(&sentence(key).unwrap().parts), wanted, "{key}");
        }
        assert_eq!(sentence("nope:x"), None);
        assert_eq!(sentence("replace:a"), None);
        assert_eq!(sentence(""), None);
        assert_eq!(
            marked(&sentence("json_mask:email,phone").unwrap().long),
            "Replaces the values of *email* and *phone* in JSON objects by *****."
        );
    }
}
