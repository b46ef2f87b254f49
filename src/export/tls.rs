//! TLS by rustls: the system's roots or an own CA, and a client certificate.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

use super::destination::{DestinationError, Otlp, Setting};

/// What was given for TLS, checked.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    /// Trusted in place of the system's.
    own_roots: Option<RootCertStore>,
    client: Option<Arc<Client>>,
}

#[derive(Debug)]
struct Client {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Tls {
    pub(crate) fn of(otlp: &Otlp) -> Result<Self, DestinationError> {
        let provider = Arc::new(ring::default_provider());
        let own_roots = otlp.ca_certificate.as_deref().map(|pem| roots(pem, &provider)).transpose()?;
        let client = otlp.client_certificate.as_ref().map(|(chain, key)| client(chain, key)).transpose()?;
        let tls = Self { provider, own_roots, client };
        // The roots make no difference to whether the client's key is the certificate's.
        tls.config(RootCertStore::empty()).map_err(|error| {
            let expected = format!("a private key, PEM, that belongs to the client certificate ({error})");
            DestinationError::new(Setting::ClientKey, "…", expected)
        })?;
        Ok(tls)
    }

    /// Reads the system's roots where no own ones were given; takes some milliseconds then.
    pub(crate) fn connector(&self, application_protocol: &[u8]) -> Result<TlsConnector, Error> {
        let roots = self.own_roots.clone().unwrap_or_else(system_roots);
        let mut config = self.config(roots)?;
        config.alpn_protocols = vec![application_protocol.to_vec()];
        Ok(TlsConnector::from(Arc::new(config)))
    }

    fn config(&self, roots: RootCertStore) -> Result<ClientConfig, Error> {
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        match &self.client {
            Some(client) => config.with_client_auth_cert(client.chain.clone(), client.key.clone_key()),
            None => Ok(config.with_no_client_auth()),
        }
    }
}

/// Encrypts a connection to `host`, a name or an address.
pub(crate) async fn encrypt(tls: &TlsConnector, host: &str, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    tls.connect(name, tcp).await
}

fn roots(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<RootCertStore, DestinationError> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(pem, Setting::CaCertificate)? {
        store.add(certificate).map_err(|error| {
            DestinationError::new(Setting::CaCertificate, "…", format!("CA certificates, PEM ({error})"))
        })?;
    }
    // Refuses what could never verify anything.
    WebPkiServerVerifier::builder_with_provider(Arc::new(store.clone()), Arc::clone(provider)).build().map_err(
        |error| DestinationError::new(Setting::CaCertificate, "…", format!("CA certificates, PEM ({error})")),
    )?;
    Ok(store)
}

fn system_roots() -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    store
}

fn client(chain: &[u8], key: &[u8]) -> Result<Arc<Client>, DestinationError> {
    let chain = certificates(chain, Setting::ClientCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
        DestinationError::new(Setting::ClientKey, "…", format!("a private key, PEM, not encrypted ({error})"))
    })?;
    Ok(Arc::new(Client { chain, key }))
}

fn certificates(pem: &[u8], setting: Setting) -> Result<Vec<CertificateDer<'static>>, DestinationError> {
    let wrong = |why: String| DestinationError::new(setting, "…", format!("one or more certificates, PEM{why}"));
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(format!(" ({error})")))?;
    if certificates.is_empty() { Err(wrong(" (there is none in it)".into())) } else { Ok(certificates) }
}
