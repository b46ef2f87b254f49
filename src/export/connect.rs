//! Connections to a peer, for both transports: TCP, perhaps through a proxy, perhaps encrypted.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

use super::heard::Heard;
use super::proxy::Route;
use super::target::Target;
#[cfg(feature = "grpc")]
use super::write_buffer::WriteBuffer;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Connects to the peer of one target, whatever URL it is called with.
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector,
    peer: Uri,
    route: Route,
    heard: Arc<Heard>,
    owner: Weak<Owner>,
    /// A connection that takes longer is given up, so that a new one is tried where packets went astray.
    within: Duration,
    /// HTTP/2 is spoken.
    #[cfg(feature = "grpc")]
    flushes_often: bool,
    #[cfg(feature = "tls")]
    tls: Option<Result<tokio_rustls::TlsConnector, tokio_rustls::rustls::Error>>,
}

/// Who sends over the connections. They end with it: one to a peer that does not read would be kept until it does.
#[derive(Debug, Default)]
pub(crate) struct Owner;

impl Connector {
    /// `application_protocol` is what TLS agrees on.
    pub(crate) fn of(target: &Target, owner: &Arc<Owner>, application_protocol: &[u8]) -> Self {
        // Before the request is given up, which would hide why.
        let within = target.timeout / 4 * 3;
        let mut tcp = HttpConnector::new();
        // Divided among the addresses of a name, so that one that is dead does not keep from the others.
        tcp.set_connect_timeout(Some(within));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        #[cfg(not(any(feature = "grpc", feature = "tls")))]
        let _ = application_protocol;
        Self {
            tcp,
            peer: target.endpoint.with_port(),
            route: target.route.clone(),
            heard: Arc::default(),
            owner: Arc::downgrade(owner),
            within,
            #[cfg(feature = "grpc")]
            flushes_often: application_protocol == b"h2",
            #[cfg(feature = "tls")]
            tls: target.tls.as_ref().map(|tls| tls.connector(application_protocol)),
        }
    }

    /// What the peer of the last connection was heard to speak.
    pub(crate) fn heard(&self) -> Arc<Heard> {
        Arc::clone(&self.heard)
    }

    async fn connect(mut self) -> Result<TokioIo<Stream>, BoxError> {
        self.heard.forget();
        let forwarded = matches!(self.route, Route::Forward(_));
        let tcp = match self.route {
            Route::Direct => self.tcp.call(self.peer.clone()).await?,
            Route::Tunnel(proxy) => {
                let connected = async {
                    let mut connection = self.tcp.call(proxy.uri.clone()).await?;
                    proxy.tunnel(&self.peer, connection.inner_mut()).await?;
                    Ok(connection)
                };
                connected.await.map_err(|error| ProxyError { proxy: proxy.uri, error })?
            }
            Route::Forward(proxy) => {
                let connected = self.tcp.call(proxy.uri.clone()).await;
                connected.map_err(|error| ProxyError { proxy: proxy.uri, error: error.into() })?
            }
            Route::Unsupported(proxy) => {
                let error = "only proxies with http:// are spoken to".into();
                return Err(ProxyError { proxy, error }.into());
            }
        };
        let tcp: TcpStream = tcp.into_inner();
        #[cfg(feature = "tls")]
        let io: Box<dyn ReadWrite> = match self.tls {
            None => Box::new(tcp),
            Some(tls) => {
                let encrypted = super::tls::encrypt(&tls?, self.peer.host().unwrap_or_default(), tcp).await;
                Box::new(encrypted.inspect_err(|error| {
                    if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) {
                        self.heard.listen(&[]);
                    }
                })?)
            }
        };
        #[cfg(not(feature = "tls"))]
        let io: Box<dyn ReadWrite> = Box::new(tcp);
        #[cfg(feature = "grpc")]
        let io: Box<dyn ReadWrite> = if self.flushes_often { Box::new(WriteBuffer::new(io)) } else { io };
        self.heard.connected();
        Ok(TokioIo::new(Stream { io, heard: self.heard, owner: self.owner, forwarded }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let within = self.within;
        let connecting = self.clone().connect();
        Box::pin(async move {
            let connected = tokio::time::timeout(within, connecting).await;
            connected.unwrap_or_else(|_| Err(NoConnection { within }.into()))
        })
    }
}

/// Nobody answered, or not to the end of the handshake.
#[derive(Debug)]
struct NoConnection {
    within: Duration,
}

impl std::fmt::Display for NoConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no connection within {:?}; check host and port in <endpoint>, and the network", self.within)
    }
}

impl Error for NoConnection {}

/// The proxy stood in the way.
#[derive(Debug)]
pub(super) struct ProxyError {
    proxy: Uri,
    error: BoxError,
}

impl std::fmt::Display for ProxyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let proxy = self.proxy.authority().map(ToString::to_string).unwrap_or_default();
        write!(f, "through the proxy {proxy} (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY; NO_PROXY leaves hosts out)")
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.error)
    }
}

/// A connection, plain or encrypted.
pub(crate) struct Stream {
    io: Box<dyn ReadWrite>,
    heard: Arc<Heard>,
    owner: Weak<Owner>,
    forwarded: bool,
}

impl Stream {
    /// Whoever drives the connection looks after it once more when its owner goes: to close it in good order, for which a
    /// peer that does not read is not waited for.
    fn unless_given_up<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let is_given_up = written.is_pending() && self.owner.strong_count() == 0;
        if is_given_up { Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())) } else { written }
    }

    /// A peer that hangs up often says why, and nobody reads on when a write has failed.
    fn hear_last_words<T>(&mut self, written: &Poll<io::Result<T>>, cx: &mut Context<'_>) {
        if matches!(written, Poll::Ready(Err(_))) {
            let mut words = [0; 16];
            let mut buffer = ReadBuf::new(&mut words);
            let _ = Pin::new(&mut self.io).poll_read(cx, &mut buffer);
            self.heard.listen(buffer.filled());
        }
    }
}

trait ReadWrite: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> ReadWrite for T {}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.forwarded)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let had_room = buffer.remaining() > 0;
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buffer));
        if had_room {
            self.heard.listen(buffer.filled().get(before..).unwrap_or_default());
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.hear_last_words(&written, cx);
        self.unless_given_up(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.hear_last_words(&flushed, cx);
        self.unless_given_up(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.io).poll_shutdown(cx);
        self.unless_given_up(shut_down)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, buffers);
        self.hear_last_words(&written, cx);
        self.unless_given_up(written)
    }
}
