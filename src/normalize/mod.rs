//! One canonical span from whatever was recorded: canonical keys, one value for each, typed by the registry; name,
//! kind and status as the span-type table has them.
//!
//! A span that neither declares `span_type` nor carries a GenAI key leaves as it came. None ends before it started.

mod attributes;
mod coerce;
mod emitter;
mod fields;
mod finish;
mod fold;
mod identity;
mod payload;
mod repeated;
mod site;
mod status;
mod stream;
mod undeclared;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::KeyValue;

pub use identity::Repair;
pub(crate) use site::Sites;
pub(crate) use undeclared::Undeclared;

use self::attributes::{Adder, Noted};
use self::fields::Outcome;
use self::site::Site;
use crate::conventions::{KeyFacts, attribute, facts};
use crate::layer::{Open, Recorded, ScopeValues};
use crate::queue::{Ended, LastScope};
use crate::self_report::SelfReport;
use crate::span::{Share, Span};

/// The step.
#[derive(Debug)]
pub(crate) struct Normalizer {
    pub(crate) repair: Repair,
    pub(crate) self_report: SelfReport,
    /// Values that did not fit their attribute's type.
    pub(crate) invalid: Arc<AtomicU64>,
    pub(crate) undeclared: Undeclared,
    pub(crate) sites: Sites,
    pub(crate) memory: Memory,
}

/// What is used for one span after the other.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    noted: Noted,
    /// What is known of the keys of the span that is worked on, where that is asked for.
    known: Vec<KeyFacts>,
    /// The list of a span that has left, with no attributes in it.
    spare: Vec<KeyValue>,
    scope: LastScope,
}

/// No larger list is kept.
const MAX_SPARE: usize = 128;

impl Normalizer {
    /// Takes what there is to the span out of `ended`.
    pub(crate) fn span(&mut self, ended: &mut Ended) -> Span {
        let Ended { data, hand_over, scope, gen_ai, .. } = ended;
        let mut span = Span::without_attributes(data.unpack(&mut self.memory.scope));
        let mut open = hand_over.as_mut().map(|hand_over| &mut hand_over.open);
        let mut recorded = open.as_mut().map(|open| std::mem::take(&mut open.recorded)).unwrap_or_default();
        let Self { repair, self_report, invalid, sites, memory, .. } = self;
        let mut site = open.as_ref().and_then(|open| sites.of(open.metadata));

        fold::events(&mut span.data);
        let is_known = site.as_ref().is_none_or(|site| site.may_be_known);
        let emitter = if is_known { emitter::of(&span.data, open.as_deref()) } else { None };
        let proves = |key: &str| facts(key).gen_ai;
        let gen_ai = *gen_ai
            || emitter.is_some()
            || fields::show_gen_ai(&recorded)
            || span.data.attributes.iter().any(|kv| proves(kv.key.as_str()))
            || matches!((&open, &site), (Some(open), Some(site)) if site.shows_gen_ai(&open.fields));
        let scope = open.as_mut().and_then(|open| open.scope.take()).or_else(|| scope.take());
        let scope = scope.filter(|scope| gen_ai && !scope.attributes.is_empty());

        span.gen_ai = gen_ai;
        let others = std::mem::replace(&mut span.data.attributes, std::mem::take(&mut memory.spare));
        let noted = &mut memory.noted;
        noted.clear();
        let mut adder = Adder { span: &mut span, noted };
        // All of it is later than the rest, so that it can stand behind; else it is merged.
        let later = if gen_ai && fields::are_last(&recorded) { std::mem::take(&mut recorded) } else { Vec::new() };
        // What was known when the span was created goes first.
        if let Some(scope) = &scope
            && recorded.is_empty()
        {
            adder.add_scope(scope);
        }
        if let Some(emitter) = emitter {
            // Before all that the span says of itself.
            adder.add_other(KeyValue::new(attribute::SPAN_TYPE, emitter.span_type.as_str()));
        }
        match (&mut open, &mut site) {
            (Some(open), Some(site)) => adder.add_all(&mut open.fields, site, others),
            _ => {
                for kv in others {
                    adder.add_other(kv);
                }
            }
        }
        let mut outcome = Outcome::default();
        adder.add_recorded(later, &mut outcome);
        let site = site.as_deref();
        memory.merge(&mut span, site, recorded, scope.as_deref(), &mut outcome);
        if gen_ai {
            memory.fold_and_coerce(&mut span, open.as_deref(), invalid);
            let span_type = identity::span_type(&mut span, self_report);
            payload::place(&mut span, span_type, outcome.input, outcome.output);
            finish::reasons(&mut span, outcome.finish_reasons);
            identity::repair(&mut span, span_type, open.as_deref(), site, *repair);
            let may_tell = memory.noted.failure;
            outcome.error = outcome.error.or_else(|| emitter::failure(&mut span, may_tell, emitter, *repair));
        }
        if let Some(end) = open.as_mut().and_then(|open| open.stream.as_deref_mut()) {
            stream::settle(&mut span, end);
        }
        let sets_status = site.is_some_and(|site| site.sets_status);
        status::settle(&mut span, open.as_deref(), sets_status, outcome.error, *repair);
        // The clock may be set back meanwhile. What subtracts the one from the other as it stands gets centuries.
        span.data.end_time = span.data.end_time.max(span.data.start_time);
        span
    }

