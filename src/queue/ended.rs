//! A finished span while it waits for the worker, and what can be given up of it while there is no room.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Status};
use opentelemetry_sdk::trace::SpanEvents;

use super::compact::CompactSpan;
use super::packed::Attributes;
use crate::budget::Reservation;
use crate::conventions::{self, attribute};
use crate::layer::{HandOver, Recorded, ScopeValues};
use crate::span::{SHED_ABOVE, attributes_bytes, event_bytes, pair_bytes, status_bytes, value_bytes};

/// Values that are kept of a span that is lost.
const TINY: usize = 256;
/// What is kept of a span that is lost is never more.
const REMNANT: usize = 4 << 10;

/// What the allocator adds to the few pieces that each span is made of.
const AROUND: usize = 64;

/// A finished span and what the sibling layer knew of it.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) data: CompactSpan,
    pub(crate) hand_over: Option<HandOver>,
    /// Of the thread on which it started, or of its parent.
    pub(crate) scope: Option<Arc<ScopeValues>>,
    /// What showed that it is a GenAI span may have been given up.
    pub(crate) gen_ai: bool,
    /// The span is lost and counted as such; this is what is kept of it for totals, metrics and observers.
    pub(crate) lost: bool,
    /// Given back once the worker has taken the span out of here.
    pub(super) bytes: Reservation,
}

/// What was given up; it is freed where no lock is held.
#[derive(Debug, Default)]
pub(super) struct Shed {
    pub(super) bytes: usize,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    recorded: Vec<Recorded>,
    status: Vec<Status>,
}

impl Ended {
    /// The `tracing` target of the span, when a layer of ours saw it.
    pub(crate) fn target(&self) -> Option<&'static str> {
        self.hand_over.as_ref().map(|hand_over| hand_over.open.metadata.target())
    }

    /// Whether a layer of ours saw that the span declares a field of this name.
    pub(crate) fn declares(&self, field: &str) -> bool {
        self.hand_over.as_ref().is_some_and(|hand_over| hand_over.open.declares(field))
    }

    /// Frees what was not taken out of it.
    pub(crate) fn give_back(&mut self) {
        (self.hand_over, self.scope, self.data.rest) = (None, None, None);
        self.data.attributes = Attributes::default();
        self.bytes.shrink_to(0);
    }

    /// What it holds in memory, near enough, with what the allocator adds.
    pub(super) fn bytes(&self) -> usize {
        self.own_bytes() + self.scope_bytes()
    }

    /// The same without what it has in common with others.
    fn own_bytes(&self) -> usize {
        let recorded: usize = self.hand_over.as_ref().map_or(0, |hand_over| {
            let open = &hand_over.open;
            let steps = open.recorded.capacity() * size_of::<Recorded>();
            open.fields.bytes() + steps + open.recorded.iter().map(recorded_bytes).sum::<usize>()
        });
        size_of::<Self>() + AROUND + self.data.bytes() + recorded
    }

    /// Its share of the values of its scope: those who hold them now count all of it together.
    fn scope_bytes(&self) -> usize {
        let share = |scope: &Arc<ScopeValues>| attributes_bytes(&scope.attributes) / Arc::strong_count(scope).max(1);
        let seen = self.hand_over.as_ref().and_then(|hand_over| hand_over.open.scope.as_ref());
        seen.map_or(0, share) + self.scope.as_ref().map_or(0, share)
    }

    /// Whether it holds so many bytes beside itself.
    pub(super) fn holds_more_than(&self, bytes: usize) -> bool {
        self.bytes.bytes() > size_of::<Self>() + bytes
    }

    /// Whether something of it shows that it is a GenAI span, or that it was: of others there is no remnant.
    pub(super) fn shows_gen_ai(&self) -> bool {
        let proves = conventions::is_gen_ai_key;
        let in_hand = |hand_over: &HandOver| {
            let open = &hand_over.open;
            open.recorded.iter().any(|step| step.shows_gen_ai(proves))
                || open.fields.any(open.metadata.fields().iter().map(|field| proves(field.name())))
        };
        self.gen_ai
            || self.lost
            || self.hand_over.as_ref().is_some_and(in_hand)
            || matches!(&self.data.attributes, Attributes::List(list) if list.iter().any(|kv| proves(kv.key.as_str())))
    }

    /// Keeps its attributes in fewer bytes, where they can be.
    pub(super) fn pack(&mut self) {
        self.gen_ai = self.shows_gen_ai();
        self.data.attributes.pack();
    }

    /// Gives up content, unparsed: whatever is long. Whether that was anything; a mark then says how much.
    pub(super) fn shed(&mut self, shed: &mut Shed) -> bool {
        let before = shed.bytes;
        self.gen_ai = self.shows_gen_ai();
        // Nothing that was packed is long.
        if let Attributes::List(list) = &mut self.data.attributes {
            take_long(list, SHED_ABOVE, shed);
        }
        if let Some(rest) = &mut self.data.rest {
            take_long_events(&mut rest.events, shed);
            for link in &mut rest.links.links {
                take_long(&mut link.attributes, SHED_ABOVE, shed);
            }
        }
        take_long_status(&mut self.data.status, SHED_ABOVE, shed);
        if let Some(hand_over) = &mut self.hand_over {
            take_long_recorded(&mut hand_over.open.recorded, SHED_ABOVE, shed);
            hand_over.open.fields.shed(SHED_ABOVE, |value, bytes| {
                shed.bytes += bytes;
                shed.attributes.push(value);
            });
        }
        let missing = shed.bytes - before;
        if missing == 0 {
            return false;
        }
        let missing = i64::try_from(missing).unwrap_or(i64::MAX);
        let mut list = self.data.attributes.take();
        list.shrink_to(list.len() + 1);
        list.reserve_exact(1);
        list.push(KeyValue::new(attribute::TRACING_GENAI_SHED, missing));
        self.data.attributes = Attributes::List(list);
        self.bytes.shrink_to(self.bytes());
        true
    }

    /// What is kept of a GenAI span that is lost: its small values, which say what was used.
    pub(super) fn into_remnant(mut self, reserve: impl FnOnce(usize) -> Option<Reservation>) -> Option<Self> {
        let mut shed = Shed::default();
        self.data.rest = None;
        let mut list = self.data.attributes.take();
        take_long(&mut list, TINY, &mut shed);
        self.data.attributes = Attributes::List(list);
        self.pack();
        take_long_status(&mut self.data.status, TINY, &mut shed);
        if let Some(hand_over) = &mut self.hand_over {
            take_long_recorded(&mut hand_over.open.recorded, TINY, &mut shed);
            hand_over.open.fields.shed(TINY, |_, _| {});
        }
        if self.own_bytes() > REMNANT {
            return None;
        }
        // The span's own bytes are given back here.
        self.bytes = reserve(self.bytes())?;
        self.lost = true;
        Some(self)
    }
}

