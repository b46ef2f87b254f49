//! Giving up long values while there is no room for them.

use opentelemetry::{KeyValue, Value};

use super::{Fields, Large};

impl Fields {
    /// Takes out values of more than `most` bytes. That there was something under their names stays known. They are
    /// handed to `into`, to be freed where no lock is held.
    pub(crate) fn shed(&mut self, most: usize, mut into: impl FnMut(KeyValue, usize)) {
        let Some(aside) = &mut self.aside else { return };
        for kept in &mut aside.list {
            let bytes = kept.as_ref().map_or(0, |(_, large)| large.bytes());
            if bytes <= most {
                continue;
            }
            match kept.take() {
                Some((_, Large::Long(text))) => into(KeyValue::new("", Value::from(String::from(text))), bytes),
                Some((_, Large::Made(made))) => into(*made, bytes),
                None => {}
            }
        }
        if aside.list.iter().all(Option::is_none) {
            self.aside = None;
        }
        self.bytes.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fields, Large, short};

    #[test]
    fn long_values_go_and_short_ones_stay() {
        let mut fields = Fields::default();
        for (field, bytes) in [(0, 10), (1, 1_024), (2, 5_000), (3, 700)] {
            let text = "x".repeat(bytes);
            match short(&text) {
                Some((what, bytes)) => fields.push(field, what, bytes, || 4),
                None => drop(fields.push_large(field, Large::Long(text.into()))),
            }
        }
        let mut gone = Vec::new();
        fields.shed(1_024, |_, bytes| gone.push(bytes));
        assert_eq!(gone, [5_000]);
        assert!(fields.holds(2), "that it was there is known");
        assert!((1_700..2_050).contains(&fields.bytes()), "{}", fields.bytes());
    }

    #[test]
    fn what_was_given_up_keeps_no_room() {
        let mut fields = Fields::default();
        let (what, bytes) = short("gpt-4o-mini").unwrap();
        fields.push(0, what, bytes, || 10);
        drop(fields.push_large(1, Large::Long("x".repeat(5_000).into())));
        fields.shed(1_024, |_, _| {});
        assert!(fields.holds(1), "that it was there is known");
        assert!(fields.bytes() < 40, "{}", fields.bytes());
    }
}