    /// Tells of usage that was lost; to be asked once it is known what no span below has told.
    pub(crate) fn tell_of_lost_usage(&mut self, span: &Span, share: Share, ended: &Ended) {
        if let Some(hand_over) = &ended.hand_over {
            self.undeclared.look_at(span, share, &hand_over.open, &self.self_report);
        }
    }

    /// Keeps the memory of a span that has left for the next one.
    pub(crate) fn take_back(&mut self, span: &mut Span) {
        self.memory.scope.give_back(std::mem::take(&mut span.data.instrumentation_scope));
        let mut attributes = std::mem::take(&mut span.data.attributes);
        if attributes.capacity() <= MAX_SPARE {
            attributes.clear();
            self.memory.spare = attributes;
        }
    }
}

impl Memory {
    /// Brings together what the span carries and what was recorded beside it, where it does not stand as it should yet.
    fn merge(
        &mut self,
        span: &mut Span,
        site: Option<&Site>,
        recorded: Vec<Recorded>,
        scope: Option<&ScopeValues>,
        outcome: &mut Outcome,
    ) {
        if recorded.is_empty() && span.gen_ai && !self.noted.unsettled {
            return;
        }
        let attributes = &mut span.data.attributes;
        let mut is_changed = self.noted.restore(attributes);
        if !span.gen_ai {
            is_changed |= fields::keep_last_of_many(attributes);
            if recorded.is_empty() {
                if is_changed {
                    span.changed();
                }
                return;
            }
        }
        if let Some(scope) = scope
            && recorded.is_empty()
        {
            attributes.drain(..scope.attributes.len());
        }
        match site {
            Some(site) => site.look_up(&mut self.known, attributes),
            None => look_up(&mut self.known, attributes),
        }
        let in_place = fields::merge(attributes, &self.known, span.gen_ai, recorded, scope, outcome);
        span.changed();
        if span.gen_ai {
            if !in_place {
                look_up(&mut self.known, &span.data.attributes);
            }
            self.noted.note_all(&span.data.attributes, &self.known);
        }
    }

    /// What stands elsewhere comes under keys of its own, and each value gets its type.
    fn fold_and_coerce(&mut self, span: &mut Span, open: Option<&Open>, invalid: &AtomicU64) {
        let Self { noted, known, .. } = self;
        let lent = open.and_then(|open| Some((open, open.lent.as_ref()?)));
        if noted.bag || lent.is_some() {
            if noted.bag {
                fold::bags(span);
            }
            if let Some((open, lent)) = lent {
                fold::borrow(span, lent, open.metadata.target());
            }
            look_up(known, &span.data.attributes);
            noted.note_all(&span.data.attributes, known);
        }
        let changed = coerce::coerce(&mut span.data.attributes, &noted.unfit, invalid);
        if changed.renamed || changed.dropped {
            span.changed();
        }
    }
}

fn look_up(known: &mut Vec<KeyFacts>, attributes: &[KeyValue]) {
    known.clear();
    known.extend(attributes.iter().map(|kv| facts(kv.key.as_str())));
}
