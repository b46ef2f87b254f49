//! Programs that have OpenTelemetry already: the companion layer, the processor, a scope over both.

use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tracing::{Subscriber, info_span};
use tracing_genai::{GenAiSpanExt, Scope, Usage};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::{Layer as _, SubscriberExt};
use tracing_subscriber::registry;

use crate::support::log::Log;
use crate::support::{Memory, builder, get, named, text};

#[test]
fn the_processor_repairs_spans_of_the_otel_api() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(memory.telemetry.processor())
        .with_resource(Resource::builder_empty().with_service_name("theirs").build())
        .build();
    let mut span = provider.tracer("their-crate").start("chat");
    span.set_attribute(KeyValue::new("gen_ai.operation.name", "chat"));
    span.set_attribute(KeyValue::new("gen_ai.system", "openai"));
    span.set_attribute(KeyValue::new("gen_ai.request.model", "gpt-4o-mini"));
    span.set_attribute(KeyValue::new("gen_ai.usage.prompt_tokens", "812"));
    span.end();
    let spans = memory.spans();
    let chat = named(&spans, "chat gpt-4o-mini");
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
    assert_eq!(text(chat, "gen_ai.provider.name").as_deref(), Some("openai"));
    assert_eq!(get(chat, "gen_ai.system"), None);
    assert!(matches!(get(chat, "gen_ai.usage.cost"), Some(Value::F64(_))));
}

/// An exporter that keeps who exports until the other end of the channel is gone.
#[derive(Debug)]
struct Slow(Mutex<Receiver<()>>);

impl SpanExporter for Slow {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        let _ = self.0.lock().unwrap().recv();
        Ok(())
    }
}

#[test]
fn the_end_of_the_provider_is_an_error_where_its_time_was_too_short() {
    let (release, kept) = mpsc::channel();
    let telemetry = builder().with_span_exporter(Slow(Mutex::new(kept))).build().unwrap();
    let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    provider.tracer("theirs").start("chat").end();
    let error = provider.shutdown_with_timeout(Duration::ZERO).unwrap_err().to_string();
    drop(release);
    assert!(error.contains("1 at shutdown"), "{error}");
}

#[test]
fn the_companion_brings_recorded_values_to_a_foreign_layer() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    tracing::subscriber::with_default(registry().with(memory.telemetry.companion_layer()).with(otel), || {
        info_span!("plan", span_type = "llm", model = "m").in_scope(|| {
            tracing::Span::current().record_usage(Usage::new(1, 2));
            // A span of the OTel API inside is a child, and does not take what was recorded on its parent.
            provider.tracer("theirs").start_with_context("inner", &Context::current()).end();
        });
    });
    let spans = memory.spans();
    let chat = named(&spans, "chat m");
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
    // Its attribute for the call site is no content.
    assert_eq!(text(chat, "target").as_deref(), Some(module_path!()));
    assert_eq!(get(chat, "tracing_genai.withheld"), None);
    let inner = named(&spans, "inner");
    assert_eq!(inner.parent_span_id, chat.span_context.span_id());
    assert_eq!(get(inner, "gen_ai.usage.output_tokens"), None);
}

/// A sampler may leave out one request and not the next one on the same thread.
#[test]
fn what_was_recorded_on_a_span_that_is_not_sampled_comes_to_no_span_of_the_api() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let otel = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let (trace, id) = (TraceId::from(1_u128), SpanId::from(1_u64));
    let left_out = SpanContext::new(trace, id, TraceFlags::default(), true, TraceState::default());
    tracing::subscriber::with_default(registry().with(memory.telemetry.companion_layer()).with(otel), || {
        let call = info_span!("chat", otel.name = "ask", span_type = "llm", model = "m");
        call.set_parent(Context::new().with_remote_span_context(left_out)).unwrap();
        call.in_scope(|| call.record_usage(Usage::new(1, 2)));
        drop(call);
        tracer.start("SELECT orders").end();
    });
    let spans = memory.spans();
    let [select] = spans.as_slice() else { panic!("{} spans", spans.len()) };
    assert_eq!((select.name.as_ref(), select.attributes.as_slice()), ("SELECT orders", &[][..]));
}

/// What an existing pipeline exports of two calls, and what its log says of a layer, with that of ours put in by `stack`.
fn existing_pipeline<S>(
    sampler: Sampler,
    stack: impl FnOnce(&Memory, OtelLayer, Log) -> S,
) -> (Vec<SpanData>, Vec<String>)
where
    S: Subscriber + Send + Sync + 'static,
{
    let memory = Memory::new();
    let processor = memory.telemetry.processor();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).with_sampler(sampler).build();
    let log = Log::default();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    tracing::subscriber::with_default(stack(&memory, otel, log.clone()), || {
        info_span!("agent", span_type = "agent").in_scope(|| {
            for tokens in [1, 2] {
                info_span!("plan", span_type = "llm", model = "m").record_usage(Usage::new(tokens, tokens));
            }
            provider.tracer("theirs").start("agent").end();
        });
    });
    (memory.spans(), log.lines_with("GenAiSpanExt"))
}

type OtelLayer = tracing_opentelemetry::OpenTelemetryLayer<registry::Registry, opentelemetry_sdk::trace::SdkTracer>;

