//! Call sites: what follows from one alone is found out once.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::StringValue;
use tracing::Metadata;

use super::identity;
use crate::conventions::{self, KeyFacts, attribute, facts};

/// Call sites that are remembered, at about a kilobyte each. Beyond that all are forgotten.
const MAX_SITES: usize = 1_024;

/// One call site of spans.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Site {
    /// Its fields in their order, with what the tables say of their names.
    pub(super) fields: Vec<(&'static str, KeyFacts)>,
    /// The path of the function that was annotated, where one was.
    pub(super) function: Option<StringValue>,
    /// The user declared the field by which the OpenTelemetry layer sets the kind, the name, or the status.
    pub(super) sets_kind: bool,
    pub(super) sets_name: bool,
    pub(super) sets_status: bool,
    /// Its target is that of a crate whose spans are known.
    pub(super) may_be_known: bool,
}

impl Site {
    fn of(metadata: &'static Metadata<'static>) -> Self {
        let fields: Vec<_> = metadata.fields().iter().map(|field| (field.name(), facts(field.name()))).collect();
        let declares = |name: &str| fields.iter().any(|(field, _)| *field == name);
        Self {
            function: identity::function_of(metadata).map(|path| StringValue::from(Arc::<str>::from(path))),
            sets_kind: declares(attribute::OTEL_KIND),
            sets_name: declares(attribute::OTEL_NAME),
            sets_status: declares(attribute::OTEL_STATUS_CODE) || declares(attribute::OTEL_STATUS_DESCRIPTION),
            may_be_known: conventions::is_target_of_emitter(metadata.target()),
            fields,
        }
    }
}

/// The call sites that were seen.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    known: Vec<Site>,
    /// By where their metadata stands, which lives as long as the program.
    places: HashMap<usize, usize>,
    /// The one that came last, which often comes again.
    last: Option<(usize, usize)>,
}

impl Sites {
    pub(super) fn of(&mut self, metadata: &'static Metadata<'static>) -> Option<&Site> {
        let address = std::ptr::from_ref(metadata).addr();
        let place = match self.last {
            Some((last, place)) if last == address => place,
            _ => self.place(address, metadata),
        };
        self.last = Some((address, place));
        self.known.get(place)
    }

    fn place(&mut self, address: usize, metadata: &'static Metadata<'static>) -> usize {
        if let Some(place) = self.places.get(&address) {
            return *place;
        }
        if self.known.len() >= MAX_SITES {
            self.known.clear();
            self.places.clear();
        }
        let place = self.known.len();
        self.known.push(Site::of(metadata));
        self.places.insert(address, place);
        place
    }
}
