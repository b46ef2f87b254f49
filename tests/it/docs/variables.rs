//! Environment variables: those that the code reads, and those that the README tells of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Prefixes of the variables that belong to telemetry.
const OURS: [&str; 2] = ["OTEL_", "TRACING_GENAI_"];

/// Where variables are read: the settings, the capture mode, and the errors that name a remedy.
const READERS: [&str; 2] = ["src/config", "src/content"];

/// Every variable that the code reads.
///
/// They stand there as texts. A text that ends with `_` is a prefix, and goes with each capitalized text of its file:
/// so are the variables read that exist for traces and for all signals.
pub(super) fn of_the_code() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in READERS.iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let source = fs::read_to_string(&file).expect("a source file is text");
        let texts: Vec<&str> = code_before_tests(&source).split('"').filter(|text| is_capitalized(text)).collect();
        let (ours, others): (Vec<&str>, Vec<&str>) =
            texts.into_iter().partition(|text| OURS.iter().any(|prefix| text.starts_with(prefix)));
        for text in ours {
            if text.ends_with('_') {
                found.extend(others.iter().map(|rest| format!("{text}{rest}")));
            } else {
                found.insert(text.to_owned());
            }
        }
    }
    assert!(found.contains("OTEL_SERVICE_NAME"), "{found:?}");
    found
}

/// Every variable that the README names in code marks. `A_[B_]C` stands for `A_C` and `A_B_C`.
pub(super) fn of_the_readme(readme: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for code in readme.split('`').skip(1).step_by(2) {
        for word in code.split(|c: char| c.is_whitespace() || c == '=') {
            let letters = word.replace(['[', ']'], "");
            if !is_capitalized(&letters)
                || !OURS.iter().any(|prefix| letters.starts_with(prefix))
                || letters.ends_with('_')
            {
                continue;
            }
            match word.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?))) {
                Some((before, (inner, after))) => {
                    found.insert(format!("{before}{after}"));
                    found.insert(format!("{before}{inner}{after}"));
                }
                None => {
                    found.insert(word.to_owned());
                }
            }
        }
    }
    found
}

fn is_capitalized(text: &str) -> bool {
    text.len() > 2 && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// What tests name is not read.
fn code_before_tests(source: &str) -> &str {
    source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(source)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn an_optional_part_stands_for_two_variables() {
    let readme = "`OTEL_A_[B_]C` and `OTEL_D=x cargo run`, not OTEL_E, `OTEL_F_*` or `PATH`";
    let expected = ["OTEL_A_B_C", "OTEL_A_C", "OTEL_D"].map(str::to_owned);
    assert_eq!(of_the_readme(readme), expected.into());
}
