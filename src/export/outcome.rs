//! What came of sending one request, whatever the transport.

use std::io;
use std::time::Duration;

use ::http::StatusCode;

use super::body::Body;
use super::wire::{Field, Reader};
use super::words::shown;

/// The peer's answer, as the sender acts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Taken, but for `rejected` spans.
    Accepted { rejected: u64, message: String },
    /// To be sent again, not before `after` has passed.
    Retry { after: Option<Duration>, message: String },
    /// To be sent again, and in smaller parts where that does not help: the size may be the reason.
    Strained { message: String },
    /// No answer: the connection broke, or nothing came in time. To be sent again, and others meanwhile: something in it may be
    /// the reason, or its size.
    Broken { message: String },
    /// To be sent in smaller parts.
    TooLarge { message: String },
    /// Refused for good, for something that is in it: without that, the peer may take it.
    Refused { message: String },
    /// Refused for good, as everything would be: wrong token, wrong address. The message names the remedy.
    Denied { message: String },
}

impl Outcome {
    /// With what named the endpoint in the place of `<endpoint>` in a remedy: a variable, or a method.
    pub(crate) fn naming(mut self, named_by: &str) -> Self {
        if let Self::Retry { message, .. }
        | Self::Strained { message }
        | Self::Broken { message }
        | Self::Denied { message } = &mut self
        {
            *message = message.replace("<endpoint>", named_by);
        }
        self
    }

    pub(crate) fn is_to_be_sent_again(&self) -> bool {
        matches!(self, Self::Retry { .. } | Self::Strained { .. } | Self::Broken { .. })
    }

    /// The wait that the peer asked for, and its words.
    #[cfg(feature = "metrics")]
    pub(crate) fn into_wait(self) -> (Option<Duration>, String) {
        match self {
            Self::Retry { after, message } => (after, message),
            Self::Accepted { message, .. }
            | Self::Strained { message }
            | Self::Broken { message }
            | Self::TooLarge { message }
            | Self::Refused { message }
            | Self::Denied { message } => (None, message),
        }
    }
}

/// Sends requests to one peer.
pub(crate) trait Transport: Send + 'static {
    /// Makes out of the encoded request what goes over the wire, once for all attempts.
    fn body(&self, request: Body) -> io::Result<Body> {
        Ok(request)
    }

    /// Sends one request and reads the answer. Never fails otherwise than by an [`Outcome`].
    fn send(&mut self, body: Body) -> impl Future<Output = Outcome> + Send;
}

/// Reads an `ExportTraceServiceResponse`. An empty `partial_success` means that all was taken.
pub(crate) fn accepted(response: &[u8]) -> Outcome {
    let mut rejected = 0;
    let mut message = String::new();
    for (_, partial) in Reader::new(response).filter(|(number, _)| *number == 1) {
        let Field::Bytes(partial) = partial else { continue };
        for field in Reader::new(partial) {
            match field {
                // A negative number makes no sense and is taken for none.
                (1, Field::Varint(spans)) => rejected = u64::try_from(spans.cast_signed()).unwrap_or(0),
                (2, Field::Bytes(text)) => message = String::from_utf8_lossy(text).into_owned(),
                _ => {}
            }
        }
    }
    Outcome::Accepted { rejected, message: shown(&message) }
}

/// The same as JSON, which some peers answer whatever they were sent. What is no such message says nothing.
#[cfg(feature = "http")]
pub(crate) fn accepted_json(response: &[u8]) -> Outcome {
    let response: serde_json::Value = serde_json::from_slice(response).unwrap_or_default();
    let partial = response.get("partialSuccess").unwrap_or(&serde_json::Value::Null);
    let rejected = match partial.get("rejectedSpans") {
        // 64-bit numbers are texts in this format; some write them as numbers.
        Some(serde_json::Value::String(text)) => text.parse().unwrap_or(0),
        Some(number) => number.as_u64().unwrap_or(0),
        None => 0,
    };
    let message = partial.get("errorMessage").and_then(serde_json::Value::as_str).unwrap_or_default();
    Outcome::Accepted { rejected, message: shown(message) }
}

/// Message and wait of a `google.rpc.Status`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RpcStatus {
    pub(crate) message: String,
    /// From `RetryInfo` among the details.
    pub(crate) retry_after: Option<Duration>,
}

impl RpcStatus {
    pub(crate) fn read(status: &[u8]) -> Self {
        let mut read = Self::default();
        for field in Reader::new(status) {
            match field {
                (2, Field::Bytes(text)) => read.message = String::from_utf8_lossy(text).into_owned(),
                (3, Field::Bytes(any)) => read.retry_after = read.retry_after.or_else(|| retry_delay(any)),
                _ => {}
            }
        }
        read
    }
}

