//! The prices of the user, ready to be looked up.

use std::cmp::Reverse;

use super::price::{Alias, Discount, Entry, PriceError, Prices, check_names};
use crate::conventions::canonical_provider;
use crate::price::decimal::Factor;
use crate::price::glob;
use crate::price::rates::Rates;

/// Rows of a file and of code together.
const MAX_ROWS: usize = 10_000;

/// All of them. Names are in lower case.
#[derive(Debug, Default)]
pub(crate) struct Table {
    prices: Vec<Entry>,
    aliases: Vec<Alias>,
    discounts: Vec<Discount>,
}

impl Table {
    /// Of the file first, so that code goes before it where both say the same.
    pub(crate) fn of(file: Option<&Prices>, code: &Prices) -> Result<Self, PriceError> {
        code.check()?;
        let mut table = Self::default();
        for prices in file.into_iter().chain([code]) {
            table.prices.extend(prices.entries.iter().cloned());
            table.aliases.extend(prices.aliases.iter().cloned());
            table.discounts.extend(prices.discounts.iter().cloned());
        }
        let rows = table.prices.len() + table.aliases.len() + table.discounts.len();
        if rows > MAX_ROWS {
            return Err(PriceError::new(format_args!("{rows} prices are more than {MAX_ROWS}; use names with *")));
        }
        let names = table.prices.iter_mut().map(|row| (&mut row.provider, &mut row.model, None));
        let names =
            names.chain(table.aliases.iter_mut().map(|row| (&mut row.provider, &mut row.model, Some(&*row.is))));
        let names = names.chain(table.discounts.iter_mut().map(|row| (&mut row.provider, &mut row.model, None)));
        for (provider, model, is) in names {
            check_names(provider.as_deref(), model, is).map_err(PriceError::new)?;
            *model = model.trim().to_lowercase();
            *provider = provider.take().map(|name| name.trim().to_lowercase());
        }
        Ok(table)
    }

    pub(in crate::price) fn has_prices(&self) -> bool {
        !self.prices.is_empty()
    }

    /// The user's rates for one of `models`, in the order in which they count.
    pub(in crate::price) fn price(&self, provider: &[&str], models: &[&str]) -> Option<(&str, &Rates)> {
        let found = closest(&self.prices, provider, models, |row| (row.provider.as_deref(), &row.model))?;
        Some((&found.model, &found.rates))
    }

    /// The model that one of `models` stands for.
    pub(in crate::price) fn alias(&self, provider: &[&str], models: &[&str]) -> Option<&str> {
        closest(&self.aliases, provider, models, |row| (row.provider.as_deref(), &row.model)).map(|row| row.is.as_str())
    }

    /// The same of a model that another alias stands for. A star is for what is called.
    pub(in crate::price) fn alias_of_alias(&self, provider: &[&str], model: &str) -> Option<&str> {
        let next = closest(&self.aliases, provider, &[model], |row| (row.provider.as_deref(), &row.model));
        next.filter(|row| !row.model.contains('*')).map(|row| row.is.as_str())
    }

    /// What of the catalogue's price is paid.
    pub(in crate::price) fn discount(&self, provider: &[&str], models: &[&str]) -> Factor {
        closest(&self.discounts, provider, models, |row| (row.provider.as_deref(), &row.model))
            .map_or(Factor::ONE, |row| row.factor)
    }
}

/// Whether a row's provider is one of `names`, in whichever spelling.
fn is_of(provider: &str, names: &[&str]) -> bool {
    names.iter().any(|name| glob::matches(provider, name))
        || canonical_provider(provider).is_some_and(|name| names.contains(&name))
}

/// The row that says most closely what is meant: without a star, with more letters, with a provider's name, by an earlier
/// one of the names; of equals the last.
fn closest<'a, R>(
    rows: &'a [R],
    provider: &[&str],
    models: &[&str],
    names: impl Fn(&R) -> (Option<&str>, &String),
) -> Option<&'a R> {
    let fit = |row: &R| {
        let (of, pattern) = names(row);
        let at = models.iter().position(|model| !model.is_empty() && glob::matches(pattern, model))?;
        let close =
            (!pattern.contains('*'), glob::weight(pattern), of.is_some_and(|of| !of.contains('*')), Reverse(at));
        of.is_none_or(|of| is_of(of, provider)).then_some(close)
    };
    rows.iter().filter_map(|row| Some((fit(row)?, row))).max_by_key(|(fit, _)| *fit).map(|(_, row)| row)
}
