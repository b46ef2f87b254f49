//! One canonical span from whatever was recorded: canonical keys, one value for each, typed by the registry; name,
//! kind and status as the span-type table has them.
//!
//! A span that neither declares `span_type` nor carries a GenAI key leaves as it came.

mod coerce;
mod fields;
mod finish;
mod identity;
mod payload;
mod status;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::KeyValue;

pub use identity::Repair;

use crate::conventions::{KeyFacts, facts};
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
    /// What is known of the keys of the span that is worked on. Kept for its memory.
    pub(crate) known: Vec<KeyFacts>,
}

impl Normalizer {
    pub(crate) fn span(&mut self, ended: Ended) -> Span {
        let Ended { mut data, hand_over, scope, .. } = ended;
        let mut open = hand_over.map(|hand_over| hand_over.open);
        let recorded = open.as_mut().map(|open| std::mem::take(&mut open.recorded)).unwrap_or_default();

        let proves = |key: &str| facts(key).gen_ai;
        let mut gen_ai = fields::show_gen_ai(&recorded) || data.attributes.iter().any(|kv| proves(kv.key.as_str()));
        if let Some(open) = &mut open {
            gen_ai = gen_ai || open.fields.any(open.metadata, proves);
            std::mem::take(&mut open.fields).move_to(open.metadata, &mut data.attributes, gen_ai);
        }
        self.look_up(&data.attributes);
        // What was known when the span was created goes first.
        let scope = open.as_mut().and_then(|open| open.scope.take()).or(scope);
        let outcome = fields::merge(&mut data.attributes, &self.known, gen_ai, recorded, scope.as_deref());
        if gen_ai {
            if !outcome.in_place {
                self.look_up(&data.attributes);
            }
            coerce::coerce_all(&mut data.attributes, &self.known, &self.invalid);
        }
        let mut span = Span::new(data, gen_ai);
        if gen_ai {
            let span_type = identity::span_type(&mut span, &self.self_report);
            payload::place(&mut span, span_type, outcome.input, outcome.output);
            finish::reasons(&mut span, outcome.finish_reasons);
            identity::repair(&mut span, span_type, open.as_ref(), self.repair);
        }
        status::settle(&mut span, open.as_ref(), outcome.error, self.repair);
        span
    }

    fn look_up(&mut self, attributes: &[KeyValue]) {
        self.known.clear();
        self.known.extend(attributes.iter().map(|kv| facts(kv.key.as_str())));
    }
}
