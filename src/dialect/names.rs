//! Which release of the conventions the names that leave are of.

use opentelemetry::Key;

use crate::conventions;
use crate::span::Span;

/// Which release's names leave. The canonical ones are those of 1.41.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names {
    pub(crate) newer: bool,
}

impl Names {
    /// The last step: nothing after it knows the canonical names.
    pub(crate) fn apply(self, span: &mut Span) {
        if !self.newer || !span.gen_ai {
            return;
        }
        for kv in &mut span.data.attributes {
            if let Some(newer) = conventions::newer_spelling(kv.key.as_str()) {
                kv.key = Key::from_static_str(newer);
            }
        }
    }
}
