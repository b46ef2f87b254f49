//! Whether a peer is reached through a proxy: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in capitals or not.

use std::net::IpAddr;

use ::http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::target::Wire;

/// The way to a peer.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Direct,
    /// The proxy passes bytes on after a CONNECT.
    Tunnel {
        proxy: Uri,
        authorization: Option<HeaderValue>,
    },
    /// The proxy takes the request itself, as proxies do for plain HTTP.
    #[cfg(feature = "http")]
    Forward {
        proxy: Uri,
        authorization: Option<HeaderValue>,
    },
    /// A proxy that cannot be spoken to, by its scheme.
    Unsupported(Uri),
}

impl Route {
    pub(crate) fn from_env(peer: &Uri, wire: Wire) -> Self {
        Self::by(&Matcher::from_env(), peer, wire)
    }

    pub(crate) fn by(matcher: &Matcher, peer: &Uri, wire: Wire) -> Self {
        // No proxy reaches what runs beside us, and a Collector often does.
        if is_loopback(peer.host().unwrap_or_default()) {
            return Self::Direct;
        }
        match matcher.intercept(peer) {
            None => Self::Direct,
            Some(intercept) => Self::through(&intercept, peer, wire),
        }
    }

    fn through(intercept: &Intercept, peer: &Uri, wire: Wire) -> Self {
        let proxy = intercept.uri().clone();
        let authorization = intercept.basic_auth().cloned();
        if proxy.scheme_str() != Some("http") {
            return Self::Unsupported(proxy);
        }
        match wire {
            #[cfg(feature = "http")]
            Wire::Http if peer.scheme_str() == Some("http") => Self::Forward { proxy, authorization },
            _ => Self::Tunnel { proxy, authorization },
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
