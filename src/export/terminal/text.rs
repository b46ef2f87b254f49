//! Text from models and users, made safe to print: one line, no escapes, a known width.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Marks stacked on one character beyond these would climb over the lines above.
const MAX_MARKS: usize = 3;

/// `text` on one line, at most `max` characters and an ellipsis.
///
/// Runs of white space become one space and other control characters become `�`, so that model output cannot
/// steer the terminal. Invisible format characters (reordering, joiners, tags) are dropped: terminals disagree
/// about their width.
pub(crate) fn printable(text: &str, max: usize) -> String {
    let mut line = String::new();
    let (mut length, mut marks, mut space) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            space = length > 0;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        let c = if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        marks = if cells(c) == 0 { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            continue;
        }
        if length >= max {
            line.push('…');
            break;
        }
        if space {
            line.push(' ');
            length += 1;
        }
        space = false;
        line.push(c);
        length += 1;
    }
    line
}

/// Terminal cells that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

/// `text` within `max` cells; what is cut is marked by `ellipsis`.
pub(crate) fn cut<'a>(text: &'a str, max: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let ellipsis_cells = width(ellipsis);
    if ellipsis_cells > max {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut taken = ellipsis_cells;
    for c in text.chars() {
        taken += cells(c);
        if taken > max {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept.push_str(ellipsis);
    Cow::Owned(kept)
}

/// `text` with a `?` for each character that plain ASCII does not have.
pub(crate) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let visible = text.chars().filter(|c| c.is_ascii() || cells(*c) > 0);
    let mut plain = String::with_capacity(text.len());
    for c in visible {
        match c {
            '…' => plain.push_str("..."),
            c if c.is_ascii() => plain.push(c),
            _ => plain.push('?'),
        }
    }
    Cow::Owned(plain)
}

/// Widths are summed by character: what a terminal makes of whole sequences differs too much to rely on.
fn cells(c: char) -> usize {
    c.width().unwrap_or(0)
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_newlines_cannot_reach_the_terminal() {
        let line = printable("a\u{1b}[2J\u{9b}31mb\r\n\tc\u{7}\u{202e}d\u{200b}\0", 100);
        assert_eq!(line, "a�[2J�31mb c�d�");
        assert!(!line.chars().any(char::is_control));
    }

    #[test]
    fn a_text_of_a_megabyte_costs_its_first_line_only() {
        assert_eq!(printable(&"x".repeat(1 << 20), 5), "xxxxx…");
        assert_eq!(printable(&" ".repeat(1 << 20), 5), "");
        assert_eq!(printable("  five!  ", 5), "five!");
    }

    #[test]
    fn stacked_marks_are_thinned_out() {
        assert_eq!(printable(&format!("a{}b", "\u{301}".repeat(50)), 100), "a\u{301}\u{301}\u{301}b");
    }

    #[test]
    fn wide_characters_are_cut_by_the_cells_they_take() {
        assert_eq!(width("東京天気"), 8);
        assert_eq!(cut("東京天気", 8, "…"), "東京天気");
        assert_eq!(cut("東京天気", 7, "…"), "東京天…");
        assert_eq!(cut("東京天気", 6, "…"), "東京…");
        assert_eq!(cut("plain", 4, "..."), "p...");
        assert_eq!(cut("plain", 2, "..."), "");
    }

    #[test]
    fn ascii_keeps_what_it_can() {
        assert_eq!(ascii("wie süß…"), "wie s??...");
        assert_eq!(ascii("e\u{301}"), "e");
    }
}
