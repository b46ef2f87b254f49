//! A number for each key: by it a set of keys is looked into without comparing texts.

/// The bit of a key in a set of 128; others may share it. Of a constant it is a constant.
#[inline]
pub(crate) fn bit(key: &str) -> u128 {
    1 << (bit_number(key) & 127)
}

/// A number from the key's length and three of its letters, which few of the conventions' keys share with another. What
/// each counts was found by trying.
#[expect(clippy::inline_always, reason = "of a constant it is a constant there only")]
#[inline(always)]
pub(crate) fn bit_number(key: &str) -> u8 {
    let bytes = key.as_bytes();
    let letter =
        |from_behind: usize| bytes.get(bytes.len().wrapping_sub(from_behind)).map_or(0, |byte| usize::from(*byte));
    #[expect(clippy::cast_possible_truncation, reason = "eight bits")]
    let number = (bytes.len() * 31 + letter(1) * 202 + letter(8) * 83 + letter(15) * 190) as u8;
    number
}

#[cfg(test)]
mod tests {
    use super::bit_number;
    use crate::conventions::generated::registry::ATTRIBUTES;

    #[test]
    fn few_keys_share_a_number() {
        let mut keys = [0_usize; 256];
        for def in &ATTRIBUTES {
            keys[usize::from(bit_number(def.key))] += 1;
        }
        let pairs: usize = keys.iter().map(|keys| keys * keys.saturating_sub(1) / 2).sum();
        assert!(pairs <= ATTRIBUTES.len() / 2, "{pairs} pairs of {} keys", ATTRIBUTES.len());
    }
}
