//! Variables that show only in a process of its own: filters, propagators, and what `install` says of the environment.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::global::get_text_map_propagator;
use opentelemetry::trace::TraceContextExt as _;
use tracing::{debug_span, info, info_span};

use crate::Case;

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "rust_log_filters_the_log_and_no_trace",
        variables: &[("OTEL_TRACES_EXPORTER", "console"), ("NO_COLOR", "1"), ("RUST_LOG", "off")],
        run: both,
        check: |output| {
            assert!(!output.stdout.contains("a line"));
            assert!(output.stderr.contains("plain") && output.stderr.contains("chat m"));
            assert!(!output.stderr.contains("detail"), "traces have a default of their own");
        },
    },
    Case {
        name: "the_trace_filter_filters_traces_and_no_log",
        variables: &[
            ("OTEL_TRACES_EXPORTER", "console"),
            ("NO_COLOR", "1"),
            ("RUST_LOG", "info"),
            ("TRACING_GENAI_FILTER", "off"),
        ],
        run: both,
        check: |output| {
            assert!(output.stdout.contains("a line"));
            assert!(!output.stderr.contains("plain"));
            assert!(output.stderr.contains("chat m"), "spans of ours pass");
        },
    },
    Case {
        name: "a_global_level_of_the_trace_filter_adds_details",
        variables: &[("OTEL_TRACES_EXPORTER", "console"), ("NO_COLOR", "1"), ("TRACING_GENAI_FILTER", "debug")],
        run: both,
        check: |output| assert!(output.stderr.contains("detail")),
    },
    Case {
        name: "w3c_headers_are_propagated_by_default",
        variables: &[("OTEL_TRACES_EXPORTER", "none")],
        run: injects,
        check: |output| assert!(output.stdout.contains("injected: traceparent")),
    },
    Case {
        name: "propagators_are_those_of_the_environment",
        variables: &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_PROPAGATORS", "none")],
        run: injects,
        check: |output| assert!(output.stdout.contains("injected: nothing")),
    },
    Case {
        name: "an_unknown_propagator_is_named_with_the_remedy",
        variables: &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_PROPAGATORS", "tracecontext,b4")],
        run: || println!("{}", tracing_genai::install("test").unwrap_err()),
        check: |output| {
            let said = &output.stdout;
            assert!(said.contains("OTEL_PROPAGATORS") && said.contains("b4") && said.contains("baggage"));
        },
    },
    Case {
        name: "a_propagator_of_the_specification_that_is_not_built_in_is_told_and_stops_nothing",
        variables: &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_PROPAGATORS", "b3,tracecontext")],
        run: injects,
        check: |output| {
            let said = &output.stdout;
            assert!(said.contains("injected: traceparent"), "{said}");
            assert!(said.contains("names b3") && said.contains("go on by tracecontext"), "{said}");
        },
    },
    Case {
        name: "install_says_once_which_variables_cannot_apply",
        variables: &[("OTEL_EXPORTER_OTLP_HEADERS", "x-token=hidden"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")],
        run: both,
        check: |output| {
            for variable in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_TRACES_SAMPLER_ARG"] {
                assert_eq!(output.stdout.matches(variable).count(), 1, "{variable}");
            }
            assert!(output.stdout.contains("WARN") && !output.stdout.contains("hidden"));
        },
    },
];

fn both() {
    let _guard = tracing_genai::install("test").unwrap();
    info_span!("plain").in_scope(|| {
        info!("a line");
        drop(debug_span!("detail"));
        drop(info_span!("call", span_type = "llm", model = "m"));
    });
}

fn injects() {
    let _guard = tracing_genai::install("test").unwrap();
    info_span!("work", span_type = "tool", tool = "t").in_scope(|| {
        let context = Context::current();
        assert!(context.span().span_context().is_valid());
        let mut headers = HashMap::new();
        get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut headers));
        let mut names: Vec<&str> = headers.keys().map(String::as_str).filter(|name| *name != "tracestate").collect();
        names.sort_unstable();
        println!("injected: {}", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") });
    });
}
