//! What of an amount is for input and what for output.

/// US dollars for tokens. Fees are of neither side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sides {
    pub(crate) input: f64,
    pub(crate) output: f64,
}
