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
mod site;
mod status;
mod stream;
mod undeclared;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

pub use identity::Repair;
pub(crate) use site::Sites;
pub(crate) use undeclared::Undeclared;

use crate::conventions::{KeyFacts, attribute, facts};
use crate::layer::Open;
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
    pub(crate) sites: Sites,
    /// What is known of the keys of the span that is worked on. Kept for its memory.
    pub(crate) known: Vec<KeyFacts>,
    /// The list of a span that has left, with no attributes in it. Kept for its memory, too.
    pub(crate) spare: Vec<KeyValue>,
}

/// No larger list is kept.
const MAX_SPARE: usize = 128;

impl Normalizer {
    pub(crate) fn span(&mut self, ended: Ended) -> Span {
        let Ended { data, hand_over, scope, gen_ai, .. } = ended;
        let mut data = SpanData::from(data);
        let mut open = hand_over.map(|hand_over| hand_over.open);
        let recorded = open.as_mut().map(|open| std::mem::take(&mut open.recorded)).unwrap_or_default();
        let Self { repair, self_report, invalid, undeclared, sites, known, spare } = self;
        let site = open.as_ref().and_then(|open| sites.of(open.metadata));

        fold::events(&mut data);
        let emitter = if site.is_none_or(|site| site.may_be_known) { emitter::of(&data, open.as_ref()) } else { None };
        let proves = |key: &str| facts(key).gen_ai;
        let mut gen_ai = gen_ai
            || emitter.is_some()
            || fields::show_gen_ai(&recorded)
            || data.attributes.iter().any(|kv| proves(kv.key.as_str()));
        known.clear();
        if let (Some(open), Some(site)) = (&mut open, site) {
            gen_ai = gen_ai || open.fields.any(site.fields.iter().map(|(_, known)| known.gen_ai));
            let fields = std::mem::take(&mut open.fields);
            if !fields.is_empty() {
                fields.move_to(&site.fields, &mut data.attributes, known, gen_ai, std::mem::take(spare));
            }
        }
        if let Some(emitter) = emitter {
            // Before all that the span says of itself.
            data.attributes.insert(0, KeyValue::new(attribute::SPAN_TYPE, emitter.span_type.as_str()));
        }
        if known.len() != data.attributes.len() {
            look_up(known, &data.attributes);
        }
        // What was known when the span was created goes first.
        let scope = open.as_mut().and_then(|open| open.scope.take()).or(scope);
        let mut outcome = fields::merge(&mut data.attributes, known, gen_ai, recorded, scope.as_deref());
        if gen_ai && !outcome.in_place {
            look_up(known, &data.attributes);
        }
        let mut span = if gen_ai { Span::with_known(data, true, known) } else { Span::new(data, false) };
        let mut span_type = None;
        if gen_ai {
            fold_and_coerce(&mut span, known, open.as_ref(), invalid);
            span_type = identity::span_type(&mut span, self_report);
            payload::place(&mut span, span_type, outcome.input, outcome.output);
            finish::reasons(&mut span, outcome.finish_reasons);
            identity::repair(&mut span, span_type, open.as_ref(), site, *repair);
            outcome.error = outcome.error.or_else(|| emitter::failure(&mut span, known, emitter, *repair));
        }
        if let Some(end) = open.as_mut().and_then(|open| open.stream.take()) {
            stream::settle(&mut span, *end);
        }
        let sets_status = site.is_some_and(|site| site.sets_status);
        status::settle(&mut span, open.as_ref(), sets_status, outcome.error, *repair);
        if let Some(open) = &open {
            undeclared.look_at(&span, span_type, open, self_report);
        }
        span
    }

    /// Keeps the memory of a span that has left for the next one.
    pub(crate) fn take_back(&mut self, span: Span) {
        let mut attributes = span.data.attributes;
        if attributes.capacity() <= MAX_SPARE {
            attributes.clear();
            self.spare = attributes;
        }
    }
}

/// What stands elsewhere comes under keys of its own, and each value gets its type.
fn fold_and_coerce(span: &mut Span, known: &mut Vec<KeyFacts>, open: Option<&Open>, invalid: &AtomicU64) {
    let mut changed = false;
    if known.iter().any(|known| known.bag.is_some()) {
        fold::bags(span);
        changed = true;
    }
    if let Some((open, lent)) = open.and_then(|open| Some((open, open.lent.as_ref()?))) {
        fold::borrow(span, lent, open.metadata.target());
        changed = true;
    }
    if changed {
        look_up(known, &span.data.attributes);
    }
    let changed = coerce::coerce_all(&mut span.data.attributes, known, invalid);
    if changed.dropped {
        look_up(known, &span.data.attributes);
    }
    if changed.renamed || changed.dropped {
        span.changed();
    }
}

fn look_up(known: &mut Vec<KeyFacts>, attributes: &[KeyValue]) {
    known.clear();
    known.extend(attributes.iter().map(|kv| facts(kv.key.as_str())));
}
