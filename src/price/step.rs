//! The step on the worker: reads what a call used, and writes what it cost and why.

use std::fmt::Write as _;
use std::sync::Arc;

use super::cache::{Cache, Known};
use super::call::Call;
use super::catalogue::Match;
use super::decimal::{Amount, Per};
use super::generated::overlay::VERSION;
use super::item::Item;
use super::overrides::Table;
use super::quote::{Bill, Line};
use super::resolve::{Quote, Reason};
use super::source::PriceSource;
use crate::conventions::attribute;
use crate::span::{Sides, Span};
use crate::usage::{Unit, Used};

/// The step.
#[derive(Debug)]
pub(crate) struct PriceStep {
    source: Arc<PriceSource>,
    table: Arc<Table>,
    version: u64,
    cache: Cache,
    /// Whether the lines of each amount are written.
    lines: bool,
    /// Whether somebody asks what of an amount is for input and what for output.
    sides: bool,
}

/// What a call cost.
struct Cost<'a> {
    usd: f64,
    status: &'static str,
    source: &'static str,
    provenance: Option<Provenance<'a>>,
}

/// Where an amount comes from.
struct Provenance<'a> {
    known: &'a Known,
    /// The step of a long context that was taken.
    step: Option<u64>,
    fees: Amount,
    lines: Option<Vec<Line>>,
    sides: Option<Sides>,
}

impl PriceStep {
    pub(crate) fn new(source: Arc<PriceSource>, lines: bool, sides: bool) -> Self {
        let (version, table) = source.current();
        let cache = Cache::new(Arc::clone(&source));
        Self { source, table, version, cache, lines, sides }
    }

    /// Not inlined, so that its instructions can be counted by name.
    #[inline(never)]
    pub(crate) fn apply(&mut self, span: &mut Span, used: Option<&Used>) {
        if !span.gen_ai {
            return;
        }
        let Some(call) = Call::of(span) else { return };
        if call.reported.is_some() && matches!(call.source, "override" | "catalogue") {
            // Priced by a telemetry of this crate before it came here.
            return;
        }
        if self.source.version() != self.version {
            (self.version, self.table) = self.source.current();
            self.cache.clear();
        }
        let outcome = self.cost(&call, used);
        write(span, outcome);
    }

