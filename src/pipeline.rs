//! The order of the steps, and nothing else.

use crate::content::ContentStep;
use crate::normalize::Normalizer;
use crate::price::Prices;
use crate::queue::Ended;
use crate::span::Span;
use crate::usage::{Source, UsageStep};

/// What happens to every finished span on the worker, whatever crate it came from.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) normalize: Normalizer,
    pub(crate) usage: UsageStep,
    pub(crate) prices: Prices,
    pub(crate) content: ContentStep,
}

impl Pipeline {
    pub(crate) fn run(&mut self, ended: Ended) -> Span {
        let source = Source::new(ended.target(), |field| ended.declares(field));
        let mut span = self.normalize.span(ended);
        self.usage.apply(&mut span, source);
        self.prices.apply(&mut span);
        self.content.apply(&mut span);
        span
    }
}
