//! What a call costs under given rates, line by line.

use super::decimal::{Amount, Rate};
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
}

impl Bill {
    /// Adds the tokens of one model call. Steps go by the input of this call alone. Nothing where the numbers are
    /// beyond all bounds.
    pub(super) fn add_tokens(&mut self, rates: &Rates, parts: &Parts, citation: u64) -> Option<()> {
        let input = parts.input_total();
        let (fresh, read, written, out) = (parts.input, parts.cache_read, parts.cache_write, parts.output);
        let lines = [
            (Item::Input, fresh.text),
            (Item::AudioInput, fresh.audio),
            (Item::ImageInput, fresh.image),
            (Item::CacheRead, read.text),
            (Item::AudioCacheRead, read.audio),
            (Item::ImageCacheRead, read.image),
            (Item::CacheWrite, written.unspecified),
            (Item::CacheWrite5m, written.minutes_5),
            (Item::CacheWrite30m, written.minutes_30),
            (Item::CacheWrite1h, written.hours_1),
            (Item::CacheWrite12h, written.hours_12),
            (Item::Output, out.text),
            (Item::AudioOutput, out.audio),
            (Item::ImageOutput, out.image),
            (Item::Reasoning, parts.reasoning),
        ];
        for (item, quantity) in lines.into_iter().filter(|(_, quantity)| *quantity > 0) {
            self.add(rates, item, quantity, input)?;
        }
        // Cited text is billed by few; for the others it is no tokens at all.
        if citation > 0 && rates.own(Item::Citation).is_some() {
            self.add(rates, Item::Citation, citation, input)?;
        }
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
                // Where a request has a fee, each answer is one.
                Unit::Requests if usage.reported_unit(unit).is_none() => u64::from(rates.own(Item::Requests).is_some()),
                _ => usage.units(unit),
            };
            if number == 0 {
                continue;
            }
            let number = overlay::at_least(provider, model, unit.as_str(), number);
            if let Some(item) = Item::of_unit(unit) {
                self.add(rates, item, number, 0)?;
            }
        }
        Some(())
    }

    fn add(&mut self, rates: &Rates, item: Item, quantity: u64, input: u64) -> Option<()> {
        let Some(stepped) = rates.of(item) else {
            self.left_out = true;
            return Some(());
        };
        let (rate, step) = stepped.at(input);
        let amount = Amount::of(quantity, rate, item.per())?;
        self.total = self.total.plus(amount)?;
        if !item.is_tokens() {
            self.fees = self.fees.plus(amount)?;
        }
        self.step = self.step.max(step);
        self.is_some = true;
        if let Some(lines) = &mut self.lines {
            lines.push(Line { item, quantity, rate });
        }
        Some(())
    }
}
