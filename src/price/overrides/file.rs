//! The user's file of prices, in TOML or JSON. It is read when telemetry is built and when it is asked for again.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, Deserializer, MapAccess};

use super::keys::{FromKeys, Number, Refused, Row, Rows, next_key};
use super::price::{Alias, Discount, DiscountRule, Entry, PriceError, Prices, RateRule, add_step, check_names};
use crate::price::decimal::{Factor, Rate};
use crate::price::item::Item;
use crate::price::rates::{Rates, Stepped};

/// A price list is a few kilobytes; a file beyond this is another one.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Where the user's prices are written.
#[derive(Clone, Debug)]
pub(crate) struct PriceFile {
    path: PathBuf,
    /// The variable that named it.
    variable: Option<&'static str>,
}

impl PriceFile {
    pub(crate) fn new(path: PathBuf, variable: Option<&'static str>) -> Self {
        Self { path, variable }
    }

    /// Reads it, or says what is wrong on which line.
    pub(crate) fn read(&self) -> Result<Prices, PriceError> {
        let text = self.text().map_err(|why| {
            self.error(None, format_args!("{why}; name a file with prices in TOML or JSON that can be read"))
        })?;
        parse(&text).map_err(|(line, what)| self.error(line, what))
    }

    fn text(&self) -> Result<String, String> {
        let told = |error: io::Error| error.to_string();
        // Of a pipe or a device nobody knows whether it ends.
        if !fs::metadata(&self.path).map_err(told)?.is_file() {
            return Err("it is no regular file".to_owned());
        }
        let mut text = String::new();
        fs::File::open(&self.path).map_err(told)?.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(told)?;
        if text.len() as u64 > MAX_BYTES {
            return Err(format!("it has more than {MAX_BYTES} bytes"));
        }
        Ok(text)
    }

    fn error(&self, line: Option<usize>, what: impl fmt::Display) -> PriceError {
        let path: &Path = &self.path;
        let line = line.map_or_else(String::new, |line| format!(", line {line}"));
        let variable = self.variable.map_or_else(String::new, |variable| format!(" (from {variable})"));
        PriceError::new(format_args!("price file {}{variable}{line}: {what}", path.display()))
    }
}

/// JSON begins with a brace, which TOML cannot.
fn parse(text: &str) -> Result<Prices, (Option<usize>, String)> {
    let text = text.trim_start_matches('\u{feff}');
    let document: Row<Prices> = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| {
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            (Some(error.line()), what.to_owned())
        })?
    } else {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
            (line, error.message().to_owned())
        })?
    };
    Ok(document.0)
}

/// A rate, which is judged where it stands, so that an error tells its line.
struct Dollars(Rate);

/// A factor, likewise.
struct Share(Factor);

/// A length of the input.
struct Tokens(u64);

/// The rates of a long context.
struct Above {
    tokens: u64,
    rates: Vec<(Item, Rate)>,
}

impl FromKeys for Prices {
    const EXPECTED: &'static str = "lists of tables named price, alias and discount";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut prices, mut seen) = (Self::new(), Vec::new());
        while let Some(key) = next_key(&mut map, &mut seen)? {
            match key.as_str() {
                "price" => prices.entries = map.next_value::<Rows<Entry>>()?.0,
                "alias" => prices.aliases = map.next_value::<Rows<Alias>>()?.0,
                "discount" => prices.discounts = map.next_value::<Rows<Discount>>()?.0,
                other => match map.next_value_seed(Refused(unknown(other, &["price", "alias", "discount"])))? {},
            }
        }
        Ok(prices)
    }
}

impl FromKeys for Entry {
    const EXPECTED: &'static str = "a table with model, input and output";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut provider, mut model, mut rates, mut above) = (None, None, Rates::default(), Vec::new());
        let mut seen = Vec::new();
        while let Some(key) = next_key(&mut map, &mut seen)? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "above" => above = map.next_value::<Rows<Above>>()?.0,
                word => {
                    let (item, rate) = rate_of(word, &mut map)?;
                    rates.set(item, Stepped::flat(rate));
                }
            }
        }
        for Above { tokens, rates: step } in above {
            for (item, rate) in step {
                add_step(&mut rates, item, tokens, rate).map_err(de::Error::custom)?;
            }
        }
        if rates.is_empty() {
            return Err(de::Error::custom("the price has no rate; write input and output"));
        }
        let model: String = model.ok_or_else(|| de::Error::missing_field("model"))?;
        check_names(provider.as_deref(), &model, None).map_err(de::Error::custom)?;
        Ok(Self { provider, model, rates })
    }
}

