//! logfire, which sends to a Collector of one's own by a processor of the SDK: the same spans and fields by `tracing`.

use logfire::config::SendToLogfire;
use opentelemetry_otlp_of_logfire::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk_of_logfire::trace::BatchSpanProcessor;
use tracing_genai_bench::load::Load;
use tracing_genai_bench_end_to_end::Receiver;

pub(crate) fn measure(work: &[String], receiver: Receiver) {
    let runtime = crate::runtime();
    let guard = runtime.enter();
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(receiver.grpc_endpoint()).build();
    drop(guard);
    let processor = BatchSpanProcessor::builder(exporter.expect("an exporter of defaults can be built")).build();
    let logfire = logfire::configure()
        .send_to_logfire(SendToLogfire::No)
        .with_console(None)
        .with_metrics(None)
        .with_additional_span_processor(processor)
        .finish()
        .expect("logfire can be configured");
    tracing_genai_bench_end_to_end::measure(
        work,
        receiver,
        || Load::Record.trace(),
        || logfire.shutdown().expect("logfire can be shut down"),
    );
}
