//! Writes Rust that rustfmt leaves as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The first line of every generated file.
pub(crate) const HEADER: &str =
    "// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.\n";

/// `gen_ai.request.model` → `GEN_AI_REQUEST_MODEL`.
pub(crate) fn constant(name: &str) -> String {
    let spelled: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
        .collect();
    spelled.trim_start_matches('_').to_owned()
}

/// A brief as a doc comment: one sentence, ended by a full stop.
pub(crate) fn doc(indent: &str, brief: &str) -> String {
    let brief = brief.trim();
    assert!(!brief.contains('\n') && !brief.ends_with('.'), "a brief is one phrase without a full stop: {brief}");
    format!("{indent}/// {brief}.\n")
}

/// The body of `fn name(key: &str) -> Option<output>`: the length first, then the texts of that length.
///
/// rustc turns a `match` on text into one comparison after the other, which took up to 200 ns for 425 names. With the
/// length before it, a hit and a miss took 13 to 20 ns; a perfect hash (the `phf` crate) took 24 to 35 ns.
pub(crate) fn lookup(docs: &str, name: &str, output: &str, entries: &[(String, String)]) -> String {
    let mut by_length: BTreeMap<usize, Vec<&(String, String)>> = BTreeMap::new();
    for entry in entries {
        by_length.entry(entry.0.len()).or_default().push(entry);
    }
    let mut lines = String::new();
    let mut same = false;
    for (length, entries) in &mut by_length {
        entries.sort();
        let values: BTreeSet<&str> = entries.iter().map(|(_, value)| value.as_str()).collect();
        same |= values.len() < entries.len();
        for pair in entries.windows(2) {
            assert!(pair[0].0 != pair[1].0, "`{}` stands twice", pair[0].0);
        }
        writeln!(lines, "        {length} => match key {{").unwrap();
        for (key, value) in entries.iter() {
            let arm = format!("            \"{key}\" => {value},");
            assert!(arm.len() <= 120, "an arm is longer than a line: {arm}");
            writeln!(lines, "{arm}").unwrap();
        }
        lines.push_str("            _ => return None,\n        },\n");
    }
    let mut body = format!(
        "pub(in crate::conventions) fn {name}(key: &str) -> Option<{output}> {{\n    let found = match key.len() {{\n{lines}        _ => return None,\n    }};\n    Some(found)\n}}\n"
    );
    let long = body.lines().count() > 100;
    let expected: Vec<&str> = [(same, "clippy::match_same_arms"), (long, "clippy::too_many_lines")]
        .iter()
        .filter(|lint| lint.0)
        .map(|lint| lint.1)
        .collect();
    if !expected.is_empty() {
        body.insert_str(0, &format!("#[expect({}, reason = \"a table\")]\n", expected.join(", ")));
    }
    doc("", docs) + &body
}

/// `start name { field: value, .. } end`: on one line where that fits, otherwise one field to a line.
pub(crate) fn literal(indent: usize, start: &str, name: &str, fields: &[(&str, String)], end: &str) -> String {
    let blank = " ".repeat(indent);
    let told: Vec<String> = fields.iter().map(|(field, value)| format!("{field}: {value}")).collect();
    let one_line = format!("{blank}{start}{name} {{ {} }}{end}\n", told.join(", "));
    if one_line.len() <= 121 {
        return one_line;
    }
    format!("{blank}{start}{name} {{\n{blank}    {},\n{blank}}}{end}\n", told.join(&format!(",\n{blank}    ")))
}

/// `first.second.third end`: on one line where that fits, otherwise one link to a line.
pub(crate) fn chain(indent: usize, links: &[String], end: &str) -> String {
    let blank = " ".repeat(indent);
    let one_line = format!("{blank}{}{end}\n", links.join("."));
    if one_line.len() <= 121 { one_line } else { format!("{blank}{}{end}\n", links.join(&format!("\n{blank}    ."))) }
}

/// `start [item; n] = [..];`: on one line where that fits, then on two, otherwise one item to a line.
pub(crate) fn array(start: &str, item: &str, items: &[String]) -> String {
    let head = format!("{start}[{item}; {}] =", items.len());
    let told = items.join(", ");
    if head.len() + told.len() + 4 <= 120 {
        format!("{head} [{told}];\n")
    } else if told.len() + 7 <= 120 {
        format!("{head}\n    [{told}];\n")
    } else {
        format!("{head} [\n    {},\n];\n", items.join(",\n    "))
    }
}
