//! What was done so far, kept in the cache and told in docs/verification.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::part::{PARTS, Part};

const BEGIN: &str = "<!-- deep: written by cargo xtask deep -->\n";
const END: &str = "<!-- deep: end -->\n";

/// What one part did, over all runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// By unit.
    pub counts: BTreeMap<String, u64>,
    pub seconds: u64,
    /// Runs that ended with a failure.
    pub failures: u64,
    /// The day of the last one.
    pub last: String,
    /// The number of the first round that nobody did yet.
    pub next: u64,
}

/// By the name of the part.
pub type All = BTreeMap<String, Done>;

/// As the cache says; where it says nothing, as the table does.
pub fn read(state: &Path, page: &Path) -> Result<All, String> {
    if state.exists() {
        let text = text_of(state)?;
        let value: Value = serde_json::from_str(&text).map_err(|e| named(state, &e))?;
        return of_json(&value).ok_or_else(|| named(state, &"not what deep writes; remove it"));
    }
    of_page(&text_of(page)?)
}

/// Writes both.
pub fn write(all: &All, state: &Path, page: &Path) -> Result<(), String> {
    let text = serde_json::to_string_pretty(&json_of(all)).map_err(|e| named(state, &e))?;
    write_whole(state, &(text + "\n"))?;
    let before = text_of(page)?;
    let (head, tail) = around(&before)?;
    write_whole(page, &[head, &table(all), tail].concat())
}

/// All of it or nothing, also when the process ends meanwhile.
fn write_whole(path: &Path, text: &str) -> Result<(), String> {
    let beside = path.with_extension("new");
    fs::write(&beside, text).map_err(|e| named(&beside, &e))?;
    fs::rename(&beside, path).map_err(|e| named(path, &e))
}

fn text_of(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| named(path, &e))
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

/// What stands before the table and after it, with the markers.
fn around(page: &str) -> Result<(&str, &str), String> {
    let missing = || format!("docs/verification.md lacks {BEGIN:?} or {END:?}");
    let begin = page.find(BEGIN).ok_or_else(missing)? + BEGIN.len();
    let end = begin + page[begin..].find(END).ok_or_else(missing)?;
    Ok((&page[..begin], &page[end..]))
}

fn json_of(all: &All) -> Value {
    let parts = all.iter().map(|(name, done)| {
        let counts = &done.counts;
        let (seconds, failures) = (done.seconds, done.failures);
        let (last, next) = (&done.last, done.next);
        let value = json!({
            "counts": counts, "seconds": seconds, "failures": failures, "last": last, "next": next,
        });
        (name.clone(), value)
    });
    Value::Object(parts.collect::<Map<_, _>>())
}

fn of_json(value: &Value) -> Option<All> {
    let parts = value.as_object()?.iter().map(|(name, one)| {
        let counts = one["counts"].as_object()?.iter();
        let counts = counts.map(|(unit, count)| Some((unit.clone(), count.as_u64()?)));
        let done = Done {
            counts: counts.collect::<Option<_>>()?,
            seconds: one["seconds"].as_u64()?,
            failures: one["failures"].as_u64()?,
            last: one["last"].as_str()?.to_owned(),
            next: one["next"].as_u64()?,
        };
        Some((name.clone(), done))
    });
    parts.collect()
}

/// The table: a row a part, in their order.
pub fn table(all: &All) -> String {
    let mut text = "\n| part | does | done | in | failed | last |\n\
                    | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    let nothing = Done::default();
    for Part { name, what, .. } in PARTS {
        let done = all.get(*name).unwrap_or(&nothing);
        let counts = done.counts.iter();
        let counts: Vec<String> = counts
            .map(|(u, n)| format!("{} {u}", grouped(*n)))
            .collect();
        let counts = counts.join(", then ");
        let cells = [
            format!("`{name}`"),
            (*what).to_owned(),
            or_dash(&counts),
            format!("{} s", grouped(done.seconds)),
            done.failures.to_string(),
            or_dash(&done.last),
        ];
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text + "\n"
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "–" } else { text }.to_owned()
}

/// As [`table`] wrote it. Rounds go on behind all that were counted.
fn of_page(page: &str) -> Result<All, String> {
    let (head, tail) = around(page)?;
    let text = &page[head.len()..page.len() - tail.len()];
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| of_row(row).ok_or_else(|| format!("docs/verification.md: `{row}`")))
        .collect()
}

fn of_row(row: &str) -> Option<(String, Done)> {
    let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
    let [name, _, counts, seconds, failures, last] = cells[..] else {
        return None;
    };
    let number = |text: &str| text.replace(',', "").parse::<u64>().ok();
    let counts = counts.split(", then ").filter(|text| *text != "–");
    let counts = counts.map(|text| {
        let (count, unit) = text.split_once(' ')?;
        Some((unit.to_owned(), number(count)?))
    });
    let counts: BTreeMap<String, u64> = counts.collect::<Option<_>>()?;
    let done = Done {
        next: counts.values().sum(),
        counts,
        seconds: number(seconds.strip_suffix(" s")?)?,
        failures: number(failures)?,
        last: last.replace('–', ""),
    };
    Some((name.trim_matches('`').to_owned(), done))
}

/// A number with commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Today in UTC, as `2026-11-29`.
pub fn today() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let days = since.map_or(0, |since| since.as_secs() / 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date so many days after 1970-01-01, by Hinnant's `civil_from_days`.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> All {
        let done = Done {
            counts: BTreeMap::from([("kills".to_owned(), 1_234_567), ("more".to_owned(), 7)]),
            seconds: 3_600,
            failures: 1,
            last: "2026-11-29".to_owned(),
            next: 1_234_574,
        };
        let mut all: All = PARTS
            .iter()
            .map(|part| (part.name.to_owned(), Done::default()))
            .collect();
        all.insert("kills".to_owned(), done);
        all
    }

    #[test]
    fn what_is_written_is_read_again_from_the_cache_and_without_it_from_the_page() {
        let dir = tempfile::tempdir().unwrap();
        let (state, page) = (dir.path().join("state.json"), dir.path().join("page.md"));
        fs::write(&page, format!("before\n{BEGIN}old\n{END}after\n")).unwrap();
        write(&some(), &state, &page).unwrap();
        assert_eq!(read(&state, &page).unwrap(), some());
        fs::remove_file(&state).unwrap();
        assert_eq!(read(&state, &page).unwrap(), some());
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.starts_with("before\n") && text.ends_with("after\n"));
        assert!(text.contains("| 1,234,567 kills, then 7 more | 3,600 s | 1 | 2026-11-29 |"));
        fs::write(&state, "{\"kills\": 3}").unwrap();
        assert!(read(&state, &page).unwrap_err().contains("state.json"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_786), (2026, 11, 29));
    }
}
