//! The names that the conventions give, and the little code that looks them up.
//!
//! All of it is written as data in `conventions/`; a test writes `generated/` from there.

mod alias;
mod bit;
mod content;
mod emitter;
mod facts;
mod fold;
pub(crate) mod metric;
mod proof;
mod provider;
mod registry;
mod span_type;

mod generated {
    pub(super) mod alias;
    pub(super) mod attribute;
    pub(super) mod content;
    pub(super) mod emitter;
    pub(super) mod event;
    #[expect(dead_code, reason = "the registry tells more metrics than are recorded here")]
    pub(super) mod metric;
    pub(super) mod provider;
    pub(super) mod registry;
    pub(super) mod span_type;
    #[expect(dead_code, reason = "the registry tells more values than are written here")]
    pub(super) mod value;
}

pub(crate) use self::alias::{Alias, alias};
pub(crate) use self::bit::{bit, bit_number};
pub(crate) use self::emitter::{
    Bag, Emitter, Lender, bag, bag_count, emitter, foreign_operation, is_between, is_folded_event_key,
    is_target_of_emitter, lender, operation_modality,
};
pub(crate) use self::facts::{KeyFacts, facts, text_place};
pub use self::generated::registry::SCHEMA_URL;
pub(crate) use self::proof::is_gen_ai_key;
pub(crate) use self::provider::canonical_provider;
pub(crate) use self::registry::{AttributeDef, ValueType};
pub use self::span_type::SpanType;
pub(crate) use self::span_type::{Operation, operation};

/// The name that a canonical key got after release 1.41, where it got one.
pub(crate) fn newer_spelling(key: &str) -> Option<&'static str> {
    (key == attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS)
        .then_some(attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS)
}

/// The name that a key had in release 1.41, where it has another now.
#[cfg(feature = "_otlp")]
pub(crate) fn older_spelling(key: &str) -> Option<&'static str> {
    (key == attribute::GEN_AI_USAGE_CACHE_WRITE_INPUT_TOKENS)
        .then_some(attribute::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS)
}

/// Attribute names, one constant each.
///
/// They are the names of the OpenTelemetry semantic conventions for GenAI, the general ones that stand beside them, and
/// this crate's own, which begin with `tracing_genai.`.
pub mod attribute {
    pub use super::generated::attribute::*;
}

/// Event names, one constant each.
pub(crate) mod event {
    pub(crate) use super::generated::event::*;
}

/// Values that the conventions know, one module for each attribute.
pub(crate) mod value {
    pub(crate) use super::generated::value::*;
}
