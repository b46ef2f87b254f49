//! Long texts of JSON, cut to what the reader keeps of a text: an image in an answer is one.

use super::json::TEXT;

/// Bytes of `\\u00e9` behind its first one.
const ESCAPE: usize = 5;

/// What is left of JSON that may go on behind its end, within a text too.
pub(crate) fn shorten(json: &[u8]) -> Vec<u8> {
    let mut short = Vec::new();
    let (mut in_text, mut escaped) = (false, false);
    // Bytes of the text, and those since its last backslash.
    let (mut length, mut plain) = (0_usize, 0_usize);
    // From where on the end of a long text is kept.
    let mut end: Option<usize> = None;
    for (at, byte) in json.iter().enumerate() {
        if !in_text {
            short.push(*byte);
            (in_text, length, plain) = (*byte == b'"', 0, 0);
            continue;
        }
        // Neither a character nor an escape is cut, nor a pair of escapes that are one character.
        let is_between = !escaped && plain > ESCAPE && *byte & 0b1100_0000 != 0b1000_0000;
        if length >= TEXT && is_between {
            end = Some(at);
        }
        match byte {
            b'"' if !escaped => {
                in_text = false;
                short.extend(end.take().and_then(|end| json.get(end..at)).unwrap_or_default());
            }
            b'\\' if !escaped => (escaped, plain) = (true, 0),
            _ => (escaped, plain) = (false, plain + 1),
        }
        length += 1;
        if end.is_none() {
            short.push(*byte);
        }
    }
    short.extend(end.and_then(|end| json.get(end..)).unwrap_or_default());
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    proptest! {
        #[test]
        fn what_is_short_stays_and_what_is_cut_is_json(
            parts in proptest::collection::vec((prop::sample::select(vec!["\"", "\\", "\n", "ä", "😀", "\u{1}", "plain "]), 1..4_000_usize), 1..4),
            cut in 0..40_000_usize,
        ) {
            let text: String = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
            let whole = json!({"a": "short", "b": [text], "c": {"d": 7}}).to_string().replace('😀', "\\ud83d\\ude00");
            let (before, after) = whole.as_bytes().split_at(cut.min(whole.len()));
            let read: Value = serde_json::from_slice(&[shorten(before), after.to_vec()].concat()).unwrap();
            prop_assert_eq!((&read["a"], &read["c"]["d"]), (&json!("short"), &json!(7)));
            if whole.len() < TEXT {
                prop_assert_eq!(read, serde_json::from_str::<Value>(&whole).unwrap());
            }
        }
    }

    #[test]
    fn of_a_long_text_little_is_left() {
        let image = "x".repeat(1 << 20);
        for body in [format!("{{\"image\": \"{image}\", \"n\": 1}}"), format!("{{\"image\": \"{image}")] {
            assert!(shorten(body.as_bytes()).len() < TEXT + 100);
        }
    }
}
