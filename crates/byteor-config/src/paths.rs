//! What a path in a config bundle may look like. Lexical only: links are the agent's to resolve.

use byteor_ascii::{has_wildcard, wildcard_matches, wildcard_reaches};

/// Longest path, in bytes (`PATH_MAX` of Linux, without the terminator).
const MAX_PATH: usize = 4095;
/// Longest name within a path, in bytes (`NAME_MAX`).
pub(crate) const MAX_NAME: usize = 255;

/// Why `path` can't name a file in a config bundle, or `None` when it can.
///
/// Accepted is an absolute path in its one plain form: no `.` or `..`, no empty names, no
/// trailing slash, no control characters, within the limits of Linux.
pub fn path_problem(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("is empty");
    }
    if !path.starts_with('/') {
        return Some("isn't absolute");
    }
    if path.bytes().any(|byte| byte == 0) {
        return Some("holds a NUL");
    }
    if path.chars().any(char::is_control) {
        return Some("holds a control character");
    }
    if path.len() > MAX_PATH {
        return Some("is longer than 4095 bytes");
    }
    if path.ends_with('/') {
        return Some("names a folder, not a file");
    }
    for name in path[1..].split('/') {
        match name {
            "" => return Some("holds an empty name ('//')"),
            "." | ".." => return Some("holds a '.' or '..'"),
            _ if name.len() > MAX_NAME => return Some("holds a name longer than 255 bytes"),
            _ => {}
        }
    }
    None
}

/// Why `root` can't be an allowed root, or `None` when it can. A root is a folder, written like
/// a path of a config bundle; `/` itself is allowed, since the host's owner may say so.
pub fn root_problem(root: &str) -> Option<&'static str> {
    if root == "/" {
        return None;
    }
    match path_problem(root) {
        Some("names a folder, not a file") => Some("ends with a slash"),
        other => other,
    }
}

/// Whether the name of `path` is a pattern that matches the file `other`. Both in the form that
/// [`path_problem`] accepts.
pub fn matches(path: &str, other: &str) -> bool {
    let (Some((folder, pattern)), Some((other, name))) =
        (path.rsplit_once('/'), other.rsplit_once('/'))
    else {
        return false;
    };
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    folder == other && has_wildcard(pattern) && wildcard_matches(pattern, name)
}

/// Whether the name of `path` is a pattern that matches some file of those whose names begin with that of
/// `begin` and a dot.
pub fn reaches(path: &str, begin: &str) -> bool {
    let (Some((folder, pattern)), Some((other, name))) =
        (path.rsplit_once('/'), begin.rsplit_once('/'))
    else {
        return false;
    };
    let (pattern, begin) = (pattern.as_bytes(), [name, "."].concat());
    folder == other && has_wildcard(pattern) && wildcard_reaches(pattern, begin.as_bytes())
}

/// Whether an output at `path` that writes several files may write `other`: one of them, or their lock.
pub fn is_rotated(path: &str, other: &str) -> bool {
    let rest = other
        .strip_prefix(path)
        .and_then(|rest| rest.strip_prefix('.'));
    let Some(rest) = rest else {
        return false;
    };
    let number = rest.strip_suffix(".part").unwrap_or(rest);
    rest == "lock" || (number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether `path` lies strictly under `root`, by names. Both in the form that
/// [`path_problem`] and [`root_problem`] accept.
pub fn is_under(path: &str, root: &str) -> bool {
    if path_problem(path).is_some() || root_problem(root).is_some() {
        return false;
    }
    if root == "/" {
        return true;
    }
    path.strip_prefix(root)
        .is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_absolute_file_paths_are_accepted() {
        assert_eq!(path_problem("/data/in.log"), None);
        assert_eq!(path_problem("/données/entrée.log"), None);
        for (path, problem) in [
            ("", "is empty"),
            ("data/in.log", "isn't absolute"),
            ("/data/../etc/passwd", "holds a '.' or '..'"),
            ("/data/./in", "holds a '.' or '..'"),
            ("/data//in", "holds an empty name ('//')"),
            ("/data/", "names a folder, not a file"),
            ("/", "names a folder, not a file"),
            ("/a\0b", "holds a NUL"),
            ("/a\nb", "holds a control character"),
            ("/a\u{85}b", "holds a control character"),
        ] {
            assert_eq!(path_problem(path), Some(problem), "{path:?}");
        }
        assert!(path_problem(&format!("/{}", "n".repeat(256))).is_some());
        assert!(path_problem(&"/nn".repeat(2000)).is_some());
    }

    #[test]
    fn a_pattern_matches_names_in_its_own_folder() {
        assert!(matches("/data/*.log", "/data/in.log"));
        assert!(matches("/data/*.log", "/data/*.log"));
        assert!(!matches("/data/in.log", "/data/in.log"), "no pattern");
        assert!(!matches("/data/*.log", "/data/old/in.log"));
        assert!(!matches("/data/*", "/data"));
        assert!(!matches("/*/in.log", "/data/in.log"));
        assert!(!matches("", ""));
        assert!(reaches("/data/*.log", "/data/out"));
        assert!(reaches("/data/out*", "/data/out"));
        assert!(!reaches("/data/in*", "/data/out"));
        assert!(!reaches("/other/*", "/data/out"));
        assert!(!reaches("/data/out.1", "/data/out"), "no pattern");
    }

    #[test]
    fn an_output_in_several_files_has_numbered_names_and_a_lock() {
        let number = "0".repeat(20);
        for (other, is) in [
            (format!("/o.{number}"), true),
            (format!("/o.{number}.part"), true),
            ("/o.lock".into(), true),
            ("/o.rejected".into(), false),
            (format!("/o.{}", &number[1..]), false),
            (format!("/o.{number}0"), false),
            (format!("/o{number}"), false),
            ("/o".into(), false),
        ] {
            assert_eq!(is_rotated("/o", &other), is, "{other}");
        }
    }

    #[test]
    fn a_root_covers_what_is_under_it_and_nothing_beside_it() {
        assert!(is_under("/data/in.log", "/data"));
        assert!(is_under("/data/in.log", "/"));
        assert!(!is_under("/database/in.log", "/data"));
        assert!(!is_under("/data", "/data"));
        assert!(!is_under("/data/../etc/x", "/data"));
        assert!(!is_under("/data/in.log", "data"));
        assert!(!is_under("/data/in.log", ""));
    }
}
