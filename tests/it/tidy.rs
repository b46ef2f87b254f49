//! The rules of the house that a compiler does not know: which room sees which, where names are spelled, how files look.

mod rooms;
mod source;

use std::fs;

use source::{files, is_generated, library, parse, root};

/// Lines beyond which a file answers more than one question.
const LONGEST_FILE: usize = 400;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

/// All Rust of the repository.
const RUST: &[&str] = &["src", "examples", "tests", "benches"];

#[test]
fn every_file_says_first_what_it_is_and_none_is_longer_than_one_question() {
    let mut broken = Vec::new();
    for file in RUST.iter().flat_map(|folder| files(folder)) {
        if is_generated(&file.path) {
            continue;
        }
        if !file.text.starts_with("//! ") {
            broken.push(format!("{}: begins without a `//!` line that says what it is", file.path));
        }
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            broken.push(format!("{}: {lines} lines; above {LONGEST_FILE} a file answers two questions", file.path));
        }
        let names_nothing = |part: &str| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"));
        if file.path.split('/').any(names_nothing) {
            broken.push(format!("{}: name it after what is inside", file.path));
        }
    }
    fail_if_any(broken);
}

#[test]
fn an_attribute_is_spelled_in_the_conventions_alone() {
    let attributes = "src/conventions/generated/attribute.rs";
    let generated = parse(attributes, &fs::read_to_string(root().join(attributes)).expect("it is generated"));
    let keys: Vec<&str> = generated.texts.iter().map(|text| text.text.as_str()).collect();
    assert!(keys.len() > 100, "{attributes} holds {} keys", keys.len());
    let mut broken = Vec::new();
    for source in library().iter().filter(|source| !source.is_generated()) {
        for text in &source.texts {
            if keys.contains(&text.text.as_str()) || text.text.starts_with("gen_ai.") {
                broken.push(format!(
                    "{}:{}: {:?}: use the constant of `conventions::attribute`, or add it to conventions/",
                    source.path, text.line, text.text
                ));
            }
        }
    }
    fail_if_any(broken);
}

#[test]
fn nothing_is_unsafe() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    assert!(manifest.contains("unsafe_code = \"forbid\""), "the lint in Cargo.toml is what holds this");
    let unsafe_word = |name: &source::Name| name.path.split("::").any(|part| part == "unsafe");
    let sources = library();
    let found: Vec<String> = sources
        .iter()
        .flat_map(|source| source.names.iter().filter(|name| unsafe_word(name)).map(move |name| (source, name)))
        .map(|(source, name)| format!("{}:{}: unsafe", source.path, name.line))
        .collect();
    fail_if_any(found);
}

#[test]
fn the_changelog_begins_with_what_is_unreleased() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a changelog");
    let first = changelog.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## [Unreleased]"));
}

/// A packaged crate has no `tests/run`.
#[test]
fn every_example_is_run() {
    let Ok(run) = fs::read_to_string(root().join("tests/run")) else { return };
    let mut broken = Vec::new();
    for file in files("examples") {
        let name = match file.path.trim_start_matches("examples/").split('/').collect::<Vec<_>>()[..] {
            [file] => file.trim_end_matches(".rs").to_owned(),
            [folder, "main.rs"] => folder.to_owned(),
            _ => continue,
        };
        let runs =
            |line: &str| line.trim_start().starts_with("example") && line.split_whitespace().any(|word| word == name);
        if !run.lines().any(runs) {
            broken.push(format!("{}: tests/run does not run it", file.path));
        }
    }
    fail_if_any(broken);
}

#[track_caller]
fn fail_if_any(mut broken: Vec<String>) {
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
