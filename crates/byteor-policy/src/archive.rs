//! The deploy bundle's archive: a plain tar of which only one form is accepted.
//!
//! A general tar reader follows long names, links, sparse files and extensions; a bundle has
//! none of them, so a reader of its own is both smaller and safer. Names are compared, never
//! used as paths.

use crate::refusal::{Refusal, codes, quote};

/// Largest bundle that is looked at, in bytes.
pub const MAX_BUNDLE_BYTES: usize = 16 * 1024 * 1024;

const BLOCK: usize = 512;

/// One member of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Name, printable ASCII without a slash.
    pub name: &'a str,
    /// Content.
    pub bytes: &'a [u8],
}

/// Reads the members of a bundle.
///
/// # Errors
/// `E_BUNDLE_LAYOUT` where the archive isn't: ustar headers with sound checksums, plain files
/// only, mode 0644, owner, group and time 0, names sorted and without repeats, padding of
/// zeros, and two blocks of zeros at the end with nothing but zeros after them.
pub fn read_archive(tar: &[u8]) -> Result<Vec<Member<'_>>, Refusal> {
    let refuse = |what: &str| Refusal::new(codes::BUNDLE_LAYOUT, format!("The archive {what}."));
    if tar.len() > MAX_BUNDLE_BYTES {
        return Err(refuse("is larger than 16 MiB"));
    }
    if !tar.len().is_multiple_of(BLOCK) {
        return Err(refuse("is cut short"));
    }
    let mut members: Vec<Member<'_>> = Vec::new();
    let mut at = 0;
    loop {
        let header = tar
            .get(at..at + BLOCK)
            .ok_or_else(|| refuse("is cut short"))?;
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let name = read_header(header).map_err(&refuse)?;
        let size =
            octal(&header[124..136]).ok_or_else(|| refuse("has a size that can't be read"))?;
        let start = at + BLOCK;
        let padded = size.checked_next_multiple_of(BLOCK);
        let bytes = padded
            .and_then(|padded| tar.get(start..start.checked_add(padded)?))
            .ok_or_else(|| refuse("is cut short"))?;
        let (content, padding) = bytes.split_at(size);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(refuse("hides bytes between its members"));
        }
        if members.last().is_some_and(|previous| previous.name >= name) {
            return Err(refuse(&format!(
                "has the member '{}' out of order or twice",
                quote(name)
            )));
        }
        members.push(Member {
            name,
            bytes: content,
        });
        at = start + bytes.len();
    }
    let tail = &tar[at..];
    if tail.len() < 2 * BLOCK || tail.iter().any(|byte| *byte != 0) {
        return Err(refuse("doesn't end as it must"));
    }
    Ok(members)
}

fn read_header(header: &[u8]) -> Result<&str, &'static str> {
    let mut sum = 0_u64;
    for (index, byte) in header.iter().enumerate() {
        let counted = if (148..156).contains(&index) {
            b' '
        } else {
            *byte
        };
        sum += u64::from(counted);
    }
    if octal(&header[148..156]).map(|value| value as u64) != Some(sum) {
        return Err("has a header with a wrong checksum");
    }
    if &header[257..263] != b"ustar\0" || &header[263..265] != b"00" {
        return Err("isn't a ustar archive");
    }
    if header[156] != b'0' {
        return Err("holds something other than plain files");
    }
    let zero = |range: std::ops::Range<usize>| octal(&header[range]) == Some(0);
    if octal(&header[100..108]) != Some(0o644)
        || !zero(108..116)
        || !zero(116..124)
        || !zero(136..148)
    {
        return Err("has a member with another mode, owner, group or time");
    }
    let empty = |range: std::ops::Range<usize>| header[range].iter().all(|byte| *byte == 0);
    if !empty(157..257) || !empty(265..329) || !empty(345..512) {
        return Err("has a header with a link, an owner's name or a prefix");
    }
    if octal(&header[329..337]).is_some_and(|major| major != 0)
        || octal(&header[337..345]).is_some_and(|minor| minor != 0)
    {
        return Err("has a header with a device");
    }
    let field = &header[..100];
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len());
    if field[end..].iter().any(|byte| *byte != 0) {
        return Err("has a name that goes on after its end");
    }
    let name = std::str::from_utf8(&field[..end]).map_err(|_| "has a name that isn't text")?;
    let plain = !name.is_empty()
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        });
    if plain {
        Ok(name)
    } else {
        Err("has a name that isn't plain")
    }
}

/// An octal number with its ordinary terminators (NUL or space); base-256 sizes are refused.
fn octal(field: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_end_matches(['\0', ' ']).trim_start_matches(' ');
    if digits.is_empty() {
        return None;
    }
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'7'))
        .then(|| usize::from_str_radix(digits, 8).ok())
        .flatten()
}
