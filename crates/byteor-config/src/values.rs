//! What the values of an adapter's keys have to be, by the kind of each key, and the rules between
//! them. Paths have theirs in [`crate::validate()`], with those of the rest of the bundle.

use crate::adapters::{BrokenRule, Key, KeyKind};
use crate::model::ConfigBundleV1;
use crate::net::{listen_problem, name_problem, pointer_problem, url_path_problem, url_problem};
use crate::validate::ConfigIssue;

/// Adds what stands against the two adapters. Where a key says by a placeholder which boundary it is for,
/// it is judged as it would be for one.
pub(crate) fn check(config: &ConfigBundleV1, issues: &mut Vec<ConfigIssue>) {
    let sample = config.of_boundaries(Some(SAMPLE), Some(SAMPLE));
    for ((field, key, written), (_, _, judged)) in
        config.adapter_fields().zip(sample.adapter_fields())
    {
        if let (Some(written), Some(judged)) = (written, judged)
            && let Some(issue) = value_issue(&field, key, (&written, &judged), config)
        {
            issues.push(issue);
        }
    }
    issues.extend(broken("ingress.", sample.ingress.broken()));
    issues.extend(broken("egress.", sample.egress.broken()));
}

/// An id that a boundary could have; none is shorter, since names have limits.
const SAMPLE: &str = "b";

/// What stands against one side of a bundle that is that of one boundary.
pub(crate) fn of_side<'a>(
    placed: &'a ConfigBundleV1,
    side: &'a str,
) -> impl Iterator<Item = ConfigIssue> + 'a {
    let values = placed.adapter_fields().filter_map(move |field| {
        let (field, key, written) = field;
        let written = written.filter(|_| field.starts_with(side))?;
        value_issue(&field, key, (&written, &written), placed)
    });
    let rules = match side {
        "ingress." => placed.ingress.broken(),
        _ => placed.egress.broken(),
    };
    values.chain(broken(side, rules))
}

fn broken(side: &str, rules: Vec<BrokenRule>) -> impl Iterator<Item = ConfigIssue> {
    rules.into_iter().map(move |rule| {
        let field = [side, rule.key].concat();
        ConfigIssue::new(rule.code, &field, rule.message.into_owned(), &rule.help)
    })
}

fn value_issue(
    field: &str,
    key: &Key,
    (written, judged): (&str, &str),
    config: &ConfigBundleV1,
) -> Option<ConfigIssue> {
    let shown = crate::kv::escape(written);
    let issue = |code: &str, message: String, help: &str| {
        Some(ConfigIssue::new(code, field, message, help).arg("value", written))
    };
    match key.kind {
        // A word that isn't one can't be held; paths are checked with the others.
        KeyKind::Path | KeyKind::Word { .. } => None,
        KeyKind::Number { min, max, unit } => {
            let fits = written
                .parse()
                .is_ok_and(|number: u32| (min..=max).contains(&number));
            if fits {
                return None;
            }
            issue(
                "E_CONFIG_NUMBER",
                format!("{shown} {unit} are outside what this may be."),
                &format!("Give a whole number from {min} to {max}."),
            )
        }
        KeyKind::Listen => issue(
            "E_CONFIG_LISTEN",
            format!("The address '{shown}' {}.", listen_problem(judged)?),
            "Give an address of the host and a port, such as 127.0.0.1:8080 or [::]:8080.",
        ),
        KeyKind::UrlPath => issue(
            "E_CONFIG_URL_PATH",
            format!("The path '{shown}' {}.", url_path_problem(judged)?),
            "Give the path that clients call, such as /orders.",
        ),
        KeyKind::Url { schemes } => issue(
            "E_CONFIG_URL",
            format!("The URL '{shown}' {}.", url_problem(judged, schemes)?),
            &format!("Give a URL such as {}://host.example/orders.", schemes[0]),
        ),
        KeyKind::Text => issue(
            "E_CONFIG_NAME",
            format!("The name '{shown}' {}.", name_problem(judged)?),
            "Give a name of at most 256 characters of ASCII, without spaces.",
        ),
        KeyKind::Pointer => issue(
            "E_CONFIG_POINTER",
            format!("The pointer '{shown}' {}.", pointer_problem(judged)?),
            "Give the names that lead to the value, each behind a slash, such as /customer/id.",
        ),
        KeyKind::Secret if config.secrets.iter().any(|secret| secret.name == written) => None,
        KeyKind::Secret => issue(
            "E_CONFIG_SECRET_MISSING",
            format!("The secret '{shown}' is used here, and nothing says where it is."),
            "Give the path of the file on the agent's host that holds it.",
        ),
    }
}
