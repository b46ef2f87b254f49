//! What the library is built from: no crate asks for a newer Rust, for a licence that is not allowed, and there are not
//! too many of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::manifest::{compiled, package, packages, text};

/// `tracing-opentelemetry` with `opentelemetry-otlp`, gRPC, TLS, gzip and zstd compiles 106 crates.
const STOCK: usize = 106;

#[test]
fn no_crate_asks_for_a_newer_rust_than_the_library() {
    let own = rust_version(&package()).expect("the package declares one");
    let mut broken = Vec::new();
    for package in library_crates() {
        if let Some(asked) = rust_version(&package)
            && asked > own
        {
            broken.push(format!("{} {} asks for Rust {asked:?}", text(&package["name"]), text(&package["version"])));
        }
    }
    assert!(broken.is_empty(), "the library promises Rust {own:?}, but {broken:#?}");
}

#[test]
fn every_licence_is_one_that_is_allowed() {
    let deny = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).expect("deny.toml is there");
    let allowed = allowed(&deny);
    assert!(allowed.contains(&"MIT"), "{allowed:?}");
    let mut broken = Vec::new();
    for package in library_crates() {
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_allowed(licence, &allowed) {
            broken.push(format!("{} {}: {licence:?}", text(&package["name"]), text(&package["version"])));
        }
    }
    assert!(broken.is_empty(), "not allowed by deny.toml: {broken:#?}");
}

#[test]
fn the_library_compiles_at_most_three_tenths_more_crates_than_the_stock_stack() {
    for features in [&[][..], &["--features", "zstd"]] {
        let crates = compiled(features);
        assert!(crates.len() <= STOCK * 13 / 10, "{} crates with {features:?}: {crates:#?}", crates.len());
        assert!(crates.len() > 30, "{crates:?}");
    }
}

/// What a build of the library compiles with all its features.
fn library_crates() -> Vec<Value> {
    let compiled = compiled(&["--all-features"]);
    let name = |package: &Value| format!("{} {}", text(&package["name"]), text(&package["version"]));
    let known: Vec<Value> = packages().into_iter().filter(|package| compiled.contains(&name(package))).collect();
    assert_eq!(known.len(), compiled.len(), "cargo tree and cargo metadata tell of the same crates: {compiled:#?}");
    known
}

fn rust_version(package: &Value) -> Option<Vec<u32>> {
    let version = package["rust_version"].as_str()?;
    let mut numbers: Vec<u32> = version.split('.').map(|number| number.parse().expect("a number")).collect();
    numbers.resize(3, 0);
    Some(numbers)
}

/// The list `allow` of deny.toml.
fn allowed(deny: &str) -> Vec<&str> {
    let (_, list) = deny.split_once("allow = [").expect("a list `allow`");
    let (list, _) = list.split_once(']').expect("the list ends");
    list.split('"').skip(1).step_by(2).collect()
}

/// An SPDX expression: `AND` binds closer than `OR`; older packages write `/` for `OR`.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let holds = any(&words, &mut at, allowed);
    holds && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut holds = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        holds |= all(words, at, allowed);
    }
    holds
}

fn all(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut holds = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        holds &= one(words, at, allowed);
    }
    holds
}

fn one(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word != "(" {
        if words.get(*at) == Some(&"WITH") {
            // An exception takes a duty away and adds none.
            *at += 2;
        }
        return allowed.contains(word);
    }
    let holds = any(words, at, allowed);
    let closed = words.get(*at) == Some(&")");
    *at += 1;
    holds && closed
}

#[test]
fn a_licence_expression_is_read_as_spdx_has_it() {
    let allowed = ["MIT", "ISC"];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("Apache-2.0/MIT", true),
        ("MIT WITH LLVM-exception OR GPL-3.0", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("GPL-3.0 OR MIT AND Apache-2.0", false),
        ("", false),
        ("MIT)", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}
