//! Words fit for a log: those of others, and how many spans.

use crate::content::without_secrets;
use crate::head::head;

/// What a peer or an exporter said, on one line, without secrets, and no more of it than a log should hold.
pub(crate) fn shown(message: &str) -> String {
    const MOST: usize = 300;
    let mut shown = without_secrets(&on_one_line(message)).into_owned();
    if shown.len() > MOST {
        shown.truncate(head(&shown, MOST).len());
        shown.push('…');
    }
    shown
}

/// Without line breaks, runs of spaces, and what a terminal would act on.
pub(crate) fn on_one_line(message: &str) -> String {
    let mut line = String::new();
    for word in message.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !letter.is_control()));
    }
    line
}

/// `1 span`, `2 spans`.
pub(crate) fn spans(count: u64) -> String {
    format!("{count} {}", if count == 1 { "span" } else { "spans" })
}

/// What helps where more comes than there is room for.
#[cfg(feature = "_otlp")]
pub(crate) fn more_room(has_spool: bool) -> &'static str {
    if has_spool {
        "they come faster than the spool's disk takes them; raise Builder::with_queue_bytes"
    } else {
        "raise Builder::with_queue_bytes, or use a spool"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_and_put_on_one_line() {
        assert_eq!(shown(" two\n lines\u{7} "), "two lines");
        assert_eq!((spans(0), spans(1)), ("0 spans".to_owned(), "1 span".to_owned()));
        assert!(shown(&"ü".repeat(4_000)).len() <= 304);
        let url = "error sending request for url (https://x.example/v1/traces?api_key=hunter22)";
        assert_eq!(shown(url), url.replace("hunter22", "[redacted:secret]"));
    }
}
