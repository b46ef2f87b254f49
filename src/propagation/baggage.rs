//! Which values may cross the boundary of the process, by name.

use std::sync::Arc;

use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::{Context, KeyValue};

use crate::conventions::attribute::TRACING_GENAI_METADATA;
use crate::layer::{self, Scope};

/// The field that the members stand in.
pub(super) const NAME: &str = "baggage";

/// Bytes that W3C has everybody pass on. More of them the next process need not read, or refuses with the whole request.
const MAX_WRITTEN: usize = 8_192;

/// A caller's `baggage` as the SDK's propagator reads it: that one takes a value to end at the first equals sign in it.
pub(super) fn readable(field: &str) -> String {
    let member = |member: &str| {
        let (pair, properties) = member.split_at(member.find(';').unwrap_or(member.len()));
        let (name, value) = pair.split_once('=')?;
        Some(format!("{name}={}{properties}", value.replace('=', "%3D")))
    };
    let members: Vec<String> = field.split(',').filter_map(member).collect();
    members.join(",")
}

/// Names; with none, nothing passes.
#[derive(Clone, Debug, Default)]
pub(super) struct AllowList {
    names: Arc<[String]>,
}

impl AllowList {
    pub(super) fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }

    /// What of the current scope, or else of the baggage in `context`, may leave.
    pub(super) fn outgoing(&self, context: &Context) -> Baggage {
        let scope = if self.names.is_empty() { None } else { layer::current_scope() };
        let of_scope = |name: &str| {
            let scope = scope.as_ref()?;
            scope.text(name).or_else(|| scope.text(&format!("{TRACING_GENAI_METADATA}.{name}")))
        };
        let member = |name: &String| {
            let value = of_scope(name).or_else(|| Some(context.baggage().get(name)?.to_string()))?;
            // The SDK's propagator writes a percent sign as it is, and takes it for an escape when it reads.
            Some(KeyValue::new(name.clone(), value.replace('%', "%25")))
        };
        let (mut free, mut left_out) = (MAX_WRITTEN, 0);
        let has_room = |member: &KeyValue| {
            let has_room = free.checked_sub(written(member)).map(|rest| free = rest).is_some();
            left_out += u32::from(!has_room);
            has_room
        };
        let baggage = self.names.iter().filter_map(member).filter(has_room).collect();
        layer::count_cut_scope_values(left_out);
        baggage
    }

    /// What of a caller's baggage is taken.
    pub(super) fn incoming(&self, context: &Context) -> (Baggage, Scope) {
        let taken: Baggage = self
            .names
            .iter()
            .filter_map(|name| Some(KeyValue::new(name.clone(), context.baggage().get(name)?.to_string())))
            .collect();
        let scope = taken
            .iter()
            .fold(Scope::new(), |scope, (name, (value, _))| scope.with_named(name.as_str(), value.as_str()));
        (taken, scope)
    }
}

/// Bytes of a member in the field, with the comma before it. The SDK's propagator writes these with escapes.
fn written(member: &KeyValue) -> usize {
    let byte = |byte: u8| if byte.is_ascii_graphic() && !b"\";,=".contains(&byte) { 1 } else { 3 };
    let text = |text: &str| text.bytes().map(byte).sum::<usize>();
    text(member.key.as_str()) + text(&member.value.as_str()) + 2
}
