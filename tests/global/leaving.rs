//! What leaves by the terminal, and how a program ends.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracing::info_span;
use tracing_genai::{Content, Destination, Redaction};

use crate::{Case, agent, surfaces};

/// No pattern of redaction knows it.
const SAID: &str = "hush-my-dear";
const KEY: &str = "sk-proj-Zx81kQv3LmN0pRtUwYbC5dEfGhJ7aSdF9qWeRtYu";
/// The log is a surface of the program's own; these cases look at what telemetry shows.
const QUIET: &[(&str, &str)] = &[("OTEL_TRACES_EXPORTER", "console"), ("NO_COLOR", "1"), ("RUST_LOG", "off")];

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "with_capture_off_no_text_of_the_flow_is_drawn",
        variables: QUIET,
        run: flow,
        check: |output| {
            assert!(output.stderr.contains("chat gpt-4o-mini") && output.stderr.contains("order_lookup"));
            assert!(output.stderr.contains("refund service gave no answer"), "an error's message is told");
            assert!(!output.stderr.contains(SAID) && !output.stdout.contains(SAID));
        },
    },
    Case {
        name: "a_secret_on_every_surface_is_not_drawn",
        variables: QUIET,
        run: secrets,
        check: |output| {
            assert!(output.stderr.contains("[redacted:"), "what was taken out is marked");
            assert!(output.stderr.contains("[project]"), "the program's own function was asked");
            assert!(!output.stderr.contains(KEY) && !output.stderr.contains(SAID));
        },
    },
    Case {
        name: "what_telemetry_says_of_itself_holds_no_content",
        variables: &[("OTEL_TRACES_EXPORTER", "none"), ("RUST_LOG", "off,tracing_genai=trace")],
        run: flow,
        check: |output| assert!(!output.stdout.contains(SAID)),
    },
    Case {
        name: "an_exporter_that_blocks_for_ever_does_not_hold_up_the_end",
        variables: &[],
        run: blocked,
        check: |output| {
            assert!(output.stdout.contains("not every span was delivered"), "the loss is told in the log");
            assert!(output.stdout.contains("1 at shutdown"), "and why");
            assert!(output.stderr.contains("execute_tool done"), "the terminal went on");
        },
    },
    Case {
        name: "an_exporter_that_panics_does_not_end_the_program",
        variables: &[],
        run: broken,
        check: |output| {
            assert!(output.stdout.contains("the exporter panicked, 1 span lost"), "the loss is told in the log");
            assert!(output.stderr.contains("execute_tool done"), "the terminal went on");
            assert!(output.stdout.contains("the end"));
        },
    },
];

fn flow() {
    let _guard = tracing_genai::install("test").unwrap();
    agent::run(SAID);
}

fn secrets() {
    let _guard = tracing_genai::builder("test")
        .with_content(Content::span_and_event())
        .with_redaction(Redaction::patterns().with_function(|_, text| {
            if text.contains(SAID) { Cow::Owned(text.replace(SAID, "[project]")) } else { Cow::Borrowed(text) }
        }))
        .install()
        .unwrap();
    surfaces::fill(&format!("{KEY} of {SAID}"));
}

#[derive(Debug)]
struct Blocks;

impl SpanExporter for Blocks {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        loop {
            std::thread::park();
        }
    }
}

#[derive(Debug)]
struct Panics;

impl SpanExporter for Panics {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        panic!("the exporter broke");
    }
}

fn blocked() {
    let _guard = tracing_genai::builder("test")
        .with_span_exporter(Blocks)
        .with_destination(Destination::terminal())
        .with_shutdown_timeout(Duration::from_millis(500))
        .install()
        .unwrap();
    drop(info_span!("work", span_type = "tool", tool = "done"));
}

fn broken() {
    {
        let _guard = tracing_genai::builder("test")
            .with_span_exporter_fn(|| Ok::<_, Infallible>(Panics))
            .with_destination(Destination::terminal())
            .install()
            .unwrap();
        drop(info_span!("work", span_type = "tool", tool = "done"));
    }
    println!("the end");
}