/// Beside what it says itself.
fn recorded_bytes(step: &Recorded) -> usize {
    match step {
        Recorded::Attribute(key, value) => key.as_str().len() + value_bytes(value),
        Recorded::Field(_) | Recorded::Number(..) => 0,
        Recorded::Input(payload) | Recorded::Output(payload) => payload.bytes_held(),
        Recorded::FinishReason(text) | Recorded::Error(text) => text.len(),
    }
}

fn take_long(attributes: &mut Vec<KeyValue>, most: usize, shed: &mut Shed) {
    for long in attributes.extract_if(.., |kv| pair_bytes(kv) > most) {
        shed.bytes += pair_bytes(&long);
        shed.attributes.push(long);
    }
}

fn take_long_status(status: &mut Status, most: usize, shed: &mut Shed) {
    let bytes = status_bytes(status);
    if bytes > most {
        shed.bytes += bytes;
        shed.status.push(std::mem::replace(status, Status::error(mark(bytes))));
    }
}

/// An event keeps what is short of it, as long as that is not much.
fn take_long_events(events: &mut SpanEvents, shed: &mut Shed) {
    for event in events.events.iter_mut().filter(|event| event_bytes(event) > SHED_ABOVE) {
        take_long(&mut event.attributes, SHED_ABOVE, shed);
    }
    for event in events.events.extract_if(.., |event| event_bytes(event) > SHED_ABOVE) {
        shed.bytes += event_bytes(&event);
        events.dropped_count = events.dropped_count.saturating_add(1);
        shed.events.push(event);
    }
}

fn take_long_recorded(recorded: &mut Vec<Recorded>, most: usize, shed: &mut Shed) {
    // That it failed stays known; a part of the words might be a part of a secret that no pattern knows any more.
    for step in recorded.iter_mut() {
        if let Recorded::Error(text) = step
            && text.len() > most
        {
            shed.bytes += text.len();
            let short = Recorded::Error(mark(text.len()));
            shed.recorded.push(std::mem::replace(step, short));
        }
    }
    for step in recorded.extract_if(.., |step| !matches!(step, Recorded::Error(_)) && recorded_bytes(step) > most) {
        shed.bytes += recorded_bytes(&step);
        shed.recorded.push(step);
    }
}

fn mark(bytes: usize) -> String {
    format!("…[+{bytes} bytes]")
}
