//! Names with `*`, which stands for anything.

/// Whether `name` is what `pattern` says. Linear in both; case is the caller's matter.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// What `{}` of `pattern` stands for in `name`.
pub(super) fn hole<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    let (before, after) = pattern.split_once("{}")?;
    let found = name.strip_prefix(before)?.strip_suffix(after)?;
    (!found.is_empty() && !found.contains('.')).then_some(found)
}

/// Letters that must be there: the more, the closer the pattern says what is meant.
pub(super) fn weight(pattern: &str) -> usize {
    pattern.bytes().filter(|byte| *byte != b'*').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_everything_else_for_itself() {
        for (pattern, name, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*", "", true),
            ("*data*zone*", "us-data-zone", true),
            ("claude-*-5", "claude-opus-5", true),
            ("claude-*-5", "claude-opus-5-5x", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hole_is_one_label() {
        assert_eq!(hole("{}.api.openai.com", "eu.api.openai.com"), Some("eu"));
        assert_eq!(hole("{}.api.openai.com", "api.openai.com"), None);
        assert_eq!(hole("{}.api.openai.com", "a.b.api.openai.com"), None);
    }
}
