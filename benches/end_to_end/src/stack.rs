//! The stacks that are compared, with their exporters.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;
use tracing::Dispatch;
use tracing_genai::{Content, Destination, Protocol, Telemetry};
use tracing_subscriber::prelude::*;

use crate::Receiver;

/// As much as a user may be expected to wait at the end of a program.
const DEADLINE: Duration = Duration::from_secs(30);

/// A stack that runs, of defaults.
#[derive(Debug)]
pub struct Stack {
    pub dispatch: Dispatch,
    pipeline: Pipeline,
}

#[derive(Debug)]
enum Pipeline {
    None,
    Sdk(SdkTracerProvider, Runtime),
    Ours(Box<Telemetry>),
}

impl Stack {
    /// `registry` exports nothing: what producing and pacing cost by themselves. A name that ends in `-http` sends over
    /// HTTP, with protobuf bodies, and all others over gRPC.
    pub fn start(name: &str, receiver: &Receiver) -> Self {
        let (stack, is_http) = name.strip_suffix("-http").map_or((name, false), |stack| (stack, true));
        let (dispatch, pipeline) = match stack {
            "registry" => (tracing_subscriber::registry().into(), Pipeline::None),
            "stock" | "lean" => {
                // tonic needs a runtime; one thread is what a small program has for it.
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build()
                    .expect("a runtime");
                let guard = runtime.enter();
                let exporter = if is_http {
                    let endpoint = format!("{}/v1/traces", receiver.http_endpoint());
                    SpanExporter::builder().with_http().with_endpoint(endpoint).build()
                } else {
                    SpanExporter::builder().with_tonic().with_endpoint(receiver.grpc_endpoint()).build()
                };
                let exporter = exporter.expect("an exporter of defaults can be built");
                let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
                drop(guard);
                let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
                let otel = if stack == "stock" {
                    otel
                } else {
                    otel.with_location(false).with_threads(false).with_target(false).with_tracked_inactivity(false)
                };
                (tracing_subscriber::registry().with(otel).into(), Pipeline::Sdk(provider, runtime))
            }
            "ours" => {
                let destination = if is_http {
                    Destination::otlp(receiver.http_endpoint()).with_protocol(Protocol::HttpProtobuf)
                } else {
                    Destination::otlp(receiver.grpc_endpoint()).with_protocol(Protocol::Grpc)
                };
                let telemetry = tracing_genai::builder("bench")
                    .without_env()
                    .with_content(Content::span_only())
                    .with_destination(destination)
                    .build()
                    .expect("a telemetry of defaults can be built");
                (tracing_subscriber::registry().with(telemetry.layer()).into(), Pipeline::Ours(Box::new(telemetry)))
            }
            _ => panic!("no stack is named {name}"),
        };
        Self { dispatch, pipeline }
    }

    /// Shuts down as a program does that wants its spans to arrive.
    pub fn shut_down(self) {
        match self.pipeline {
            Pipeline::None => {}
            Pipeline::Sdk(provider, runtime) => {
                let _ = provider.shutdown_with_timeout(DEADLINE);
                drop(runtime);
            }
            Pipeline::Ours(telemetry) => {
                let _ = telemetry.shutdown(DEADLINE);
            }
        }
    }
}
