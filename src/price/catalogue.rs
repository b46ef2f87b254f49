//! The price list: lines of text that are read only where a model is looked for.
//!
//! Nothing is decoded in advance, so that the first price costs one pass over one provider's lines and no memory.

use super::clock::{self, Moment, Validity};
use super::item::Item;
use super::name::{fine_tuned, is_release, other_date, spellings, without_date};
use super::rates::Rates;

const TEXT: &str = include_str!("generated/catalogue.txt");

/// How a model was found in a price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    /// By its name.
    Exact,
    /// By its name without the date of a snapshot, or with the date written in another way.
    Dated,
    /// By the beginning of its name; what followed says only which release it is.
    Prefix,
    /// By another name: a dot for a dash, or what the user said.
    Alias,
    /// In the list of the provider whose models this one serves.
    Fallback,
    /// By a price of the user.
    Override,
}

impl Match {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Dated => "dated",
            Self::Prefix => "prefix",
            Self::Alias => "alias",
            Self::Fallback => "fallback",
            Self::Override => "override",
        }
    }
}

/// A model's line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    names: &'a str,
    blocks: &'a str,
}

/// A provider's part of the list.
#[derive(Clone, Copy, Debug)]
struct Section<'a> {
    fallbacks: &'a str,
    lines: &'a str,
}

/// A model's prices at a moment.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    pub(super) rates: Rates,
    /// The rates of the asked tier are among them.
    pub(super) has_tier: bool,
}

/// The row of a model, lower case, at a provider of the list.
pub(super) fn find(provider: &str, model: &str) -> Option<(Row<'static>, Match)> {
    let section = section(provider)?;
    section.find(provider, model).or_else(|| {
        let mut fallbacks = section.fallbacks.split(' ').filter(|id| !id.is_empty());
        fallbacks.find_map(|id| Some((self::section(id)?.find(provider, model)?.0, Match::Fallback)))
    })
}

fn section(provider: &str) -> Option<Section<'static>> {
    TEXT.split("\n#").skip(1).find_map(|section| {
        let (head, lines) = section.split_once('\n')?;
        let (id, fallbacks) = head.split_once(' ').unwrap_or((head, ""));
        (id == provider).then_some(Section { fallbacks, lines })
    })
}

impl Section<'static> {
    fn rows(self) -> impl Iterator<Item = Row<'static>> {
        self.lines.lines().filter_map(|line| {
            let mut fields = line.split('\t');
            Some(Row { id: fields.next()?, names: fields.next()?, blocks: fields.next()? })
        })
    }

    fn find(self, provider: &str, model: &str) -> Option<(Row<'static>, Match)> {
        let other = || self.find_written_so(provider, &fine_tuned(model)?);
        self.find_written_so(provider, model).or_else(other)
    }

    fn find_written_so(self, provider: &str, model: &str) -> Option<(Row<'static>, Match)> {
        let spellings = spellings(provider, model);
        let how = |folded: bool, how: Match| if folded { Match::Alias } else { how };
        for spelling in &spellings {
            if let Some(row) = self.rows().find(|row| row.is_named(&spelling.text)) {
                return Some((row, how(spelling.folded, Match::Exact)));
            }
        }
        for spelling in &spellings {
            let other = other_date(&spelling.text);
            let dated = [other.as_deref(), without_date(&spelling.text)];
            for name in dated.into_iter().flatten() {
                if let Some(row) = self.rows().find(|row| row.is_named(name)) {
                    return Some((row, how(spelling.folded, Match::Dated)));
                }
            }
        }
        for spelling in &spellings {
            if let Some(row) = self.rows().find(|row| row.begins(provider, &spelling.text)) {
                return Some((row, how(spelling.folded, Match::Prefix)));
            }
        }
        None
    }
}

impl Row<'static> {
    fn is_named(self, name: &str) -> bool {
        self.id == name || self.names.split(' ').any(|known| known.strip_prefix('=') == Some(name))
    }

    /// Whether one of its open names is `name`, but for what says only which release it is.
    fn begins(self, provider: &str, name: &str) -> bool {
        self.names.split(' ').any(|known| {
            if let Some(family) = known.strip_prefix('^') {
                name.strip_prefix(family).is_some_and(|rest| is_release(family, rest))
            } else if let Some(family) = known.strip_prefix('~') {
                name.match_indices(family).any(|(at, _)| {
                    let before = name.get(..at).unwrap_or_default();
                    let after = name.get(at + family.len()..).unwrap_or_default();
                    is_place(provider, before) && is_release(family, after)
                })
            } else if let Some(end) = known.strip_prefix('$') {
                name.strip_suffix(end).is_some_and(|before| is_place(provider, before))
            } else {
                false
            }
        })
    }

    /// The prices at a moment, with those of `tier` where the row has them. With `all_day`, hours do not count.
    pub(super) fn prices(self, tier: &str, at: Moment, all_day: bool, validity: &mut Validity) -> Prices {
        let mut standard = "";
        let mut variants = Vec::new();
        for block in self.blocks.split('|').map(Block::parse) {
            let hours = !all_day && block.minutes.is_some();
            let skipped = all_day && block.minutes.is_some();
            let begun = block.from_day.is_none_or(|day| validity.since_day(at, day));
            let now = !hours || block.minutes.is_none_or(|(start, end)| validity.between_minutes(at, start, end));
            if skipped || !begun || !now {
                continue;
            }
            match block.tier {
                // The last that is active.
                None => standard = block.rates,
                // For each item the first that is active.
                Some(of) if of == tier => variants.push(block.rates),
                Some(_) => {}
            }
        }
        let mut of_tier = Rates::default();
        for variant in &variants {
            let keep = of_tier.present();
            of_tier.read(variant, &keep);
        }
        let mut rates = Rates::default();
        rates.read(standard, &[false; Item::COUNT]);
        for item in Item::all() {
            if let Some(rate) = of_tier.own(item) {
                rates.set(item, rate.clone());
            }
        }
        Prices { rates, has_tier: !variants.is_empty() }
    }
}

/// One block of prices: `=tier >date @hours code:rate …`.
struct Block<'a> {
    tier: Option<&'a str>,
    from_day: Option<i64>,
    minutes: Option<(i64, i64)>,
    rates: &'a str,
}

impl<'a> Block<'a> {
    fn parse(text: &'a str) -> Self {
        let mut block = Self { tier: None, from_day: None, minutes: None, rates: text };
        loop {
            let (word, rest) = block.rates.split_once(' ').unwrap_or((block.rates, ""));
            if let Some(tier) = word.strip_prefix('=') {
                block.tier = Some(tier);
            } else if let Some(date) = word.strip_prefix('>') {
                block.from_day = clock::day_of(date);
            } else if let Some(hours) = word.strip_prefix('@') {
                block.minutes = hours
                    .split_once('-')
                    .and_then(|(start, end)| Some((clock::minute_of(start)?, clock::minute_of(end)?)));
            } else {
                return block;
            }
            block.rates = rest;
        }
    }
}

/// Whether what stands before a family's name says only where it is: nothing, a region, a vendor, a path.
fn is_place(provider: &str, before: &str) -> bool {
    before.is_empty() || before.ends_with(['.', '/']) || before.strip_suffix('-') == Some(provider)
}

/// The id of a provider of the list, as the list has it.
pub(super) fn provider_id(name: &str) -> Option<&'static str> {
    TEXT.split("\n#").skip(1).find_map(|section| {
        let head = section.lines().next()?;
        head.split(' ').next().filter(|id| *id == name)
    })
}
