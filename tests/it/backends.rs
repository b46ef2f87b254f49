//! Each backend in its own words: the bytes that leave for it, rule by rule, and the destinations with a name.

mod alike;
mod conversations;
mod costs;
pub(crate) mod expectations;
mod flattened;
mod foreign;
mod limits;
mod presets;
mod rules;
mod sample;
