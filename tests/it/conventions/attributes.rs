//! Names, types, known values and renames of attributes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tracing_genai::{Builder, GenAiSpanExt as _};

use super::upstream::{Release, is_gen_ai};
use crate::codegen::read::{Conventions, text};
use crate::support::{Memory, get};

#[test]
fn every_attribute_of_upstream_is_registered_and_no_other_under_its_prefixes() {
    let ours = Conventions::read();
    for release in Release::all() {
        let theirs: BTreeSet<&str> = release
            .section("attributes")
            .iter()
            .map(|fact| text(fact, "name"))
            .filter(|name| is_gen_ai(name))
            .collect();
        let registered: BTreeSet<&str> = ours
            .attributes
            .iter()
            .filter(|attribute| release.has(attribute))
            .map(|attribute| text(attribute, "key"))
            .filter(|key| is_gen_ai(key))
            .collect();
        assert_eq!(registered, theirs, "attributes of {}", release.name);
    }
}

#[test]
fn types_are_upstreams() {
    let ours = Conventions::read();
    for (release, attribute, fact) in pairs(ours, &Release::all()) {
        let own = match &attribute["type"] {
            Value::String(name) => attribute["annotations"]["type_in"][release].as_str().unwrap_or(name).to_owned(),
            _ => "enum(string)".to_owned(),
        };
        assert_eq!(own, text(fact, "type"), "type of {} in {release}", text(attribute, "key"));
    }
}

#[test]
fn known_values_are_upstreams() {
    let ours = Conventions::read();
    let releases = Release::all();
    for (name, attribute, fact) in pairs(ours, &releases) {
        let release = releases.iter().find(|release| release.name == name).unwrap();
        let own: BTreeSet<&str> = members(attribute, "type", "members")
            .iter()
            .filter(|member| release.has(member))
            .map(|member| text(member, "value"))
            .collect();
        let theirs: BTreeSet<&str> =
            fact["members"].as_array().into_iter().flatten().map(|member| member.as_str().unwrap()).collect();
        assert_eq!(own, theirs, "values of {} in {name}", text(attribute, "key"));
    }
}

#[test]
fn renames_are_upstreams() {
    let ours = Conventions::read();
    for (release, attribute, fact) in pairs(ours, &Release::all()) {
        let mut own = attribute["deprecated"].clone();
        if let Some(own) = own.as_object_mut() {
            own.remove("note");
        }
        assert_eq!(own, fact["deprecated"], "deprecation of {} in {release}", text(attribute, "key"));
    }
}

#[test]
fn a_newer_spelling_and_what_it_stands_for_have_one_type() {
    let ours = Conventions::read();
    for attribute in &ours.attributes {
        if let Some(default) = attribute["annotations"]["newer_spelling_of"].as_str() {
            assert!(ours.is_canonical(default), "{default}");
            assert_eq!(attribute["type"], ours.attribute(default).unwrap()["type"], "{default}");
        }
    }
}

#[test]
fn with_newer_names_each_newer_spelling_leaves_in_place_of_the_one_it_stands_for() {
    let newer: Vec<(&str, &str)> = Conventions::read()
        .attributes
        .iter()
        .filter_map(|attribute| {
            Some((attribute["annotations"]["newer_spelling_of"].as_str()?, attribute["key"].as_str()?))
        })
        .collect();
    assert!(!newer.is_empty());
    let spans_of = |memory: Memory| {
        memory.run(|| {
            let call = tracing::info_span!("call", span_type = "llm", model = "m");
            for (canonical, _) in &newer {
                call.record_attribute(*canonical, 7_i64);
            }
        })
    };
    let (released, renamed) = (spans_of(Memory::new()), spans_of(Memory::with(Builder::with_newer_names)));
    for (canonical, newer) in newer {
        for (spans, here, not_here) in [(&released, canonical, newer), (&renamed, newer, canonical)] {
            assert!(get(&spans[0], here).is_some() && get(&spans[0], not_here).is_none(), "{here}");
        }
    }
}

#[test]
fn what_is_not_of_upstream_says_whose_it_is() {
    let origins =
        ["core", "datadog", "openinference", "tracing_genai", "tracing_opentelemetry"].map(|origin| json!(origin));
    for attribute in &Conventions::read().attributes {
        let (key, origin) = (text(attribute, "key"), &attribute["annotations"]["origin"]);
        if is_gen_ai(key) {
            assert!(origin.is_null() || origin == "tracing_genai", "{key}");
        } else {
            assert!(origins.contains(origin), "{key}");
        }
    }
}

#[test]
fn constants_have_names_of_their_own() {
    let ours = Conventions::read();
    let constants: BTreeSet<String> =
        ours.attributes.iter().map(|attribute| crate::codegen::rust::constant(text(attribute, "key"))).collect();
    assert_eq!(constants.len(), ours.attributes.len());
}

/// Each attribute with the fact that a release has of it.
fn pairs<'a>(ours: &'a Conventions, releases: &'a [Release]) -> Vec<(&'static str, &'a Value, &'a Value)> {
    let mut pairs = Vec::new();
    for release in releases {
        for fact in release.section("attributes") {
            if let Some(attribute) = ours.attribute(text(fact, "name")).filter(|_| is_gen_ai(text(fact, "name"))) {
                pairs.push((release.name, attribute, fact));
            }
        }
    }
    assert!(pairs.len() > 150, "only {} attributes were compared", pairs.len());
    pairs
}

fn members<'a>(attribute: &'a Value, field: &str, list: &str) -> &'a [Value] {
    attribute[field][list].as_array().map(Vec::as_slice).unwrap_or_default()
}
