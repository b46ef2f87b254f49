//! Which rates count for a call: whose list, which row, which tier, where and when.

use super::call::Call;
use super::catalogue::{self, Match};
use super::clock::Validity;
use super::decimal::Factor;
use super::name::LONGEST;
use super::overlay;
use super::overrides::Table;
use super::provider::{Provider, host_of, region_of_host};
use super::rates::Rates;

const STANDARD: &str = "standard";
const PREPAID: &str = "prepaid";
/// How names end of models for which `OpenRouter` takes nothing, which come and go.
const FREE: &str = ":free";
/// Aliases of aliases that are followed.
const MAX_ALIASES: usize = 8;

/// Why there is no amount; `tracing_genai.cost.status`.
pub(super) type Reason = &'static str;

/// The rates of a call, and where they come from.
#[derive(Clone, Debug)]
pub(super) struct Quote {
    pub(super) rates: Rates,
    /// The time in which they hold.
    pub(super) validity: Validity,
    /// The provider of the price list; empty where the user's prices count.
    pub(super) provider: &'static str,
    pub(super) model: String,
    pub(super) how: Match,
    pub(super) tier: String,
    /// The tier has no known price; these are those of the standard one.
    pub(super) tier_unpriced: bool,
}

impl Quote {
    /// Of a model whose tokens cost nothing.
    fn free(provider: &'static str, model: &str) -> Self {
        Self {
            rates: Rates::free(),
            validity: Validity::always(),
            provider,
            model: model.to_owned(),
            how: Match::Exact,
            tier: STANDARD.to_owned(),
            tier_unpriced: false,
        }
    }
}

