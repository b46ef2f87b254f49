//! Short texts in which nothing was found: models, providers and finish reasons stand on every span.

use crate::conventions::text_place;

/// Texts that are remembered, in 64 KiB. One that falls on another's place takes it.
const PLACES: usize = 1024;
/// Of a place: the text's length, and the text.
const PLACE_BYTES: usize = 64;

/// Texts that hold neither secrets nor media, as they stand. A text that was changed is never among them.
#[derive(Default)]
pub(super) struct CleanTexts {
    /// Empty until the first text comes.
    places: Vec<[u8; PLACE_BYTES]>,
}

impl CleanTexts {
    pub(super) fn holds(&self, text: &str) -> bool {
        let Some([length, held @ ..]) = self.places.get(place(text)) else { return false };
        usize::from(*length) == text.len() && held.get(..text.len()) == Some(text.as_bytes())
    }

    /// Remembers `text`, unless it is empty or long.
    pub(super) fn add(&mut self, text: &str) {
        let length = match u8::try_from(text.len()) {
            Ok(length) if length > 0 && text.len() < PLACE_BYTES => length,
            _ => return,
        };
        if self.places.is_empty() {
            self.places.resize(PLACES, [0; PLACE_BYTES]);
        }
        if let Some([known, held @ ..]) = self.places.get_mut(place(text))
            && let Some(held) = held.get_mut(..text.len())
        {
            *known = length;
            held.copy_from_slice(text.as_bytes());
        }
    }
}

fn place(text: &str) -> usize {
    text_place(text, PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held_and_nothing_else_and_the_memory_is_bounded() {
        let mut clean = CleanTexts::default();
        assert!(!clean.holds("gpt-4o-mini") && !clean.holds(""));
        for text in ["", "é", "gpt-4o-mini", &"x".repeat(PLACE_BYTES - 1)] {
            clean.add(text);
            assert_eq!(clean.holds(text), !text.is_empty(), "{text}");
        }
        let long = "x".repeat(PLACE_BYTES);
        clean.add(&long);
        assert!(!clean.holds(&long) && !clean.holds("gpt-4o") && !clean.holds("gpt-4o-mini-"));
        for n in 0..4 * PLACES {
            let text = format!("conv_{n}");
            clean.add(&text);
            assert!(clean.holds(&text));
            assert!(!clean.holds(&format!("{text} of another")));
        }
        assert_eq!(clean.places.len(), PLACES);
    }
}
