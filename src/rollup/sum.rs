//! What a subtree adds up to.

use super::money::Money;
use super::part::{Call, CallKind, Part};
use crate::conventions::attribute;
use crate::span::Span;

/// What a span's own part is beside what is below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing below has told of it.
    Anew,
    /// A call below is the same call, and could not see what it used.
    Tokens { is_priced_below: bool },
    /// A call below is the same call.
    Again { is_priced_below: bool },
}

/// Sums over spans. Saturating: absurd counts stay absurd and do not wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) calls: u64,
    unpriced: u64,
    input: Option<u64>,
    output: Option<u64>,
    cost: Option<Money>,
    /// Something below was not seen, or a total below is too small.
    pub(super) incomplete: bool,
    /// By kind of call.
    below: [Below; 3],
}

/// The calls of one kind, to know a wrapper by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Below {
    calls: u64,
    unpriced: u64,
    is_priced: bool,
    has_tokens: bool,
    sum: Tokens,
    last: Tokens,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tokens {
    input: u64,
    output: u64,
}

impl Sum {
    pub(super) fn incomplete(incomplete: bool) -> Self {
        Self { incomplete, ..Self::default() }
    }

    /// Nothing to tell anybody above.
    pub(super) fn is_empty(&self) -> bool {
        self.calls == 0 && self.cost.is_none() && !self.incomplete
    }

    /// Adds the span's own part to that of all below it.
    pub(super) fn take(&mut self, part: &Part) -> Told {
        match part {
            Part::Call(call) => return self.take_call(call),
            Part::Step(Some(fee)) if self.cost.is_none() => self.cost = Some(*fee),
            Part::Step(_) | Part::Agent | Part::Container | Part::None => {}
        }
        Told::Anew
    }

    fn take_call(&mut self, call: &Call) -> Told {
        let below = self.of_kind(call.kind);
        if !below.is_same(call) {
            self.add_call(call);
            return Told::Anew;
        }
        let Below { unpriced, is_priced, has_tokens, .. } = *below;
        if !has_tokens && call.has_tokens() {
            // Those below could not see what was used: the wrapper tells it in their place.
            self.take_off(call.kind, unpriced);
            self.add_tokens(call);
            if call.is_unpriced() && !is_priced {
                self.add_unpriced(call.kind);
            }
            self.add_cost_once(call, is_priced);
            return Told::Tokens { is_priced_below: is_priced };
        }
        if call.cost.is_some() && !is_priced {
            self.take_off(call.kind, unpriced);
        }
        self.add_cost_once(call, is_priced);
        Told::Again { is_priced_below: is_priced }
    }

    /// Adds a call that nothing below has told of.
    pub(super) fn add_call(&mut self, call: &Call) {
        self.calls = self.calls.saturating_add(1);
        let below = self.of_kind(call.kind);
        below.calls = below.calls.saturating_add(1);
        self.add_tokens(call);
        self.add_cost_once(call, false);
        if call.is_unpriced() {
            self.add_unpriced(call.kind);
        }
    }

    fn add_tokens(&mut self, call: &Call) {
        self.input = added(self.input, call.input);
        self.output = added(self.output, call.output);
        let below = self.of_kind(call.kind);
        if call.has_tokens() {
            below.has_tokens = true;
            below.last = Tokens { input: call.input.unwrap_or(0), output: call.output.unwrap_or(0) };
            below.sum = below.sum.plus(below.last);
        }
    }

    fn add_cost_once(&mut self, call: &Call, is_there: bool) {
        if let Some(cost) = call.cost
            && !is_there
        {
            self.cost = Some(self.cost.unwrap_or_default().plus(cost));
            self.of_kind(call.kind).is_priced = true;
        }
    }

    fn add_unpriced(&mut self, kind: CallKind) {
        self.unpriced = self.unpriced.saturating_add(1);
        let below = self.of_kind(kind);
        below.unpriced = below.unpriced.saturating_add(1);
    }

    fn take_off(&mut self, kind: CallKind, unpriced: u64) {
        self.unpriced = self.unpriced.saturating_sub(unpriced);
        self.of_kind(kind).unpriced = 0;
    }

    fn of_kind(&mut self, kind: CallKind) -> &mut Below {
        let [llm, embedding, rerank] = &mut self.below;
        match kind {
            CallKind::Llm => llm,
            CallKind::Embedding => embedding,
            CallKind::Rerank => rerank,
        }
    }

    /// Adds what another subtree adds up to.
    pub(super) fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        self.input = added(self.input, other.input);
        self.output = added(self.output, other.output);
        if let Some(cost) = other.cost {
            self.cost = Some(self.cost.unwrap_or_default().plus(cost));
        }
        self.incomplete |= other.incomplete;
        for (own, other) in self.below.iter_mut().zip(&other.below) {
            own.add(other);
        }
    }

    /// Puts the total on the span; nothing where there is none.
    pub(super) fn write(&self, span: &mut Span) {
        if self.is_empty() {
            return;
        }
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        if let Some(cost) = self.cost {
            span.set(attribute::TRACING_GENAI_TOTAL_COST, cost.usd());
        }
        if let Some(tokens) = self.input {
            span.set(attribute::TRACING_GENAI_TOTAL_INPUT_TOKENS, number(tokens));
        }
        if let Some(tokens) = self.output {
            span.set(attribute::TRACING_GENAI_TOTAL_OUTPUT_TOKENS, number(tokens));
        }
        span.set(attribute::TRACING_GENAI_TOTAL_CALLS, number(self.calls));
        span.set(attribute::TRACING_GENAI_TOTAL_UNPRICED_CALLS, number(self.unpriced));
        if self.incomplete {
            span.set(attribute::TRACING_GENAI_TOTAL_INCOMPLETE, true);
        }
    }
}

impl Below {
    /// Whether `call`, which is above these calls, tells of them again.
    fn is_same(&self, call: &Call) -> bool {
        if self.calls == 0 {
            return false;
        }
        if !self.has_tokens || !call.has_tokens() || call.is_own {
            return true;
        }
        // One count is the same, and the other is no larger: one of the two may leave out what came from a cache, or
        // what was reasoned.
        let is = |count: Option<u64>, of: fn(&Tokens) -> u64| {
            count.is_some_and(|count| count > 0 && (count == of(&self.sum) || count == of(&self.last)))
        };
        let fits = |count: Option<u64>, of: fn(&Tokens) -> u64| count.is_none_or(|count| count <= of(&self.sum));
        let input: fn(&Tokens) -> u64 = |tokens| tokens.input;
        let output: fn(&Tokens) -> u64 = |tokens| tokens.output;
        (is(call.input, input) && fits(call.output, output)) || (is(call.output, output) && fits(call.input, input))
    }

    fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        self.is_priced |= other.is_priced;
        if other.has_tokens {
            self.has_tokens = true;
            self.sum = self.sum.plus(other.sum);
            self.last = other.last;
        }
    }
}

impl Tokens {
    fn plus(self, other: Self) -> Self {
        Self { input: self.input.saturating_add(other.input), output: self.output.saturating_add(other.output) }
    }
}

fn added(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}
