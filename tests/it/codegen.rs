//! The generator: `conventions/` in, `src/**/generated/` out.
//!
//! The test compares what is on disk with what the data says. On a difference it writes the files and fails, so that
//! the next run passes; where `CI` is set it only fails.

use std::fs;
use std::path::PathBuf;

mod destinations;
mod dialects;
mod emitters;
mod names;
pub(crate) mod read;
pub(crate) mod rust;
pub(crate) mod tables;

use read::Conventions;

/// Folders of generated files alone.
const FOLDERS: [&str; 3] = ["src/conventions/generated", "src/dialect/generated", "src/export/generated"];

#[test]
fn generated_files_are_what_the_conventions_say() {
    let conventions = Conventions::read();
    let files = [
        ("attribute.rs", names::attributes(conventions)),
        ("event.rs", names::events(conventions)),
        ("metric.rs", names::metrics(conventions)),
        ("value.rs", names::values(conventions)),
        ("alias.rs", tables::aliases(conventions)),
        ("content.rs", tables::content(conventions)),
        ("emitter.rs", emitters::emitters(conventions)),
        ("provider.rs", tables::providers(conventions)),
        ("registry.rs", tables::registry(conventions)),
        ("span_type.rs", tables::span_types(conventions)),
    ];
    let mut files: Vec<(String, String)> =
        files.into_iter().map(|(name, text)| (format!("src/conventions/generated/{name}"), text)).collect();
    let dialects = dialects::files(conventions);
    files.extend(dialects.into_iter().map(|(name, text)| (format!("src/dialect/generated/{name}"), text)));
    files.push(("src/export/generated/preset.rs".to_owned(), destinations::presets(conventions)));
    let mut stale = Vec::new();
    for (name, text) in files {
        let path = root().join(&name);
        if fs::read_to_string(&path).is_ok_and(|on_disk| on_disk == text) {
            continue;
        }
        if std::env::var_os("CI").is_none() {
            fs::write(&path, text).expect("the generated folder takes files");
        }
        stale.push(name);
    }
    if std::env::var_os("CI").is_some() {
        assert!(stale.is_empty(), "{stale:?} are not what conventions/ says: run `cargo test codegen` and commit");
    }
    assert!(stale.is_empty(), "{stale:?} were regenerated from conventions/: run again");
}

#[test]
fn no_generated_file_is_left_over() {
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).expect("the generated folder is there") {
            let path = entry.expect("the entry can be read").path();
            let text = fs::read_to_string(&path).expect("a generated file is text");
            assert!(text.starts_with(rust::HEADER), "{} was not written by the generator", path.display());
        }
    }
    let dialects = dialects::files(Conventions::read());
    for entry in fs::read_dir(root().join("src/dialect/generated")).expect("the generated folder is there") {
        let name = entry.expect("the entry can be read").file_name();
        assert!(dialects.iter().any(|(known, _)| name == known.as_str()), "{} has no dialect", name.display());
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