impl FromKeys for Above {
    const EXPECTED: &'static str = "a table with tokens and rates";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut tokens, mut rates, mut seen) = (None, Vec::new(), Vec::new());
        while let Some(key) = next_key(&mut map, &mut seen)? {
            match key.as_str() {
                "tokens" => tokens = Some(map.next_value::<Tokens>()?.0),
                word => rates.push(rate_of(word, &mut map)?),
            }
        }
        if rates.is_empty() {
            return Err(de::Error::custom("above has no rate; write input and output beside tokens"));
        }
        Ok(Self { tokens: tokens.ok_or_else(|| de::Error::missing_field("tokens"))?, rates })
    }
}

impl FromKeys for Alias {
    const EXPECTED: &'static str = "a table with model and is";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut provider, mut model, mut is, mut seen) = (None, None, None, Vec::new());
        while let Some(key) = next_key(&mut map, &mut seen)? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "is" => is = Some(map.next_value()?),
                other => match map.next_value_seed(Refused(unknown(other, &["provider", "model", "is"])))? {},
            }
        }
        let model: String = model.ok_or_else(|| de::Error::missing_field("model"))?;
        let is: String = is.ok_or_else(|| de::Error::missing_field("is"))?;
        check_names(provider.as_deref(), &model, Some(&is)).map_err(de::Error::custom)?;
        Ok(Self { provider, model, is })
    }
}

