//! The one TLS stack: rustls with ring, both sides.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
pub use tokio_rustls::rustls::ClientConfig;
#[cfg(feature = "nats")]
use tokio_rustls::rustls::client::WebPkiServerVerifier;
#[cfg(feature = "nats")]
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
#[cfg(feature = "nats")]
use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
#[cfg(feature = "nats")]
use tokio_rustls::rustls::{self, DigitallySignedStruct, SignatureScheme};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::error::AdapterError;

/// What a connection is spoken over, with or without TLS.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn unusable(what: &str, why: impl std::fmt::Display) -> AdapterError {
    AdapterError::new(
        "E_TLS_MATERIAL",
        format!("the {what} can't be used: {why}"),
        "put the certificates, and the key that belongs to them, in PEM form into the files that the \
         config names",
    )
}

/// Those that stand in a text in PEM form, of which at least one.
pub(super) fn certificates(
    pem: &[u8],
    what: &str,
) -> Result<Vec<CertificateDer<'static>>, AdapterError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(unusable(what, "it holds no certificate in PEM form")),
        Err(error) => Err(unusable(what, error)),
    }
}

fn key_of(pem: &[u8]) -> Result<PrivateKeyDer<'static>, AdapterError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| unusable("key of the certificate", error))
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, AdapterError> {
    let mut store = RootCertStore::empty();
    for root in certificates(pem, "list of authorities")? {
        let added = store.add(root);
        added.map_err(|error| unusable("list of authorities", error))?;
    }
    Ok(store)
}

/// A server's side: proves itself by a chain of certificates, whose key is `key`, both in PEM form.
/// With `clients`, only those are let in whom one of these authorities speaks for.
pub fn server(
    chain: &[u8],
    key: &[u8],
    clients: Option<&[u8]>,
) -> Result<Arc<ServerConfig>, AdapterError> {
    let chain = certificates(chain, "certificate")?;
    let key = key_of(key)?;
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("certificate", error))?;
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let roots = Arc::new(authorities(pem)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            builder.with_client_cert_verifier(
                verifier.map_err(|error| unusable("list of authorities", error))?,
            )
        }
    };
    let config = builder.with_single_cert(chain, key).map(Arc::new);
    config.map_err(|error| unusable("certificate", error))
}

/// What both sides of HTTP/2 agree on in the handshake.
#[cfg(feature = "grpc")]
const HTTP2: &[u8] = b"h2";

/// The same server's side for HTTP/2 alone.
#[cfg(feature = "grpc")]
#[must_use]
pub fn http2_server(config: Arc<ServerConfig>) -> Arc<ServerConfig> {
    let mut config = Arc::unwrap_or_clone(config);
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Arc::new(config)
}

/// The same client's side for HTTP/2 alone.
#[cfg(feature = "grpc")]
#[must_use]
pub fn http2_client(config: Arc<ClientConfig>) -> Arc<ClientConfig> {
    let mut config = Arc::unwrap_or_clone(config);
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Arc::new(config)
}

/// A client's side for a library that is given an address to connect to: whatever that is, the server has to
/// prove that it is `name`, to `roots` as in [`client`].
#[cfg(feature = "nats")]
pub fn client_of(name: &str, roots: Option<&[u8]>) -> Result<Arc<ClientConfig>, AdapterError> {
    let name = ServerName::try_from(name.to_owned());
    let name = name.map_err(|error| unusable("name of the server", error))?;
    let provider = Arc::new(default_provider());
    let store = Arc::new(believed(roots)?);
    let inner = WebPkiServerVerifier::builder_with_provider(store, Arc::clone(&provider)).build();
    let inner = inner.map_err(|error| unusable("list of authorities", error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("list of authorities", error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Named { inner, name }))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Checks a server as usual, under a name of its own.
#[cfg(feature = "nats")]
#[derive(Debug)]
struct Named {
    inner: Arc<WebPkiServerVerifier>,
    name: ServerName<'static>,
}

#[cfg(feature = "nats")]
impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let (inner, name) = (&self.inner, &self.name);
        inner.verify_server_cert(end_entity, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// The authorities of a list in PEM form; without one, those that browsers believe.
fn believed(roots: Option<&[u8]>) -> Result<RootCertStore, AdapterError> {
    match roots {
        None => Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()),
        Some(pem) => authorities(pem),
    }
}

/// A client's side: believes servers that `roots` speak for, in PEM form; without them, the
/// authorities that browsers believe. With `own`, a chain of certificates and its key, it proves itself.
pub fn client(
    roots: Option<&[u8]>,
    own: Option<(&[u8], &[u8])>,
) -> Result<Arc<ClientConfig>, AdapterError> {
    let store = believed(roots)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("list of authorities", error))?
        .with_root_certificates(store);
    let Some((chain, key)) = own else {
        return Ok(Arc::new(builder.with_no_client_auth()));
    };
    let chain = certificates(chain, "certificate")?;
    let config = builder.with_client_auth_cert(chain, key_of(key)?);
    config
        .map(Arc::new)
        .map_err(|error| unusable("certificate", error))
}
