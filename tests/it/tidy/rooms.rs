//! Who may see whom: the rooms of the library, the crates behind it, and what of the system each may touch.
//!
//! A room is a folder or a file right below `src`. ARCHITECTURE.md says what each is for.

use std::collections::{BTreeMap, BTreeSet};

use super::fail_if_any;
use super::source::{Name, Source, library, parse};

/// What each room may see, itself and the crates behind the library apart. A room that is not here sees nothing yet.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("attempts", &["conventions", "record"]),
    ("budget", &[]),
    (
        "builder",
        &[
            "budget",
            "config",
            "content",
            "core",
            "dialect",
            "error",
            "export",
            "layer",
            "normalize",
            "observe",
            "pipeline",
            "price",
            "processor",
            "queue",
            "rollup",
            "self_report",
            "telemetry",
            "trace",
            "usage",
            "worker",
        ],
    ),
    ("chunks", &["conventions"]),
    ("config", &["content", "conventions", "dialect", "export", "layer"]),
    ("content", &["conventions", "head", "json_number", "message", "self_report", "span"]),
    ("conventions", &[]),
    ("core", &["export", "layer", "queue", "self_report"]),
    ("dialect", &["conventions", "span", "usage"]),
    ("error", &["config"]),
    ("export", &["budget", "content", "conventions", "dialect", "head", "self_report", "span"]),
    ("exporter", &["core", "export"]),
    ("head", &[]),
    ("install", &["builder", "error", "propagation", "telemetry"]),
    ("json_number", &[]),
    ("layer", &["budget", "chunks", "conventions", "head", "packed", "payload", "self_report"]),
    ("message", &["budget", "json_number"]),
    ("normalize", &["conventions", "layer", "message", "payload", "queue", "self_report", "span"]),
    ("observe", &["chunks", "conventions", "self_report", "span", "usage"]),
    ("packed", &[]),
    ("payload", &["budget", "message"]),
    (
        "pipeline",
        &["content", "dialect", "normalize", "observe", "price", "queue", "rollup", "self_report", "span", "usage"],
    ),
    ("price", &["conventions", "span", "usage"]),
    ("processor", &["core", "layer"]),
    ("propagation", &["config", "conventions", "layer"]),
    ("queue", &["budget", "conventions", "layer", "packed", "span"]),
    ("record", &["conventions", "layer", "message", "payload", "response", "usage"]),
    ("response", &["conventions", "head", "json_number", "message", "usage"]),
    ("rollup", &["conventions", "span"]),
    ("self_report", &[]),
    ("span", &["budget", "chunks", "conventions"]),
    ("stream", &["chunks", "conventions", "head", "layer", "message", "payload", "record", "response", "usage"]),
    ("telemetry", &["core", "export", "exporter", "layer", "price", "processor", "trace"]),
    ("trace", &["conventions", "head", "layer", "payload", "record", "response", "self_report", "usage"]),
    ("usage", &["conventions", "span"]),
    ("worker", &["core", "export", "pipeline", "queue"]),
];

/// Rooms that work on plain data: no span is open there, and none may be.
const WITHOUT_TRACING: &[&str] = &[
    "budget",
    "chunks",
    "content",
    "conventions",
    "dialect",
    "packed",
    "price",
    "response",
    "rollup",
    "span",
    "usage",
];

/// Crates that one room alone knows. `propagation` knows those of requests too, to write into their headers.
const KNOWN_TO: &[(&str, &str)] = &[
    ("aho_corasick", "content"),
    ("bytes", "export"),
    ("crc32fast", "export"),
    ("flate2", "export"),
    ("futures_core", "stream"),
    ("http", "export"),
    ("http_body_util", "export"),
    ("httpdate", "export"),
    ("hyper", "export"),
    ("hyper_util", "export"),
    ("prost", "export"),
    ("redb", "export"),
    ("regex", "content"),
    ("rustls_native_certs", "export"),
    ("tokio_rustls", "export"),
    ("toml", "price"),
    ("tower_layer", "propagation"),
    ("tonic", "export"),
    ("tower_service", "export"),
    ("tracing_opentelemetry", "layer"),
    ("zstd", "export"),
];

