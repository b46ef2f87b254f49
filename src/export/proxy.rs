//! Whether a peer is reached through a proxy: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in capitals or not.

use std::net::IpAddr;

use ::http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connect::BoxError;
use super::protocol::Wire;
use super::words::shown;

/// A proxy's answer to CONNECT has a few lines.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// The way to a peer.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Direct,
    /// The proxy passes bytes on after a CONNECT.
    Tunnel(Proxy),
    /// The proxy takes the request itself, as proxies do for plain HTTP.
    Forward(Proxy),
    /// A proxy that cannot be spoken to, by its scheme.
    Unsupported(Uri),
}

#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    pub(crate) authorization: Option<HeaderValue>,
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
        match matcher.intercept(peer).filter(|_| !is_left_out(matcher, peer)) {
            None => Self::Direct,
            Some(intercept) => Self::through(&intercept, peer, wire),
        }
    }

    fn through(intercept: &Intercept, peer: &Uri, wire: Wire) -> Self {
        let proxy = Proxy { uri: intercept.uri().clone(), authorization: intercept.basic_auth().cloned() };
        match proxy.uri.scheme_str() {
            Some("http") if wire.is_http() && peer.scheme_str() == Some("http") => Self::Forward(proxy),
            Some("http") => Self::Tunnel(proxy),
            _ => Self::Unsupported(proxy.uri),
        }
    }
}

impl Proxy {
    /// Asks it to pass on what goes to the peer, whose URL has a port.
    pub(crate) async fn tunnel(&self, peer: &Uri, connection: &mut TcpStream) -> Result<(), BoxError> {
        let place = peer.authority().map(ToString::to_string).unwrap_or_default();
        let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            request.extend([b"Proxy-Authorization: ", authorization.as_bytes(), b"\r\n"].concat());
        }
        request.extend(b"\r\n");
        connection.write_all(&request).await?;
        let mut head = Vec::new();
        // Byte by byte: what stands behind it is of the peer, which over HTTP/2 speaks first.
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() >= MAX_HEAD_BYTES {
                return Err("it does not answer as a proxy does".into());
            }
            head.push(connection.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head);
        let line = head.lines().next().unwrap_or_default();
        match line.split(' ').nth(1).and_then(|status| status.parse().ok()) {
            Some(200..=299) => Ok(()),
            Some(407) => Err("407, it wants a login: write user and password into its URL".into()),
            _ => Err(format!("it answers {:?}", shown(line)).into()),
        }
    }
}

/// Whether `NO_PROXY` leaves out the peer by `*.example.com`, all hosts of a domain, or `example.com:4317`, a port, as
/// elsewhere: the matcher takes both for a name.
fn is_left_out(matcher: &Matcher, peer: &Uri) -> bool {
    let (scheme, host) = (peer.scheme_str().unwrap_or_default(), peer.host().unwrap_or_default());
    let domains = host.match_indices('.').filter_map(|(dot, _)| host.get(dot..));
    let mut names = domains.map(|domain| format!("*{domain}")).chain([host.to_owned()]);
    let port = peer.port_u16().map(|port| format!(":{port}"));
    // A name with a colon stands in brackets in a URL.
    let at_port = |name: &str| port.as_ref().map(|port| format!("[{name}{port}]"));
    let is_named = |name: String| {
        let name = format!("{scheme}://{name}").parse::<Uri>();
        name.is_ok_and(|name| matcher.intercept(&name).is_none())
    };
    names.any(|name| at_port(&name).is_some_and(is_named) || is_named(name))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
