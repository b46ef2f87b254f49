//! The overlay as Rust tables.

use std::fmt::Write as _;
use std::fs;

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};

use super::root;

pub(super) struct Overlay(YamlOwned);

/// The tables that hold lists of texts under a text.
const LISTS: [(&str, &str, &str); 6] = [
    ("providers", "PROVIDERS", "Names of providers, under the provider of the price list."),
    ("hosts", "HOSTS", "Hosts of base URLs, under the provider of the price list."),
    ("models", "MODELS", "Names of models that mean a provider, under it."),
    ("prefixes", "PREFIXES", "Words before a model's name that say no more than its provider, under it."),
    ("region_hosts", "REGION_HOSTS", "Hosts that name a region, under the provider."),
    ("words", "TIER_WORDS", "What providers call a tier, under its name here."),
];

/// Rates of further models, and the engine's codes.
const EXTRA: [(&str, &str); 8] = [
    ("input", "i"),
    ("cache_read", "r"),
    ("output", "o"),
    ("audio_input", "ia"),
    ("audio_output", "oa"),
    ("image_input", "ii"),
    ("rerank_searches", "rs"),
    ("input_characters", "ic"),
];

impl Overlay {
    pub(super) fn read() -> Self {
        let source = fs::read_to_string(root().join("conventions/prices/overlay.yaml")).expect("the overlay is there");
        Self(YamlOwned::load_from_str(&source).expect("the overlay is YAML").remove(0))
    }

    /// All rows that state a price.
    pub(super) fn rows(&self) -> Vec<YamlOwned> {
        let mut rows: Vec<YamlOwned> = ["extra", "derived", "tiers", "regions", "peaks", "bounds"]
            .iter()
            .flat_map(|name| list(&self.0, name))
            .collect();
        rows.extend(entries(&self.0["calendars"]).into_iter().flat_map(|(_, days)| items(&days)));
        rows
    }

    /// Models of a provider that the price list lacks, or of which it lacks a rate, with their rates.
    pub(super) fn extra(&self, provider: &str) -> Vec<(String, String)> {
        let rows = list(&self.0, "extra");
        let own = rows.iter().filter(|row| text(row, "provider").as_deref() == Some(provider));
        own.map(|row| {
            let rates = EXTRA.iter().filter_map(|(key, code)| Some(format!("{code}:{}", text(row, key)?)));
            (text(row, "model").expect("a model"), rates.collect::<Vec<_>>().join(" "))
        })
        .collect()
    }

    pub(super) fn rust(&self, catalogue: &str) -> String {
        let mut out = String::from(
            "// Generated from conventions/prices/ by tests/it/price_codegen.rs: do not edit, run `cargo test price_codegen`.\n\n\
             //! What the price list lacks.\n\n\
             use crate::price::overlay::{Bound, Derived, Peak, RegionFactor, TierFactor};\n",
        );
        let (first, _) = catalogue.split_once('\n').expect("a first line");
        let version = format!("{}+{:08x}", first.replace(' ', "-"), checksum(catalogue, &self.0));
        constant(
            &mut out,
            "The version of the price list and of this overlay.",
            "VERSION: &str",
            &format!("{version:?}"),
        );
        for (name, table, docs) in LISTS {
            let rows: Vec<String> = entries(&self.0[name])
                .iter()
                .map(|(key, values)| format!("({key:?}, &{:?})", items(values).iter().map(plain).collect::<Vec<_>>()))
                .collect();
            constant(&mut out, docs, &format!("{table}: &[(&str, &[&str])]"), &rows_of(&rows));
        }
        for (name, table, docs) in [
            ("providers", "LOCAL_PROVIDERS", "Names of those who run models at home."),
            ("hosts", "LOCAL_HOSTS", "Hosts at home."),
        ] {
            let values = strings(&self.0["local"], name);
            constant(&mut out, docs, &format!("{table}: &[&str]"), &format!("&{values:?}"));
        }
        self.factors(&mut out);
        self.bounds(&mut out);
        for (name, days) in entries(&self.0["calendars"]) {
            let days: Vec<String> = items(&days)
                .iter()
                .map(|row| {
                    format!(
                        "({}, {})",
                        grouped(day(row, "from").expect("a day")),
                        grouped(day(row, "to").expect("a day"))
                    )
                })
                .collect();
            let table = format!("{}: &[(i64, i64)]", name.to_uppercase());
            constant(&mut out, "First and last days off, as days since 1970.", &table, &rows_of(&days));
        }
        out
    }

    /// Rates, tiers and regions that follow from others.
    fn factors(&self, out: &mut String) {
        let derived = list(&self.0, "derived").into_iter().map(|row| {
            let get = |key: &str| text(&row, key).unwrap_or_else(|| panic!("no {key}"));
            format!(
                "Derived {{ provider: {:?}, models: &{:?}, rate: {:?}, of: {:?}, factor: {} }}",
                get("provider"),
                strings(&row, "models"),
                get("rate"),
                get("of"),
                factor(&row)
            )
        });
        constant(
            out,
            "Rates that follow from another one.",
            "DERIVED: &[Derived]",
            &rows_of(&derived.collect::<Vec<_>>()),
        );
        let tiers = list(&self.0, "tiers").into_iter().map(|row| {
            let get = |key: &str| text(&row, key).unwrap_or_else(|| panic!("no {key}"));
            format!(
                "TierFactor {{ provider: {:?}, models: &{:?}, tier: {:?}, factor: {} }}",
                get("provider"),
                strings(&row, "models"),
                get("tier"),
                factor(&row)
            )
        });
        constant(out, "Tiers as a factor.", "TIERS: &[TierFactor]", &rows_of(&tiers.collect::<Vec<_>>()));
        let regions = list(&self.0, "regions").into_iter().map(|row| {
            format!(
                "RegionFactor {{ provider: {:?}, models: &{:?}, not: &{:?}, regions: &{:?}, except: &{:?}, from_day: {}, factor: {} }}",
                text(&row, "provider").expect("a provider"), strings(&row, "models"), strings(&row, "not"), strings(&row, "regions"),
                strings(&row, "except"), day(&row, "from").map_or("i64::MIN".to_owned(), grouped), factor(&row)
            )
        });
        constant(out, "Regions as a factor.", "REGIONS: &[RegionFactor]", &rows_of(&regions.collect::<Vec<_>>()));
    }

