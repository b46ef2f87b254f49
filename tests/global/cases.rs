//! The cases.

use std::cell::RefCell;
use std::fmt;
use std::net::TcpListener;
use std::time::Duration;

use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, Span as SdkSpan};
use tracing::level_filters::LevelFilter;
use tracing::{Span, debug_span, info_span, instrument};
use tracing_genai::{Destination, GenAiSpanExt, Scope, Usage};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::{Case, Output};

const NOWHERE: &[(&str, &str)] = &[("OTEL_TRACES_EXPORTER", "none")];
const CONSOLE: &[(&str, &str)] = &[("OTEL_TRACES_EXPORTER", "console"), ("NO_COLOR", "1")];

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "recording_inside_a_debug_does_not_deadlock_beside_a_log_layer",
        variables: CONSOLE,
        run: inside_debug,
        check: |output| {
            assert!(output.stderr.contains("chat from-debug"), "recorded inside a Debug");
            assert!(output.stdout.contains("Weird"), "the log has the field");
        },
    },
    Case { name: "a_second_install_is_an_error_that_names_the_remedy", variables: NOWHERE, run: twice, check: |_| {} },
    Case {
        name: "a_program_that_has_a_logger_of_the_log_crate_keeps_it_and_is_traced",
        variables: CONSOLE,
        run: beside_a_logger,
        check: |output| {
            assert!(output.stdout.contains("logger: kept"));
            assert!(output.stderr.contains("execute_tool lookup"));
        },
    },
    Case {
        name: "what_goes_wrong_is_told_also_where_only_the_processor_is_used",
        variables: &[],
        run: processor_only,
        check: |output| {
            assert!(output.stdout.contains("WARN") && output.stdout.contains("nowhere: "), "it is told");
        },
    },
    Case {
        name: "what_is_told_of_a_span_that_ends_late_does_not_wait_for_that_span",
        variables: &[],
        run: ended_late_by_its_own_code,
        check: |output| {
            assert!(output.stdout.contains("WARN") && output.stdout.contains("ended after telemetry"), "it is told");
        },
    },
    Case {
        name: "logs_are_kept_and_traces_are_drawn",
        variables: CONSOLE,
        run: logs,
        check: |output| {
            assert!(output.stdout.contains("INFO") && output.stdout.contains("order found"));
            assert!(!output.stdout.contains("not wanted"));
            assert!(output.stderr.contains("execute_tool lookup"));
            assert!(!output.stderr.contains("order found"), "content is not captured");
        },
    },
    Case {
        name: "install_works_without_a_runtime_and_in_each_kind",
        variables: CONSOLE,
        run: runtimes,
        check: |output| {
            assert_eq!(output.stderr.matches("execute_tool ").count(), 3);
        },
    },
    Case {
        name: "an_endpoint_that_never_answers_does_not_hold_up_the_end",
        variables: &[],
        run: silent_endpoint,
        check: |output| {
            assert!(output.stdout.contains("not every span was delivered"), "the loss is told in the log");
        },
    },
    Case {
        name: "a_bad_variable_is_named_with_its_value_and_the_remedy",
        variables: &[("OTEL_TRACES_SAMPLER", "often")],
        run: bad_variable,
        check: |output| {
            assert!(
                output.stdout.contains("OTEL_TRACES_SAMPLER")
                    && output.stdout.contains("often")
                    && output.stdout.contains("always_on")
            );
        },
    },
    Case {
        name: "a_disabled_sdk_does_nothing_and_keeps_the_logs",
        variables: &[("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "console")],
        run: logs,
        check: |output| {
            assert!(output.stdout.contains("order found"));
            assert!(!output.stderr.contains("execute_tool"));
        },
    },
    Case {
        name: "an_exit_in_a_panic_delivers_what_had_ended",
        variables: CONSOLE,
        run: panics,
        check: |output: &Output| {
            assert!(output.stderr.contains("execute_tool lookup") && output.stderr.contains("panic"));
        },
    },
    Case {
        name: "spans_that_were_entered_before_the_first_scope_of_a_process_are_not_of_it",
        variables: NOWHERE,
        run: first_scope,
        check: |_| {},
    },
    Case {
        name: "a_field_that_logs_while_a_log_before_our_layer_writes_it_shows_us_no_span_of_the_log",
        variables: NOWHERE,
        run: loud_before_us,
        check: |_| {},
    },
    Case {
        name: "spans_that_a_thread_holds_to_its_end_are_delivered_as_they_are",
        variables: CONSOLE,
        run: thread_ends,
        check: |output| {
            assert!(output.stderr.contains("chat held"), "with what was recorded");
            assert!(output.stderr.contains("execute_tool by_api"));
        },
    },
    Case {
        name: "a_variable_that_cannot_apply_is_named_in_the_log",
        variables: &[
            ("OTEL_TRACES_EXPORTER", "console"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret-token"),
        ],
        run: logs,
        check: |output| {
            for name in ["OTEL_TRACES_SAMPLER_ARG", "OTEL_EXPORTER_OTLP_HEADERS"] {
                assert_eq!(output.stdout.matches(name).count(), 1, "{name}");
            }
            assert!(!output.stdout.contains("secret-token"));
        },
    },
];

/// Its `Debug` records on the span that is being made, and on the one that is current.
struct Weird;

impl fmt::Debug for Weird {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span::current().record_usage(Usage::new(1, 2)).record_model("from-debug").record_attribute("app.seen", true);
        f.write_str("Weird")
    }
}

fn inside_debug() {
    let _guard = tracing_genai::install("test").unwrap();
    let span = info_span!("call", span_type = "llm", odd = tracing::field::Empty);
    span.in_scope(|| {
        Span::current().record("odd", tracing::field::debug(Weird));
        tracing::info!(odd = ?Weird, "an event");
        drop(info_span!("child", odd = ?Weird));
    });
}

fn twice() {
    let _guard = tracing_genai::install("test").unwrap();
    let error = tracing_genai::install("test").unwrap_err();
    assert!(error.is_already_installed());
    assert!(error.to_string().contains("layer()"), "{error}");
}

/// A logger of the `log` crate, as `env_logger` is one.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("logger: {}", record.args());
    }

    fn flush(&self) {}
}

