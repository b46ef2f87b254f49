//! What Weaver's definition format allows, as far as a slip of the hand would break it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::codegen::read::{Conventions, text};

#[test]
fn definitions_have_the_fields_of_the_format_and_no_other() {
    let ours = Conventions::read();
    let common = [
        "brief",
        "note",
        "stability",
        "deprecated",
        "annotations",
        "requirement_level",
        "attributes",
        "entity_associations",
    ];
    for attribute in &ours.attributes {
        fields(attribute, &["key", "type", "brief", "stability"], &["note", "deprecated", "annotations", "examples"]);
        for member in attribute["type"]["members"].as_array().into_iter().flatten() {
            fields(member, &["id", "value", "brief", "stability"], &["annotations"]);
        }
    }
    for group in &ours.groups {
        fields(group, &["id", "visibility", "attributes"], &[]);
    }
    for span in &ours.spans {
        fields(span, &["type", "kind", "name", "brief", "stability", "attributes"], &common);
    }
    for refinement in &ours.span_refinements {
        fields(refinement, &["id", "ref", "attributes"], &["annotations"]);
    }
    for event in &ours.events {
        fields(event, &["name", "brief", "stability", "attributes"], &common);
    }
    for metric in &ours.metrics {
        fields(metric, &["name", "instrument", "unit", "brief", "stability", "attributes"], &common);
    }
    for entity in &ours.entities {
        fields(entity, &["type", "identity", "brief", "stability"], &["description", "annotations"]);
    }
}

#[test]
fn the_registry_has_the_version_of_the_crate() {
    let version = concat!("/", env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let schema_url = text(&Conventions::read().manifest, "schema_url");
    assert!(schema_url.ends_with(version), "{schema_url} in registry/manifest.yaml should end in {version}");
}

#[test]
fn references_lead_to_what_is_registered() {
    let ours = Conventions::read();
    let groups: BTreeSet<&str> = ours.groups.iter().map(|group| text(group, "id")).collect();
    let mut used = BTreeSet::new();
    let signals = [&ours.groups, &ours.spans, &ours.span_refinements, &ours.events, &ours.metrics];
    for signal in signals.into_iter().flatten() {
        for entry in signal["attributes"].as_array().unwrap() {
            if let Some(group) = entry["ref_group"].as_str() {
                assert!(groups.contains(group), "no group {group}");
                used.insert(group);
            } else {
                fields(entry, &["ref"], &["requirement_level", "sampling_relevant", "annotations"]);
                assert!(ours.attribute(text(entry, "ref")).is_some(), "{entry} is not registered");
                assert!(is_level(&entry["requirement_level"]), "{entry} has no level that the format knows");
            }
        }
    }
    assert_eq!(used, groups, "groups that are used, and groups that are there");
    for refinement in &ours.span_refinements {
        assert!(ours.spans.iter().any(|span| span["type"] == refinement["ref"]), "{refinement}");
    }
}

#[test]
fn keys_and_names_stand_once() {
    let ours = Conventions::read();
    for (field, section) in [
        ("key", &ours.attributes),
        ("id", &ours.groups),
        ("type", &ours.spans),
        ("name", &ours.events),
        ("name", &ours.metrics),
    ] {
        let names: BTreeSet<&str> = section.iter().map(|entry| text(entry, field)).collect();
        assert_eq!(names.len(), section.len());
    }
}

#[test]
fn text_attributes_have_an_example_of_their_type() {
    for attribute in &Conventions::read().attributes {
        let (key, examples) = (text(attribute, "key"), attribute["examples"].as_array());
        let Some(name) = attribute["type"].as_str() else { continue };
        if ["string", "string[]", "template[string]"].contains(&name) {
            assert!(examples.is_some_and(|examples| !examples.is_empty()), "{key} has no example");
        }
        for example in examples.into_iter().flatten() {
            let fits = match name {
                "string" | "template[string]" => example.is_string(),
                "string[]" => example.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
                "int" => example.is_i64(),
                "double" => example.is_f64(),
                _ => true,
            };
            assert!(fits, "{example} is no {name}, as {key} wants");
        }
    }
}

fn fields(value: &Value, wanted: &[&str], allowed: &[&str]) {
    let map = value.as_object().unwrap_or_else(|| panic!("{value} is not a map"));
    for field in wanted {
        assert!(map.contains_key(*field), "`{field}` is missing in {value}");
    }
    for field in map.keys() {
        assert!(
            wanted.contains(&field.as_str()) || allowed.contains(&field.as_str()),
            "`{field}` has no place in {value}"
        );
    }
    if let Some(stability) = map.get("stability") {
        assert!(stability == "development" || stability == "stable", "{value}");
    }
}

fn is_level(level: &Value) -> bool {
    match level {
        Value::Null => true,
        Value::String(level) => ["required", "recommended", "opt_in"].contains(&level.as_str()),
        Value::Object(level) => {
            level.len() == 1
                && level.iter().all(|(name, when)| {
                    ["conditionally_required", "recommended", "opt_in"].contains(&name.as_str()) && when.is_string()
                })
        }
        _ => false,
    }
}
