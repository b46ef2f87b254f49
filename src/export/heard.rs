//! What a peer speaks, by the first bytes that it sends: a port of the wrong protocol is the commonest mistake.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::time::Instant;

const NOTHING: u8 = 0;
const HTTP1: u8 = 1;
const HTTP2: u8 = 2;
const TLS_ALERT: u8 = 3;
const HUNG_UP: u8 = 4;
const OTHER: u8 = 5;

/// A peer that has closed a connection is heard of within this.
const SOON: Duration = Duration::from_secs(1);

/// The first thing that the peer of the last connection said.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    first: AtomicU8,
    is_connected: AtomicBool,
    has_answered: AtomicBool,
}

impl Heard {
    pub(crate) fn forget(&self) {
        self.first.store(NOTHING, Ordering::Relaxed);
        self.is_connected.store(false, Ordering::Relaxed);
        self.has_answered.store(false, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.is_connected.store(true, Ordering::Relaxed);
    }

    /// Whether there was a connection.
    pub(crate) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    /// An answer came, to its end or not: who has cut one has been at work.
    pub(crate) fn answered(&self, is_whole: bool) {
        self.has_answered.store(is_whole, Ordering::Relaxed);
    }

    /// Whether a connection was of use before, and failed as soon as a request began. Peers and those between end connections
    /// on which nothing happens, some just as the next request comes: that is no trouble, and the request goes at once over a
    /// new one.
    pub(crate) fn ended_idle(&self, begin: Instant) -> bool {
        self.has_answered.load(Ordering::Relaxed) && begin.elapsed() < SOON
    }

    /// No bytes are the end of the connection.
    pub(crate) fn listen(&self, bytes: &[u8]) {
        if self.first.load(Ordering::Relaxed) != NOTHING {
            return;
        }
        let first = match bytes {
            [] => HUNG_UP,
            [b'H', b'T', b'T', b'P', b'/', ..] => HTTP1,
            // A frame's length in three bytes, then the type of SETTINGS.
            [0, 0, _, 4, ..] => HTTP2,
            [0x15, 3, ..] => TLS_ALERT,
            _ => OTHER,
        };
        self.first.store(first, Ordering::Relaxed);
    }

    /// What may be wrong with a peer that hung up without a word.
    pub(crate) fn silence(&self) -> Option<&'static str> {
        (self.first.load(Ordering::Relaxed) == HUNG_UP).then_some(
            "the peer hung up without a word: check in <endpoint> that the port is the one for this \
             protocol (usually 4317 for gRPC, 4318 for HTTP), and whether it wants http:// or https://",
        )
    }

    /// Why gRPC cannot work here, when the peer showed it.
    #[cfg(feature = "grpc")]
    pub(crate) fn not_grpc(&self) -> Option<&'static str> {
        match self.first.load(Ordering::Relaxed) {
            HTTP1 => Some(
                "the peer answers in HTTP/1.1, so this is not its gRPC port: use that one (usually 4317), or \
                 http/protobuf here (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf or Destination::with_protocol)",
            ),
            TLS_ALERT => Some(TLS_WANTED),
            _ => None,
        }
    }

    /// Why HTTP/1.1 cannot work here, when the peer showed it.
    #[cfg(feature = "http")]
    pub(crate) fn not_http(&self) -> Option<&'static str> {
        match self.first.load(Ordering::Relaxed) {
            HTTP2 => Some(
                "the peer answers in HTTP/2, so this is a gRPC port: use its HTTP port (usually 4318), or gRPC here \
                 (OTEL_EXPORTER_OTLP_PROTOCOL=grpc or Destination::with_protocol)",
            ),
            TLS_ALERT => Some(TLS_WANTED),
            _ => None,
        }
    }
}

const TLS_WANTED: &str = "the peer wants TLS: write https:// in <endpoint>";
