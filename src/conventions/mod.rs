//! The names that the conventions give, and the little code that looks them up.

mod generated {
    pub(super) mod attribute;
}

/// Attribute names, one constant each.
pub mod attribute {
    pub use super::generated::attribute::*;
}
