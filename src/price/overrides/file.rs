//! The user's file of prices, in TOML or JSON. It is read when telemetry is built and when it is asked for again.

use std::convert::Infallible;
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::price::{Alias, Discount, DiscountRule, Entry, PriceError, Prices, RateRule, add_step};
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

/// What is written as a table: its keys in any order, each at most once.
trait FromKeys: Sized {
    const EXPECTED: &'static str;

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// A table of the file.
struct Row<T>(T);

/// A rate, which is judged where it stands, so that an error tells its line.
struct Dollars(Rate);

/// A factor, likewise.
struct Share(Factor);

/// The rates of a long context.
struct Above {
    tokens: u64,
    rates: Vec<(Item, Rate)>,
}

impl<'de, T: FromKeys> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(PhantomData<T>);

        impl<'de, T: FromKeys> Visitor<'de> for Table<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::read(map)
            }
        }

        deserializer.deserialize_map(Table(PhantomData)).map(Self)
    }
}

impl FromKeys for Prices {
    const EXPECTED: &'static str = "lists of tables named price, alias and discount";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut prices = Self::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "price" => prices.entries.extend(map.next_value::<Vec<Row<Entry>>>()?.into_iter().map(|row| row.0)),
                "alias" => prices.aliases.extend(map.next_value::<Vec<Row<Alias>>>()?.into_iter().map(|row| row.0)),
                "discount" => {
                    prices.discounts.extend(map.next_value::<Vec<Row<Discount>>>()?.into_iter().map(|row| row.0));
                }
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
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "above" => above = map.next_value::<Vec<Row<Above>>>()?,
                word => {
                    let (item, rate) = rate_of(word, &mut map)?;
                    rates.set(item, Stepped::flat(rate));
                }
            }
        }
        for Row(Above { tokens, rates: step }) in above {
            for (item, rate) in step {
                add_step(&mut rates, item, tokens, rate).map_err(de::Error::custom)?;
            }
        }
        if rates.is_empty() {
            return Err(de::Error::custom("the price has no rate; write input and output"));
        }
        Ok(Self { provider, model: model.ok_or_else(|| de::Error::missing_field("model"))?, rates })
    }
}

impl FromKeys for Above {
    const EXPECTED: &'static str = "a table with tokens and rates";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut tokens, mut rates) = (None, Vec::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "tokens" => tokens = Some(map.next_value()?),
                word => rates.push(rate_of(word, &mut map)?),
            }
        }
        Ok(Self { tokens: tokens.ok_or_else(|| de::Error::missing_field("tokens"))?, rates })
    }
}

impl FromKeys for Alias {
    const EXPECTED: &'static str = "a table with model and is";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut provider, mut model, mut is) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "is" => is = Some(map.next_value()?),
                other => match map.next_value_seed(Refused(unknown(other, &["provider", "model", "is"])))? {},
            }
        }
        let model = model.ok_or_else(|| de::Error::missing_field("model"))?;
        Ok(Self { provider, model, is: is.ok_or_else(|| de::Error::missing_field("is"))? })
    }
}

impl FromKeys for Discount {
    const EXPECTED: &'static str = "a table with provider, model and factor";

    fn read<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut provider, mut model, mut factor) = (None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "provider" => provider = Some(map.next_value()?),
                "model" => model = Some(map.next_value()?),
                "factor" => factor = Some(map.next_value::<Share>()?.0),
                other => match map.next_value_seed(Refused(unknown(other, &["provider", "model", "factor"])))? {},
            }
        }
        let model = model.unwrap_or_else(|| "*".to_owned());
        Ok(Self { provider, model, factor: factor.ok_or_else(|| de::Error::missing_field("factor"))? })
    }
}

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Rate::from_usd(number)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format_args!("the rate is {number}; {RateRule}")))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Factor::from_number(number)
            .map(Self)
            .ok_or_else(|| de::Error::custom(format_args!("the factor is {number}; {DiscountRule}")))
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

/// The value of a key that means nothing, with what is said of it: an error there tells its line, and one of the key that of
/// its table.
struct Refused(String);

impl<'de> DeserializeSeed<'de> for Refused {
    type Value = Infallible;

    fn deserialize<D: Deserializer<'de>>(self, _: D) -> Result<Infallible, D::Error> {
        Err(de::Error::custom(self.0))
    }
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
            ("{\n\"price\": [{\n\"model\": \"x\",\n\"input\": \"a\"}]}", 4, "expected f64"),
            ("{\n\"price\": [{\n\"model\": \"x\",\n\"input\": 1e9}]}", 4, "the rate is 1000000000"),
            ("{\n\"price\": 1}", 2, "expected a sequence"),
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
