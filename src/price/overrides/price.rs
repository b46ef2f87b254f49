//! `Prices`: what a user says of prices in code.

use std::fmt;

use crate::price::decimal::{Factor, Rate};
use crate::price::item::Item;
use crate::price::name::LONGEST;
use crate::price::rates::{Rates, Stepped};

/// Your own prices: of models at home, of fine-tunes, negotiated ones, and names that stand for models of the catalogue.
///
/// They go before what a provider reports and before the catalogue. Models and providers are named exactly, or with `*` for
/// anything; the closest name counts, and of equals the last. Case does not matter.
///
/// ```
/// use tracing_genai::{Price, Prices};
///
/// let prices = Prices::new()
///     .with_price("my-llama-*", Price::new(0.20, 0.80))
///     .with_alias("prod-chat", "gpt-4.1")
///     .with_discount("openai", 0.85);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "prices count only once they are given to a builder"]
pub struct Prices {
    pub(super) entries: Vec<Entry>,
    pub(super) aliases: Vec<Alias>,
    pub(super) discounts: Vec<Discount>,
    wrong: Option<String>,
}

/// The rates of one model, in US dollars for a million tokens.
///
/// What is not said costs what its parent costs: cached tokens what input costs, reasoning and audio what output does.
#[derive(Clone, Debug)]
#[must_use = "a price counts only once it is part of `Prices`"]
pub struct Price {
    rates: Vec<(Item, f64)>,
    above: Vec<(u64, Vec<(Item, f64)>)>,
}

/// Why prices of your own cannot be used. The message names the file, the line and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError(String);

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) provider: Option<String>,
    pub(super) model: String,
    pub(super) rates: Rates,
}

#[derive(Clone, Debug)]
pub(super) struct Alias {
    pub(super) provider: Option<String>,
    pub(super) model: String,
    pub(super) is: String,
}

#[derive(Clone, Debug)]
pub(super) struct Discount {
    pub(super) provider: Option<String>,
    pub(super) model: String,
    pub(super) factor: Factor,
}

impl Prices {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The price of a model, whoever runs it.
    pub fn with_price(self, model: impl Into<String>, price: Price) -> Self {
        self.add_price(None, model.into(), price)
    }

    /// The price of a model at one provider.
    pub fn with_price_at(self, provider: impl Into<String>, model: impl Into<String>, price: Price) -> Self {
        self.add_price(Some(provider.into()), model.into(), price)
    }

    /// A name that stands for a model of the catalogue or of these prices: a deployment of Azure, an application's profile of
    /// Bedrock. One that another provider serves is `anthropic/claude-opus-5`. An alias of an alias is followed where the name
    /// between has no price.
    pub fn with_alias(mut self, model: impl Into<String>, is: impl Into<String>) -> Self {
        self.aliases.push(Alias { provider: None, model: model.into(), is: is.into() });
        self
    }

    /// What of the catalogue's price is paid to a provider: `0.85` for 15 % less. The closest discount counts, and
    /// fees that are no tokens are part of it.
    pub fn with_discount(self, provider: impl Into<String>, factor: f64) -> Self {
        self.with_model_discount(provider, "*", factor)
    }

    /// As [`with_discount`](Self::with_discount), for some models.
    pub fn with_model_discount(mut self, provider: impl Into<String>, model: impl Into<String>, factor: f64) -> Self {
        match Factor::from_number(factor) {
            Some(factor) => {
                self.discounts.push(Discount { provider: Some(provider.into()), model: model.into(), factor });
            }
            None => self.is_wrong(format!("the discount {factor:?} cannot be used; {DiscountRule}")),
        }
        self
    }

    fn add_price(mut self, provider: Option<String>, model: String, price: Price) -> Self {
        match price.compiled() {
            Ok(rates) => self.entries.push(Entry { provider, model, rates }),
            Err(why) => self.is_wrong(format!("the price of {model:?} cannot be used: {why}")),
        }
        self
    }

    fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    /// The first thing that is wrong with them.
    pub(crate) fn check(&self) -> Result<(), PriceError> {
        self.wrong.clone().map_or(Ok(()), |what| Err(PriceError(what)))
    }
}

impl Price {
    /// Input and output, in US dollars for a million tokens.
    pub fn new(input: f64, output: f64) -> Self {
        Self { rates: vec![(Item::Input, input), (Item::Output, output)], above: Vec::new() }
    }

