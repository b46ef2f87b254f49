//! The whole way of a span from `offer` to a peer, against peers that run in the test.

#![cfg(feature = "_otlp")]

#[cfg(feature = "http")]
mod answers;
#[cfg(feature = "http")]
mod between;
#[cfg(all(feature = "grpc", feature = "http"))]
mod cable;
#[cfg(all(feature = "tls", feature = "grpc", feature = "http"))]
mod certificates;
mod concurrency;
#[cfg(all(feature = "grpc", feature = "http"))]
mod faults;
mod foreign;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "grpc")]
mod grpc_peer;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod http_peer;
mod memory;
#[cfg(all(feature = "metrics", feature = "grpc"))]
mod meters;
#[cfg(feature = "grpc")]
mod proxied;
#[cfg(feature = "http")]
mod proxy;
mod refusals;
mod sender;
mod shedding;
#[cfg(feature = "spool")]
mod spool;
#[cfg(feature = "spool")]
mod spool_disk;
#[cfg(feature = "spool")]
mod spool_ends;
#[cfg(feature = "spool")]
mod spool_hangs;
mod suspects;
mod suspects_bounds;
#[cfg(all(feature = "grpc", feature = "http"))]
mod suspects_on_wire;
#[cfg(feature = "spool")]
mod suspects_spooled;
#[cfg(all(feature = "tls", feature = "grpc", feature = "http"))]
mod tls;
#[cfg(all(feature = "grpc", feature = "http"))]
mod unread;
pub(super) mod warnings;

use std::time::Duration;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use tokio::time::Instant;

use super::body::Body;
use super::destination::Destination;
use super::prepared::Prepared;
use super::sender::Sender;
use super::settings::SinkSettings;
use crate::budget::Budget;
use crate::self_report::SelfReport;
use crate::span::sample;
use warnings::Warnings;

/// A span of about `bytes` bytes, known by its name.
fn span_of(name: &str, bytes: usize) -> SpanData {
    let state = TraceState::default();
    SpanData {
        span_context: SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, false, state),
        name: name.to_owned().into(),
        instrumentation_scope: InstrumentationScope::builder("scope").build(),
        ..sample::data(vec![KeyValue::new("filling", "x".repeat(bytes))])
    }
}

fn span(name: &str) -> SpanData {
    span_of(name, 10)
}

/// The names of the spans in an encoded request.
fn names(request: &[u8]) -> Vec<String> {
    names_in(ExportTraceServiceRequest::decode(request).unwrap())
}

fn names_of(body: &Body) -> Vec<String> {
    let mut request = Vec::new();
    body.write_to(&mut request).unwrap();
    names(&request)
}

fn names_in(request: ExportTraceServiceRequest) -> Vec<String> {
    let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(|span| span.name).collect()
}

fn settings(report: &SelfReport) -> SinkSettings {
    SinkSettings {
        budget: Budget::new(64 << 20),
        outbox_bytes: 32 << 20,
        delay: Duration::from_secs(1),
        max_batch_spans: None,
        export_timeout: None,
        spool: None,
        report: report.clone(),
    }
}

fn resource() -> Resource {
    Resource::builder_empty().with_service_name("test").build()
}

fn open(destination: &Destination) -> Sender {
    open_prepared(destination.prepare().unwrap().unwrap(), &SelfReport::default())
}

fn open_prepared(prepared: Prepared, report: &SelfReport) -> Sender {
    Sender::to(prepared, &resource(), &settings(report))
}

/// Long enough for anything that happens at all.
fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

/// Offers one span to the destination and tells what is said about it.
async fn problem_of(destination: &Destination) -> String {
    let mut warnings = Warnings::new();
    let mut sink = open_prepared(destination.prepare().unwrap().unwrap(), &warnings.report);
    sink.offer(&span("a"));
    // What is tried again does not end the flush.
    tokio::select! {
        () = sink.flush(deadline()) => warnings.next().await,
        warning = warnings.next() => warning,
    }
}
