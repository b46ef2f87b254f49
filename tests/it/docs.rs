//! What the documents say is what the code does: tables, environment variables, versions, links.
//!
//! Tables between `<!-- table: … -->` marks are written from `conventions/` and the manifest. On a difference the test
//! writes the file and fails, so that the next run passes; where `CI` is set it only fails.

mod clients;
mod tables;
mod variables;

use std::fs;
use std::path::{Path, PathBuf};

use crate::codegen::read::Conventions;
use crate::manifest::{package, text};

#[test]
fn the_tables_of_the_readme_are_those_of_the_code() {
    let conventions = Conventions::read();
    let mut readme = read("README.md");
    let before = readme.clone();
    for (name, table) in [
        ("span types", tables::span_types(conventions)),
        ("fields", tables::fields(conventions)),
        #[cfg(feature = "http")]
        ("backends", crate::backends::expectations::seen()),
        ("destinations", tables::destinations(conventions)),
        ("clients", clients::clients()),
        ("features", tables::features(&read("Cargo.toml"))),
        ("versions", tables::versions(&package())),
    ] {
        readme = with_table(&readme, name, &table);
    }
    if readme == before {
        return;
    }
    assert!(std::env::var_os("CI").is_none(), "README.md is not what the code says: run `cargo test docs` and commit");
    fs::write(root().join("README.md"), readme).expect("the readme can be written");
    panic!("tables of README.md were written anew: run again");
}

/// `text` with what stands between the marks of a table replaced.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- table: {name} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("README.md has no mark {begin}"));
    let (_, after) = rest.split_once("<!-- end -->").expect("each table ends with its mark");
    format!("{before}{begin}\n{table}\n<!-- end -->{after}")
}

#[test]
fn every_variable_that_is_read_is_documented_and_no_other_is() {
    let read_by_code = variables::of_the_code();
    let documented = variables::of_the_readme(&read("README.md"));
    let missing: Vec<_> = read_by_code.difference(&documented).collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
    let invented: Vec<_> = documented.difference(&read_by_code).collect();
    assert!(invented.is_empty(), "README.md names {invented:?}, which nothing reads");
}

#[test]
fn the_readme_tells_of_every_way_to_record() {
    let source = read("src/record/span_ext.rs");
    let (_, declared) = source.split_once("pub trait GenAiSpanExt").expect("the trait is there");
    let (declared, _) = declared.split_once("\n}").expect("it ends");
    let methods: Vec<&str> = declared.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next()).collect();
    assert!(methods.contains(&"record_usage"), "{methods:?}");
    let readme = read("README.md");
    let missing: Vec<&&str> = methods.iter().filter(|method| !readme.contains(**method)).collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

#[test]
fn the_rust_version_that_is_promised_is_the_declared_one() {
    let package = package();
    let promise = format!("Rust {}", text(&package["rust_version"]));
    for document in ["README.md", "src/lib.rs"] {
        assert!(read(document).contains(&promise), "{document} does not say {promise:?}");
    }
}

#[test]
fn what_features_add_stands_in_the_documentation_that_is_published() {
    assert_eq!(package()["metadata"]["docs"]["rs"]["all-features"], true);
}

#[test]
fn the_architecture_names_every_room_and_can_be_read_in_one_sitting() {
    let architecture = read("ARCHITECTURE.md");
    let lines = architecture.lines().count();
    assert!(lines <= 150, "ARCHITECTURE.md has {lines} lines");
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("src")).expect("there is a library") {
        let path = entry.expect("the entry can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("its name is text");
        let name = if path.is_dir() { format!("`{name}/`") } else { format!("`{name}`") };
        if !architecture.contains(&name) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md does not say what {missing:?} is for");
}

#[test]
fn every_link_inside_the_repository_leads_somewhere() {
    let mut broken = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let leads = if file.starts_with("http") {
                true
            } else if file.is_empty() {
                text.lines().any(|line| line.starts_with('#') && anchor(line) == heading)
            } else {
                root().join(file).exists()
            };
            if !leads {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// As the page makes it of a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>().replace(' ', "-")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
