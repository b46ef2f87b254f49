//! What the environment says. Code wins over it, it wins over defaults, and a bad value is an error that names the
//! variable, the value and what would be right.

pub(crate) mod otlp;
mod propagators;
mod resource;
mod sampler;
mod settings;
mod unused;
mod variable;

pub(crate) use propagators::{Propagators, propagators};
pub(crate) use resource::resource;
pub(crate) use settings::{PRICES, Settings, is_disabled};
pub(crate) use unused::{Decided, unused};
pub(crate) use variable::{Environment, VariableError};
