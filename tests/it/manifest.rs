//! What cargo says of the package and of what it is built from.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command;

use serde_json::Value;

/// The package itself.
pub(crate) fn package() -> Value {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().find(|package| package["name"] == env!("CARGO_PKG_NAME")).expect("it is one of them").clone()
}

/// Names of what the library itself depends on, optional or not.
pub(crate) fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["dependencies"].as_array().expect("a list of dependencies");
    all.iter().filter(|dependency| dependency["kind"].is_null()).map(|dependency| text(&dependency["name"]))
}

/// Everything that may be built on this platform, with all features; tests and examples are among it.
pub(crate) fn packages() -> Vec<Value> {
    let mut metadata = metadata(&["--all-features", "--filter-platform", &host()]);
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("no list of packages: {other}"),
    }
}

/// `name version` of each crate that a build of the library compiles, itself apart.
pub(crate) fn compiled(features: &[&str]) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--locked", "--package", env!("CARGO_PKG_NAME"), "--edges", "normal,build"];
    arguments.extend(["--prefix", "none", "--format", "{p}"]);
    arguments.extend(features);
    let lines = cargo(&arguments);
    lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?.trim_start_matches('v')))
        })
        .filter(|name| !name.starts_with(concat!(env!("CARGO_PKG_NAME"), " ")))
        .collect()
}

/// The text of a value that is text.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn metadata(arguments: &[&str]) -> Value {
    let mut all = vec!["metadata", "--locked", "--format-version", "1"];
    all.extend(arguments);
    serde_json::from_str(&cargo(&all)).expect("cargo writes JSON")
}

fn host() -> String {
    let output = Command::new(program("RUSTC", "rustc")).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("it writes text");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("it names its host").to_owned()
}

/// Without the network, unless a crate of another member of the workspace was never fetched.
fn cargo(arguments: &[&str]) -> String {
    run(arguments, &["--offline"]).or_else(|_| run(arguments, &[])).unwrap_or_else(|error| panic!("{error}"))
}

fn run(arguments: &[&str], more: &[&str]) -> Result<String, String> {
    let output = Command::new(program("CARGO", "cargo"))
        .args(arguments)
        .args(more)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .map_err(|error| format!("cargo did not run: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        Err(format!("cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn program(variable: &str, otherwise: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| otherwise.into())
}
