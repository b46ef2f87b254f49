//! The order of the steps, and nothing else.

use crate::content::ContentStep;
use crate::dialect::Names;
use crate::normalize::Normalizer;
use crate::observe::{Metrics, Observers};
use crate::price::{CostKeys, PriceStep};
use crate::queue::Ended;
use crate::rollup::{ChildrenFirst, Totals};
use crate::self_report::SelfReport;
use crate::span::Span;
use crate::usage::{Source, UsageStep};

/// What happens to every finished span on the worker, whatever crate it came from.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) order: ChildrenFirst,
    pub(crate) normalize: Normalizer,
    pub(crate) usage: UsageStep,
    pub(crate) price: PriceStep,
    pub(crate) totals: Totals,
    pub(crate) observers: Observers,
    pub(crate) content: ContentStep,
    pub(crate) metrics: Option<Metrics>,
    pub(crate) cost_keys: CostKeys,
    pub(crate) names: Names,
    pub(crate) self_report: SelfReport,
}

impl Pipeline {
    /// Puts spans that came together into the order in which they are to be run.
    pub(crate) fn arrange(&mut self, batch: &mut Vec<Vec<Ended>>) {
        self.order.arrange(batch, |ended| (ended.data.id(), ended.data.local_parent()));
    }

    /// Not inlined, so that its instructions can be counted by name.
    #[inline(never)]
    pub(crate) fn run(&mut self, ended: &mut Ended) -> Span {
        let source = Source::new(ended.target(), |field| ended.declares(field));
        let mut span = self.normalize.span(ended);
        let used = self.usage.apply(&mut span, source);
        self.price.apply(&mut span, used);
        let share = self.totals.apply(&mut span);
        self.normalize.tell_of_lost_usage(&span, share, ended);
        self.observers.tell(&span, share, &self.self_report);
        self.content.apply(&mut span);
        if let Some(metrics) = &mut self.metrics {
            metrics.measure(&span, share, &self.self_report);
        }
        self.cost_keys.apply(&mut span);
        self.names.apply(&mut span);
        span
    }

    /// Keeps the memory of a span that was passed on; nothing is left in it.
    pub(crate) fn take_back(&mut self, span: &mut Span) {
        self.normalize.take_back(span);
    }
}
