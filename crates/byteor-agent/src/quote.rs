//! What a runtime says, made fit to be repeated: in logs, in heartbeats, on pages.
//!
//! A runtime's output is foreign text. A NUL can't stand in the control plane's database, a control
//! character moves a terminal's cursor, and some characters make a line read in another order.

/// Whether a character is repeated as it is.
fn is_plain(character: char) -> bool {
    let reorders = matches!(character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_lines = matches!(character, '\u{2028}' | '\u{2029}');
    character == '\t' || !(character.is_control() || reorders || breaks_lines)
}

/// The text with U+FFFD for each character that isn't repeated, cut to `limit` bytes between
/// characters.
pub fn clean(text: &str, limit: usize) -> String {
    let plain = |character| {
        if is_plain(character) {
            character
        } else {
            '\u{fffd}'
        }
    };
    // A character grows to at most three bytes, so nothing behind the limit matters.
    let cleaned: String = text[..text.floor_char_boundary(limit)]
        .chars()
        .map(plain)
        .collect();
    let end = cleaned.floor_char_boundary(limit);
    cleaned[..end].to_owned()
}

/// The code that a runtime names, if it has the form of one: `E_` and up to 60 capitals, digits
/// and underscores.
pub fn code(text: &str) -> Option<&str> {
    let name = text.strip_prefix("E_")?;
    let formed = name
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (formed && !name.is_empty() && name.len() <= 60).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_reordering_characters_are_replaced_and_words_are_not() {
        assert_eq!(
            clean("a\0b\u{1b}[2Jc\rd\ne\u{7f}\u{85}", 99),
            "a�b�[2Jc�d�e��"
        );
        assert_eq!(clean("\u{202e}gnp.exe\u{2066}\u{2028}", 99), "�gnp.exe��");
        assert_eq!(
            clean("a\tГруша 梨 🍐 e\u{301}", 99),
            "a\tГруша 梨 🍐 e\u{301}"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters_also_where_it_grows() {
        assert_eq!(clean("aé", 2), "a");
        assert_eq!(clean("aé", 3), "aé");
        let grown = clean(&"\0".repeat(500), 400);
        assert!(grown.len() <= 400 && grown.chars().all(|c| c == '\u{fffd}'));
    }

    #[test]
    fn a_code_has_its_form_or_is_none() {
        assert_eq!(code("E_INPUT_MISSING"), Some("E_INPUT_MISSING"));
        for bad in [
            "",
            "E_",
            "input",
            "E_input",
            "E_A\0",
            "E_A B",
            &format!("E_{}", "A".repeat(61)),
        ] {
            assert_eq!(code(bad), None, "{bad:?}");
        }
    }
}