fn beside_a_logger() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    let _guard = tracing_genai::install("test").unwrap();
    log::info!("kept");
    lookup();
}

fn ended_late_by_its_own_code() {
    let telemetry = tracing_genai::builder("late").without_env().build().unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("late"));
    let log = tracing_subscriber::fmt::layer().with_ansi(false);
    registry().with(telemetry.companion_layer()).with(otel).with(log).init();
    telemetry.shutdown(Duration::from_secs(5));
    info_span!("call", span_type = "llm", model = "gpt-4o-mini").in_scope(|| Context::current().span().end());
}

fn first_scope() {
    let exporter = InMemorySpanExporter::default();
    let telemetry = tracing_genai::builder("test").with_span_exporter(exporter.clone()).build().unwrap();
    tracing::subscriber::with_default(registry().with(telemetry.layer()), || {
        let by_hand = telemetry.trace("by hand");
        let [again, a_third_time] = [(); 2].map(|()| info_span!("tool", span_type = "tool"));
        by_hand.root().in_scope(|| ());
        again.in_scope(|| ());
        a_third_time.in_scope(|| a_third_time.in_scope(|| ()));
        Scope::new().with_user("worker").in_scope(|| {
            by_hand.root().in_scope(|| ());
            again.in_scope(|| ());
            a_third_time.in_scope(|| ());
        });
        by_hand.complete();
    });
    assert_eq!(telemetry.flush(Duration::from_secs(10)).lost(), 0);
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 3);
    for span in spans {
        assert!(span.attributes.iter().all(|kv| kv.key.as_str() != "user.id"), "{span:?}");
    }
}

/// Its `Debug` logs.
struct Loud;

impl fmt::Debug for Loud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::info!("loud");
        f.write_str("Loud")
    }
}

