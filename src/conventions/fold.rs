//! How words are compared that people spell in many ways.

/// Longer words mean nothing to us.
const LONGEST: usize = 48;

/// What `look_up` has for `word`, however it is spelled. Most words are spelled as they are looked up.
pub(super) fn in_any_spelling<T>(word: &str, look_up: impl Fn(&str) -> Option<T>) -> Option<T> {
    look_up(word).or_else(|| folded(word, look_up))
}

/// `word` in lower case, with one letter for `-`, `_` and blanks, given to `look_up`. Allocates nothing.
fn folded<T>(word: &str, look_up: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let word = word.trim_matches(|letter: char| letter.is_whitespace() || letter == '"');
    let mut buffer = [0; LONGEST];
    let slots = buffer.get_mut(..word.len())?;
    for (slot, byte) in slots.iter_mut().zip(word.bytes()) {
        *slot = match byte {
            b'-' | b' ' => b'_',
            other => other.to_ascii_lowercase(),
        };
    }
    look_up(str::from_utf8(slots).ok()?)
}

#[cfg(test)]
mod tests {
    use super::folded;

    fn to_text(word: &str) -> Option<String> {
        folded(word, |folded| Some(folded.to_owned()))
    }

    #[test]
    fn case_dashes_and_blanks_do_not_matter() {
        assert_eq!(to_text(" Azure-OpenAI Service ").as_deref(), Some("azure_openai_service"));
    }

    #[test]
    fn quotes_of_a_debugged_text_do_not_matter() {
        assert_eq!(to_text("\"llm\"").as_deref(), Some("llm"));
    }

    #[test]
    fn letters_outside_ascii_stay_what_they_are() {
        assert_eq!(to_text("ÄÖ-ü").as_deref(), Some("ÄÖ_ü"));
    }

    #[test]
    fn a_megabyte_is_no_word() {
        assert_eq!(to_text(&"x".repeat(1 << 20)), None);
        assert_eq!(to_text(&"x".repeat(48)).map(|word| word.len()), Some(48));
    }
}
