//! One canonical span from whatever was recorded: canonical keys, one value for each, typed by the registry; name,
//! kind and status as the span-type table has them.
//!
//! A span that neither declares `span_type` nor carries a GenAI key leaves as it came.

mod coerce;
mod emitter;
mod fields;
mod finish;
mod fold;
mod identity;
mod payload;
mod status;
mod stream;
mod undeclared;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::KeyValue;

pub use identity::Repair;
pub(crate) use undeclared::Undeclared;

use crate::conventions::{self, attribute};
use crate::queue::Ended;
use crate::self_report::SelfReport;
use crate::span::Span;

/// The step.
#[derive(Debug)]
pub(crate) struct Normalizer {
    pub(crate) repair: Repair,
    pub(crate) self_report: SelfReport,
    /// Values that did not fit their attribute's type.
    pub(crate) invalid: Arc<AtomicU64>,
    pub(crate) undeclared: Undeclared,
}

impl Normalizer {
    pub(crate) fn span(&mut self, ended: Ended) -> Span {
        let Ended { mut data, hand_over, scope, gen_ai, .. } = ended;
        let mut open = hand_over.map(|hand_over| hand_over.open);
        let recorded = open.as_mut().map(|open| std::mem::take(&mut open.recorded)).unwrap_or_default();

        fold::events(&mut data);
        let emitter = emitter::of(&data, open.as_ref());
        let mut gen_ai = gen_ai || emitter.is_some() || fields::is_gen_ai(&data, &recorded);
        if let Some(open) = &mut open {
            gen_ai = gen_ai || open.fields.any(open.metadata, conventions::is_gen_ai_key);
            std::mem::take(&mut open.fields).move_to(open.metadata, &mut data.attributes, gen_ai);
        }
        if let Some(emitter) = emitter {
            // Before all that the span says of itself.
            data.attributes.insert(0, KeyValue::new(attribute::SPAN_TYPE, emitter.span_type.as_str()));
        }
        let mut span = Span { data, gen_ai, chunks: None };
        // What was known when the span was created goes first.
        let scope = open.as_mut().and_then(|open| open.scope.take()).or(scope);
        let mut outcome = fields::merge(&mut span, recorded, scope.as_deref());
        let mut span_type = None;
        if span.gen_ai {
            fold::bags(&mut span);
            if let Some((open, lent)) = open.as_ref().and_then(|open| Some((open, open.lent.as_ref()?))) {
                fold::borrow(&mut span, lent, open.metadata.target());
            }
            coerce::attributes(&mut span, &self.invalid);
            span_type = identity::span_type(&mut span, &self.self_report);
            payload::place(&mut span, span_type, outcome.input, outcome.output);
            finish::reasons(&mut span, outcome.finish_reasons);
            identity::repair(&mut span, span_type, open.as_ref(), self.repair);
            outcome.error = outcome.error.or_else(|| emitter::failure(&mut span, emitter, self.repair));
        }
        if let Some(end) = open.as_mut().and_then(|open| open.stream.take()) {
            stream::settle(&mut span, *end);
        }
        status::settle(&mut span, open.as_ref(), outcome.error, self.repair);
        if let Some(open) = &open {
            self.undeclared.look_at(&span, span_type, open, &self.self_report);
        }
        span
    }
}
