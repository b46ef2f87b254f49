//! The texts that a field had last: a model or a provider comes again and again, and is then shared and not copied.

use std::sync::Arc;

use opentelemetry::StringValue;

/// Longer texts are not remembered.
const LONGEST: usize = 64;
/// So many texts of one field.
const TEXTS: usize = 2;
/// After so many that were new, a field's texts are taken to be new each time, as identifiers are.
const NEW: u8 = 16;

/// Texts of one field.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    texts: [Option<Arc<str>>; TEXTS],
    /// How many came that were not among them; less by half with each that was. Beyond all bounds it begins anew.
    new: u8,
    /// The field's texts are known to be content, and none is kept.
    never: bool,
}

impl Repeated {
    /// Of a field whose texts are content.
    pub(super) fn never() -> Self {
        Self { never: true, ..Self::default() }
    }

    /// The text that these bytes are, where they are one.
    #[inline]
    pub(super) fn text(&mut self, bytes: &[u8]) -> Option<StringValue> {
        for text in self.texts.iter().flatten() {
            if text.as_bytes() == bytes {
                self.new /= 2;
                return Some(StringValue::from(Arc::clone(text)));
            }
        }
        self.new_text(bytes)
    }

    #[inline(never)]
    fn new_text(&mut self, bytes: &[u8]) -> Option<StringValue> {
        let text = str::from_utf8(bytes).ok()?;
        if self.never || text.len() > LONGEST {
            return Some(StringValue::from(text.to_owned()));
        }
        self.new = self.new.checked_add(1).unwrap_or_default();
        if self.new > NEW {
            self.texts = Default::default();
            return Some(StringValue::from(text.to_owned()));
        }
        let text = Arc::<str>::from(text);
        self.texts.rotate_right(1);
        if let Some(first) = self.texts.first_mut() {
            *first = Some(Arc::clone(&text));
        }
        Some(StringValue::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_it_was_whether_it_came_before_or_not() {
        let mut texts = Repeated::default();
        let long = "x".repeat(LONGEST + 1);
        let many: Vec<String> = (0..600).map(|n| format!("id_{n}")).collect();
        for text in ["gpt-4o", "gpt-4o", "o3", "gpt-4o", "", &long, "ü"].into_iter().chain(many.iter().map(|id| &**id))
        {
            for _ in 0..2 {
                assert_eq!(texts.text(text.as_bytes()), Some(StringValue::from(text.to_owned())));
            }
        }
        assert_eq!(texts.text(&[0xff]), None);
    }

    #[test]
    fn what_repeats_is_kept_once_and_what_never_does_is_not_kept() {
        let mut texts = Repeated::default();
        for _ in 0..100 {
            for model in ["gpt-4o", "o3"] {
                texts.text(model.as_bytes());
            }
        }
        assert_eq!(texts.texts.iter().flatten().map(Arc::strong_count).collect::<Vec<_>>(), [1, 1]);
        (0..50).for_each(|n| drop(texts.text(format!("id_{n}").as_bytes())));
        assert!(texts.texts.iter().all(Option::is_none));
        let mut texts = Repeated::never();
        texts.text(b"why");
        assert!(texts.texts.iter().all(Option::is_none));
    }
}
