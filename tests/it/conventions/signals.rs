//! Spans, events and metrics: which attributes they carry, and how firmly.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::upstream::Release;
use crate::codegen::read::{Conventions, text};

/// Attribute → level and, on spans, whether a sampler needs it.
type Levels = BTreeMap<String, (String, bool)>;

#[test]
fn spans_have_the_kinds_and_levels_of_upstream() {
    let ours = Conventions::read();
    for release in Release::all() {
        let mut compared = BTreeSet::new();
        for span in ours.spans.iter().filter(|span| release.has(span)) {
            let id = id_in(&release, span, text(span, "type"));
            let fact = fact(&release, "spans", &id);
            assert_eq!(text(span, "kind"), text(fact, "kind"), "kind of {id} in {}", release.name);
            compare(&release, &id, &levels(ours, &release, span), fact);
            compared.insert(id);
        }
        let theirs: BTreeSet<String> = release
            .section("spans")
            .iter()
            .map(|fact| id(fact).to_owned())
            .filter(|id| !refined_in_core(ours).contains(id))
            .collect();
        assert_eq!(compared, theirs, "spans of {}", release.name);
    }
}

#[test]
fn refinements_add_what_upstream_adds() {
    let ours = Conventions::read();
    let [_, main] = Release::all();
    let own: BTreeSet<&str> = ours.span_refinements.iter().map(|refinement| text(refinement, "id")).collect();
    let theirs: BTreeSet<&str> = main.section("span_refinements").iter().map(id).collect();
    assert_eq!(own, theirs);
    for refinement in &ours.span_refinements {
        let name = text(refinement, "id");
        let fact = fact(&main, "span_refinements", name);
        assert_eq!(text(refinement, "ref"), text(fact, "ref"), "{name}");
        let own = levels(ours, &main, refinement);
        for attribute in fact["attributes"].as_array().unwrap() {
            // Upstream repeats attributes whose wording alone it changes; they have no level of their own.
            let Some(level) = attribute["level"].as_str() else { continue };
            let key = text(attribute, "name");
            assert_eq!(own.get(key).map(|(level, _)| level.as_str()), Some(level), "{key} on {name}");
        }
        for key in own.keys() {
            assert!(
                fact["attributes"].as_array().unwrap().iter().any(|known| known["name"] == **key),
                "{key} on {name}"
            );
        }
    }
}

#[test]
fn providers_spans_of_core_carry_what_the_refinement_adds() {
    let ours = Conventions::read();
    let [core, _] = Release::all();
    for refinement in &ours.span_refinements {
        let Some(id) = refinement["annotations"]["releases"]["core"].as_str().filter(|id| *id != "absent") else {
            continue;
        };
        let theirs = fact_levels(fact(&core, "spans", id));
        for (key, (level, _)) in levels(ours, &core, refinement) {
            match theirs.get(&key) {
                Some((expected, _)) => assert_eq!(&level, expected, "{key} on {id}"),
                // The one attribute that core leaves out of its providers' spans.
                None => assert_eq!(key, "gen_ai.request.top_k", "{id}"),
            }
        }
    }
}

#[test]
fn events_have_the_levels_of_upstream() {
    let ours = Conventions::read();
    for release in Release::all() {
        let mut compared = BTreeSet::new();
        for event in ours.events.iter().filter(|event| release.has(event)) {
            let name = text(event, "name");
            let fact = fact(&release, "events", name);
            let without_sampling = |levels: Levels| -> BTreeMap<String, String> {
                levels.into_iter().map(|(key, (level, _))| (key, level)).collect()
            };
            assert_eq!(
                without_sampling(levels(ours, &release, event)),
                without_sampling(fact_levels(fact)),
                "{name} in {}",
                release.name
            );
            assert_eq!(event["deprecated"].is_null(), fact["deprecated"].is_null(), "{name} in {}", release.name);
            compared.insert(name);
        }
        let theirs: BTreeSet<&str> = release.section("events").iter().map(id).collect();
        assert_eq!(compared, theirs, "events of {}", release.name);
    }
}

#[test]
fn metrics_have_the_instruments_units_and_levels_of_upstream() {
    let ours = Conventions::read();
    for release in Release::all() {
        let mut compared = BTreeSet::new();
        for metric in ours.metrics.iter().filter(|metric| release.has(metric)) {
            let name = text(metric, "name");
            let fact = fact(&release, "metrics", name);
            for field in ["instrument", "unit"] {
                assert_eq!(metric[field], fact[field], "{field} of {name} in {}", release.name);
            }
            compare(&release, name, &levels(ours, &release, metric), fact);
            compared.insert(name);
        }
        let theirs: BTreeSet<&str> = release.section("metrics").iter().map(id).collect();
        assert_eq!(compared, theirs, "metrics of {}", release.name);
    }
}

