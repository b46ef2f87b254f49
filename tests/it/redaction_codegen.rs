//! The patterns in `src/` are what `conventions/redaction.yaml` says.
//!
//! On a difference the test writes the file and fails, so that the next run passes; where `CI` is set it only fails.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use saphyr::{LoadableYamlNode, Yaml};

#[test]
fn generated_patterns_are_what_the_data_says() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("conventions/redaction.yaml")).expect("the data is there");
    let data = Yaml::load_from_str(&source).expect("the data is YAML");
    let text = generated(&data[0]);
    let path = root.join("src/content/generated/pattern.rs");
    if fs::read_to_string(&path).is_ok_and(|on_disk| on_disk == text) {
        return;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "src/content/generated/pattern.rs is not what conventions/redaction.yaml says: run `cargo test redaction_codegen` and commit"
    );
    fs::write(&path, text).expect("the generated folder takes files");
    panic!("src/content/generated/pattern.rs was regenerated from conventions/redaction.yaml: run again");
}

fn generated(data: &Yaml<'_>) -> String {
    let mut out = String::from(
        "// Generated from conventions/ by tests/it/redaction_codegen.rs: do not edit, run `cargo test redaction_codegen`.\n\n\
         //! What redaction takes out of every text that leaves.\n\n\
         use crate::content::check::Check;\n\
         use crate::content::patterns::Definition;\n\n\
         /// In the order in which they are applied.\n\
         pub(in crate::content) const PATTERNS: &[Definition] = &[\n",
    );
    for pattern in data["patterns"].as_sequence().expect("patterns are a list") {
        let text = |key: &str| pattern.as_mapping_get(key).and_then(Yaml::as_str);
        let token = pattern.as_mapping_get("token").is_some_and(|token| token.as_bool() == Some(true));
        let check = match text("check") {
            Some("luhn") => "Check::Luhn",
            Some("words") => "Check::Words",
            Some("prose") => "Check::Prose",
            Some("value") => "Check::Value",
            None => "Check::None",
            Some(other) => panic!("no check is named {other}"),
        };
        let name = text("name").expect("a pattern has a name");
        let source = raw(text("pattern").expect("a pattern has a pattern"));
        let fields = format!("name: {name:?}, token: {token}, check: {check}, pattern: {source}");
        // Where it fits, rustfmt wants one line.
        if fields.len() + 20 <= 120 {
            writeln!(out, "    Definition {{ {fields} }},").expect("text takes text");
        } else {
            write!(
                out,
                "    Definition {{\n        name: {name:?},\n        token: {token},\n        check: {check},\n        pattern: {source},\n    }},\n"
            )
            .expect("text takes text");
        }
    }
    let key = raw(data["secret_key"].as_str().expect("secret_key is text"));
    let declaration = "pub(in crate::content) const SECRET_KEY: &str =";
    write!(out, "];\n\n/// Keys whose values are secrets whatever they look like.\n{declaration} {key};\n")
        .expect("text takes text");
    out
}

/// A raw string literal, with as many marks as the text asks for.
fn raw(text: &str) -> String {
    let mut marks = if text.contains('"') { "#".to_owned() } else { String::new() };
    while text.contains(&format!("\"{marks}")) && !marks.is_empty() {
        marks.push('#');
    }
    format!("r{marks}\"{text}\"{marks}")
}
