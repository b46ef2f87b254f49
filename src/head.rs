//! The beginning of a text.

/// The first bytes of `text`, `most` of them at most, up to a character's end.
pub(crate) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn no_character_is_cut() {
        assert_eq!((head("grün", 3), head("grün", 4), head("grün", 9), head("ü", 0)), ("gr", "grü", "grün", ""));
    }
}