#[test]
fn histograms_have_rising_buckets_and_counters_none() {
    for metric in &Conventions::read().metrics {
        let bounds: Vec<f64> = metric["annotations"]["buckets"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|bound| bound.as_f64().unwrap())
            .collect();
        assert_eq!(!bounds.is_empty(), metric["instrument"] == "histogram", "{}", text(metric, "name"));
        assert!(bounds.is_sorted_by(|a, b| a < b), "{}", text(metric, "name"));
    }
}

#[test]
fn entities_are_upstreams() {
    let ours = Conventions::read();
    let [_, main] = Release::all();
    let own: BTreeMap<&str, Vec<&str>> =
        ours.entities.iter().map(|entity| (text(entity, "type"), parts(entity))).collect();
    let theirs = main.section("entities").iter().map(|fact| {
        let names = ["identity", "description"].into_iter().flat_map(|list| fact[list].as_array().unwrap());
        (text(fact, "type"), names.map(|name| name.as_str().unwrap()).collect())
    });
    assert_eq!(own, theirs.collect());
}

/// The attributes of a span, event or metric of ours as `release` has them; what is this crate's own is left out.
fn levels(ours: &Conventions, release: &Release, signal: &Value) -> Levels {
    let (mut from_groups, mut inline) = (Levels::new(), Levels::new());
    for entry in signal["attributes"].as_array().into_iter().flatten() {
        if let Some(group) = entry["ref_group"].as_str() {
            let group =
                ours.groups.iter().find(|known| known["id"] == group).unwrap_or_else(|| panic!("no group {group}"));
            for entry in group["attributes"].as_array().unwrap() {
                let key = text(entry, "ref").to_owned();
                let known = from_groups.insert(key.clone(), level(release, entry));
                assert!(known.is_none(), "two groups of {signal} have {key}");
            }
        } else {
            let known = inline.insert(text(entry, "ref").to_owned(), level(release, entry));
            assert!(known.is_none(), "{} stands twice in {signal}", text(entry, "ref"));
        }
    }
    from_groups.extend(inline);
    let owned = own_groups(ours);
    from_groups.retain(|key, (level, _)| level != "absent" && !owned.contains(key));
    from_groups
}

fn level(release: &Release, entry: &Value) -> (String, bool) {
    let level = entry["annotations"]["releases"][release.name].as_str().or_else(|| match &entry["requirement_level"] {
        Value::String(level) => Some(level),
        Value::Object(level) => level.keys().next().map(String::as_str),
        _ => Some("recommended"),
    });
    (level.unwrap().to_owned(), entry["sampling_relevant"].as_bool().unwrap_or_default())
}

/// What this crate adds to the conventions' spans.
fn own_groups(ours: &Conventions) -> BTreeSet<String> {
    let own = ours.groups.iter().filter(|group| ["own", "cost", "totals"].contains(&text(group, "id")));
    own.flat_map(|group| group["attributes"].as_array().unwrap()).map(|entry| text(entry, "ref").to_owned()).collect()
}

fn fact_levels(fact: &Value) -> Levels {
    let attributes = fact["attributes"].as_array().into_iter().flatten();
    attributes
        .map(|attribute| {
            let level = attribute["level"].as_str().unwrap_or("recommended").to_owned();
            (text(attribute, "name").to_owned(), (level, attribute["sampling_relevant"].as_bool().unwrap_or_default()))
        })
        .collect()
}

/// Levels must be equal; what a sampler needs must be equal to main, which asks for more of it than core.
fn compare(release: &Release, name: &str, own: &Levels, fact: &Value) {
    let mut theirs = fact_levels(fact);
    if release.name == "core" {
        for (key, (_, sampling)) in &mut theirs {
            *sampling = own.get(key).is_some_and(|(_, needed)| *needed);
        }
    }
    assert_eq!(*own, theirs, "{name} in {}", release.name);
}

fn fact<'a>(release: &'a Release, section: &str, name: &str) -> &'a Value {
    let mut known = release.section(section).iter();
    known.find(|fact| id(fact) == name).unwrap_or_else(|| panic!("{} has no {name} in its {section}", release.name))
}

fn id(fact: &Value) -> &str {
    let id = fact["id"].as_str().unwrap_or_else(|| text(fact, "name"));
    id.strip_prefix("span.").unwrap_or(id)
}

fn id_in(release: &Release, span: &Value, own: &str) -> String {
    span["annotations"]["releases"][release.name].as_str().unwrap_or(own).to_owned()
}

fn refined_in_core(ours: &Conventions) -> BTreeSet<String> {
    let ids =
        ours.span_refinements.iter().filter_map(|refinement| refinement["annotations"]["releases"]["core"].as_str());
    ids.map(str::to_owned).collect()
}

fn parts(entity: &Value) -> Vec<&str> {
    let lists = ["identity", "description"].into_iter().flat_map(|list| entity[list].as_array().unwrap());
    lists.map(|entry| text(entry, "ref")).collect()
}
