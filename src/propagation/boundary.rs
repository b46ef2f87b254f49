//! The two directions: the current span into a carrier, a caller's span out of one.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::{Context, global};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use super::baggage::{self, AllowList};
use super::carrier::Carrier;
use super::remote::RemoteContext;
use super::{process, traceparent};
use crate::layer;

/// Bytes of one field that are read; what is longer is treated as absent. W3C baggage allows no more.
const MAX_FIELD: usize = 8_192;

/// Carries a trace from one process into another, by W3C trace context: `traceparent` and `tracestate`.
///
/// ```
/// use std::collections::HashMap;
/// use tracing_genai::Propagation;
///
/// let propagation = Propagation::new();
///
/// // The caller: the current span goes along.
/// let mut headers: HashMap<String, String> = HashMap::new();
/// propagation.inject(&mut headers);
///
/// // Who is called: spans made inside are children of the caller's.
/// propagation.extract(&headers).in_scope(|| { /* … */ });
/// ```
///
/// The format is that of the global propagator where the program has one ([`install`](crate::install) sets it, by
/// `OTEL_PROPAGATORS`), and else W3C trace context and baggage; `OTEL_PROPAGATORS=none` makes both directions do nothing.
///
/// A `traceparent` that is malformed, sent twice or longer than 8 KiB is ignored, together with its `tracestate`: the
/// spans begin a trace of their own, and [`Report::remote_parents_ignored`](crate::Report::remote_parents_ignored) counts
/// it. Whether the caller's spans are sampled holds for its children, unless a sampler of your own decides otherwise.
///
/// # Baggage
///
/// No value of a [`Scope`](crate::Scope) leaves the process and none is taken from a caller, unless its name is on the
/// list of that direction. Mind who reads the headers: baggage goes to everybody who is called.
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    baggage_in: AllowList,
    baggage_out: AllowList,
}

impl Propagation {
    /// W3C trace context, and no baggage.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes these members of a caller's `baggage` as values of the scope: `gen_ai.conversation.id`, `session.id`,
    /// `user.id`, `tracing_genai.tenant`, `tracing_genai.cost_centre` and `tag.tags` (with commas) as what they are, any
    /// other name as `tracing_genai.metadata.<name>`, unless it is such a name already. Bounded as other values of a
    /// [`Scope`](crate::Scope) are.
    #[must_use]
    pub fn with_baggage_in(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.baggage_in = AllowList::new(names);
        self
    }

    /// Gives these values of the current [`Scope`](crate::Scope) to whoever is called, under the same names; where the
    /// scope has none, the member of that name of the current OpenTelemetry baggage. Where they take more than the 8 KiB of
    /// W3C baggage, each goes that still fits, in the order of the names, and
    /// [`Report::scope_values_cut`](crate::Report::scope_values_cut) counts the others.
    #[must_use]
    pub fn with_baggage_out(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.baggage_out = AllowList::new(names);
        self
    }

    /// Writes the current span, and the allowed baggage, into what is about to be sent. Where no span is current, the
    /// `traceparent` that is there stays.
    pub fn inject(&self, carrier: &mut (impl Carrier + ?Sized)) {
        let context = layer::current_context();
        let context = context.with_baggage(self.baggage_out.outgoing(&context));
        let mut fields: HashMap<String, String> = HashMap::new();
        with_propagator(|propagator| propagator.inject_context(&context, &mut fields));
        fields.retain(|_, value| !value.is_empty());
        if fields.contains_key(traceparent::NAME) && !fields.contains_key(traceparent::STATE) {
            // What is there belongs to another `traceparent`.
            carrier.remove(traceparent::STATE);
        }
        for (name, value) in fields {
            carrier.set(&name, value);
        }
    }

    /// What a caller wrote; empty where it wrote nothing that can be used.
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> RemoteContext {
        let names: Vec<String> =
            with_propagator(|propagator| propagator.fields().map(str::to_owned).collect()).unwrap_or_default();
        let mut is_ignored = false;
        let mut fields: HashMap<String, String> = HashMap::new();
        for name in names {
            match carrier.get(&name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
                Some(value) if value.len() <= MAX_FIELD => drop(fields.insert(name, value)),
                Some(_) => is_ignored |= name == traceparent::NAME,
                None => {}
            }
        }
        if fields.get(traceparent::NAME).is_some_and(|value| !traceparent::is_well_formed(value)) {
            is_ignored = true;
            fields.remove(traceparent::NAME);
            fields.remove(traceparent::STATE);
        }
        if is_ignored {
            layer::ignore_parent();
        }
        if fields.get(traceparent::STATE).is_some_and(|state| !traceparent::is_state(state)) {
            fields.remove(traceparent::STATE);
        }
        if let Some(field) = fields.get_mut(baggage::NAME) {
            let readable = baggage::readable(field);
            if readable.len() <= MAX_FIELD {
                *field = readable;
            }
        }
        let context = with_propagator(|propagator| propagator.extract_with_context(&Context::new(), &fields));
        RemoteContext::new(&context.unwrap_or_default(), &self.baggage_in)
    }

    /// What the process that started this one wrote into its environment: `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`. The
    /// other side is [`inject`](Self::inject) into a [`Command`](std::process::Command).
    ///
    /// ```
    /// tracing_genai::Propagation::new().extract_environment().in_scope(|| { /* the work of the program */ });
    /// ```
    pub fn extract_environment(&self) -> RemoteContext {
        self.extract(&process::Environ)
    }
}

/// The environment wants no propagation.
static OFF: AtomicBool = AtomicBool::new(false);

/// Whether traces are propagated at all, for the whole process as the global propagator is.
pub(crate) fn switch(on: bool) {
    OFF.store(!on, Ordering::Relaxed);
}

static W3C: LazyLock<TextMapCompositePropagator> = LazyLock::new(|| {
    TextMapCompositePropagator::new(vec![Box::new(TraceContextPropagator::new()), Box::new(BaggagePropagator::new())])
});

/// Asks the program's propagator, or the W3C ones where it has none. It is locked meanwhile: no carrier is touched.
fn with_propagator<R>(mut ask: impl FnMut(&dyn TextMapPropagator) -> R) -> Option<R> {
    if OFF.load(Ordering::Relaxed) {
        return None;
    }
    Some(global::get_text_map_propagator(
        |global| {
            if global.fields().next().is_some() { ask(global) } else { ask(&*W3C) }
        },
    ))
}
