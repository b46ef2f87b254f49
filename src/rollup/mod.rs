//! What everything below a span used and cost, on agents and on local roots.
//!
//! Direct cost and usage stand on the span that made the call and nowhere else. What is added up goes to other keys:
//! `tracing_genai.total.*` of a span is the sum of its whole subtree, itself included where it is a call.
//!
//! Rules:
//!
//! - Calls of language, embedding and reranking models count. Tokens and amounts that a framework puts on its agent,
//!   chain or plan sum up calls that were counted already, and are passed over.
//! - An amount on another step (a tool, a retrieval) is its own fee and counts, unless something below it has one.
//! - A call around calls is a wrapper where it tells of the same call: its own usage is missing or equal to that of the
//!   calls of its kind below it, in input or in output, to their sum or to the last of them. Then the inner one counts.
//!   Otherwise it is a call of its own, and both count.
//! - A parent is told what ended before it. What ends after its parent has left goes to the next ancestor still to
//!   come, which is marked as incomplete where a total on the way there is too small, or a call there may be the same.

mod ids;
mod lone;
mod money;
mod order;
mod part;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod sample;
mod sum;
mod totals;
mod trace;

pub(crate) use order::ChildrenFirst;
pub(crate) use totals::Totals;