    /// Hours of a higher price, and what is billed at least.
    fn bounds(&self, out: &mut String) {
        let peaks = list(&self.0, "peaks").into_iter().map(|row| {
            let hours: Vec<String> = strings(&row, "hours")
                .iter()
                .map(|span| {
                    let (start, end) = span.split_once('-').expect("from-to");
                    format!("({}, {})", minutes(start), minutes(end))
                })
                .collect();
            format!(
                "Peak {{ provider: {:?}, models: &{:?}, minutes: &[{}], from_day: {}, days_off: {}, factor: {} }}",
                text(&row, "provider").expect("a provider"),
                strings(&row, "models"),
                hours.join(", "),
                grouped(day(&row, "from").expect("a first day")),
                text(&row, "calendar").expect("a calendar").to_uppercase(),
                factor(&row)
            )
        });
        constant(out, "Hours of a higher price.", "PEAKS: &[Peak]", &rows_of(&peaks.collect::<Vec<_>>()));
        let bounds = list(&self.0, "bounds").into_iter().map(|row| {
            let get = |key: &str| text(&row, key).unwrap_or_else(|| panic!("no {key}"));
            format!(
                "Bound {{ provider: {:?}, models: &{:?}, unit: {:?}, least: {}, most: {} }}",
                get("provider"),
                strings(&row, "models"),
                get("unit"),
                text(&row, "least").unwrap_or_else(|| "0".to_owned()),
                text(&row, "most").unwrap_or_else(|| "u64::MAX".to_owned())
            )
        });
        let bounds = rows_of(&bounds.collect::<Vec<_>>());
        constant(out, "The least and the most that is billed.", "BOUNDS: &[Bound]", &bounds);
    }
}

fn constant(out: &mut String, docs: &str, declaration: &str, value: &str) {
    write!(out, "\n/// {docs}\n#[rustfmt::skip]\npub(in crate::price) const {declaration} = {value};\n")
        .expect("text takes text");
}

fn rows_of(rows: &[String]) -> String {
    let rows: String = rows.iter().fold(String::new(), |all, row| all + "    " + row + ",\n");
    format!("&[\n{rows}]")
}

/// FNV-1a over all that decides an amount.
fn checksum(catalogue: &str, overlay: &YamlOwned) -> u32 {
    let text = format!("{catalogue}{overlay:?}");
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// In millionths.
fn factor(row: &YamlOwned) -> String {
    let text = text(row, "factor").expect("a factor");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    grouped(format!("{whole}{part:0<6}").parse().expect("a decimal of six places"))
}

/// As Rust wants long numbers.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|part| std::str::from_utf8(part).expect("digits")).collect();
    parts.join("_")
}

fn minutes(time: &str) -> u32 {
    let (hours, minutes) = time.split_once(':').expect("hh:mm");
    hours.parse::<u32>().expect("hours") * 60 + minutes.parse::<u32>().expect("minutes")
}

/// Days since 1970.
fn day(row: &YamlOwned, key: &str) -> Option<i64> {
    let text = text(row, key)?;
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().expect("a date")).collect();
    let [year, month, day] = parts[..] else { panic!("{text} is no date") };
    let days_in = |year: i64, month: i64| match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    };
    let years: i64 = (1970..year).map(|year| (1..=12).map(|month| days_in(year, month)).sum::<i64>()).sum();
    Some(years + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1)
}

pub(super) fn text(row: &YamlOwned, key: &str) -> Option<String> {
    row.as_mapping_get(key).map(plain)
}

fn plain(value: &YamlOwned) -> String {
    match value {
        YamlOwned::Value(ScalarOwned::String(text)) => text.clone(),
        YamlOwned::Value(ScalarOwned::Integer(number)) => number.to_string(),
        YamlOwned::Value(ScalarOwned::FloatingPoint(number)) => number.to_string(),
        other => panic!("{other:?} is no text"),
    }
}

fn strings(row: &YamlOwned, key: &str) -> Vec<String> {
    list(row, key).iter().map(plain).collect()
}

fn list(row: &YamlOwned, key: &str) -> Vec<YamlOwned> {
    row.as_mapping_get(key).map(items).unwrap_or_default()
}

fn items(value: &YamlOwned) -> Vec<YamlOwned> {
    value.as_sequence().expect("a list").clone()
}

fn entries(value: &YamlOwned) -> Vec<(String, YamlOwned)> {
    value.as_mapping().expect("a mapping").iter().map(|(key, value)| (plain(key), value.clone())).collect()
}