/// Files that take requests in the types of other crates, each behind the feature of the crate's name, or, as JSON, those
/// that every program has.
const CARRIERS: &[(&str, &[&str])] = &[
    ("src/propagation/grpc.rs", &["tonic"]),
    ("src/propagation/http.rs", &["http"]),
    ("src/propagation/json.rs", &["serde_json"]),
    ("src/propagation/tower.rs", &["http", "tower_layer", "tower_service"]),
];

/// What the system offers, and who may use it.
const SYSTEM: &[(&str, &[&str])] = &[
    ("std::env", &["config"]),
    ("std::fs", &["export"]),
    ("std::io::stderr", &["export"]),
    ("std::io::stdin", &[]),
    ("std::io::stdout", &["export"]),
    ("std::net", &["export"]),
    ("std::process", &[]),
    ("tokio::fs", &["export"]),
    ("tokio::io::stderr", &["export"]),
    ("tokio::io::stdout", &["export"]),
    ("tokio::net", &["export"]),
    ("tokio::process", &[]),
];

/// Files that may do more than their room, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/builder/destinations.rs", "std::io::stderr", "asks whether it is a terminal, and writes nothing"),
    ("src/install.rs", "std::io::stdout", "asks whether it is a terminal, and writes nothing; log lines go there"),
    (
        "src/price/overrides/file.rs",
        "std::fs",
        "reads the user's prices, while telemetry is built and when it is asked to",
    ),
    ("src/propagation/process.rs", "std::process", "writes variables of a process that the program is about to start"),
    ("src/config/otlp.rs", "std::fs", "reads the certificates that variables name, while telemetry is built"),
];

#[test]
fn every_room_sees_only_what_the_table_lets_it_see() {
    let may_see: BTreeMap<&str, &[&str]> = MAY_SEE.iter().copied().collect();
    let sources = library();
    let rooms: BTreeSet<&str> = sources.iter().map(Source::room).filter(|room| *room != "lib").collect();
    let mut broken: Vec<String> = rooms
        .iter()
        .filter(|room| !may_see.contains_key(*room))
        .map(|room| format!("src/{room}: say in MAY_SEE of {} what this room may see", file!()))
        .collect();
    // One line for each file and room is enough to find the others.
    let mut told = BTreeSet::new();
    for source in sources.iter().filter(|source| source.room() != "lib") {
        let allowed = may_see.get(source.room()).copied().unwrap_or_default();
        for name in &source.names {
            let Some(other) = name.path.strip_prefix("crate::").and_then(|inside| inside.split("::").next()) else {
                continue;
            };
            if other == source.room() || allowed.contains(&other) || !told.insert((&source.path, other)) {
                continue;
            }
            broken.push(if rooms.contains(other) {
                at(source, name, &format!("`{}` may not see `{other}`", source.room()))
            } else {
                at(source, name, "taken by the crate's root; name the room that it is in")
            });
        }
    }
    fail_if_any(broken);
}

#[test]
fn the_table_leads_from_room_to_room_and_never_back() {
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        MAY_SEE.iter().map(|(room, seen)| (*room, seen.iter().copied().collect())).collect();
    while let Some(room) = left.iter().find(|(_, seen)| seen.iter().all(|seen| !left.contains_key(seen))) {
        let room = *room.0;
        left.remove(room);
    }
    assert!(left.is_empty(), "these rooms see each other in a circle: {left:?}");
}

#[test]
fn rooms_of_plain_data_never_see_tracing() {
    let mut broken = Vec::new();
    for source in library().iter().filter(|source| WITHOUT_TRACING.contains(&source.room())) {
        for name in &source.names {
            let root = name.path.split("::").next().unwrap_or_default();
            if root == "tracing" || (root.starts_with("tracing_") && name.path.contains("::")) {
                broken.push(at(
                    source,
                    name,
                    &format!("`{}` works on plain data and never sees tracing", source.room()),
                ));
            }
        }
    }
    fail_if_any(broken);
}

#[test]
fn a_crate_for_one_purpose_is_known_to_one_room() {
    let mut broken = Vec::new();
    for source in &library() {
        for name in source.names.iter().filter(|name| name.path.contains("::")) {
            for (crate_name, room) in KNOWN_TO {
                let is_carrier =
                    CARRIERS.iter().any(|(file, known)| source.path == *file && known.contains(crate_name));
                if name.is_in(crate_name) && source.room() != *room && !is_carrier {
                    broken.push(at(source, name, &format!("only `{room}` knows this crate")));
                }
            }
        }
    }
    fail_if_any(broken);
}