/// The delay of a `google.protobuf.Any` that holds a `RetryInfo`; without a delay, none at all.
fn retry_delay(any: &[u8]) -> Option<Duration> {
    let mut is_retry_info = false;
    let mut value = &[][..];
    for field in Reader::new(any) {
        match field {
            (1, Field::Bytes(url)) => is_retry_info = url.ends_with(b"google.rpc.RetryInfo"),
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    if !is_retry_info {
        return None;
    }
    let (mut seconds, mut nanos) = (0, 0);
    for (_, delay) in Reader::new(value).filter(|(number, _)| *number == 1) {
        let Field::Bytes(delay) = delay else { continue };
        for field in Reader::new(delay) {
            match field {
                (1, Field::Varint(number)) => seconds = u64::try_from(number.cast_signed()).unwrap_or(0),
                (2, Field::Varint(number)) => nanos = u32::try_from(number).unwrap_or(0).min(999_999_999),
                _ => {}
            }
        }
    }
    Some(Duration::new(seconds, nanos))
}

/// Whether a status says that what was sent may be taken later, or over another connection. The specification names 429, 502,
/// 503 and 504. Of others that hardly a peer of OTLP says itself, 407 is a proxy that wants a login, as 511 is a network, 421
/// and 425 may be tried again by their RFCs, 507 is a disk that is full for now, and from 520 on networks of proxies tell that
/// they do not reach the peer.
pub(crate) fn is_for_now(status: StatusCode) -> bool {
    matches!(status.as_u16(), 407 | 421 | 425 | 429 | 502 | 503 | 504 | 507 | 511 | 520..=530)
}

/// What to do should such a status stay.
pub(crate) fn for_now(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => "; write user and password into the proxy's URL (HTTP_PROXY)",
        StatusCode::MISDIRECTED_REQUEST => "; if it stays so, check the host in <endpoint>",
        StatusCode::NETWORK_AUTHENTICATION_REQUIRED => "; the network wants a login",
        _ => "",
    }
}

pub(crate) const CHECK_ACCOUNT: &str = "; check the plan and the balance of the account that the token is of";

/// Whether a peer says in words that a request was too large.
pub(crate) fn speaks_of_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "larger than",
        "too large",
        "too big",
        "exceeds maximum",
        "exceeds the maximum",
        "exceeds the limit",
        "message size",
    ]
    .iter()
    .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
    use prost::Message;

    use super::*;
    use crate::export::wire::Writer;

    fn response(rejected: i64, message: &str) -> Vec<u8> {
        let partial = ExportTracePartialSuccess { rejected_spans: rejected, error_message: message.into() };
        ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    }

    #[test]
    fn an_empty_partial_success_is_a_success() {
        let all = Outcome::Accepted { rejected: 0, message: String::new() };
        assert_eq!(accepted(&[]), all);
        assert_eq!(accepted(&[0x0a, 0x00]), all);
        assert_eq!(accepted(&response(-3, "")), all);
    }

    #[test]
    fn a_partial_success_is_read() {
        let partly = Outcome::Accepted { rejected: 3, message: "bad \"id\"".into() };
        assert_eq!(accepted(&response(3, "bad \"id\"")), partly);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_partial_success_is_read_from_json_too() {
        let read = |text: &str| accepted_json(text.as_bytes());
        let partly = Outcome::Accepted { rejected: 3, message: "bad".into() };
        assert_eq!(read(r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"bad"}}"#), partly);
        assert_eq!(read(r#"{"partialSuccess":{"rejectedSpans":3,"errorMessage":"bad"}}"#), partly);
        for all in ["", "{}", "ok", "[1]", r#"{"partialSuccess":{}}"#] {
            assert_eq!(read(all), Outcome::Accepted { rejected: 0, message: String::new() });
        }
    }

    #[test]
    fn retry_info_is_found_among_the_details() {
        let mut status = Vec::new();
        let w = &mut Writer::new(&mut status);
        w.uint(1, 8);
        w.string(2, "slow down");
        w.message(3, |any| any.string(1, "type.googleapis.com/google.rpc.Help"));
        w.message(3, |any| {
            any.string(1, "type.googleapis.com/google.rpc.RetryInfo");
            any.message(2, |info| {
                info.message(1, |delay| {
                    delay.uint(1, 5);
                    delay.uint(2, 250_000_000);
                });
            });
        });
        let read = RpcStatus::read(&status);
        assert_eq!(read, RpcStatus { message: "slow down".into(), retry_after: Some(Duration::from_millis(5250)) });
    }
}
