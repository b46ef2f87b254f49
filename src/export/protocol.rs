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
    pub(crate) fn is_http(self) -> bool {
        match self {
            #[cfg(feature = "grpc")]
            Self::Grpc => false,
            #[cfg(feature = "http")]
            Self::Http => true,
        }
    }
}
