//! The price list as lines of text: one for each model, under the provider that runs it.
//!
//! `id`, its further names and its blocks of prices are parted by tabs. A name begins with `=` where it is the whole
//! name, `^` where more may follow, `$` where more may stand before it, `~` for both; the engine says what that may be. A block is
//! `tier from hours code:rate/above:rate`, each but the rates only where it is not the usual.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::overlay::Overlay;
use super::root;

/// The price list's words and the engine's codes. What is not here, no span can tell of.
const CODES: [(&str, &str); 29] = [
    ("input_mtok", "i"),
    ("output_mtok", "o"),
    ("cache_read_mtok", "r"),
    ("cache_write_mtok", "w"),
    ("cache_write_5m_mtok", "w5m"),
    ("cache_write_1h_mtok", "w1h"),
    ("input_audio_mtok", "ia"),
    ("output_audio_mtok", "oa"),
    ("cache_audio_read_mtok", "ra"),
    ("input_image_mtok", "ii"),
    ("output_image_mtok", "oi"),
    ("cache_image_read_mtok", "ri"),
    ("input_video_mtok", "iv"),
    ("output_video_mtok", "ov"),
    ("output_reasoning_mtok", "or"),
    ("output_citation_mtok", "oc"),
    ("web_searches_kcount", "ws"),
    ("social_searches_kcount", "ns"),
    ("storage_searches_kcount", "ss"),
    ("code_executions_kcount", "ce"),
    ("requests_kcount", "rq"),
    ("rerank_searches_kcount", "rs"),
    ("input_document_kpages", "dp"),
    ("input_annotated_document_kpages", "ap"),
    ("input_mchars", "ic"),
    ("input_text_messages_kcount", "tm"),
    ("audio_hours", "ah"),
    ("input_audio_hours", "iah"),
    ("output_audio_hours", "oah"),
];

/// Conditions of a variant, and the engine's tiers. `default` is the standard price and `fast` as a service tier is
/// another word for `priority`; a route and a kind of search are nothing that a span tells.
const TIERS: [(&str, &str, &str); 4] = [
    ("processing", "batch", "batch"),
    ("service_tier", "flex", "flex"),
    ("service_tier", "priority", "priority"),
    ("speed", "fast", "fast"),
];

pub(super) fn list() -> Value {
    let path = root().join("conventions/prices/genai-prices.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the price list is there")).expect("it is JSON")
}

pub(super) fn text(overlay: &Overlay) -> String {
    let list = list();
    let string = |value: &Value| value.as_str().expect("text").to_owned();
    let mut out = format!("{} {}\n", string(&list["name"]), string(&list["version"]));
    for provider in list["providers"].as_array().expect("a list of providers") {
        let id = string(&provider["id"]);
        write!(out, "#{id}").expect("text takes text");
        for fallback in provider["fallback_model_providers"].as_array().into_iter().flatten() {
            write!(out, " {}", string(fallback)).expect("text takes text");
        }
        out.push('\n');
        let extra = overlay.extra(&id);
        let models = provider["models"].as_array().expect("a list of models");
        for model in models {
            out += &line(model, &extra);
        }
        for (name, rates) in extra.iter().filter(|(name, _)| !models.iter().any(|model| model["id"] == **name)) {
            writeln!(out, "{name}\t\t{rates}").expect("text takes text");
        }
    }
    out
}

fn line(model: &Value, extra: &[(String, String)]) -> String {
    let id = model["id"].as_str().expect("an id").to_lowercase();
    let mut names = Vec::new();
    collect_names(&model["match"], &mut names);
    names.retain(|name| *name != format!("={id}"));
    names.dedup();
    let mut blocks = Vec::new();
    match &model["prices"] {
        Value::Array(conditional) => {
            blocks.extend(conditional.iter().map(|block| block_of("", &block["constraint"], &block["prices"])));
        }
        prices => blocks.push(block_of("", &Value::Null, prices)),
    }
    for variant in model["price_variants"].as_array().into_iter().flatten() {
        let when = variant["when"].as_object().expect("conditions");
        let tier = TIERS.iter().find(|(key, value, _)| when.len() == 1 && when.get(*key).is_some_and(|v| v == value));
        if let Some((_, _, tier)) = tier {
            blocks.push(block_of(tier, &variant["constraint"], &variant["prices"]));
        }
    }
    if let Some((_, more)) = extra.iter().find(|(name, _)| *name == id) {
        let [block] = &mut blocks[..] else { panic!("{id} has several prices: say which of them lacks a rate") };
        let has = |rate: &str| block.split(' ').any(|known| known.split(':').next() == rate.split(':').next());
        assert!(!more.split(' ').any(has), "the list has a rate of {id} that the overlay adds: drop it there");
        *block = format!("{block} {more}");
    }
    let line = format!("{id}\t{}\t{}\n", names.join(" "), blocks.join("|"));
    assert_eq!(line.matches('\t').count(), 2, "{line}");
    line
}

