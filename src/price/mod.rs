//! What a model call cost: on the worker, from its canonical usage.
//!
//! A call's span becomes a [`call`]; [`resolve`] finds whose rates count ([`provider`], [`name`], the price list of
//! [`catalogue`] with what [`overlay`] adds, or the user's [`overrides`]); [`quote`] makes lines of rates and counts, in
//! exact numbers ([`decimal`]); [`step`] writes the amount and where it comes from. A model that is not known gets no
//! amount, and a reason.

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