fn loud_before_us() {
    let exporter = InMemorySpanExporter::default();
    let telemetry = tracing_genai::builder("test").with_span_exporter(exporter.clone()).build().unwrap();
    let log = tracing_subscriber::fmt::layer().with_filter(LevelFilter::DEBUG);
    registry().with(log).with(telemetry.layer()).init();
    info_span!("call", span_type = "llm").in_scope(|| {
        debug_span!("step", app.what = ?Loud).in_scope(|| {
            Span::current().record_usage(Usage::new(3, 4));
            drop(info_span!("below"));
        });
        info_span!("seen", app.what = ?Loud).in_scope(|| drop(info_span!("below too")));
    });
    let report = telemetry.flush(Duration::from_secs(10));
    assert_eq!((report.lost(), report.values_turned_away()), (0, 0));
    let spans = exporter.get_finished_spans().unwrap();
    let mut names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["below", "below too", "chat", "seen"]);
    let call = spans.iter().find(|span| span.name == "chat").unwrap();
    assert!(call.attributes.iter().any(|kv| kv.key.as_str() == "gen_ai.usage.input_tokens"), "{call:?}");
    assert!(
        spans.iter().filter(|span| span.name == "below").all(|span| span.parent_span_id == call.span_context.span_id())
    );
}

fn processor_only() {
    tracing_subscriber::fmt().init();
    let away = Destination::otlp("http://127.0.0.1:1").with_name("nowhere");
    let telemetry = tracing_genai::builder("test").with_destination(away).build().unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    provider.tracer("test").start("call").end();
    let report = telemetry.shutdown(Duration::from_secs(2));
    assert_eq!(report.lost(), 1, "{report}");
}

#[instrument(skip_all, fields(span_type = "tool"))]
fn lookup() {
    tracing::info!("order found");
    tracing::debug!("not wanted");
}

fn logs() {
    let _guard = tracing_genai::install("test").unwrap();
    lookup();
}

fn runtimes() {
    let guard = tracing_genai::install("test").unwrap();
    lookup();
    let current_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    current_thread.block_on(async {
        lookup();
        assert_eq!(guard.flush(Duration::from_secs(20)).waiting(), 0);
        assert_eq!(guard.flush_async(Duration::from_secs(20)).await.waiting(), 0);
    });
    let one_worker = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    one_worker.block_on(async {
        tokio::spawn(async move {
            lookup();
            assert_eq!(guard.flush(Duration::from_secs(20)).waiting(), 0);
            drop(guard);
        })
        .await
        .unwrap();
    });
}

fn silent_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let _guard = tracing_genai::builder("test")
        .with_destination(Destination::otlp(endpoint))
        .with_shutdown_timeout(Duration::from_millis(500))
        .install()
        .unwrap();
    lookup();
}

fn bad_variable() {
    println!("{}", tracing_genai::install("test").unwrap_err());
}

fn panics() {
    let outcome = std::panic::catch_unwind(|| {
        let _guard = tracing_genai::install("test").unwrap();
        lookup();
        info_span!("call", span_type = "llm", model = "m").in_scope(|| panic!("the program broke"));
    });
    assert!(outcome.is_err());
}

thread_local! {
    static HELD: RefCell<Option<(Span, SdkSpan)>> = const { RefCell::new(None) };
}

fn thread_ends() {
    let guard = tracing_genai::install("test").unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(guard.processor()).build();
    let tracer = provider.tracer("test");
    let thread = std::thread::spawn(move || {
        // Its destructor is known before those of all thread locals of ours, and runs after them.
        HELD.set(None);
        Scope::new().with_user("u").in_scope(lookup);
        let span = info_span!("call", span_type = "llm");
        span.in_scope(|| {});
        span.record_model("held");
        let attributes = [KeyValue::new("span_type", "tool"), KeyValue::new("tool", "by_api")];
        HELD.set(Some((span, tracer.span_builder("work").with_attributes(attributes).start(&tracer))));
    });
    thread.join().unwrap();
    let report = guard.flush(Duration::from_secs(20));
    assert!(report.is_complete() && report.delivered() == 3, "{report}");
}
