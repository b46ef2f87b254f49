//! fastrace, whose spans are no `tracing` spans and whose properties are texts: the same tree with the same values, as
//! near as that comes.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::collector::Config;
use fastrace::prelude::{LocalSpan, Span, SpanContext};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use tracing_genai_bench::load::{
    CACHED, CONVERSATION, INPUT, MODEL, OUTPUT, PROVIDER, RESPONSE_ID, RESPONSE_MODEL, SPANS, STOP, TEMPERATURE,
};
use tracing_genai_bench_end_to_end::Receiver;

pub(crate) fn measure(work: &[String], receiver: Receiver) {
    let runtime = crate::runtime();
    let guard = runtime.enter();
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(receiver.grpc_endpoint()).build();
    drop(guard);
    let reporter = OpenTelemetryReporter::new(
        exporter.expect("an exporter of defaults can be built"),
        Cow::Owned(Resource::builder().with_service_name("bench").build()),
        InstrumentationScope::builder("bench").build(),
    );
    fastrace::set_reporter(reporter, Config::default());
    tracing_genai_bench_end_to_end::measure(work, receiver, trace, fastrace::flush);
}

fn trace() {
    let root = Span::root("chat", SpanContext::random()).with_properties(values);
    let _root = root.set_local_parent();
    for _ in 1..SPANS {
        let _child = LocalSpan::enter_with_local_parent("chat").with_properties(values);
    }
}

fn values() -> [(&'static str, Cow<'static, str>); 10] {
    let number = |number: u32| Cow::Owned(black_box(number).to_string());
    let text = |text: &'static str| Cow::Borrowed(black_box(text));
    [
        ("gen_ai.provider.name", text(PROVIDER)),
        ("gen_ai.request.model", text(MODEL)),
        ("gen_ai.response.model", text(RESPONSE_MODEL)),
        ("gen_ai.response.id", text(RESPONSE_ID)),
        ("gen_ai.conversation.id", text(CONVERSATION)),
        ("gen_ai.usage.input_tokens", number(INPUT)),
        ("gen_ai.usage.cache_read.input_tokens", number(CACHED)),
        ("gen_ai.usage.output_tokens", number(OUTPUT)),
        ("gen_ai.request.temperature", Cow::Owned(black_box(TEMPERATURE).to_string())),
        ("gen_ai.response.finish_reasons", text(STOP)),
    ]
}