/// The rates for `call`, or for the call of another model inside it.
pub(super) fn resolve(call: &Call<'_>, inner: Option<&str>, table: &Table) -> Result<Quote, Reason> {
    let lower = |text: &str| text.trim().to_lowercase();
    let texts = [call.provider, call.address, call.request, call.response, call.tier, call.speed, call.region];
    if texts.into_iter().chain(inner).any(|text| text.len() > 4 * LONGEST) {
        return Err("unknown_model");
    }
    let (name, host) = (lower(call.provider), lower(host_of(call.address)));
    let (asked, answered) = (lower(call.request), lower(call.response));
    let provider = match Provider::of(&name, &host, &asked) {
        provider if answered.is_empty() || provider == Provider::Listed("aws") => provider,
        _ => Provider::of(&name, &host, &answered),
    };
    let inner = inner.map(lower);
    let is_chosen = || asked.is_empty() || (asked.contains("prompt-router/") && !answered.is_empty());
    let (model, other) = match (&inner, provider) {
        (Some(inner), _) => (inner, ""),
        // The body names the model without the region, which is part of the price; a router's names the one it chose.
        (None, Provider::Listed("aws")) if !is_chosen() => (&asked, answered.as_str()),
        (None, _) if !answered.is_empty() => (&answered, asked.as_str()),
        (None, _) => (&asked, ""),
    };
    let names = match provider {
        Provider::Listed(id) => [name.as_str(), id],
        Provider::Local | Provider::Unlisted => [name.as_str(), name.as_str()],
    };

    let (tier, known) = tier_of(call);
    if tier == PREPAID || model.contains(":provisioned-model/") {
        return Err(PREPAID);
    }
    let alias = alias(table, provider, &names, &[model, other]);
    let own = table.price(&names, &[model, other]);
    if let Some((row, rates)) = own.or_else(|| price_of(table, &names, alias.as_deref()?)) {
        return Ok(Quote {
            rates: rates.clone(),
            validity: Validity::always(),
            provider: "",
            model: row.to_owned(),
            how: Match::Override,
            tier: tier.clone(),
            tier_unpriced: tier != STANDARD,
        });
    }
    let called = model.as_str();
    let (id, model) = match (provider, alias.as_deref()) {
        (_, Some(alias)) => listed(provider, alias).ok_or("unknown_provider")?,
        (_, None) if model.is_empty() => return Err("no_model"),
        (Provider::Listed(id), None) => (id, model.as_str()),
        // A gateway that names models as an alias does; what it passes on of the answer may lack the provider.
        (Provider::Local | Provider::Unlisted, None) if name == "litellm" => {
            let of_none = || of_name([model, other]);
            of_other(model).or_else(|| of_other(other)).or_else(of_none).ok_or("unknown_provider")?
        }
        (Provider::Local, None) => return Err("local_model"),
        (Provider::Unlisted, None) => return Err("unknown_provider"),
    };
    let asked_free = || other.strip_suffix(FREE).is_some_and(|asked| is_same(id, asked, model));
    if id == "openrouter" && alias.is_none() && (model.ends_with(FREE) || asked_free()) {
        return Ok(Quote::free(id, model));
    }
    let (row, how) = catalogue::find(id, model).ok_or("unknown_model")?;

    let (mut validity, at) = (Validity::always(), call.at());
    let mut words = vec![tier.clone()];
    let peak = overlay::peak(id, row.id);
    // What a tier costs at another provider says nothing of this one's.
    let own_tier = if how == Match::Fallback { STANDARD } else { &tier };
    let prices = row.prices(own_tier, at, peak.is_some(), &mut validity);
    let mut rates = prices.rates;
    if rates.is_empty() {
        return Err("no_price");
    }
    overlay::derive(&mut rates, id, row.id);
    let of_tier =
        if tier == STANDARD || prices.has_tier { Some(Factor::ONE) } else { overlay::tier_factor(id, row.id, &tier) };
    let region = if call.region.is_empty() {
        region_of_host(id, &host).unwrap_or_default().to_owned()
    } else {
        lower(call.region)
    };
    let of_region = overlay::region_factor(id, row.id, &region, at, &mut validity);
    if of_region.is_some() {
        words.push(region);
    }
    let of_hour = peak.map_or(Factor::ONE, |peak| peak.factor(at, &mut validity));
    if of_hour != Factor::ONE {
        words.push("peak".to_owned());
    }
    let factors = [of_tier.unwrap_or(Factor::ONE), of_region.unwrap_or(Factor::ONE), of_hour];
    let factor = factors.into_iter().try_fold(Factor::ONE, Factor::times);
    let rates = factor
        .and_then(|factor| rates.times(factor))
        .and_then(|rates| rates.all_times(table.discount(&names, &[called, other, model, row.id])))
        .ok_or("out_of_range")?;
    Ok(Quote {
        rates,
        validity,
        provider: id,
        model: row.id.to_owned(),
        how: if alias.is_some() { Match::Alias } else { how },
        tier: words.join(" "),
        tier_unpriced: !known || of_tier.is_none(),
    })
}

/// Whether the model that answered is the one that was asked for, without the suffix: another one is paid.
fn is_same(provider: &str, asked: &str, answered: &str) -> bool {
    let row = |model| catalogue::find(provider, model).map(|(row, _)| row.id);
    let is_of_its_row = || row(answered).is_none_or(|of_answered| row(asked) == Some(of_answered));
    answered == asked || (answered.starts_with(asked) && is_of_its_row())
}

/// The tier that served the call, and whether it is one that is known.
fn tier_of(call: &Call<'_>) -> (String, bool) {
    let word = call.tier.trim().to_lowercase();
    let (tier, known) = match overlay::tier_of_word(&word) {
        _ if call.batch => ("batch".to_owned(), true),
        _ if word.is_empty() => (STANDARD.to_owned(), true),
        Some(tier) => (tier.to_owned(), true),
        None => (word, false),
    };
    let speed = call.speed.trim().to_lowercase();
    match speed.as_str() {
        "" | STANDARD => (tier, known),
        "fast" if tier == STANDARD => (speed, true),
        "fast" => (tier, known),
        // Another speed has another price, which is not known.
        _ if tier == STANDARD => (speed, false),
        _ => (tier, false),
    }
}

