//! What the environment says is done, as the specification has it; code wins; what cannot apply is named.

use std::net::TcpListener;
use std::time::Duration;

use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler};
use tracing::info_span;
use tracing_genai::{Builder, Destination, Limits, Telemetry};
use tracing_subscriber::prelude::*;

use crate::support::log::Log;
use crate::support::peer::{Peer, wire_text};
use crate::support::{DEADLINE, Memory, deliver, text, variables};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn named_in_code() -> Builder {
    tracing_genai::builder("given-in-code")
}

fn one() {
    drop(info_span!("call", span_type = "llm", model = "m"));
}

/// What is said of the environment by the time that the first span is out.
fn said(telemetry: &Telemetry) -> Log {
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer()).with(log.clone());
    tracing::subscriber::with_default(subscriber, || {
        one();
        telemetry.flush(DEADLINE);
    });
    log
}

#[test]
fn the_environment_renames_the_service_and_adds_to_its_resource() {
    let peer = Peer::start();
    let environment = variables([
        (ENDPOINT, &peer.endpoint()),
        ("OTEL_SERVICE_NAME", "deployed"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,team=a%2Cb,service.name=less"),
    ]);
    deliver(&named_in_code().with_env(environment).build().unwrap(), one);
    let resource = peer.resource();
    assert_eq!(wire_text(&resource.attributes, "service.name").as_deref(), Some("deployed"));
    assert_eq!(wire_text(&resource.attributes, "deployment.environment.name").as_deref(), Some("prod"));
    assert_eq!(wire_text(&resource.attributes, "team").as_deref(), Some("a,b"));
}

#[test]
fn the_name_in_code_is_the_default() {
    let peer = Peer::start();
    deliver(&named_in_code().with_env(variables([(ENDPOINT, &peer.endpoint())])).build().unwrap(), one);
    assert_eq!(wire_text(&peer.resource().attributes, "service.name").as_deref(), Some("given-in-code"));
}

#[test]
fn the_endpoint_for_traces_wins_and_is_used_as_it_is_with_its_headers() {
    let (general, traces) = (Peer::start(), Peer::start());
    let environment = variables([
        (ENDPOINT, &general.endpoint()),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/in/here", traces.endpoint())),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20t,x-list=one%2Ctwo"),
    ]);
    deliver(&named_in_code().with_env(environment).build().unwrap(), one);
    assert!(general.seen().is_empty());
    let seen = traces.seen();
    assert_eq!(seen[0].path, "/in/here");
    assert_eq!(seen[0].headers["authorization"], "Bearer t");
    assert_eq!(seen[0].headers["x-list"], "one,two");
}

#[test]
fn the_general_endpoint_gets_the_path_of_traces() {
    let peer = Peer::start();
    let base = format!("{}/otel", peer.endpoint());
    deliver(&named_in_code().with_env(variables([(ENDPOINT, &base)])).build().unwrap(), one);
    assert_eq!(peer.seen()[0].path, "/otel/v1/traces");
}

#[test]
fn the_dialect_of_the_environment_is_what_its_endpoint_is_sent() {
    let peer = Peer::start();
    let environment = variables([(ENDPOINT, &peer.endpoint()), ("TRACING_GENAI_DIALECT", "langfuse")]);
    deliver(&named_in_code().with_env(environment).build().unwrap(), one);
    let spans = peer.spans();
    assert_eq!(wire_text(&spans[0].attributes, "langfuse.observation.type").as_deref(), Some("generation"));
    let wrong = variables([(ENDPOINT, &peer.endpoint()), ("TRACING_GENAI_DIALECT", "langfuze")]);
    let error = named_in_code().with_env(wrong).build().unwrap_err().to_string();
    assert!(error.contains("TRACING_GENAI_DIALECT") && error.contains("langfuse, mlflow"), "{error}");
}

#[test]
fn samplers_of_the_environment_decide_which_traces_leave() {
    let left = |sampler: &'static str, ratio: &'static str| {
        let environment = variables([("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", ratio)]);
        let memory = Memory::with(|builder| builder.with_env(environment));
        memory.run(|| (0..2_000).for_each(|_| one())).len()
    };
    assert_eq!(left("always_off", ""), 0);
    assert_eq!(left("always_on", ""), 2_000);
    assert_eq!(left("traceidratio", "0"), 0);
    assert_eq!(left("parentbased_traceidratio", "1.0"), 2_000);
    let quarter = left("traceidratio", "0.25");
    // Ten standard deviations around 500.
    assert!((300..700).contains(&quarter), "{quarter}");
}