    /// Tokens read from a cache.
    pub fn cache_read(self, usd: f64) -> Self {
        self.with(Item::CacheRead, usd)
    }

    /// Tokens written to a cache, for whichever time.
    pub fn cache_write(self, usd: f64) -> Self {
        self.with(Item::CacheWrite, usd)
    }

    /// Tokens written to a cache that keeps them one hour.
    pub fn cache_write_1h(self, usd: f64) -> Self {
        self.with(Item::CacheWrite1h, usd)
    }

    /// Tokens written to a cache that keeps them twelve hours.
    pub fn cache_write_12h(self, usd: f64) -> Self {
        self.with(Item::CacheWrite12h, usd)
    }

    /// Tokens spent on reasoning.
    pub fn reasoning(self, usd: f64) -> Self {
        self.with(Item::Reasoning, usd)
    }

    /// Tokens of audio, in and out.
    pub fn audio(self, input: f64, output: f64) -> Self {
        self.with(Item::AudioInput, input).with(Item::AudioOutput, output)
    }

    /// Tokens of images, in and out.
    pub fn image(self, input: f64, output: f64) -> Self {
        self.with(Item::ImageInput, input).with(Item::ImageOutput, output)
    }

    /// A thousand searches of the web.
    pub fn web_searches(self, usd: f64) -> Self {
        self.with(Item::WebSearches, usd)
    }

    /// A thousand requests, where each has a fee of its own.
    pub fn requests(self, usd: f64) -> Self {
        self.with(Item::Requests, usd)
    }

    /// The prices of a whole call whose input is longer than `tokens`; eight such steps at most. What has a price there
    /// needs its usual one too, or `build` gives an error.
    pub fn above(mut self, tokens: u64, price: Self) -> Self {
        self.above.push((tokens, price.rates));
        self.above.extend(price.above.into_iter().map(|(more, rates)| (more.max(tokens), rates)));
        self
    }

    fn with(mut self, item: Item, usd: f64) -> Self {
        self.rates.push((item, usd));
        self
    }

    fn compiled(self) -> Result<Rates, String> {
        let rate =
            |item: Item, usd: f64| Rate::from_usd(usd).ok_or_else(|| format!("{} is {usd:?}; {RateRule}", item.word()));
        let mut rates = Rates::default();
        for (item, usd) in self.rates {
            rates.set(item, Stepped::flat(rate(item, usd)?));
        }
        for (tokens, step) in self.above {
            for (item, usd) in step {
                add_step(&mut rates, item, tokens, rate(item, usd)?)?;
            }
        }
        Ok(rates)
    }
}

impl PriceError {
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PriceError {}

/// Adds a step to an item's rate; its usual rate must be there.
pub(super) fn add_step(rates: &mut Rates, item: Item, tokens: u64, rate: Rate) -> Result<(), String> {
    let usual = rates.own(item).cloned();
    let usual = usual.ok_or_else(|| {
        let item = item.word();
        format!("{item} has a rate above {tokens} tokens and no usual one; give the price one of {item} too")
    })?;
    let stepped = usual.with_step(tokens, rate);
    rates.set(item, stepped.ok_or_else(|| format!("{} has more steps than eight", item.word()))?);
    Ok(())
}

/// Says what is wrong with the names of a row.
pub(super) fn check_names(provider: Option<&str>, model: &str, is: Option<&str>) -> Result<(), String> {
    let is_name = |name: &str| !name.trim().is_empty() && name.len() <= LONGEST;
    if !is_name(model) {
        return Err(format!(
            "{model:?} is no name of a model; write one such as gpt-4o, or gpt-4o* for all that begin so"
        ));
    }
    if let Some(provider) = provider.filter(|provider| !is_name(provider)) {
        return Err(format!(
            "{provider:?} is no name of a provider; write one such as openai, or * for all, or leave it out"
        ));
    }
    match is.filter(|is| !is_name(is) || is.contains('*')) {
        Some(is) => {
            Err(format!("{is:?} is no model that another name stands for; write one such as gpt-4o, without *"))
        }
        None => Ok(()),
    }
}

/// What a rate may be, in a sentence.
pub(super) struct RateRule;

/// What a discount may be, in a sentence.
pub(super) struct DiscountRule;

impl fmt::Display for RateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a rate is US dollars for a million tokens (for a thousand searches), such as 2.5, not negative and at most a \
             million",
        )
    }
}

impl fmt::Display for DiscountRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is what of the price is paid, such as 0.85 for 15 % less, above 0 and at most 1000")
    }
}
