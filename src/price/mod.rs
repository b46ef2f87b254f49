//! What a model call cost: on the worker, from its canonical usage.
//!
//! A call's span becomes a [`call`]; [`resolve`] finds whose rates count ([`provider`], [`name`], the price list of
//! [`catalogue`] with what [`overlay`] adds, or the user's [`overrides`]); [`quote`] makes lines of rates and counts, in
//! exact numbers ([`decimal`]); [`step`] writes the amount and where it comes from. A model that is not known gets no
//! amount, and a reason.
//!
//! Why the price list is our own text: the crate `genai-prices` has the same data and an engine of its own. Measured in
//! release, it takes 41 ms for the first price, 19 MiB of memory and 3.3 MB of the stripped binary, and 2 to 4 µs for each
//! further price, in binary fractions. Ours is a text of 156 KB that is read where a model is looked for: below 1 ms for the
//! first price of a model, 0.1 MiB, 0.4 MB, and about 1 µs for each further one, exact. The crate is the oracle of a test
//! that compares every name in the list.

mod cache;
mod call;
mod catalogue;
mod clock;
mod cost_keys;
mod decimal;
mod glob;
mod item;
mod name;
mod overlay;
mod overrides;
mod provider;
mod quote;
mod rates;
mod resolve;
mod settings;
mod source;
mod step;

mod generated {
    pub(super) mod overlay;
}

pub use cost_keys::CostKeys;
pub use overrides::{Price, PriceError, Prices};

pub(crate) use settings::PriceSettings;
pub(crate) use source::PriceSource;
pub(crate) use step::PriceStep;
