//! Durations, token counts and amounts in words that people read at a glance.

use std::time::Duration;

use super::style::Glyphs;

const MICRO: u128 = 1_000;
const MILLI: u128 = 1_000_000;

/// `850 µs`, `11 ms`, `1.92 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`.
pub(crate) fn duration(duration: Duration, glyphs: &Glyphs) -> String {
    let nanos = duration.as_nanos();
    match nanos {
        0 => format!("0 {}", glyphs.micros),
        1..500 => format!("<1 {}", glyphs.micros),
        // The bounds are where rounding would reach the next unit.
        500..999_500 => format!("{} {}", (nanos + MICRO / 2) / MICRO, glyphs.micros),
        999_500..999_500_000 => format!("{} ms", (nanos + MILLI / 2) / MILLI),
        999_500_000..9_995_000_000 => {
            let hundredths = (nanos + 5 * MILLI) / (10 * MILLI);
            format!("{}.{:02} s", hundredths / 100, hundredths % 100)
        }
        9_995_000_000..59_950_000_000 => {
            let tenths = (nanos + 50 * MILLI) / (100 * MILLI);
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => long(duration),
    }
}

fn long(duration: Duration) -> String {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_millis() >= 500));
    if seconds < 3_600 {
        return format!("{} min {:02} s", seconds / 60, seconds % 60);
    }
    let minutes = seconds.saturating_add(30) / 60;
    format!("{} h {:02} min", grouped(minutes / 60), minutes % 60)
}

/// `812 → 140 tok`; `812 tok` where there is no output, as for embeddings. Nothing when nothing is known.
pub(crate) fn tokens(input: Option<u64>, output: Option<u64>, glyphs: &Glyphs) -> Option<String> {
    match (input, output) {
        (None, None) => None,
        (Some(input), None) => Some(format!("{} tok", grouped(input))),
        (None, Some(output)) => Some(format!("? {} {} tok", glyphs.arrow, grouped(output))),
        (Some(input), Some(output)) => Some(format!("{} {} {} tok", grouped(input), glyphs.arrow, grouped(output))),
    }
}

/// US dollars: `$0.000206`, with more digits where six would hide the amount.
///
/// `amount` is finite and not negative.
pub(crate) fn cost(amount: f64) -> String {
    if amount == 0.0 {
        return "$0".to_owned();
    }
    if !(1e-12..1e12).contains(&amount) {
        return format!("${amount:.2e}");
    }
    // The cheapest amounts get as many places as three digits need.
    let places = (0..).zip([1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11]).find(|(_, least)| amount >= *least);
    let places = places.map_or(14, |(step, _)| 6 + step);
    let text = format!("{amount:.places$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("${}.{fraction}", whole.parse().map_or(whole.to_owned(), grouped)),
        None => format!("${text}"),
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::terminal::style::Charset;

    #[test]
    fn a_duration_is_told_in_the_unit_that_fits() {
        let told = |nanos| duration(Duration::from_nanos(nanos), Charset::Unicode.glyphs());
        let cases = [
            (0, "0 µs"),
            (12, "<1 µs"),
            (999_499, "999 µs"),
            (999_500, "1 ms"),
            (999_499_999, "999 ms"),
            (999_500_000, "1.00 s"),
            (1_920_000_000, "1.92 s"),
            (9_994_999_999, "9.99 s"),
            (9_995_000_000, "10.0 s"),
            (59_949_999_999, "59.9 s"),
            (59_950_000_000, "1 min 00 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_720_000_000_000, "1 h 02 min"),
            (u64::MAX, "5,124,095 h 35 min"),
        ];
        for (nanos, expected) in cases {
            assert_eq!(told(nanos), expected, "{nanos} ns");
        }
        assert_eq!(duration(Duration::from_micros(85), Charset::Ascii.glyphs()), "85 us");
        assert!(!duration(Duration::MAX, Charset::Unicode.glyphs()).is_empty());
    }

    #[test]
    fn tokens_have_separators_and_say_what_is_unknown() {
        let glyphs = Charset::Unicode.glyphs();
        assert_eq!(tokens(Some(1_093), Some(262), glyphs).unwrap(), "1,093 → 262 tok");
        assert_eq!(tokens(Some(812), None, glyphs).unwrap(), "812 tok");
        assert_eq!(tokens(None, Some(5), glyphs).unwrap(), "? → 5 tok");
        assert_eq!(tokens(None, None, glyphs), None);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_small_cost_keeps_its_digits() {
        let cases = [
            (0.0, "$0"),
            (0.000_206, "$0.000206"),
            (0.000_527_4, "$0.000527"),
            (0.000_012_5, "$0.0000125"),
            (0.000_001_25, "$0.00000125"),
            (1.5, "$1.500000"),
            (1_234.5, "$1,234.500000"),
            (1e-20, "$1.00e-20"),
            (f64::MAX, "$1.80e308"),
        ];
        for (amount, expected) in cases {
            assert_eq!(cost(amount), expected);
        }
    }
}