    /// The user's price, or what the provider charged, or the catalogue's price. Where the user's price gives no amount,
    /// such as without usage, what the provider charged is known all the same.
    fn cost(&mut self, call: &Call<'_>, used: Option<&Used>) -> Result<Cost<'_>, Reason> {
        let Some(charged) = call.reported else { return self.price(call, used) };
        let status = if call.partial { "partial" } else { "priced" };
        let reported = Cost { usd: charged, status, source: "provider", provenance: None };
        if self.table.has_prices() && self.is_overridden(call) {
            self.price(call, used).or(Ok(reported))
        } else {
            Ok(reported)
        }
    }

    fn is_overridden(&mut self, call: &Call<'_>) -> bool {
        self.cache.quote(call, None, &self.table).is_ok_and(|known| known.quote.how == Match::Override)
    }

    fn price(&mut self, call: &Call<'_>, used: Option<&Used>) -> Result<Cost<'_>, Reason> {
        if call.request.is_empty() && call.response.is_empty() {
            return Err("no_model");
        }
        let Self { cache, table, .. } = self;
        let mut place = cache.place(call, None, table);
        let known = cache.known(place)?;
        let Used { usage, parts } = used.filter(|used| is_something(used)).ok_or("no_usage")?;
        let (lines, sides) = (self.lines.then(Vec::new), self.sides.then(Default::default));
        let mut bill = Bill { lines, sides, ..Bill::default() };
        let Quote { rates, provider, model, tier_unpriced, .. } = &known.quote;
        let mut unpriced = *tier_unpriced;
        bill.add_units(rates, usage, provider, model).ok_or("out_of_range")?;
        if usage.iterations().is_empty() {
            let mut parts = *parts;
            let by_character = rates.own(Item::Characters).is_some() && rates.own(Item::Input).is_none();
            if by_character && usage.units(Unit::InputCharacters) > 0 {
                // Text that is billed by the character.
                parts.input.text = 0;
            }
            bill.add_tokens(rates, &parts, usage.citation_tokens()).ok_or("out_of_range")?;
        } else {
            for iteration in usage.iterations() {
                let known = cache.quote(call, iteration.model(), table)?;
                let used = iteration.usage();
                bill.add_tokens(&known.quote.rates, &used.parts(), used.citation_tokens()).ok_or("out_of_range")?;
                unpriced |= known.quote.tier_unpriced;
            }
            place = cache.place(call, None, table);
        }
        let known = cache.known(place)?;
        if !bill.is_some {
            return Err("no_price");
        }
        let status = match () {
            () if call.partial => "partial",
            () if unpriced => "tier_unpriced",
            () if bill.left_out => "unit_unpriced",
            () => "priced",
        };
        let source = if known.quote.how == Match::Override { "override" } else { "catalogue" };
        let sides = bill
            .sides
            .and_then(|[input, output]| Some(Sides { input: input.amount()?.usd(), output: output.amount()?.usd() }));
        let provenance = Provenance { known, step: bill.step, fees: bill.fees, lines: bill.lines, sides };
        Ok(Cost { usd: bill.total.usd(), status, source, provenance: Some(provenance) })
    }
}

/// Whether it says that anything was used at all. A source that knows nothing writes noughts.
fn is_something(Used { usage, parts }: &Used) -> bool {
    // Most calls have sent some text.
    parts.input.text > 0
        || parts.input_total() > 0
        || parts.output_total() > 0
        || usage.citation_tokens() > 0
        || (usage.reports_units() && Unit::ALL.into_iter().any(|unit| usage.units(unit) > 0))
}

/// Writes what a call cost.
fn write(span: &mut Span, outcome: Result<Cost<'_>, Reason>) {
    let cost = match outcome {
        Ok(cost) => cost,
        Err(reason) => {
            // What came with it and is no amount.
            span.remove(attribute::GEN_AI_USAGE_COST);
            span.remove(attribute::TRACING_GENAI_COST_SOURCE);
            span.set(attribute::TRACING_GENAI_COST_STATUS, reason);
            return;
        }
    };
    span.set(attribute::GEN_AI_USAGE_COST, cost.usd);
    span.set(attribute::TRACING_GENAI_COST_SOURCE, cost.source);
    span.set(attribute::TRACING_GENAI_COST_STATUS, cost.status);
    let Some(Provenance { known, step, fees, lines, sides }) = cost.provenance else { return };
    span.sides = sides;
    let how = known.quote.how;
    let tier = match step {
        Some(step) => format!("{} >{step}", known.tier.as_str()).into(),
        None => known.tier.clone(),
    };
    span.set(attribute::TRACING_GENAI_PRICE_MODEL, known.model.clone());
    span.set(attribute::TRACING_GENAI_PRICE_MATCH, how.word());
    span.set(attribute::TRACING_GENAI_PRICE_TIER, tier);
    if how != Match::Override {
        span.set(attribute::TRACING_GENAI_PRICE_CATALOGUE, VERSION);
    }
    if !fees.is_nothing() {
        let fees = fees.usd();
        if fees > 0.0 {
            span.set(attribute::TRACING_GENAI_COST_TOOLS, fees);
        }
    }
    if let Some(lines) = lines {
        span.set(attribute::TRACING_GENAI_COST_LINES, told(&lines));
    }
}

/// Lines as JSON. Rates are decimals, so that their sum is the amount to the last digit.
fn told(lines: &[Line]) -> String {
    let mut out = String::from("[");
    for (at, line) in lines.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let per = match line.item.per() {
            Per::Thousand => 1_000,
            Per::Million => 1_000_000,
            Per::Billion => 1_000_000_000,
            Per::Hour => 3_600,
        };
        // Writing to a `String` cannot fail; nothing in it needs escaping.
        let _ = write!(
            out,
            "{comma}{{\"unit\":\"{}\",\"quantity\":{},\"rate\":\"{}\",\"per\":{per}}}",
            line.item.word(),
            line.quantity,
            line.rate.text()
        );
    }
    out.push(']');
    out
}
