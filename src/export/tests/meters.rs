//! Metrics by OTLP, to a peer in trouble.

use std::net::TcpListener;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;

use super::resource;
use crate::export::destination::{Destination, Protocol};
use crate::export::meters::Meters;
use crate::self_report::SelfReport;

#[test]
fn after_a_sending_without_an_answer_the_next_one_has_a_new_connection() {
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        // Accepted by the kernel, never served.
        let peer = TcpListener::bind("127.0.0.1:0").unwrap();
        peer.set_nonblocking(true).unwrap();
        let destination = Destination::otlp(format!("http://{}", peer.local_addr().unwrap()))
            .with_protocol(protocol)
            .with_timeout(Duration::from_millis(100));
        let hourly = Some(Duration::from_secs(3_600));
        let meters = Meters::start(&destination, resource(), hourly, SelfReport::default()).unwrap().unwrap();
        meters.provider().meter("test").u64_counter("calls").build().add(1, &[]);
        let mut connections = Vec::new();
        for sending in 1..=2 {
            meters.flush(Duration::from_secs(30));
            let connection = peer.accept();
            assert!(connection.is_ok(), "{protocol:?}, sending {sending}");
            connections.extend(connection);
        }
    }
}
