//! The transports that this build has.

/// The transports that the features have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    #[cfg(feature = "grpc")]
    Grpc,
    #[cfg(feature = "http")]
    Http,
}

impl Wire {
    /// The conventions' word for an exporter of spans over it.
    pub(crate) fn component(self) -> &'static str {
        match self {
            #[cfg(feature = "grpc")]
            Self::Grpc => "otlp_grpc_span_exporter",
            #[cfg(feature = "http")]
            Self::Http => "otlp_http_span_exporter",
        }
    }

    pub(crate) fn is_http(self) -> bool {
        match self {
            #[cfg(feature = "grpc")]
            Self::Grpc => false,
            #[cfg(feature = "http")]
            Self::Http => true,
        }
    }
}