impl FromKeys for Discount {
    const EXPECTED: &'static str = "a table with provider, model and factor";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut provider, mut model, mut factor, mut seen) = (None, None, None, Vec::new());
        while let Some(key) = next_key(&mut map, &mut seen)? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "factor" => factor = Some(map.next_value::<Share>()?.0),
                other => match map.next_value_seed(Refused(unknown(other, &["provider", "model", "factor"])))? {},
            }
        }
        let model: String = model.unwrap_or_else(|| "*".to_owned());
        check_names(provider.as_deref(), &model, None).map_err(de::Error::custom)?;
        Ok(Self { provider, model, factor: factor.ok_or_else(|| de::Error::missing_field("factor"))? })
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserializer.deserialize_f64(Number(RateRule))?;
        Rate::from_usd(number)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format_args!("the rate is {number:?}; {RateRule}")))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserializer.deserialize_f64(Number(DiscountRule))?;
        Factor::from_number(number)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format_args!("the factor is {number:?}; {DiscountRule}")))
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const RULE: &str = "tokens is a whole number of input tokens, such as 200000";
        let number = deserializer.deserialize_f64(Number(RULE))?;
        if !(0.0..=1e15).contains(&number) || number.fract() != 0.0 {
            return Err(de::Error::custom(format_args!("tokens is {number:?}; {RULE}")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
        Ok(Self(number as u64))
    }
}

fn rate_of<'de, A: MapAccess<'de>>(word: &str, map: &mut A) -> Result<(Item, Rate), A::Error> {
    let Some(item) = Item::of_word(word) else {
        let words: Vec<&str> = Item::all().map(Item::word).collect();
        let words = words.join(", ");
        let told = format!("nothing is billed as {word:?}; write provider, model, above or one of {words}");
        match map.next_value_seed(Refused(told))? {}
    };
    Ok((item, map.next_value::<Dollars>()?.0))
}

fn unknown(key: &str, expected: &[&str]) -> String {
    format!("unknown field `{key}`, expected one of `{}`", expected.join("`, `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
        [[price]]
        model = "my-llama-*"
        input = 0.2
        output = 1
        cache_read = 0.02
        above = [{ tokens = 128000, input = 0.4 }]

        [[alias]]
        provider = "azure"
        model = "prod-chat"
        is = "gpt-4.1"

        [[discount]]
        provider = "openai"
        factor = 0.85
    "#;

    #[test]
    fn toml_and_json_say_the_same() {
        let json = r#"{
            "price": [{"model": "my-llama-*", "input": 0.2, "output": 1, "cache_read": 0.02,
                       "above": [{"tokens": 128000, "input": 0.4}]}],
            "alias": [{"provider": "azure", "model": "prod-chat", "is": "gpt-4.1"}],
            "discount": [{"provider": "openai", "factor": 0.85}]
        }"#;
        let (toml, json) = (parse(TOML).unwrap(), parse(json).unwrap());
        assert_eq!(format!("{toml:?}"), format!("{json:?}"));
        assert_eq!((toml.entries.len(), toml.aliases.len(), toml.discounts.len()), (1, 1, 1));
        assert!(parse("").unwrap().entries.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_would_be_right() {
        for (text, line, words) in [
            ("[[price]]\nmodel = \"x\"\ninput = -1\n", 3, "not negative"),
            ("[[price]]\nmodel = \"x\"\nprompt = 1\ninput = 1\n\n\n", 3, "nothing is billed as \"prompt\""),
            ("\n[[price]]\ninput = 1\n", 2, "missing field `model`"),
            ("[[price]]\nmodel = \"x\"\n", 1, "write input and output"),
            ("[[discount]]\nprovider = \"openai\"\nfactor = 0\n", 3, "0.85 for 15 % less"),
            ("[[price]]\n\n\nabove = [\n\n\n{ input = 1, prompt = 1 }]\n", 7, "nothing is billed as \"prompt\""),
            (
                "[[alias]]\n\n\nmodel = \"x\"\nto = \"y\"\n",
                5,
                "unknown field `to`, expected one of `provider`, `model`, `is`",
            ),
            ("[[price]]\ninput = 1\nmodel = \"x\"\n\n\nprompt = 1\n", 6, "nothing is billed"),
            ("{\n\"price\": [{\n\"model\": \"x\",\n\n\n\"prompt\": 1}]}", 6, "nothing is billed"),
            ("[[prices]]\n", 1, "unknown field `prices`"),
            ("[[price]\n", 1, ""),
            (
                "{\n\"price\": [{\n\"model\": \"x\",\n\"input\": \"a\"}]}",
                4,
                "a number without quotes; a rate is US dollars",
            ),
            ("{\n\"price\": [{\n\"model\": \"x\",\n\"input\": 1e9}]}", 4, "the rate is 1000000000"),
            ("{\n\"price\": 1}", 2, "a list, in TOML begun by [[…]]"),
            ("[price]\nmodel = \"x\"\ninput = 1\n", 1, "a list, in TOML begun by [[…]]"),
            ("{\n\"price\": [{\n\"model\": \"x\",\n\"input\": 1,\n\"input\": 2}]}", 5, "duplicate key `input`"),
            ("[[price]]\nmodel = \"x\"\ninput = 1e300\n", 3, "the rate is 1e300"),
            ("[[price]]\nmodel = \"x\"\ninput = 1\nabove = [{ tokens = \"1k\", input = 1 }]\n", 4, "such as 200000"),
            ("[[price]]\nmodel = \"x\"\ninput = 1\nabove = [{ tokens = -5, input = 1 }]\n", 4, "such as 200000"),
            ("[[price]]\nmodel = \"x\"\ninput = 1\nabove = [{ tokens = 5 }]\n", 4, "above has no rate"),
            ("\n\n[[price]]\nmodel = \" \"\ninput = 1\n", 3, "no name of a model"),
            ("[[price]]\nmodel = \"x\"\nprovider = \"\"\ninput = 1\n", 1, "leave it out"),
            ("\n[[alias]]\nmodel = \"x\"\nis = \"gpt-*\"\n", 2, "without *"),
            ("[[discount]]\nfactor = \"15%\"\n", 2, "0.85 for 15 % less"),
        ] {
            let (at, what) = parse(text).unwrap_err();
            assert!(at.is_some_and(|at| at.abs_diff(line) <= 1), "{text}: {at:?} {what}");
            assert!(what.contains(words), "{text}: {what}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_with_its_name_and_the_variable() {
        let file = PriceFile::new("no/such/prices.toml".into(), Some("A_VARIABLE"));
        let told = file.read().unwrap_err().to_string();
        for words in ["no/such/prices.toml", "A_VARIABLE", "TOML or JSON"] {
            assert!(told.contains(words), "{told}");
        }
    }
}
