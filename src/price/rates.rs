//! The rates of one model: what each item costs, and what it costs in a long context.

use super::decimal::{Factor, Rate};
use super::item::Item;

/// Steps by the length of the input that a rate may have.
const MAX_STEPS: usize = 8;

/// A rate, and those that take its place when the input of the call is longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stepped {
    base: Rate,
    /// Counts of input tokens that must be exceeded, in ascending order.
    above: Vec<(u64, Rate)>,
}

/// The rates of a model. What has none costs what its parent costs, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rates([Option<Stepped>; Item::COUNT]);

impl Default for Rates {
    fn default() -> Self {
        Self([const { None }; Item::COUNT])
    }
}

impl Stepped {
    pub(super) fn flat(base: Rate) -> Self {
        Self { base, above: Vec::new() }
    }

    /// Adds a step, or takes the place of the same; the whole call has its rate once `tokens` are exceeded.
    pub(super) fn with_step(mut self, tokens: u64, rate: Rate) -> Option<Self> {
        self.above.retain(|(start, _)| *start != tokens);
        if self.above.len() >= MAX_STEPS {
            return None;
        }
        let at = self.above.partition_point(|(start, _)| *start < tokens);
        self.above.insert(at, (tokens, rate));
        Some(self)
    }

    /// `base/start:rate/…`, as the catalogue writes it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let base = Self::flat(Rate::parse(parts.next()?)?);
        parts.try_fold(base, |stepped, part| {
            let (start, rate) = part.split_once(':')?;
            stepped.with_step(start.parse().ok()?, Rate::parse(rate)?)
        })
    }

    /// The rate for a call with so much input, and the step that was taken.
    pub(super) fn at(&self, input: u64) -> (Rate, Option<u64>) {
        let taken = self.above.iter().rev().find(|(start, _)| input > *start);
        taken.map_or((self.base, None), |(start, rate)| (*rate, Some(*start)))
    }

    pub(super) fn times(&self, factor: Factor) -> Option<Self> {
        let above = self.above.iter().map(|(start, rate)| Some((*start, rate.times(factor)?)));
        Some(Self { base: self.base.times(factor)?, above: above.collect::<Option<_>>()? })
    }
}

impl Rates {
    pub(super) fn own(&self, item: Item) -> Option<&Stepped> {
        self.0.get(item as usize).and_then(Option::as_ref)
    }

    /// Its own rate, or that of the nearest parent that has one.
    pub(super) fn of(&self, item: Item) -> Option<&Stepped> {
        self.own(item).or_else(|| item.parents().iter().find_map(|parent| self.own(*parent)))
    }

    pub(super) fn set(&mut self, item: Item, rate: Stepped) {
        if let Some(slot) = self.0.get_mut(item as usize) {
            *slot = Some(rate);
        }
    }

    /// Tokens cost nothing.
    pub(super) fn free() -> Self {
        let mut rates = Self::default();
        rates.read("i:0 o:0", &[false; Item::COUNT]);
        rates
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Reads `code:rate` of the catalogue, separated by blanks; a code of an item that is there already is left out
    /// with `keep`, and takes its place otherwise.
    pub(super) fn read(&mut self, text: &str, keep: &[bool; Item::COUNT]) {
        for pair in text.split(' ') {
            let Some((item, rate)) =
                pair.split_once(':').and_then(|(code, rate)| Some((Item::of_code(code)?, Stepped::parse(rate)?)))
            else {
                continue;
            };
            if !keep.get(item as usize).is_some_and(|keep| *keep) {
                self.set(item, rate);
            }
        }
    }

    /// Which items have a rate of their own.
    pub(super) fn present(&self) -> [bool; Item::COUNT] {
        self.0.each_ref().map(Option::is_some)
    }

    /// Multiplies every rate.
    pub(super) fn all_times(&self, factor: Factor) -> Option<Self> {
        let mut scaled = Self::default();
        for item in Item::all() {
            if let Some(rate) = self.own(item) {
                scaled.set(item, rate.times(factor)?);
            }
        }
        Some(scaled)
    }

    /// Multiplies the rates of tokens; fees stay.
    pub(super) fn times(&self, factor: Factor) -> Option<Self> {
        if factor == Factor::ONE {
            return Some(self.clone());
        }
        let mut scaled = self.clone();
        for item in Item::all().filter(|item| item.is_tokens()) {
            if let Some(rate) = self.own(item) {
                scaled.set(item, rate.times(factor)?);
            }
        }
        Some(scaled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(text: &str) -> Rates {
        let mut rates = Rates::default();
        rates.read(text, &[false; Item::COUNT]);
        rates
    }

    #[test]
    fn a_step_is_taken_only_above_its_start() {
        let rates = rates("i:2/200000:4 o:10");
        let input = rates.of(Item::Input).unwrap();
        assert_eq!(input.at(200_000), (Rate::parse("2").unwrap(), None));
        assert_eq!(input.at(200_001), (Rate::parse("4").unwrap(), Some(200_000)));
    }

    #[test]
    fn what_has_no_rate_costs_what_its_parent_costs() {
        let rates = rates("i:2 w:2.5 o:10");
        let base = |item| rates.of(item).map(|rate| rate.at(0).0.text());
        assert_eq!(base(Item::CacheRead).as_deref(), Some("2"));
        assert_eq!(base(Item::CacheWrite1h).as_deref(), Some("2.5"));
        assert_eq!(base(Item::Reasoning).as_deref(), Some("10"));
        assert_eq!(base(Item::WebSearches), None);
    }

    #[test]
    fn a_factor_leaves_fees_as_they_are() {
        let rates = rates("i:2 ws:10").times(Factor(1_100_000)).unwrap();
        assert_eq!(rates.of(Item::Input).unwrap().at(0).0.text(), "2.2");
        assert_eq!(rates.of(Item::WebSearches).unwrap().at(0).0.text(), "10");
    }
}
