//! Fields go past the OpenTelemetry layer, and nobody notices: they leave as the stock layer gives them, and what that
//! layer offers beside them works.

use std::fmt;

use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, SpanData,
};
use tracing::field::Empty;
use tracing::{info_span, record_all};
use tracing_genai::GenAiSpanExt;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::support::{Memory, get, named, text};

#[derive(Debug)]
struct Failure(Option<Box<Self>>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "outer" } else { "inner" })
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_deref().map(|source| source as _)
    }
}

/// Spans with a value of every type that a field can have, given at creation, before and after entering.
fn spans_of_every_type() {
    let long = "ü".repeat(1_000);
    let failure = Failure(Some(Box::new(Failure(None))));
    let failure: &(dyn std::error::Error + 'static) = &failure;
    let given = info_span!(
        "given",
        text = "text",
        long = long.as_str(),
        empty = "",
        i = -3_i64,
        u = 7_u32,
        huge = u128::MAX,
        f = 0.5,
        yes = true,
        debug = ?Some("x"),
        display = %"y",
        failure = failure,
        never = Empty,
    );
    drop(given);
    let recorded = info_span!(
        "recorded",
        text = "first",
        before = Empty,
        long = Empty,
        u = Empty,
        f = Empty,
        yes = Empty,
        debug = Empty,
        failure = Empty,
        otel.status_code = Empty
    );
    recorded.record("before", "entering");
    recorded.in_scope(|| {
        recorded.record("long", long.as_str()).record("u", u64::MAX).record("f", f64::MAX).record("yes", false);
        recorded.record("debug", tracing::field::debug(&[1, 2])).record("failure", failure).record("text", "last");
        record_all!(recorded, otel.status_code = "OK", yes = true);
    });
    drop(recorded);
    drop(info_span!("renamed", otel.name = "to this", otel.kind = "producer", text = "beside"));
}

fn by_stock_layer(work: impl FnOnce()) -> Vec<SpanData> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let otel = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("stock"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    tracing::subscriber::with_default(registry().with(otel), work);
    exporter.get_finished_spans().unwrap()
}

#[test]
fn fields_of_a_span_that_is_not_ours_leave_as_the_stock_layer_gives_them() {
    let stock = by_stock_layer(spans_of_every_type);
    let ours = Memory::new().run(spans_of_every_type);
    assert_eq!(stock.len(), 3);
    for stock in &stock {
        let ours = named(&ours, &stock.name);
        assert_eq!(ours.span_kind, stock.span_kind);
        assert_eq!(ours.status, stock.status);
        // Of a key that stands twice the last one counts, in every backend.
        for key in stock.attributes.iter().map(|kv| &kv.key) {
            let last = |span: &SpanData| span.attributes.iter().rfind(|kv| kv.key == *key).map(|kv| kv.value.clone());
            assert_eq!(last(ours), last(stock), "{key} of {}", stock.name);
        }
    }
}

#[test]
fn what_is_set_through_the_span_extension_wins_over_what_was_given() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm", model = "given");
        span.set_attribute("model", "set");
        span.in_scope(|| Context::current().span().set_attribute(KeyValue::new("app.tier", "gold")));
    });
    assert_eq!(text(named(&spans, "chat set"), "app.tier").as_deref(), Some("gold"));
}

#[test]
fn the_span_extension_gives_the_span_that_is_exported_and_takes_a_remote_parent() {
    let memory = Memory::new();
    let remote = SpanContext::new(
        TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
        SpanId::from(0xb7ad_6b71_6920_3331),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let mut seen = Vec::new();
    let spans = memory.run(|| {
        let span = info_span!("handler", path = "/plan");
        span.set_parent(Context::new().with_remote_span_context(remote.clone())).unwrap();
        seen.push(span.context().span().span_context().clone());
        span.in_scope(|| {
            span.add_event("cache miss", vec![KeyValue::new("size", 3)]);
            seen.push(Context::current().span().span_context().clone());
        });
    });
    let handler = named(&spans, "handler");
    assert_eq!(handler.parent_span_id, remote.span_id());
    assert_eq!(seen, [handler.span_context.clone(), handler.span_context.clone()]);
    assert_eq!(handler.events[0].name, "cache miss");
    assert_eq!(text(handler, "path").as_deref(), Some("/plan"));
}

#[derive(Clone, Debug)]
struct OnlyGold;

impl ShouldSample for OnlyGold {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace: TraceId,
        _name: &str,
        _kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let gold = attributes.iter().any(|kv| kv.key.as_str() == "tier" && kv.value.as_str() == "gold");
        let decision = if gold { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
    }
}

#[test]
fn a_sampler_sees_what_a_span_was_given_and_what_was_recorded_before_it_was_entered() {
    let memory = Memory::with(|builder| builder.with_sampler(OnlyGold));
    let spans = memory.run(|| {
        info_span!("given", tier = "gold", n = Empty).in_scope(|| {
            tracing::Span::current().record("n", 1_i64);
        });
        info_span!("none", tier = "tin").in_scope(|| {});
        let recorded = info_span!("recorded", tier = Empty, n = Empty);
        recorded.record("tier", "gold");
        recorded.in_scope(|| {
            recorded.record("n", 2_i64);
        });
    });
    let n: Vec<_> = spans.iter().map(|span| (span.name.as_ref(), get(span, "n").cloned())).collect();
    assert_eq!(n, [("given", Some(Value::I64(1))), ("recorded", Some(Value::I64(2)))]);
}

#[test]
fn a_span_that_is_ended_or_renamed_through_the_otel_api_keeps_its_fields() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let early = info_span!("early", given = 1_i64, n = Empty);
        early.in_scope(|| {
            early.record("n", 2_i64);
            early.record_attribute("app.tier", "gold");
            Context::current().span().end();
            early.record("n", 3_i64);
        });
        drop(early);
        let renamed = info_span!("original", n = Empty);
        renamed.in_scope(|| {
            renamed.record("n", 4_i64);
            Context::current().span().update_name("renamed");
        });
        drop(renamed);
        let before = info_span!("original", n = 5_i64);
        before.context().span().update_name("renamed before it was entered");
    });
    let early = named(&spans, "early");
    assert_eq!(get(early, "given"), Some(&Value::I64(1)));
    assert_eq!(get(early, "n"), Some(&Value::I64(2)));
    assert_eq!(text(early, "app.tier").as_deref(), Some("gold"));
    assert_eq!(get(named(&spans, "renamed"), "n"), Some(&Value::I64(4)));
    assert_eq!(get(named(&spans, "renamed before it was entered"), "n"), Some(&Value::I64(5)));
}
