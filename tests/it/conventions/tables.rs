//! Aliases, providers, span types and content against the registry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tracing_genai::SpanType;

use super::upstream::Release;
use crate::codegen::read::{Conventions, text, texts};
use crate::codegen::tables::{folded, keys};

#[test]
fn every_alias_stands_for_a_canonical_key_and_is_none_itself() {
    let ours = Conventions::read();
    for (spelling, canonical, _) in aliases(ours) {
        assert!(ours.is_canonical(&canonical), "{spelling} stands for {canonical}, which does not leave");
        assert!(!ours.is_canonical(&spelling), "{spelling} leaves under its own name");
    }
}

#[test]
fn no_two_aliases_clash() {
    let mut known = BTreeMap::new();
    for (spelling, canonical, _) in aliases(Conventions::read()) {
        if let Some(other) = known.insert(spelling.clone(), canonical.clone()) {
            panic!("{spelling} stands for {other} and for {canonical}");
        }
    }
}

#[test]
fn every_older_and_newer_name_is_accepted() {
    let ours = Conventions::read();
    let known: BTreeMap<String, String> =
        aliases(ours).into_iter().map(|(spelling, canonical, _)| (spelling, canonical)).collect();
    for attribute in ours.attributes.iter().filter(|attribute| !ours.is_canonical(text(attribute, "key"))) {
        let key = text(attribute, "key");
        let expected = attribute["deprecated"]["renamed_to"].as_str();
        let expected = expected.or(attribute["annotations"]["newer_spelling_of"].as_str());
        let found = known.get(key).unwrap_or_else(|| panic!("{key} is not accepted"));
        assert!(expected.is_none_or(|expected| expected == found), "{key} stands for {found}, not for {expected:?}");
    }
}

#[test]
fn an_everyday_word_says_nothing_of_a_span() {
    for (spelling, _, scope) in aliases(Conventions::read()) {
        assert!(scope == "gen_ai" || spelling.contains('.'), "{spelling} would make any span a GenAI span");
    }
}

#[test]
fn an_alias_is_read_only_on_span_types_that_are_there() {
    let ours = Conventions::read();
    for group in ours.aliases["groups"].as_array().unwrap() {
        for name in texts(group, "only") {
            assert_eq!(SpanType::parse(name).map(SpanType::as_str), Some(name));
        }
    }
}

