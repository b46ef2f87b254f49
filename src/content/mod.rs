//! What may leave: the capture policy, redaction, and the limits on size, in this order.
//!
//! - `mode`, `policy`: what a user allows.
//! - `keys`, `rule`, `withhold`, `capture` (`conversation`): what that means for one span.
//! - `media`, `redact` (`patterns`, `check`, `hidden`, `card`, `schema`), `scan`: what is taken out of the texts that are
//!   left. Those in which there is nothing are passed over by `clean`, `plain` and `signs` (`token`).
//! - `error_message`, `limit` (`cut`, `shorten`): how much of them leaves.
//! - `step`: the four steps in order.

mod capture;
mod card;
mod check;
mod clean;
mod conversation;
mod cut;
mod error_message;
#[cfg(test)]
mod fixture;
mod step;
mod generated {
    pub(super) mod pattern;
}
mod hidden;
mod json;
mod keys;
mod limit;
mod media;
mod mode;
mod patterns;
mod plain;
mod policy;
mod redact;
mod rule;
mod scan;
mod schema;
mod shorten;
mod signs;
mod surface;
mod token;
mod window;
mod withhold;

pub use limit::Limits;
#[cfg(feature = "_otlp")]
pub(crate) use limit::drop_last;
pub(crate) use mode::{ALLOWED, CAPTURE_VARIABLE, mode_from_env};
pub use mode::{ContentMode, InvalidMode};
pub use policy::Content;
pub(crate) use redact::without_secrets;
pub use redact::{InvalidPattern, Redaction};
#[cfg(feature = "_otlp")]
pub(crate) use shorten::{fair_share, shorten_text};
pub(crate) use step::{ContentStep, narrowed_for_destination};
pub use surface::Path;