fn block_of(tier: &str, constraint: &Value, prices: &Value) -> String {
    let mut parts = Vec::new();
    if !tier.is_empty() {
        parts.push(format!("={tier}"));
    }
    if let Some(date) = constraint["start_date"].as_str() {
        parts.push(format!(">{date}"));
    }
    if let (Some(start), Some(end)) = (constraint["start_time"].as_str(), constraint["end_time"].as_str()) {
        let minutes = |time: &str| {
            assert!(time.ends_with(":00+00:00"), "{time}");
            time[..5].to_owned()
        };
        parts.push(format!("@{}-{}", minutes(start), minutes(end)));
    }
    for (key, value) in prices.as_object().expect("prices") {
        let Some((_, code)) = CODES.iter().find(|(name, _)| name == key) else { continue };
        let tiers = value["tiers"].as_array().into_iter().flatten();
        let base = if value.is_object() { &value["base"] } else { value };
        let mut part = format!("{code}:{}", decimal(base));
        for tier in tiers {
            write!(part, "/{}:{}", tier["start"], decimal(&tier["price"])).expect("text takes text");
        }
        parts.push(part);
    }
    parts.join(" ")
}

/// With twelve decimals at most: what is beyond is noise of binary fractions.
fn decimal(value: &Value) -> String {
    let number = value.as_f64().expect("a number");
    let text = format!("{number:.12}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn collect_names(rule: &Value, names: &mut Vec<String>) {
    let (kind, argument) = rule.as_object().expect("a rule").iter().next().expect("one operation");
    if matches!(kind.as_str(), "or" | "and") {
        argument.as_array().expect("rules").iter().for_each(|rule| collect_names(rule, names));
        return;
    }
    let literal = argument.as_str().expect("text").to_lowercase();
    match kind.as_str() {
        "equals" => names.push(format!("={literal}")),
        "starts_with" => names.push(format!("^{}", without_open_end(&literal))),
        // Paths are cut off before names are compared.
        "contains" => names.push(format!("~{}", without_open_end(&literal))),
        "ends_with" => names.push(format!("${}", literal.trim_start_matches('/'))),
        // Names of speech models never pass for those of others.
        "regex" if literal.starts_with("^(?!") => {}
        "regex" => names.extend(of_regex(&literal)),
        other => panic!("{other} is no operation"),
    }
}

/// A literal that ends inside a date or right behind the mark before one.
fn without_open_end(literal: &str) -> &str {
    let mut rest = literal;
    if (rest.starts_with("ft:") || rest.starts_with("gemini-")) && rest.ends_with("-0") {
        rest = &rest[..rest.len() - 2];
    }
    for year in ["-2024-", "-2025", "-2026"] {
        rest = rest.strip_suffix(year).unwrap_or(rest);
    }
    rest.trim_end_matches(['-', '@', '.'])
}

/// The names that a regular expression of the list stands for, dates apart: those are the engine's matter.
fn of_regex(pattern: &str) -> Vec<String> {
    let anchored = pattern.ends_with('$');
    let mut rest = pattern.strip_prefix('^').expect("it begins at the beginning").trim_end_matches('$').to_owned();
    for date in ["(-\\d{8})?", "[-@]\\d{8}", "-\\d{8}", "-\\d{4}-\\d{2}-\\d{2}", "-\\d"] {
        rest = rest.strip_suffix(date).unwrap_or(&rest).to_owned();
    }
    let rest = rest.replace("\\.", ".").replace("\\[", "[").replace("\\]", "]");
    let mark = if anchored { '=' } else { '^' };
    let found = match rest.split_once(")?") {
        Some((optional, rest)) => {
            let optional = optional.strip_prefix('(').expect("a group");
            vec![format!("{mark}{rest}"), format!("{mark}{optional}{rest}")]
        }
        None => vec![format!("{mark}{rest}")],
    };
    assert!(!found.iter().any(|name| name.contains(['\\', '(', '{', '?'])), "{pattern} cannot be told as a name");
    found
}
