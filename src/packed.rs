//! Values kept close together: they stand one behind the other in one buffer, as bytes. Each is a number that says what
//! it is a value of (two bytes), a word that says what it is (two bytes), and its bytes.

/// What a value is.
pub(crate) const FALSE: u16 = 0;
pub(crate) const TRUE: u16 = 1;
pub(crate) const I64: u16 = 2;
pub(crate) const U64: u16 = 3;
pub(crate) const F64: u16 = 4;
/// It is kept elsewhere, in the place that follows.
pub(crate) const ELSEWHERE: u16 = 5;
/// A text: what is above this is its length.
const TEXT: u16 = 8;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Packed<'a> {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    /// The place where it is.
    Elsewhere(u32),
    /// The bytes of a text.
    Text(&'a [u8]),
}

/// What a text of so many bytes is; nothing where it is too long to be kept so.
#[inline]
pub(crate) fn text(bytes: usize) -> Option<u16> {
    u16::try_from(bytes).ok()?.checked_add(TEXT)
}

/// Puts a value behind the others. `bytes` are as many as `what` says.
#[inline]
pub(crate) fn put(into: &mut Vec<u8>, number: u16, what: u16, bytes: &[u8]) {
    let ([a, b], [c, d]) = (number.to_le_bytes(), what.to_le_bytes());
    into.extend_from_slice(&[a, b, c, d]);
    into.extend_from_slice(bytes);
}

/// Takes the first value off, with its number. Nothing at the end: what is read is what was put.
#[expect(clippy::inline_always, reason = "whoever reads does something else for each kind")]
#[inline(always)]
pub(crate) fn take<'a>(from: &mut &'a [u8]) -> Option<(u16, Packed<'a>)> {
    let ([a, b, c, d], after) = from.split_first_chunk()?;
    let (number, what) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
    if what >= TEXT {
        let (text, after) = after.split_at_checked(usize::from(what - TEXT))?;
        *from = after;
        return Some((number, Packed::Text(text)));
    }
    if let I64 | U64 | F64 = what {
        let (word, after) = after.split_first_chunk()?;
        *from = after;
        let value = match what {
            I64 => Packed::I64(i64::from_le_bytes(*word)),
            F64 => Packed::F64(f64::from_le_bytes(*word)),
            _ => Packed::U64(u64::from_le_bytes(*word)),
        };
        return Some((number, value));
    }
    if what == ELSEWHERE {
        let (place, after) = after.split_first_chunk()?;
        *from = after;
        return Some((number, Packed::Elsewhere(u32::from_le_bytes(*place))));
    }
    *from = after;
    Some((number, Packed::Bool(what == TRUE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_taken_as_it_was_put() {
        let long = "é".repeat(32_763);
        let (mut bytes, nan) = (Vec::new(), f64::from_bits(0x7ff8_0000_0000_0007));
        put(&mut bytes, 0, TRUE, &[]);
        put(&mut bytes, 1, FALSE, &[]);
        put(&mut bytes, 2, I64, &i64::MIN.to_le_bytes());
        put(&mut bytes, 3, U64, &u64::MAX.to_le_bytes());
        put(&mut bytes, 4, F64, &nan.to_le_bytes());
        put(&mut bytes, 5, ELSEWHERE, &7_u32.to_le_bytes());
        put(&mut bytes, 6, text(0).unwrap(), &[]);
        put(&mut bytes, u16::MAX, text(long.len()).unwrap(), long.as_bytes());
        let mut rest = bytes.as_slice();
        let taken: Vec<_> = std::iter::from_fn(|| take(&mut rest)).collect();
        let Some((4, Packed::F64(real))) = taken.get(4) else { panic!("{taken:?}") };
        assert_eq!(real.to_bits(), nan.to_bits());
        let others = [
            (0, Packed::Bool(true)),
            (1, Packed::Bool(false)),
            (2, Packed::I64(i64::MIN)),
            (3, Packed::U64(u64::MAX)),
            (5, Packed::Elsewhere(7)),
            (6, Packed::Text(b"")),
            (u16::MAX, Packed::Text(long.as_bytes())),
        ];
        assert_eq!(taken.iter().filter(|(number, _)| *number != 4).copied().collect::<Vec<_>>(), others);
        assert_eq!((text(long.len() + 1), text(usize::MAX)), (Some(u16::MAX), None));
    }
}