#[test]
fn only_export_touches_network_disk_and_terminal_and_only_config_the_environment() {
    let mut broken = Vec::new();
    for source in &library() {
        for name in &source.names {
            for (place, rooms) in SYSTEM.iter().filter(|(place, _)| name.is_in(place)) {
                let excepted = EXCEPTIONS.iter().any(|(file, what, _)| source.path == *file && what == place);
                if !rooms.contains(&source.room()) && !excepted {
                    broken.push(at(source, name, &format!("`{}` may not use {place}", source.room())));
                }
            }
        }
    }
    fail_if_any(broken);
}

/// Foreign types that a public signature may show: whoever uses this crate has them already, and whoever has a stream has
/// its trait. [`CARRIERS`] show their own.
const SHOWN: &[&str] = &[
    "alloc",
    "core",
    "futures_core",
    "opentelemetry",
    "opentelemetry_sdk",
    "serde",
    "std",
    "tracing",
    "tracing_subscriber",
];

#[test]
fn public_signatures_show_types_of_tracing_opentelemetry_and_serde_alone() {
    let package = crate::manifest::package();
    let hidden: Vec<String> = crate::manifest::dependencies(&package)
        .map(|dependency| dependency.replace('-', "_"))
        .filter(|dependency| !SHOWN.contains(&dependency.as_str()))
        .collect();
    let mut broken = Vec::new();
    for source in &library() {
        for name in source.names.iter().filter(|name| name.public && name.path.contains("::")) {
            let carried = |crate_name: &str| {
                CARRIERS.iter().any(|(file, known)| source.path == *file && known.contains(&crate_name))
            };
            if let Some(foreign) = hidden.iter().find(|foreign| name.is_in(foreign) && !carried(foreign)) {
                broken.push(at(source, name, &format!("a public signature shows a type of {foreign}")));
            }
        }
    }
    fail_if_any(broken);
}

fn at(source: &Source, name: &Name, what: &str) -> String {
    format!("{}:{}: {}: {what}", source.path, name.line, name.path)
}

#[test]
fn names_are_found_wherever_they_hide() {
    let source = parse(
        "src/layer/scope.rs",
        r#"
        //! Documentation names crate::price and std::net in vain.
        use std::{env, io::{self, Write as _}};
        use super::open_spans::Open;
        use crate::{queue, span as plain};
        /// [`crate::export`]
        pub fn shown(uri: hyper::Uri) { let hidden = tonic::Code::Ok; }
        pub(crate) fn inner(uri: hyper::Body) {}
        fn body() {
            let text = "a text"; // "no text"
            assert!(matches!(env::var("X"), Ok(plain::Span { .. })), "{}", io::stderr());
            queue::Queue::new(self::Open, super::super::config::Settings);
        }
        #[cfg(test)]
        mod samples;
        #[cfg(test)]
        #[rustfmt::skip]
        mod tests { use crate::content::Gate; }
        "#,
    );
    let seen: BTreeSet<&str> = source.names.iter().map(|name| name.path.as_str()).collect();
    for expected in [
        "std::env::var",
        "std::io::stderr",
        "std::io::Write",
        "crate::layer::open_spans::Open",
        "crate::span::Span",
        "crate::queue::Queue::new",
        "crate::config::Settings",
        "tonic::Code::Ok",
        "hyper::Body",
    ] {
        assert!(seen.contains(expected), "{expected} is not in {seen:?}");
    }
    assert!(!seen.iter().any(|path| path.contains("price") || path.contains("content") || path.contains("export")));
    let public: Vec<&str> = source.names.iter().filter(|name| name.public).map(|name| name.path.as_str()).collect();
    assert!(
        public.contains(&"hyper::Uri") && !public.iter().any(|path| path.contains("Body") || path.contains("tonic"))
    );
    assert_eq!(source.texts.iter().map(|text| text.text.as_str()).collect::<Vec<_>>(), ["a text", "X", "{}"]);
}