#[test]
fn providers_are_the_conventions_providers() {
    let ours = Conventions::read();
    let members = ours.attribute("gen_ai.provider.name").unwrap()["type"]["members"].as_array().unwrap();
    let registered: BTreeSet<&str> = members.iter().map(|member| text(member, "value")).collect();
    let table: BTreeSet<&str> = ours.providers["providers"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(table, registered);
}

#[test]
fn every_older_name_of_a_provider_is_known() {
    let ours = Conventions::read();
    let known: BTreeSet<String> = ours.providers["providers"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(provider, spellings)| {
            spellings
                .as_array()
                .unwrap()
                .iter()
                .map(|spelling| folded(spelling.as_str().unwrap()))
                .chain([folded(provider)])
        })
        .collect();
    for release in Release::all() {
        for attribute in release.section("attributes") {
            if ["gen_ai.system", "gen_ai.provider.name"].contains(&text(attribute, "name")) {
                for value in texts(attribute, "members") {
                    assert!(known.contains(&folded(value)), "{value}");
                }
            }
        }
    }
}

#[test]
fn span_types_are_those_that_the_manual_promises() {
    let ours = Conventions::read();
    let table: Vec<String> = ours.span_types["span_types"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span_type| {
            let first = span_type["operation"].as_str().or(span_type["name_prefix"].as_str()).unwrap();
            let function = if span_type["function"] == true { " or function" } else { "" };
            let [name, kind, key, openinference] =
                ["name", "kind", "name_key", "openinference"].map(|field| text(span_type, field));
            format!("{name}: {kind} `{first} {{{key}{function}}}` {openinference}")
        })
        .collect();
    assert_eq!(
        table,
        [
            "agent: internal `invoke_agent {gen_ai.agent.name or function}` AGENT",
            "chain: internal `invoke_workflow {gen_ai.workflow.name or function}` CHAIN",
            "embedding: client `embeddings {gen_ai.request.model}` EMBEDDING",
            "evaluator: internal `evaluate {gen_ai.evaluation.name or function}` EVALUATOR",
            "guardrail: internal `guardrail {tracing_genai.guardrail.name or function}` GUARDRAIL",
            "llm: client `chat {gen_ai.request.model}` LLM",
            "memory: client `search_memory {gen_ai.memory.store.id}` CHAIN",
            "plan: internal `plan {gen_ai.agent.name}` CHAIN",
            "rerank: client `rerank {gen_ai.request.model}` RERANKER",
            "retrieval: client `retrieval {gen_ai.data_source.id}` RETRIEVER",
            "tool: internal `execute_tool {gen_ai.tool.name or function}` TOOL",
        ]
    );
}

#[test]
fn only_steps_without_an_operation_have_a_prefix() {
    let ours = Conventions::read();
    for span_type in ours.span_types["span_types"].as_array().unwrap() {
        assert_ne!(span_type["operation"].is_null(), span_type["name_prefix"].is_null(), "{span_type}");
        assert!(ours.is_canonical(text(span_type, "name_key")), "{span_type}");
    }
}

#[test]
fn every_operation_of_upstream_shows_a_span_type() {
    let ours = Conventions::read();
    let table: BTreeSet<&str> =
        ours.span_types["operations"].as_array().unwrap().iter().map(|operation| text(operation, "name")).collect();
    for release in Release::all() {
        let fact = release.section("attributes").iter().find(|fact| fact["name"] == "gen_ai.operation.name").unwrap();
        for operation in texts(fact, "members") {
            assert!(table.contains(operation), "{operation}");
        }
    }
    assert_eq!(table.len(), 18);
}

#[test]
fn every_word_for_a_span_type_is_parsed() {
    let ours = Conventions::read();
    for span_type in ours.span_types["span_types"].as_array().unwrap() {
        let name = text(span_type, "name");
        assert_eq!(SpanType::parse(name).map(SpanType::as_str), Some(name));
        for word in texts(span_type, "synonyms") {
            assert_eq!(SpanType::parse(&word.to_uppercase()).map(SpanType::as_str), Some(name), "{word}");
        }
    }
}

#[test]
fn structured_values_are_content() {
    let ours = Conventions::read();
    let content = keys(ours, "content");
    for attribute in ours.attributes.iter().filter(|attribute| attribute["type"] == "any") {
        assert!(content.contains(text(attribute, "key")), "{}", text(attribute, "key"));
    }
}

#[test]
fn numbers_are_no_content() {
    let ours = Conventions::read();
    for key in keys(ours, "content") {
        let kind = &ours.attribute(key).unwrap()["type"];
        assert!(["string", "any", "template[string]"].iter().any(|name| kind == name), "{key}");
    }
}

#[test]
fn what_no_alias_renames_is_neither_registered_nor_an_alias() {
    let ours = Conventions::read();
    let spellings: BTreeSet<String> = aliases(ours).into_iter().map(|(spelling, ..)| spelling).collect();
    for key in texts(&ours.content, "foreign") {
        assert!(ours.attribute(key).is_none() && !spellings.contains(key), "{key}");
    }
}

/// Spelling, canonical key and scope of each alias.
fn aliases(ours: &Conventions) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for group in ours.aliases["groups"].as_array().unwrap() {
        for (canonical, spellings) in group["aliases"].as_object().unwrap() {
            for spelling in spellings.as_array().into_iter().flatten().filter_map(Value::as_str) {
                found.push((spelling.to_owned(), canonical.clone(), text(group, "scope").to_owned()));
            }
        }
    }
    found
}
