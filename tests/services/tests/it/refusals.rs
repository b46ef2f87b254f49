//! What a real Collector refuses is told with the remedy.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::info_span;
use tracing_genai::{Destination, Protocol};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::Collector;
use crate::jaeger::variable;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What the program's log says while a span is sent to `destination`, which must not take it.
pub(crate) fn said_while(destination: Destination) -> String {
    let log = Log::default();
    let telemetry = tracing_genai::builder("refused").without_env().with_destination(destination).build().unwrap();
    let writer = log.clone();
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(fmt::layer().with_ansi(false).with_writer(move || writer.clone()));
    let report = tracing::subscriber::with_default(subscriber, || {
        drop(info_span!("a", span_type = "tool", tool = "t"));
        telemetry.shutdown(Duration::from_secs(3))
    });
    assert!(!report.is_complete(), "{report}");
    let said = log.0.lock().unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_refused_token_names_the_headers() {
    let extension = "  bearertokenauth:\n    token: right";
    let protocol = "        auth:\n          authenticator: bearertokenauth";
    let collector = Collector::start("token", protocol, extension, &[]);
    for (protocol, port) in [(Protocol::Grpc, collector.grpc), (Protocol::HttpProtobuf, collector.http)] {
        let destination = Destination::otlp(format!("http://127.0.0.1:{port}"))
            .with_protocol(protocol)
            .with_header("authorization", "Bearer wrong-token");
        let said = said_while(destination);
        assert!(said.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{protocol:?}: {said}");
        assert!(!said.contains("wrong-token"), "a secret in the log: {said}");
    }
}

#[test]
fn a_wrong_path_is_told() {
    let destination = Destination::otlp(format!("{}/wrong", variable("TEST_COLLECTOR_HTTP")));
    let said = said_while(destination);
    assert!(said.contains("404") && said.contains("/wrong/v1/traces"), "{said}");
}

#[test]
fn the_http_port_given_to_grpc_and_the_other_way_round_are_recognised() {
    let to_grpc = Destination::otlp(variable("TEST_COLLECTOR_HTTP")).with_protocol(Protocol::Grpc);
    let said = said_while(to_grpc);
    assert!(said.contains("http/protobuf"), "{said}");
    let to_http = Destination::otlp(variable("TEST_COLLECTOR_GRPC")).with_protocol(Protocol::HttpProtobuf);
    let said = said_while(to_http);
    assert!(said.contains("grpc"), "{said}");
}
