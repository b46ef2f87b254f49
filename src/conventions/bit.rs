//! A bit for each key: whether a set of 128 may hold it.

/// The bit of a key, from its length and two of its letters; others may share it. Of a constant it is a constant.
#[inline]
pub(crate) fn bit(key: &str) -> u128 {
    1 << bit_number(key)
}

/// Which bit it is.
#[inline]
pub(crate) fn bit_number(key: &str) -> u8 {
    let bytes = key.as_bytes();
    let letter = |at: usize| bytes.get(at).map_or(0, |byte| usize::from(*byte));
    let last = letter(bytes.len().wrapping_sub(1));
    let middle = letter(bytes.len().wrapping_sub(6));
    #[expect(clippy::cast_possible_truncation, reason = "seven bits")]
    let number = ((bytes.len() * 5 + last * 7 + middle * 3) & 127) as u8;
    number
}
