//! What a tree adds up to: calls, tokens and money.

use super::entry::{Entry, Role};
use super::outline::Outline;

/// Sums over spans. Saturating: absurd counts stay absurd and do not wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Totals {
    /// Spans that call a model.
    pub(crate) calls: u64,
    pub(crate) input_tokens: Option<u64>,
    pub(crate) output_tokens: Option<u64>,
    /// US dollars.
    pub(crate) cost: Option<f64>,
    /// Calls that cost something that nobody knows, so that `cost` is a lower bound.
    pub(crate) unpriced: u64,
    /// What of the cost is for tools of the providers, in US dollars.
    pub(crate) tool_cost: Option<f64>,
    /// A call may be missing, so that all of it is a lower bound.
    pub(crate) is_incomplete: bool,
}

impl Totals {
    /// Each token and each dollar once: an agent's own usage counts only where nothing below it has any, and a call around
    /// calls that tells of the same one is passed over.
    pub(crate) fn of(outline: &Outline<'_>) -> Self {
        let mut totals = Self::default();
        let mut below = vec![Below::default(); outline.places.len()];
        for (at, place) in outline.places.iter().enumerate().rev() {
            let entry = place.entry;
            let counted = below.get(at).copied().unwrap_or_default();
            let is_again = counted.is_same(entry);
            let sums_up = is_again || entry.role == Role::Container;
            if !(sums_up && counted.tokens) {
                totals.add_tokens(entry);
            }
            if !(sums_up && counted.cost) {
                totals.add_cost(entry);
            }
            if !is_again {
                totals.add_call(entry);
            }
            if let Some(parent) = place.parent.and_then(|parent| below.get_mut(parent)) {
                parent.tokens |= counted.tokens || entry.has_tokens();
                parent.cost |= counted.cost || entry.cost.is_some();
                let calls = if entry.role == Role::Call && !is_again { Some(of_call(entry)) } else { None };
                parent.calls = added(added(parent.calls, counted.calls), calls);
            }
        }
        totals
    }

    /// Adds a span whose place in the tree is not known.
    pub(crate) fn add(&mut self, entry: &Entry) {
        if entry.role != Role::Container {
            self.add_tokens(entry);
            self.add_cost(entry);
            self.add_call(entry);
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            cost: sum_of_costs(self.cost, other.cost),
            unpriced: self.unpriced.saturating_add(other.unpriced),
            tool_cost: sum_of_costs(self.tool_cost, other.tool_cost),
            is_incomplete: self.is_incomplete || other.is_incomplete,
        }
    }

    fn add_tokens(&mut self, entry: &Entry) {
        self.input_tokens = sum(self.input_tokens, entry.input_tokens);
        self.output_tokens = sum(self.output_tokens, entry.output_tokens);
    }

    fn add_cost(&mut self, entry: &Entry) {
        self.cost = sum_of_costs(self.cost, entry.cost);
        self.tool_cost = sum_of_costs(self.tool_cost, entry.tool_cost);
    }

    fn add_call(&mut self, entry: &Entry) {
        if !matches!(entry.role, Role::Call | Role::Rerank) {
            return;
        }
        self.calls = self.calls.saturating_add(1);
        // A call that failed without usage is taken to be free, as providers do.
        let was_charged = entry.has_tokens() || entry.error.is_none();
        if entry.cost.is_none() && was_charged {
            self.unpriced = self.unpriced.saturating_add(1);
        }
    }
}

/// What was already counted below a span.
#[derive(Clone, Copy, Default)]
struct Below {
    tokens: bool,
    cost: bool,
    /// Input and output of the calls of language models, where there are any.
    calls: Option<(u64, u64)>,
}

impl Below {
    /// Whether `entry` is a call that tells again of those below it.
    fn is_same(&self, entry: &Entry) -> bool {
        let is_told = |calls| calls == of_call(entry) || calls == (0, 0);
        entry.role == Role::Call && self.calls.is_some_and(|calls| !entry.has_tokens() || is_told(calls))
    }
}

fn of_call(entry: &Entry) -> (u64, u64) {
    (entry.input_tokens.unwrap_or_default(), entry.output_tokens.unwrap_or_default())
}

/// The sum of what is known.
fn joined<T>(one: Option<T>, other: Option<T>, join: impl FnOnce(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(join(one, other)),
        (one, other) => one.or(other),
    }
}

fn added(one: Option<(u64, u64)>, other: Option<(u64, u64)>) -> Option<(u64, u64)> {
    joined(one, other, |one, other| (one.0.saturating_add(other.0), one.1.saturating_add(other.1)))
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    joined(one, other, u64::saturating_add)
}

/// `f64::MAX` twice is not infinite but `f64::MAX`.
fn sum_of_costs(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    joined(one, other, |one, other| (one + other).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::terminal::sample::Sample;

    #[test]
    fn an_agents_own_usage_counts_only_where_nothing_below_has_any() {
        let agent = |id, parent| Sample::new(id, parent).role(Role::Container).usage(900, 90).cost(0.9);
        let entries = [
            Sample::root(1).role(Role::Container).usage(999, 99).cost(9.0).entry(),
            agent(2, 1).entry(),
            Sample::new(3, 2).role(Role::Call).usage(100, 10).cost(0.5).entry(),
            Sample::new(4, 2).role(Role::Lookup).cost(0.25).entry(),
            agent(5, 1).entry(),
        ];
        let totals = Totals::of(&Outline::of(&entries));
        assert_eq!((totals.input_tokens, totals.output_tokens), (Some(1_000), Some(100)));
        assert_eq!(totals.cost, Some(0.5 + 0.25 + 0.9));
        assert_eq!((totals.calls, totals.unpriced), (1, 0));
    }

    #[test]
    fn a_call_around_the_same_call_counts_once_and_a_rerank_is_a_call() {
        let call = |id, parent| Sample::new(id, parent).role(Role::Call);
        let entries = [
            call(1, 9).usage(100, 10).entry(),
            call(2, 1).usage(100, 10).cost(0.5).entry(),
            call(3, 9).entry(),
            call(4, 3).usage(7, 1).cost(0.25).entry(),
            call(5, 9).usage(1_000, 100).cost(1.0).entry(),
            call(6, 5).usage(3, 3).cost(0.25).entry(),
            Sample::new(7, 9).role(Role::Rerank).cost(0.125).entry(),
        ];
        let totals = Totals::of(&Outline::of(&entries));
        assert_eq!((totals.calls, totals.input_tokens, totals.output_tokens), (5, Some(1_110), Some(114)));
        assert_eq!((totals.cost, totals.unpriced), (Some(2.125), 0));
    }

    #[test]
    fn calls_without_a_cost_are_told_apart_from_free_ones() {
        let call = |id| Sample::new(id, 9).role(Role::Call);
        let entries = [
            call(1).usage(1, 1).entry(),
            call(2).usage(1, 1).cost(0.0).entry(),
            call(3).error("timeout").entry(),
            call(4).entry(),
        ];
        let totals = Totals::of(&Outline::of(&entries));
        assert_eq!((totals.calls, totals.unpriced, totals.cost), (4, 2, Some(0.0)));
    }

    #[test]
    fn absurd_figures_do_not_wrap() {
        let entries = [1, 2, 3].map(|id| Sample::new(id, 9).role(Role::Call).usage(u64::MAX, 1).cost(f64::MAX).entry());
        let totals = Totals::of(&Outline::of(&entries));
        assert_eq!((totals.input_tokens, totals.cost), (Some(u64::MAX), Some(f64::MAX)));
    }
}
