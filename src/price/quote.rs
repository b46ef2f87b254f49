//! What a call costs under given rates, line by line.

use super::decimal::{Amount, Rate, Tokens};
use super::item::Item;
use super::overlay;
use super::rates::Rates;
use crate::usage::{Parts, Unit, Usage};

/// So much of an item at a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) item: Item,
    pub(super) quantity: u64,
    pub(super) rate: Rate,
}

/// What lines add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bill {
    pub(super) total: Amount,
    /// What of it is for fees and not for tokens.
    pub(super) fees: Amount,
    /// The step of a long context that was taken.
    pub(super) step: Option<u64>,
    /// Something was used for which there is no rate.
    pub(super) left_out: bool,
    /// Something was used for which there is one.
    pub(super) is_some: bool,
    /// Where they are asked for.
    pub(super) lines: Option<Vec<Line>>,
    /// What went in and what came out, where that is asked for.
    pub(super) sides: Option<[Tokens; 2]>,
}

impl Bill {
    /// Adds the tokens of one model call. Steps go by the input of this call alone. Nothing where the numbers are
    /// beyond all bounds.
    pub(super) fn add_tokens(&mut self, rates: &Rates, parts: &Parts, citation: u64) -> Option<()> {
        let (fresh, read, written, out) = (&parts.input, &parts.cache_read, &parts.cache_write, &parts.output);
        let mut call = OfCall { bill: self, rates, input: parts.input_total(), tokens: Tokens::default() };
        // One by one: most of it is nothing.
        call.add(Item::Input, fresh.text);
        call.add(Item::AudioInput, fresh.audio);
        call.add(Item::ImageInput, fresh.image);
        call.add(Item::VideoInput, fresh.video);
        call.add(Item::CacheRead, read.text);
        call.add(Item::AudioCacheRead, read.audio);
        call.add(Item::ImageCacheRead, read.image);
        call.add(Item::CacheWrite, written.unspecified);
        call.add(Item::CacheWrite5m, written.minutes_5);
        call.add(Item::CacheWrite30m, written.minutes_30);
        call.add(Item::CacheWrite1h, written.hours_1);
        call.add(Item::CacheWrite12h, written.hours_12);
        call.add(Item::Output, out.text);
        call.add(Item::AudioOutput, out.audio);
        call.add(Item::ImageOutput, out.image);
        call.add(Item::VideoOutput, out.video);
        call.add(Item::Reasoning, parts.reasoning);
        // Cited text is billed by few; for the others it is no tokens at all.
        if citation > 0 && rates.own(Item::Citation).is_some() {
            call.add(Item::Citation, citation);
        }
        let amount = call.tokens.amount()?;
        self.total = self.total.plus(amount)?;
        Some(())
    }

    /// Adds what is billed by count, once for an answer.
    pub(super) fn add_units(&mut self, rates: &Rates, usage: &Usage, provider: &str, model: &str) -> Option<()> {
        if !usage.reports_units() && rates.own(Item::Requests).is_none() {
            return Some(());
        }
        for unit in Unit::ALL {
            let number = match unit {
                // Those of one direction are among them.
                Unit::AudioSeconds => {
                    let both =
                        usage.units(Unit::InputAudioSeconds).saturating_add(usage.units(Unit::OutputAudioSeconds));
                    usage.units(unit).saturating_sub(both)
                }
                Unit::InputDocumentPages => {
                    usage.units(unit).saturating_sub(usage.units(Unit::InputAnnotatedDocumentPages))
                }
                // The same text as the tokens.
                Unit::InputCharacters if usage.input_tokens() > 0 && rates.own(Item::Characters).is_none() => 0,
                // Where a request has a fee, each answer is one.
                Unit::Requests if usage.reported_unit(unit).is_none() => u64::from(rates.own(Item::Requests).is_some()),
                _ => usage.units(unit),
            };
            if number == 0 {
                continue;
            }
            let number = overlay::billed(provider, model, unit.as_str(), number);
            if let Some(item) = Item::of_unit(unit) {
                self.add(rates, item, number)?;
            }
        }
        Some(())
    }

    fn add(&mut self, rates: &Rates, item: Item, quantity: u64) -> Option<()> {
        let Some(rate) = self.rate(rates, item, quantity, 0) else { return Some(()) };
        let amount = Amount::of(quantity, rate, item.per())?;
        self.total = self.total.plus(amount)?;
        self.fees = self.fees.plus(amount)?;
        Some(())
    }

    /// The rate of an item that was used in a call with so much input, which is noted.
    fn rate(&mut self, rates: &Rates, item: Item, quantity: u64, input: u64) -> Option<Rate> {
        let Some(stepped) = rates.of(item) else {
            self.left_out = true;
            return None;
        };
        let (rate, step) = stepped.at(input);
        self.step = self.step.max(step);
        self.is_some = true;
        if let Some(lines) = &mut self.lines {
            lines.push(Line { item, quantity, rate });
        }
        Some(rate)
    }
}

/// The tokens of one call, while they are added.
struct OfCall<'a> {
    bill: &'a mut Bill,
    rates: &'a Rates,
    input: u64,
    tokens: Tokens,
}

impl OfCall<'_> {
    #[inline]
    fn add(&mut self, item: Item, quantity: u64) {
        if quantity > 0 {
            self.add_some(item, quantity);
        }
    }

    fn add_some(&mut self, item: Item, quantity: u64) {
        if let Some(rate) = self.bill.rate(self.rates, item, quantity, self.input) {
            self.tokens.add(quantity, rate);
            if let Some([input, output]) = &mut self.bill.sides {
                let side = if item.is_output() { output } else { input };
                side.add(quantity, rate);
            }
        }
    }
}
