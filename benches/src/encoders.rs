//! From finished spans to the bytes of one request: the way of the stock exporter, and ours.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

/// The library's own files: they need nothing else of it.
#[expect(dead_code, reason = "the library uses more of it")]
#[path = "../../src/export/wire.rs"]
mod wire;

#[expect(dead_code, reason = "the library uses more of it")]
#[path = "../../src/export/encode.rs"]
mod encode;

/// What the exporter of opentelemetry-otlp does for each try: clones the batch, groups it into messages, and encodes
/// these.
#[inline(never)]
pub fn stock(batch: &[SpanData], resource: &ResourceAttributesWithSchema) -> Vec<u8> {
    let resource_spans = group_spans_by_resource_and_scope(batch.to_vec(), resource);
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// The resource as [`stock`] takes it.
pub fn resource() -> ResourceAttributesWithSchema {
    ResourceAttributesWithSchema::from(&Resource::builder().with_service_name("bench").build())
}

/// What a destination of ours does: encodes each span behind the others of its scope, and makes the request of what lies
/// there.
#[inline(never)]
pub fn ours(batch: &[SpanData], resource: &[u8], packed: &mut Vec<u8>) -> Vec<u8> {
    packed.clear();
    for span in batch {
        wire::Writer::new(packed).message_of(2, 2, |message| encode::span(span, message.buffer()));
    }
    let mut out = Vec::with_capacity(packed.len() + resource.len() + 16);
    let mut request = wire::Writer::new(&mut out);
    request.length_delimited(1, resource.len() + wire::field_len(packed.len()));
    request.raw(resource);
    request.bytes(2, packed);
    out
}

/// The resource as [`ours`] takes it.
pub fn encoded_resource() -> Vec<u8> {
    encode::resource(&Resource::builder().with_service_name("bench").build())
}
