//! What each backend shows of one trace, asked through its own API: every line of the doctor's table.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::doctor::concept::{Concept, Verdict};
use crate::doctor::sample;
use crate::jaeger::variable;

/// Runs the example as a user does, and gives what it prints.
fn doctor(arguments: &[&str]) -> String {
    doctor_with(&[], arguments)
}

fn doctor_with(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "doctor", "--"])
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    told
}

/// Nothing is missing, and all that the table has was looked at.
fn everything_arrives(told: &str) {
    assert!(!told.contains("MISSING"), "{told}");
    assert!(told.contains(&format!("{} of {}", sample::SPANS.len(), sample::SPANS.len())), "{told}");
    for concept in Concept::all() {
        assert!(told.lines().any(|line| line.starts_with(&concept.name)), "{} in {told}", concept.name);
    }
}

#[test]
fn jaeger_shows_all_of_it() {
    let (endpoint, query) = (variable("TEST_JAEGER_OTLP_GRPC"), variable("TEST_JAEGER_QUERY"));
    everything_arrives(&doctor(&["jaeger", &endpoint, "--query", &query]));
}

#[test]
fn phoenix_shows_all_but_our_cost() {
    let told = doctor(&["phoenix", &variable("TEST_PHOENIX")]);
    everything_arrives(&told);
    assert_eq!(told.matches("not shown").count(), 1, "{told}");
}

/// 300 tokens in, 512 from the cache and 140 out of gpt-4o-mini, in USD for a million. It prices no embeddings.
const BY_LIST: f64 = (300.0 * 0.15 + 512.0 * 0.075 + 140.0 * 0.60) / 1e6;

#[test]
fn phoenix_comes_to_the_right_cost_by_itself() {
    doctor_with(&[("PHOENIX_PROJECT_NAME", "costs")], &["phoenix", &variable("TEST_PHOENIX")]);
    let question = r#"{"query": "{ getProjectByName(name: \"costs\") { costSummary { total { cost } } } }"}"#;
    let started = Instant::now();
    loop {
        let url = format!("{}/graphql", variable("TEST_PHOENIX"));
        let mut answer = ureq::post(url).header("content-type", "application/json").send(question).unwrap();
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        let cost = answer["data"]["getProjectByName"]["costSummary"]["total"]["cost"].as_f64().unwrap_or_default();
        if (cost - BY_LIST).abs() < 1e-9 {
            return;
        }
        // It prices spans some time after they came: there is nothing to wait for but the next answer.
        assert!(started.elapsed() < Duration::from_secs(60), "{answer}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn mlflow_shows_all_of_it_with_our_cost() {
    everything_arrives(&doctor(&["mlflow", &variable("TEST_MLFLOW")]));
}

#[test]
fn a_backend_that_shows_nothing_is_told_as_such() {
    let concepts = Concept::all();
    assert!(concepts.len() > 25, "{concepts:?}");
    assert!(concepts.iter().all(|concept| {
        ["jaeger", "phoenix", "mlflow"]
            .into_iter()
            .all(|backend| !matches!(concept.look(backend, &[]), Verdict::Shown(_)))
    }));
}