/// What the user says that one of `models` is; an alias of an alias where the first one's name has no price itself.
fn alias(table: &Table, provider: Provider, names: &[&str], models: &[&str]) -> Option<String> {
    let mut alias = table.alias(names, models)?.trim().to_lowercase();
    for _ in 1..MAX_ALIASES {
        let has_price = price_of(table, names, &alias).is_some()
            || listed(provider, &alias).is_some_and(|(id, model)| catalogue::find(id, model).is_some());
        match table.alias_of_alias(names, &alias) {
            Some(next) if !has_price => alias = next.trim().to_lowercase(),
            _ => break,
        }
    }
    Some(alias)
}

/// The user's own rates for what an alias says, which may be a model of another provider.
fn price_of<'a>(table: &'a Table, names: &[&str], alias: &str) -> Option<(&'a str, &'a Rates)> {
    let of_other = || of_other(alias).and_then(|(id, model)| table.price(&[id, id], &[model]));
    table.price(names, &[alias]).or_else(of_other)
}

/// What the user's alias means: a model of the same provider, or `provider/model` of another one.
fn listed(provider: Provider, alias: &str) -> Option<(&'static str, &str)> {
    match provider {
        Provider::Listed(id) if catalogue::find(id, alias).is_some() => Some((id, alias)),
        Provider::Listed(id) => of_other(alias).or(Some((id, alias))),
        Provider::Local | Provider::Unlisted => of_other(alias),
    }
}

/// Of a gateway that names no provider in any of its names: whose a model is by its name alone.
fn of_name(models: [&str; 2]) -> Option<(&'static str, &str)> {
    if models.iter().any(|model| model.contains('/')) {
        return None;
    }
    models.into_iter().find_map(|model| match Provider::of("", "", model) {
        Provider::Listed(id) => Some((id, model)),
        Provider::Local | Provider::Unlisted => None,
    })
}

fn of_other(alias: &str) -> Option<(&'static str, &str)> {
    let (name, model) = alias.split_once('/')?;
    let name = crate::conventions::canonical_provider(name).unwrap_or(name);
    match Provider::of(name, "", "") {
        Provider::Listed(id) => Some((id, model)),
        Provider::Local | Provider::Unlisted => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    const CALL: Call<'_> = Call {
        provider: "aws.bedrock",
        address: "",
        request: "amazon.nova-pro-v1:0",
        response: "",
        tier: "",
        speed: "",
        region: "",
        batch: false,
        partial: false,
        reported: None,
        source: "",
        ended: SystemTime::UNIX_EPOCH,
    };

    fn quote(speed: &str, tier: &str) -> Quote {
        resolve(&Call { tier, speed, ..CALL }, None, &Table::default()).unwrap()
    }

    #[test]
    fn of_bedrock_the_model_that_was_asked_for_says_the_region_also_where_nothing_names_the_provider() {
        let request = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        let call = Call { provider: "", request, response: "claude-sonnet-4-5-20250929", ..CALL };
        let quote = resolve(&call, None, &Table::default()).unwrap();
        assert_eq!(
            (quote.provider, quote.model.as_str()),
            ("aws", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0")
        );
    }

    #[test]
    fn a_speed_of_which_no_price_is_known_is_not_priced_as_if_it_were_the_usual() {
        let told = |speed, tier| {
            let quote = quote(speed, tier);
            (quote.tier, quote.tier_unpriced)
        };
        assert_eq!(told("optimized", ""), ("optimized".to_owned(), true));
        assert_eq!(told("optimized", "default"), ("optimized".to_owned(), true));
        assert_eq!(told("optimized", "flex"), ("flex".to_owned(), true));
        assert_eq!(told("standard", ""), (STANDARD.to_owned(), false));
        assert_eq!(told("", ""), (STANDARD.to_owned(), false));
    }
}
