//! Card numbers within a run of digits.

use std::ops::Range;

/// Digits of the shortest and of the longest card number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Issuers print groups of four, and of five or six on some cards; shorter groups are dates and telephone numbers.
const GROUP: usize = 3;

/// Where card numbers stand in `text[run]`, which begins and ends with a digit and holds digits, and blanks or dashes of
/// any kind between them.
pub(super) fn cards_in(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let groups = groups(text, run);
    let mut found = Vec::new();
    let mut first = 0;
    while let Some(start) = groups.get(first) {
        // The longest that passes counts, so that no digits of a card are left over.
        let mut best = None;
        let mut digits = 0;
        for (last, group) in groups.iter().enumerate().skip(first) {
            digits += group.len();
            if digits > *DIGITS.end() || (last > first && (group.len() < GROUP || start.len() < GROUP)) {
                break;
            }
            let range = start.start..group.end;
            if DIGITS.contains(&digits) && stands_alone(text, &range) && is_card(text, &range) {
                best = Some((last, range));
            }
        }
        match best {
            Some((last, range)) => {
                found.push(range);
                first = last + 1;
            }
            None => first += 1,
        }
    }
    found
}

/// The runs of digits between the separators.
fn groups(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let digits = text.get(run.clone()).unwrap_or_default();
    for (at, byte) in digits.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let at = run.start + at;
        debug_assert!(byte.is_ascii_digit());
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Whether the digits are a number of their own: no part of a word, and no digits behind a decimal point.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let mut back = before.chars().rev();
    let free_before = match back.next() {
        Some('.') => !back.next().is_some_and(|c| c.is_ascii_digit()),
        // `\n4111…` in text that was printed for debugging.
        Some('n' | 'r' | 't') => back.next() == Some('\\'),
        Some(c) => !c.is_alphanumeric() && c != '_',
        None => true,
    };
    let mut forth = after.chars();
    let free_after = match forth.next() {
        Some('.') => !forth.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => !c.is_alphanumeric() && c != '_',
        None => true,
    };
    free_before && free_after
}

/// Whether an issuer gives out such a number, and its digits pass Luhn's check.
fn is_card(text: &str, range: &Range<usize>) -> bool {
    let number = text.get(range.clone()).unwrap_or_default();
    let digits = || number.chars().filter_map(|c| c.to_digit(10));
    let beginning = digits().take(4).fold(0, |number, digit| number * 10 + digit);
    is_issued(beginning, digits().count()) && digits().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// Whether numbers of so many digits that begin with these four are given out. Times, the numbers of devices and most
/// others begin in another way, or are of another length.
fn is_issued(beginning: u32, digits: usize) -> bool {
    match beginning {
        // Visa.
        4000..=4999 => matches!(digits, 13 | 16 | 19),
        // Mastercard.
        2221..=2720 | 5100..=5599 => digits == 16,
        // American Express.
        3400..=3499 | 3700..=3799 => digits == 15,
        // Diners Club.
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => digits >= 14,
        // JCB, Mir, Troy; RuPay and UnionPay, which have numbers among those of Maestro as well.
        3528..=3589 | 2200..=2204 | 9792 | 8100..=8299 => digits >= 16,
        // Maestro and Discover.
        5000..=5099 | 5600..=5899 | 6000..=6999 => true,
        _ => false,
    }
}

/// A digit as Luhn's check counts it, by its place from the end.
fn doubled((place, digit): (usize, u32)) -> u32 {
    match (place % 2, digit) {
        (0, digit) => digit,
        (_, digit @ 5..) => digit * 2 - 9,
        (_, digit) => digit * 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let run = |text: &str| text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let end = text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
        cards_in(text, run(text)..end).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn test_numbers_of_the_issuers_are_found_however_they_are_grouped() {
        for number in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "378282246310005",
            "3782 822463 10005",
            "5555555555554444",
            "6011111111111117",
            "30569309025904",
            "2223003122003222",
            "4222222222222",
            "4111\u{a0}1111\u{a0}1111\u{a0}1111",
            "4111\u{202f}1111\u{202f}1111\u{202f}1111",
            "4111\u{2011}1111\u{2011}1111\u{2011}1111",
        ] {
            assert_eq!(found(number), [number], "{number}");
        }
    }

    #[test]
    fn a_card_is_found_beside_other_digits() {
        assert_eq!(found("12 4111 1111 1111 1111 99"), ["4111 1111 1111 1111"]);
        assert_eq!(found(r"\n4111111111111111"), ["4111111111111111"]);
    }

    #[test]
    fn times_and_the_numbers_of_devices_and_orders_are_no_cards_though_they_pass_luhn() {
        for text in
            ["20240527151649", "20240527151649001", "490154203237518", "8655432109876546", "3466768714608891733"]
        {
            let digits = text.chars().filter_map(|c| c.to_digit(10));
            let passes = digits.rev().enumerate().map(doubled).sum::<u32>() % 10 == 0;
            assert_eq!((passes, found(text)), (true, vec![]), "{text}");
        }
    }

    #[test]
    fn what_fails_luhn_and_what_is_part_of_something_longer_is_no_card() {
        for text in [
            "4111111111111112",
            "41111111111111110000000",
            "0.4111111111111111",
            "4111111111111111.25",
            "id4111111111111111",
            "4111111111111111e",
            "1732540000000000008",
            "2024-11-25 13-15-00-00",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
