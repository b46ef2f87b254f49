//! The order of the steps, and nothing else.

use crate::content::ContentStep;
use crate::normalize::Normalizer;
use crate::price::{CostKeys, PriceStep};
use crate::queue::Ended;
use crate::span::Span;
use crate::usage::{Source, UsageStep};

/// What happens to every finished span on the worker, whatever crate it came from.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) normalize: Normalizer,
    pub(crate) usage: UsageStep,
    pub(crate) price: PriceStep,
    pub(crate) content: ContentStep,
    pub(crate) cost_keys: CostKeys,
}

impl Pipeline {
    pub(crate) fn run(&mut self, ended: Ended) -> Span {
        let source = Source::new(ended.target(), |field| ended.declares(field));
        let mut span = self.normalize.span(ended);
        self.usage.apply(&mut span, source);
        self.price.apply(&mut span);
        self.content.apply(&mut span);
        self.cost_keys.apply(&mut span);
        span
    }
}
