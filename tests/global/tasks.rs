//! Work that goes on in another task, thread or process: with the helper it belongs to its parent, without it does not.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use rayon::prelude::*;
use tokio::task::spawn_blocking;
use tracing::info_span;
use tracing_genai::{InWorkContext, Propagation, Scope, WorkContext};
use tracing_subscriber::prelude::*;

use crate::Case;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

pub(crate) const ALL: &[Case] = &[
    Case { name: "a_spawned_task_belongs_to_its_parent", variables: &[], run: spawned, check: |_| {} },
    Case { name: "blocking_work_belongs_to_its_parent", variables: &[], run: blocking, check: |_| {} },
    Case { name: "a_thread_belongs_to_its_parent", variables: &[], run: thread, check: |_| {} },
    Case { name: "work_in_a_rayon_pool_belongs_to_its_parent", variables: &[], run: pool, check: |_| {} },
    Case {
        name: "a_program_continues_the_trace_of_the_process_that_started_it",
        variables: &[("TRACEPARENT", CALLER), ("TRACESTATE", "theirs=1"), ("BAGGAGE", "session.id=s-1,user.id=u-1")],
        run: started,
        check: |_| {},
    },
    Case {
        name: "where_the_environment_wants_no_propagation_there_is_none",
        variables: &[("TRACEPARENT", CALLER), ("OTEL_PROPAGATORS", "none"), ("OTEL_TRACES_EXPORTER", "none")],
        run: not_wanted,
        check: |_| {},
    },
];

/// Does `work` under the global subscriber, in a span and a scope, and gives the spans.
fn traced(work: impl FnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let telemetry = tracing_genai::builder("test").without_env().with_span_exporter(exporter.clone()).build().unwrap();
    tracing_subscriber::registry().with(telemetry.layer()).init();
    Scope::new()
        .with_tenant("acme")
        .in_scope(|| info_span!("parent", span_type = "agent", agent = "parent").in_scope(work));
    let report = telemetry.flush(crate::DEADLINE);
    assert!(report.is_complete(), "{report}");
    exporter.get_finished_spans().unwrap()
}

fn tool(name: &'static str) {
    drop(info_span!("tool", span_type = "tool", tool = name));
}

/// The parent's children are named `kept` and have its scope; those named `lost` are roots and have none.
fn kept_and_lost(spans: &[SpanData], each: usize) {
    let parent = spans.iter().find(|span| span.name == "invoke_agent parent").unwrap();
    for (name, is_kept) in [("kept", true), ("lost", false)] {
        let found: Vec<_> = spans.iter().filter(|span| span.name == format!("execute_tool {name}")).collect();
        assert_eq!(found.len(), each, "{name}");
        for span in found {
            let expected = if is_kept { parent.span_context.span_id() } else { SpanId::INVALID };
            assert_eq!(span.parent_span_id, expected, "{name}");
            let tenant = span.attributes.iter().any(|kv| kv.key.as_str() == "tracing_genai.tenant");
            assert_eq!(tenant, is_kept, "{name}");
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn spawned() {
    let spans = traced(|| {
        runtime().block_on(async {
            let work = |name| async move {
                tokio::task::yield_now().await;
                tool(name);
            };
            tokio::spawn(work("kept").in_work_context()).await.unwrap();
            tokio::spawn(work("lost")).await.unwrap();
        });
    });
    kept_and_lost(&spans, 1);
}

fn blocking() {
    let spans = traced(|| {
        runtime().block_on(async {
            let work = WorkContext::current();
            spawn_blocking(move || work.in_scope(|| tool("kept"))).await.unwrap();
            spawn_blocking(|| tool("lost")).await.unwrap();
        });
    });
    kept_and_lost(&spans, 1);
}

fn thread() {
    let spans = traced(|| {
        let work = WorkContext::current();
        std::thread::spawn(move || work.in_scope(|| tool("kept"))).join().unwrap();
        std::thread::spawn(|| tool("lost")).join().unwrap();
    });
    kept_and_lost(&spans, 1);
}

fn pool() {
    let spans = traced(|| {
        let work = WorkContext::current();
        // Of other threads than this one, which would help.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        pool.install(|| (0..8).into_par_iter().for_each(|_| work.in_scope(|| tool("kept"))));
        pool.install(|| (0..8).into_par_iter().for_each(|_| tool("lost")));
    });
    kept_and_lost(&spans, 8);
}

fn started() {
    let spans = traced(|| {
        let propagation = Propagation::new().with_baggage_in(["session.id"]);
        propagation.extract_environment().in_scope(|| tool("started"));
    });
    let started = spans.iter().find(|span| span.name == "execute_tool started").unwrap();
    assert_eq!(started.span_context.trace_id().to_string(), CALLER[3..35]);
    assert_eq!(started.parent_span_id.to_string(), CALLER[36..52]);
    assert_eq!(started.span_context.trace_state().header(), "theirs=1");
    let has = |key: &str| started.attributes.iter().any(|kv| kv.key.as_str() == key);
    assert!(has("session.id") && !has("user.id"));
}

fn not_wanted() {
    let _guard = tracing_genai::install("test").unwrap();
    let propagation = Propagation::new();
    assert_eq!(propagation.extract_environment().span_context(), None);
    let mut headers = HashMap::new();
    info_span!("tool", span_type = "tool").in_scope(|| propagation.inject(&mut headers));
    assert!(headers.is_empty());
}