#[test]
fn a_disabled_sdk_sends_nothing_though_an_endpoint_is_named() {
    let peer = Peer::start();
    let environment = variables([(ENDPOINT, &peer.endpoint()), ("OTEL_SDK_DISABLED", "true")]);
    deliver(&named_in_code().with_env(environment).with_destination(peer.destination()).build().unwrap(), one);
    assert!(peer.seen().is_empty());
}

#[test]
fn a_disabled_sdk_starts_whatever_else_the_environment_says() {
    for (variable, value) in [
        (ENDPOINT, "collector"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5s"),
        ("OTEL_METRICS_EXPORTER", "statsd"),
        ("TRACING_GENAI_PRICES", "/no/such/file.toml"),
        ("TRACING_GENAI_FILTER", "a=b=c"),
    ] {
        let with = |disabled| named_in_code().with_env(variables([(variable, value), ("OTEL_SDK_DISABLED", disabled)]));
        let error = with("false").build().unwrap_err().to_string();
        assert!(error.contains(variable), "{error}");
        assert!(with("TRUE").build().is_ok(), "{variable}");
    }
}

#[test]
fn what_code_decides_need_not_be_understood_in_the_environment() {
    let environment = variables([
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://localhost:14250"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "unlimited"),
        ("TRACING_GENAI_FILTER", "a=b=c"),
    ]);
    let telemetry = named_in_code()
        .with_env(environment)
        .with_span_exporter(InMemorySpanExporter::default())
        .with_sampler(Sampler::AlwaysOn)
        .with_meter_provider(&SdkMeterProvider::default())
        .with_limits(Limits::default())
        .with_filter("info")
        .build()
        .unwrap();
    let log = said(&telemetry);
    for variable in [
        "OTEL_TRACES_EXPORTER",
        "OTEL_TRACES_SAMPLER",
        "OTEL_METRICS_EXPORTER",
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        "TRACING_GENAI_FILTER",
    ] {
        log.line_with(variable);
    }
}

#[test]
fn otlp_that_is_not_asked_for_need_not_be_right() {
    let environment = variables([
        (ENDPOINT, "http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ]);
    let log = said(&named_in_code().with_env(environment).build().unwrap());
    assert!(log.line_with("OTEL_EXPORTER_OTLP_PROTOCOL").contains("OTEL_TRACES_EXPORTER does not name otlp"));
}

#[test]
fn the_filter_of_the_environment_decides_which_plain_spans_become_traces() {
    let spans = |filter: &'static str| {
        let memory = Memory::with(|builder| builder.with_env(variables([("TRACING_GENAI_FILTER", filter)])));
        let spans = memory.run(|| {
            drop(tracing::debug_span!("plain"));
            // Some crates give spans this level so that no log filter loses their lines' context.
            drop(tracing::error_span!(target: "noisy", "driver"));
            drop(tracing::debug_span!("ours", span_type = "llm", model = "m"));
        });
        spans.iter().map(|span| span.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(spans(""), ["driver", "chat m"]);
    assert_eq!(spans("debug"), ["plain", "driver", "chat m"]);
    assert_eq!(spans("info,noisy=off"), ["chat m"]);
    assert_eq!(spans("off"), ["chat m"], "spans of ours pass at every level");
}

#[test]
fn the_queues_size_in_spans_is_a_bound_and_what_it_turns_away_is_in_the_report() {
    let memory = Memory::with(|builder| builder.with_env(variables([("OTEL_BSP_MAX_QUEUE_SIZE", "1")])));
    let subscriber = tracing_subscriber::registry().with(memory.telemetry.layer());
    // The worker takes from the queue meanwhile, so how many are too many is not known; that all are accounted for is.
    tracing::subscriber::with_default(subscriber, || (0..20_000).for_each(|_| one()));
    let report = memory.telemetry.flush(DEADLINE);
    let lost = report.lost_by(tracing_genai::LossReason::QueueFull);
    assert!(lost > 0, "{report}");
    assert_eq!(report.delivered() + lost, 20_000, "{report}");
}

#[test]
fn limits_of_the_environment_are_kept() {
    let environment =
        variables([("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "40"), ("OTEL_SPAN_EVENT_COUNT_LIMIT", "2")]);
    let memory = Memory::with(|builder| builder.with_env(environment));
    let spans = memory.run(|| {
        let span = info_span!("plain", app.note = "a note that is too long ".repeat(9));
        span.in_scope(|| (0..5).for_each(|n| tracing::info!(n)));
    });
    let note = text(&spans[0], "app.note").unwrap();
    assert!(note.len() < 80 && note.contains("…[+"), "{note}");
    assert_eq!(spans[0].events.len(), 2);
}

#[test]
fn a_destination_in_code_replaces_that_of_the_environment_and_says_so() {
    let (environments, codes) = (Peer::start(), Peer::start());
    let environment =
        variables([(ENDPOINT, &environments.endpoint()), ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=secret")]);
    let telemetry = named_in_code().with_env(environment).with_destination(codes.destination()).build().unwrap();
    let log = said(&telemetry);
    assert_eq!(codes.spans().len(), 1);
    assert!(environments.seen().is_empty());
    assert!(codes.seen()[0].headers.get("x-token").is_none());
    let line = log.line_with(ENDPOINT);
    assert!(line.contains("OTEL_EXPORTER_OTLP_HEADERS") && line.contains("in code"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}

#[test]
fn a_variable_that_cannot_apply_is_named_once() {
    let of = |given: [(&'static str, &'static str); 2]| {
        let builder = named_in_code().with_env(variables(given));
        said(&builder.build().unwrap())
    };
    let argument = of([("OTEL_TRACES_SAMPLER_ARG", "0.5"), ("OTEL_TRACES_EXPORTER", "none")]);
    assert!(argument.line_with("OTEL_TRACES_SAMPLER_ARG").contains("traceidratio"));
    let headers = of([("OTEL_EXPORTER_OTLP_HEADERS", "a=hidden"), ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1000")]);
    let line = headers.line_with("OTEL_EXPORTER_OTLP_HEADERS");
    assert!(line.contains("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") && line.contains(ENDPOINT), "{line}");
    assert!(!line.contains("hidden"), "{line}");
    let limit = named_in_code()
        .with_env(variables([("OTEL_SPAN_EVENT_COUNT_LIMIT", "1"), ("OTEL_TRACES_EXPORTER", "none")]))
        .with_limits(Limits::default());
    said(&limit.build().unwrap()).line_with("OTEL_SPAN_EVENT_COUNT_LIMIT");
}

#[test]
fn what_cannot_apply_is_said_to_a_program_that_has_no_layer_of_ours() {
    let log = Log::default();
    let environment = variables([("OTEL_TRACES_SAMPLER_ARG", "0.5")]);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(log.clone()), || {
        let exporter = InMemorySpanExporter::default();
        drop(named_in_code().with_env(environment).with_span_exporter(exporter).build().unwrap());
    });
    log.line_with("OTEL_TRACES_SAMPLER_ARG");
}

#[test]
fn nothing_is_said_of_variables_that_apply() {
    let peer = Peer::start();
    let environment = variables([
        (ENDPOINT, &peer.endpoint()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "1"),
    ]);
    let log = said(&named_in_code().with_env(environment).build().unwrap());
    assert!(log.lines_with("OTEL_").is_empty(), "{:?}", log.lines_with("OTEL_"));
}

#[test]
fn a_peer_that_is_away_is_sought_where_its_address_was_given() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}");
    let traces = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    let by_code = |destination| named_in_code().without_env().with_destination(destination);
    for (builder, source) in [
        (named_in_code().with_env(variables([(ENDPOINT, &url)])), ENDPOINT),
        (named_in_code().with_env(variables([(traces, &url)])), traces),
        (by_code(Destination::otlp(&url)), "Destination::otlp"),
        (by_code(Destination::otlp("http://other").with_endpoint(&url)), "Destination::with_endpoint"),
    ] {
        let telemetry = builder.build().unwrap();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), one);
        // Before the deadline it was asked twice at least.
        let report = telemetry.flush(Duration::from_secs(1));
        let told = report.destinations()[0].last_problem().unwrap_or_default();
        assert!(told.contains(&format!("host and port in {source}")), "{told}");
        telemetry.shutdown(Duration::ZERO);
    }
}

#[cfg(feature = "metrics")]
#[test]
fn what_was_measured_leaves_before_the_end_of_a_shutdown_though_spans_cannot() {
    let peer = Peer::start();
    let variables = variables([
        (ENDPOINT, "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &format!("{}/v1/metrics", peer.endpoint())),
    ]);
    let telemetry = named_in_code().with_env(variables).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), one);
    let report = telemetry.shutdown(Duration::from_secs(4));
    assert_eq!((report.delivered(), report.lost()), (0, 1), "{report}");
    assert!(peer.has_seen("gen_ai.client.operation.duration"));
}
