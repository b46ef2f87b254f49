//! Whose prices count, and how amounts leave.

use std::path::PathBuf;

use super::Builder;
use crate::price::{CostKeys, Prices};

impl Builder {
    /// Your own prices, which go before what providers report and before the catalogue. Where a price file says the
    /// same, these count.
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.price.prices = prices;
        self
    }

    /// A file with prices of your own, in TOML or JSON; the README has its form. Read when telemetry is built, and again
    /// by [`Telemetry::reload_prices`](crate::Telemetry::reload_prices). Defaults to `TRACING_GENAI_PRICES`.
    pub fn with_price_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.price.file = Some(path.into());
        self
    }

    /// Whether each amount that is computed here leaves with its lines, in `tracing_genai.cost.lines`: unit, quantity
    /// and rate. Defaults to false. What of it is for input and what for output the dialects that have a place for it tell
    /// without it, such as those of Langfuse and MLflow.
    pub fn with_cost_lines(mut self, lines: bool) -> Self {
        self.price.lines = lines;
        self
    }

    /// Under which keys an amount leaves. Defaults to `gen_ai.usage.cost`.
    pub fn with_cost_keys(mut self, keys: CostKeys) -> Self {
        self.price.keys = keys;
        self
    }
}
