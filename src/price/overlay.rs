//! What the price list lacks, applied: hours, lifetimes of a cache, tiers and regions.

use super::clock::{Moment, Validity};
use super::decimal::Factor;
use super::generated::overlay::{BOUNDS, DERIVED, PEAKS, REGIONS, TIER_WORDS, TIERS};
use super::glob;
use super::item::Item;
use super::rates::Rates;

/// A rate that follows from another one.
pub(super) struct Derived {
    pub(super) provider: &'static str,
    pub(super) models: &'static [&'static str],
    pub(super) rate: &'static str,
    pub(super) of: &'static str,
    pub(super) factor: u64,
}

/// A tier as a factor on every rate of a token.
pub(super) struct TierFactor {
    pub(super) provider: &'static str,
    pub(super) models: &'static [&'static str],
    pub(super) tier: &'static str,
    pub(super) factor: u64,
}

/// A region as a factor on every rate of a token.
pub(super) struct RegionFactor {
    pub(super) provider: &'static str,
    pub(super) models: &'static [&'static str],
    pub(super) not: &'static [&'static str],
    /// Those that cost more; all where it is empty.
    pub(super) regions: &'static [&'static str],
    pub(super) except: &'static [&'static str],
    pub(super) from_day: i64,
    pub(super) factor: u64,
}

/// Hours of a higher price.
pub(super) struct Peak {
    pub(super) provider: &'static str,
    pub(super) models: &'static [&'static str],
    pub(super) minutes: &'static [(i64, i64)],
    pub(super) from_day: i64,
    pub(super) days_off: &'static [(i64, i64)],
    pub(super) factor: u64,
}

/// The least and the most that is billed of a unit for one call, where any of it is.
pub(super) struct Bound {
    pub(super) provider: &'static str,
    pub(super) models: &'static [&'static str],
    pub(super) unit: &'static str,
    pub(super) least: u64,
    pub(super) most: u64,
}

/// The tier that a provider's word means; nothing for a word that is not known.
pub(super) fn tier_of_word(word: &str) -> Option<&'static str> {
    TIER_WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(tier, _)| *tier)
}

/// The rule for a model's hours, if it has one.
pub(super) fn peak(provider: &str, model: &str) -> Option<&'static Peak> {
    PEAKS.iter().find(|peak| peak.provider == provider && is_any(peak.models, model))
}

impl Peak {
    pub(super) fn factor(&self, at: Moment, validity: &mut Validity) -> Factor {
        let mut dear = false;
        for (start, end) in self.minutes {
            dear |= validity.between_minutes(at, *start, *end);
        }
        let begun = validity.since_day(at, self.from_day);
        if dear && begun && at.is_working_day(self.days_off) { Factor(self.factor) } else { Factor::ONE }
    }
}

/// The factor of a tier for which the price list has no rates of its own.
pub(super) fn tier_factor(provider: &str, model: &str, tier: &str) -> Option<Factor> {
    TIERS
        .iter()
        .find(|row| row.provider == provider && row.tier == tier && is_any(row.models, model))
        .map(|row| Factor(row.factor))
}

/// The factor of a region, where it costs more.
pub(super) fn region_factor(
    provider: &str,
    model: &str,
    region: &str,
    at: Moment,
    validity: &mut Validity,
) -> Option<Factor> {
    if region.is_empty() {
        return None;
    }
    let row = REGIONS.iter().find(|row| {
        row.provider == provider
            && is_any(row.models, model)
            && !is_any(row.not, model)
            && (row.regions.is_empty() || is_any(row.regions, region))
            && !is_any(row.except, region)
    })?;
    validity.since_day(at, row.from_day).then_some(Factor(row.factor))
}

/// Adds the rates that follow from others.
pub(super) fn derive(rates: &mut Rates, provider: &str, model: &str) {
    for row in DERIVED {
        if (row.provider != "*" && row.provider != provider) || !is_any(row.models, model) {
            continue;
        }
        let (Some(item), Some(of)) = (Item::of_word(row.rate), Item::of_word(row.of)) else { continue };
        // Where a cache is not billed at all, a longer lifetime is not either.
        let parent = item.parents().first().and_then(|parent| rates.own(*parent));
        if rates.own(item).is_some() || (item != Item::CacheRead && parent.is_none()) {
            continue;
        }
        if let Some(rate) = rates.own(of).and_then(|rate| rate.times(Factor(row.factor))) {
            rates.set(item, rate);
        }
    }
}

/// What is billed of a unit.
pub(super) fn billed(provider: &str, model: &str, unit: &str, number: u64) -> u64 {
    let row = BOUNDS.iter().find(|row| row.provider == provider && row.unit == unit && is_any(row.models, model));
    row.map_or(number, |row| if number == 0 { 0 } else { number.max(row.least).min(row.most) })
}

fn is_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, name))
}