fn is_told_once(said: &[String]) {
    let [line] = said else { panic!("{said:?}") };
    for part in ["telemetry.companion_layer()", "before the OpenTelemetry layer"] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn a_companion_that_is_missing_is_told_once_with_the_remedy() {
    let (spans, said) = existing_pipeline(Sampler::AlwaysOn, |_, otel, log| registry().with(otel).with(log));
    assert_eq!(spans.len(), 4);
    is_told_once(&said);
    let (_, said) = existing_pipeline(Sampler::AlwaysOff, |_, otel, log| registry().with(otel).with(log));
    assert_eq!(said, Vec::<String>::new(), "what is not sampled has nothing to lose");
}

#[test]
fn a_companion_behind_the_otel_layer_is_told_once_and_gives_no_call_the_counts_of_another() {
    let behind = |memory: &Memory, otel: OtelLayer, log: Log| {
        registry().with(otel).with(memory.telemetry.companion_layer()).with(log)
    };
    let (spans, said) = existing_pipeline(Sampler::AlwaysOn, behind);
    is_told_once(&said);
    for chat in spans.iter().filter(|span| span.name == "chat m") {
        assert_eq!(get(chat, "gen_ai.usage.output_tokens"), None);
    }
    let (spans, said) = existing_pipeline(Sampler::AlwaysOff, behind);
    assert_eq!((spans.len(), said), (0, Vec::new()), "a span that is not sampled has nothing to lose");
}

#[test]
fn a_companion_in_its_place_is_not_told_of() {
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let (_, said) = existing_pipeline(sampler, |memory, otel, log| {
            registry().with(memory.telemetry.companion_layer().and_then(otel)).with(log)
        });
        assert_eq!(said, Vec::<String>::new());
    }
}

#[test]
fn under_a_foreign_layer_a_span_that_is_renamed_keeps_its_recorded_values() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs"));
    tracing::subscriber::with_default(registry().with(memory.telemetry.companion_layer()).with(otel), || {
        info_span!("request", span_type = "llm", model = "m").in_scope(|| {
            tracing::Span::current().record_usage(Usage::new(1, 2));
            Context::current().span().update_name("POST /ask");
        });
    });
    assert_eq!(get(&memory.spans()[0], "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
}

#[test]
fn what_a_span_that_was_not_sampled_left_behind_is_given_to_nobody() {
    let memory = Memory::with(|builder| builder.with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff));
    let other = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let spans = memory.run(|| {
        info_span!("plan", span_type = "llm").record_model("secret-model");
        other.tracer("theirs").start("plan").end();
    });
    assert_eq!(spans.len(), 1);
    assert_eq!(get(&spans[0], "gen_ai.request.model"), None);
}

#[test]
fn a_scope_reaches_every_span_below_it_and_over_await_and_spawn() {
    let memory = Memory::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let spans = memory.run(|| {
        let work = async {
            let outer = info_span!("outer", span_type = "agent", agent = "a");
            tokio::task::yield_now().await;
            outer.in_scope(|| drop(info_span!("inner", span_type = "tool", tool = "t")));
            let child = info_span!(parent: &outer, "spawned", span_type = "tool", tool = "spawned");
            // No scope on the task's thread: the parent's counts.
            tokio::spawn(async move { child.in_scope(|| drop(info_span!("x", span_type = "llm", model = "deep"))) })
                .await
                .unwrap();
        };
        runtime.block_on(Scope::new().with_conversation("c-1").with_user("u").attach(work));
        drop(info_span!("outside", span_type = "tool", tool = "outside"));
    });
    for name in ["invoke_agent a", "execute_tool t", "execute_tool spawned", "chat deep"] {
        let span = named(&spans, name);
        assert_eq!(text(span, "gen_ai.conversation.id").as_deref(), Some("c-1"), "{name}");
        assert_eq!(text(span, "user.id").as_deref(), Some("u"), "{name}");
    }
    assert_eq!(text(named(&spans, "execute_tool outside"), "gen_ai.conversation.id"), None);
}

#[test]
fn a_scope_reaches_spans_of_the_opentelemetry_api_and_spans_that_are_entered_in_it() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let model = KeyValue::new("gen_ai.request.model", "gpt-4o");
    let spans = memory.run(|| {
        let before = info_span!("before", span_type = "tool", tool = "before");
        Scope::new().with_conversation("c-1").in_scope(|| {
            before.in_scope(|| ());
            let parent = tracer.span_builder("parent").with_attributes([model.clone()]).start(&tracer);
            let parent = Context::new().with_span(parent);
            // Another thread has no scope: the parent's counts.
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    tracer
                        .span_builder("child")
                        .with_attributes([model.clone()])
                        .start_with_context(&tracer, &parent)
                        .end();
                });
            });
            tracer.span_builder("plain").start(&tracer).end();
        });
        tracer.span_builder("outside").with_attributes([model.clone()]).start(&tracer).end();
    });
    assert_eq!(spans.len(), 5);
    let conversation =
        |name: &str| text(spans.iter().find(|span| span.name.contains(name)).unwrap(), "gen_ai.conversation.id");
    assert_eq!(conversation("before").as_deref(), Some("c-1"));
    assert_eq!(conversation("parent").as_deref(), Some("c-1"));
    assert_eq!(conversation("child").as_deref(), Some("c-1"));
    assert_eq!(conversation("outside"), None);
    // Not ours: it leaves as it came.
    assert_eq!(conversation("plain"), None);
}

#[test]
fn a_parent_that_ends_with_an_unsampled_child_keeps_to_its_own_values() {
    let memory = Memory::with(|builder| builder.with_sampler(Sampler::TraceIdRatioBased(0.0)));
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("theirs");
    let spans = memory.run(|| {
        for is_entered in [false, true] {
            // Nobody else holds it.
            let parent = Context::new().with_span(tracer.start("parent"));
            let child = info_span!("child", span_type = "llm");
            child.set_parent(parent).unwrap();
            child.record_model("of the child");
            if is_entered {
                child.in_scope(|| {});
            }
        }
    });
    assert_eq!(spans.len(), 2);
    for parent in &spans {
        assert_eq!((parent.name.as_ref(), parent.attributes.as_slice()), ("parent", &[][..]));
    }
}
