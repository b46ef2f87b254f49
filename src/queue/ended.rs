//! A finished span while it waits for the worker, and what can be given up of it while there is no room.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Status};
use opentelemetry_sdk::trace::SpanEvents;

use super::attributes::Attributes;
use super::compact::CompactSpan;
use crate::budget::{Reservation, fit, fit_text, piece};
use crate::conventions::{self, attribute};
use crate::layer::{HandOver, Recorded, ScopeValues, StreamEnd};
use crate::span::size::{Measure, Own, Said, Size};
use crate::span::{SHED_ABOVE, pair_bytes, value_bytes};

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
    /// What it pays of what it has in common with others, for all of them.
    shared: u32,
    /// The values of its scope are among that.
    claims: bool,
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
    #[inline]
    pub(super) fn new(
        data: CompactSpan,
        hand_over: Option<HandOver>,
        scope: Option<Arc<ScopeValues>>,
        bytes: Reservation,
    ) -> Self {
        let mut ended = Self { data, hand_over, scope, gen_ai: false, lost: false, shared: 0, claims: false, bytes };
        ended.pay();
        ended
    }

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
        self.settle();
        (self.hand_over, self.scope, self.data.rest) = (None, None, None);
        self.data.attributes = Attributes::default();
        self.bytes.shrink_to(0);
    }

    /// Takes room for all of it where no more than `mark` is in use then; whether there was.
    #[inline]
    pub(super) fn takes_room_below(&mut self, mark: usize) -> bool {
        let bytes = self.bytes();
        self.bytes.grow_below(bytes, mark)
    }

    /// What it holds in memory, near enough, with what the allocator adds.
    pub(super) fn bytes(&self) -> usize {
        self.own_bytes() + self.shared as usize
    }

    /// The same without what it has in common with others.
    fn own_bytes(&self) -> usize {
        let recorded: usize = self.hand_over.as_ref().map_or(0, |hand_over| {
            let open = &hand_over.open;
            let steps = open.recorded.capacity() * size_of::<Recorded>();
            let stream = if open.stream.is_some() { piece(size_of::<StreamEnd>()) } else { 0 };
            open.fields.bytes() + steps + stream + open.recorded.iter().map(recorded_memory).sum::<usize>()
        });
        size_of::<Self>() + AROUND + self.data.bytes() + recorded
    }

    /// Pays for what it has in common with others where none of those that wait does: a scope may be closed, and then
    /// spans alone hold what it holds.
    #[inline]
    fn pay(&mut self) {
        let (mut bytes, mut claims) = (self.data.scope_bytes(), false);
        for values in self.scopes().filter(|values| values.claim()) {
            claims = true;
            let values = (&values.attributes, values.by_caller());
            bytes += size_of::<ScopeValues>() + Own::of_attributes(values.0) + Own::of_attributes(values.1);
        }
        (self.shared, self.claims) = (u32::try_from(bytes).unwrap_or(u32::MAX), claims);
    }

    /// Leaves that to the next one.
    pub(crate) fn settle(&mut self) {
        self.shared = 0;
        if std::mem::take(&mut self.claims) {
            self.scopes().for_each(ScopeValues::leave_unclaimed);
        }
    }

    #[inline]
    fn scopes(&self) -> impl Iterator<Item = &ScopeValues> {
        let seen = self.hand_over.as_ref().and_then(|hand_over| hand_over.open.scope.as_deref());
        seen.into_iter().chain(self.scope.as_deref())
    }

    /// Keeps what it holds in as few bytes as can be, without room that it does not use.
    pub(super) fn shrink(&mut self) -> &mut Self {
        self.gen_ai = self.shows_gen_ai();
        self.data.shrink();
        self.fit_recorded();
        for step in self.hand_over.iter_mut().flat_map(|hand_over| &mut hand_over.open.recorded) {
            match step {
                Recorded::Input(payload) | Recorded::Output(payload) => payload.shrink(),
                Recorded::FinishReason(text) | Recorded::Error(text) => fit_text(text),
                Recorded::Attribute(..) | Recorded::Field(_) | Recorded::Number(..) => {}
            }
        }
        self
    }

    /// A stream may have recorded the same over and over.
    fn fit_recorded(&mut self) {
        if let Some(hand_over) = &mut self.hand_over {
            fit(&mut hand_over.open.recorded);
            hand_over.open.fields.fit();
        }
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
        let is_packed = matches!(self.data.attributes, Attributes::Packed(_));
        let mut list = self.data.attributes.take();
        list.shrink_to(list.len() + 1);
        list.reserve_exact(1);
        list.push(KeyValue::new(attribute::TRACING_GENAI_SHED, missing));
        self.data.attributes = Attributes::List(list);
        if is_packed {
            self.data.attributes.pack();
        }
        self.bytes.shrink_to(self.bytes());
        true
    }

    /// What is kept of a GenAI span that is lost: its small values, which say what was used.
    pub(super) fn into_remnant(mut self, reserve: impl FnOnce(usize) -> Option<Reservation>) -> Option<Self> {
        let mut shed = Shed::default();
        self.data.rest = None;
        // What shows it may be long.
        self.gen_ai = self.shows_gen_ai();
        let mut list = self.data.attributes.take();
        take_long(&mut list, TINY, &mut shed);
        self.data.attributes = Attributes::List(list);
        self.data.attributes.pack();
        take_long_status(&mut self.data.status, TINY, &mut shed);
        if let Some(hand_over) = &mut self.hand_over {
            take_long_recorded(&mut hand_over.open.recorded, TINY, &mut shed);
            hand_over.open.fields.shed(TINY, |_, _| {});
        }
        self.fit_recorded();
        let bytes = if self.own_bytes() > REMNANT { None } else { reserve(self.bytes()) };
        let Some(bytes) = bytes else {
            self.settle();
            return None;
        };
        // The span's own bytes are given back here.
        self.bytes = bytes;
        self.lost = true;
        Some(self)
    }
}

/// What it holds beside itself.
fn recorded_memory(step: &Recorded) -> usize {
    match step {
        Recorded::Attribute(key, value) => Own::key(key.as_str()) + Own::of_value(value),
        Recorded::Field(_) | Recorded::Number(..) => 0,
        Recorded::Input(payload) | Recorded::Output(payload) => payload.memory(),
        Recorded::FinishReason(text) | Recorded::Error(text) => piece(text.capacity()),
    }
}

/// What it says beside itself.
fn recorded_bytes(step: &Recorded) -> usize {
    match step {
        Recorded::Attribute(key, value) => key.as_str().len() + value_bytes(value),
        Recorded::Field(_) | Recorded::Number(..) => 0,
        Recorded::Input(payload) | Recorded::Output(payload) => payload.text_bytes(),
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
    let bytes = Said::of_status(status);
    if bytes > most {
        shed.bytes += bytes;
        shed.status.push(std::mem::replace(status, Status::error(mark(bytes))));
    }
}

/// An event keeps what is short of it, as long as that is not much.
fn take_long_events(events: &mut SpanEvents, shed: &mut Shed) {
    for event in events.events.iter_mut().filter(|event| Said::of_event(event) > SHED_ABOVE) {
        take_long(&mut event.attributes, SHED_ABOVE, shed);
    }
    for event in events.events.extract_if(.., |event| Said::of_event(event) > SHED_ABOVE) {
        shed.bytes += Said::of_event(&event);
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
