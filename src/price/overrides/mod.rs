//! Prices of the user's own, which go before all others: from code, and from a file.

mod file;
mod keys;
mod price;
mod table;

pub use price::{Price, PriceError, Prices};

pub(crate) use file::PriceFile;
pub(super) use table::Table;
