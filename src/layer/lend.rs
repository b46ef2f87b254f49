//! Values that a span lends to those below it: some crates put the model on an ancestor of the span with the counts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Metadata;
use tracing::field::{Field, Visit};
use tracing::span::Attributes;

use crate::conventions::{self, Lender};

/// Longer values are none of a model.
const LONGEST: usize = 256;

/// A span that lends was seen. Until then nobody looks for one.
static IN_USE: AtomicBool = AtomicBool::new(false);

/// A value that holds for the spans below.
#[derive(Debug)]
pub(crate) struct Lent {
    pub(crate) lender: &'static Lender,
    pub(crate) value: Box<str>,
}

/// Whether some span has lent something.
#[inline]
pub(super) fn in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// What a new span lends.
pub(super) fn by(attrs: &Attributes<'_>) -> Option<Arc<Lent>> {
    let lender = of(attrs.metadata())?;
    let mut reader = Reader { field: lender.field, value: None };
    attrs.record(&mut reader);
    let value = reader.value?.into_boxed_str();
    IN_USE.store(true, Ordering::Relaxed);
    Some(Arc::new(Lent { lender, value }))
}

/// Whether a span lends, or stands between one that does and those that borrow.
pub(super) fn is_on_the_way(metadata: &Metadata<'_>) -> bool {
    of(metadata).is_some() || conventions::is_between(metadata.target(), metadata.name())
}

fn of(metadata: &Metadata<'_>) -> Option<&'static Lender> {
    conventions::lender(metadata.target(), |field| metadata.fields().field(field).is_some())
}

struct Reader {
    field: &'static str,
    value: Option<String>,
}

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == self.field {
            self.value = Some(format!("{value:?}")).filter(|value| value.len() <= LONGEST);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.field && value.len() <= LONGEST {
            self.value = Some(value.to_owned());
        }
    }
}
