//! The forms of ids, lane ids and stage keys.

/// The longest id, in bytes.
pub const ID_MAX: usize = 64;
/// The longest stage key, in bytes.
pub const KEY_MAX: usize = 1024;

/// Whether `text` is an id: `[a-z][a-z0-9_]*`, at most [`ID_MAX`] bytes.
pub fn is_id(text: &str) -> bool {
    id_problem(text).is_none()
}

/// Why `text` isn't an id, in words; `None` when it is one.
pub fn id_problem(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    match bytes.first() {
        None => return Some("it is empty"),
        Some(first) if !first.is_ascii_lowercase() => {
            return Some("it must start with a letter from a to z");
        }
        Some(_) => {}
    }
    if bytes.len() > ID_MAX {
        return Some("it is longer than 64 characters");
    }
    if !bytes
        .iter()
        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    {
        return Some("only a to z, 0 to 9 and _ may stand in it");
    }
    None
}

/// Whether `text` is a lane id: two to four ids with dots between.
pub fn is_lane_id(text: &str) -> bool {
    (2..=4).contains(&dotted_ids(text))
}

/// Whether `text` names a role that lowering inserted: `kind`, a dot, and the one or two ids of
/// what it was inserted for.
pub fn is_inserted_id(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('.'))
        .is_some_and(|rest| (1..=2).contains(&dotted_ids(rest)))
}

/// How many ids with dots between a text is; 0 where a part is none.
fn dotted_ids(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut count, mut start) = (0, 0);
    for at in 0..=bytes.len() {
        if at == bytes.len() || bytes[at] == b'.' {
            // Dots are ASCII, so parts start and end between characters.
            if !is_id(&text[start..at]) {
                return 0;
            }
            count += 1;
            start = at + 1;
        }
    }
    count
}

/// Whether `text` may be a stage key as far as the spec goes: 1 to [`KEY_MAX`] printable ASCII
/// bytes.
pub fn is_key_text(text: &str) -> bool {
    !text.is_empty() && text.len() <= KEY_MAX && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}
