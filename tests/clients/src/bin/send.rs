//! Sends what each client does to real backends, all at once, and tells the trace of each flow:
//!
//! ```text
//! send jaeger URL phoenix URL mlflow URL EXPERIMENT
//! ```

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use tracing_genai::{Content, Destination, Protocol};
use tracing_genai_client_tests::flows;
use tracing_subscriber::layer::SubscriberExt as _;

type Flow = fn() -> Pin<Box<dyn Future<Output = ()>>>;

const FLOWS: [(&str, Flow); 3] = [
    ("rig", || Box::pin(flows::rig_agent())),
    ("genai", || Box::pin(flows::genai_stream())),
    ("async-openai", || Box::pin(flows::async_openai_stream())),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut builder = tracing_genai::builder("clients").without_env().with_content(Content::span_only());
    let mut arguments = std::env::args().skip(1);
    while let (Some(backend), Some(url)) = (arguments.next(), arguments.next()) {
        let destination = match backend.as_str() {
            "jaeger" => Destination::jaeger().with_protocol(Protocol::HttpProtobuf),
            "phoenix" => Destination::phoenix(),
            "mlflow" => {
                let experiment = arguments.next().ok_or("mlflow needs the id of an experiment")?;
                Destination::mlflow().with_header("x-mlflow-experiment-id", experiment)
            }
            other => return Err(format!("{other} is not known").into()),
        };
        builder = builder.with_destination(destination.with_endpoint(url));
    }
    let telemetry = builder.build()?;
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || -> Result<(), Box<dyn Error>> {
        for (name, flow) in FLOWS {
            let trace = telemetry.trace(name);
            // A runtime of one thread, on which the trace is current.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            trace.in_scope(|| runtime.block_on(flow()));
            trace.complete();
            println!("{name} {}", trace.id());
        }
        Ok(())
    })?;
    let report = telemetry.shutdown(Duration::from_secs(30));
    if report.is_complete() { Ok(()) } else { Err(report.to_string().into()) }
}
