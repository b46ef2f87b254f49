//! The first door: what only a subscriber can know while a span is open.
//!
//! A sibling layer stands before the OpenTelemetry layer and keeps, by span id, the values of fields, what was recorded
//! through our trait, the call site, panics and scope values. When the span closes it leaves them on the thread, where
//! the processor's `on_end` takes them: both run on the same thread.

mod absent;
mod adopt;
mod ancestor;
mod counts;
mod enclosure;
mod fieldless;
mod fields;
mod filter;
mod hand_over;
mod lacking;
mod lend;
mod open_scope;
mod open_spans;
mod otel;
mod parent;
mod recorded;
mod reentry;
mod scope;
mod scope_values;
mod scoped;
mod shard;
mod sibling;
mod survival;
mod values;
mod work_context;

pub(crate) use absent::Lives;
pub(crate) use adopt::{carrier, end_by_hand, open_by_hand, take_carried};
pub(crate) use ancestor::{end_stream_in, record_all_in, record_in};
pub(crate) use counts::LayerCounts;
pub(crate) use enclosure::{LayerParts, companion, enclose};
pub(crate) use fields::{Fields, TakeValues};
pub(crate) use filter::TraceFilter;
pub(crate) use hand_over::{HandOver, end_bare, start, take};
pub(crate) use lend::Lent;
pub(crate) use open_spans::{Open, StreamEnd};
pub(crate) use parent::{current_context, ignore_parent, set_parent};
pub(crate) use recorded::Recorded;
pub use scope::Scope;
pub(crate) use scope::{count_cut as count_cut_scope_values, current as current_scope, thread_lives};
pub(crate) use scope_values::ScopeValues;
pub(crate) use scoped::ScopedSpans;
pub(crate) use sibling::{ended_early, open_spans_of};
pub use work_context::{Attached, InWorkContext, WorkContext};
