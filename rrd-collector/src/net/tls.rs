//! TLS in both directions: the certificates that are trusted, and the certificate of this server.
//!
//! Everything is loaded and checked with the configuration, so that `check` reports errors and a
//! reload keeps the old certificates if the new ones are invalid. Without TLS none of this is
//! executed or kept in memory.

use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{Resumption, WantsClientCert, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring::default_provider, verify_tls12_signature,
    verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};

/// Where distributions install the trusted certificates: Debian and Alpine, Fedora, openSUSE.
const SYSTEM_BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];

/// Why certificates cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not PEM, or has other content.
    #[error("{}: contains no {wanted} in PEM format", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The expected content.
        wanted: &'static str,
        /// The parser's error.
        source: pem::Error,
    },
    /// The content is not accepted, for example a key of another certificate.
    #[error("{}: cannot be used", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// The error.
        source: Error,
    },
}

/// Which servers are trusted.
#[derive(Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    /// What the configuration verifies certificates with.
    verifier: Arc<dyn ServerCertVerifier>,
    seal: u64,
}

/// The certificates that a server showed, also those that were refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown(Arc<Mutex<Vec<CertificateDer<'static>>>>);

impl Shown {
    /// The certificates, that of the server first.
    pub(crate) fn take(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Trust {
    /// The system's certificates. If there are none, no server is trusted.
    pub fn system() -> Self {
        let bundle = SYSTEM_BUNDLES.iter().find_map(|path| fs::read(path).ok()).unwrap_or_default();
        let mut roots = RootCertStore::empty();
        // One invalid certificate among a hundred must not affect the others.
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&bundle).flatten());
        Self::by(believing(roots), seal(&[&bundle]))
    }

    /// Only certificates signed by those in this file.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the file cannot be read or holds no certificate.
    pub fn only(path: &Path) -> Result<Self, TlsError> {
        let bytes = read(path)?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates(path, &bytes)? {
            let refused = |source| TlsError::Refused { path: path.to_owned(), source };
            roots.add(certificate).map_err(refused)?;
        }
        Ok(Self::by(believing(roots), seal(&[&bytes])))
    }

    /// Any certificate. The connection is encrypted, but the peer is not authenticated.
    pub fn anybody() -> Self {
        let algorithms = default_provider().signature_verification_algorithms;
        Self::by(Arc::new(AcceptCertificate { is_any: true, algorithms }), 0)
    }

    /// The same, and shows this certificate to servers that ask for one. The file has a chain, with
    /// our own certificate first.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if a file cannot be read, has other content, or the key belongs to another
    /// certificate.
    pub fn showing(&self, certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let KeyPair { chain, private, seal: own } = KeyPair::read(certificate, key)?;
        let config = client(self.verifier.clone())
            .with_client_auth_cert(chain, private)
            .map_err(|source| TlsError::Refused { path: certificate.to_owned(), source })?;
        let seal = seal(&[&self.seal.to_ne_bytes(), &own.to_ne_bytes()]);
        Ok(Self { config: Arc::new(config), verifier: self.verifier.clone(), seal })
    }

    fn by(verifier: Arc<dyn ServerCertVerifier>, seal: u64) -> Self {
        let config = client(verifier.clone()).with_no_client_auth();
        Self { config: Arc::new(config), verifier, seal }
    }

    /// Begins TLS with the server of this name.
    pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        name: &str,
        stream: S,
    ) -> io::Result<TlsStream<S>> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(self.config.clone()).connect(name, stream).await
    }

    /// The same, and keeps the certificates that the server shows. It shows them only in a complete
    /// handshake, so none is abbreviated.
    pub(crate) async fn connect_shown<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        name: &str,
        stream: S,
        shown: &Shown,
    ) -> io::Result<TlsStream<S>> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut config = ClientConfig::clone(&self.config);
        let witness = Witness { verifier: self.verifier.clone(), shown: shown.clone() };
        config.dangerous().set_certificate_verifier(Arc::new(witness));
        config.resumption = Resumption::disabled();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

/// Equal if the same certificates are trusted and shown.
impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.seal == other.seal
    }
}

impl Eq for Trust {}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Trust").finish_non_exhaustive()
    }
}

/// The certificate of the page's server, and its key.
#[derive(Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    seal: u64,
}

impl Identity {
    /// Loads a certificate chain, with our own certificate first, and its private key.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if a file cannot be read, has other content, or the key belongs to another
    /// certificate.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let KeyPair { chain, private, seal } = KeyPair::read(certificate, key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
            .map_err(|source| TlsError::Refused { path: certificate.to_owned(), source })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Session resumption would keep sessions in memory; browsers keep their connections open
        // anyway.
        config.session_storage = Arc::new(tokio_rustls::rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), seal })
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

/// Equal if certificate and key are equal.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.seal == other.seal
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// A certificate with those that signed it, and its key.
struct KeyPair {
    chain: Vec<CertificateDer<'static>>,
    private: PrivateKeyDer<'static>,
    seal: u64,
}

impl KeyPair {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let (chain, secret) = (read(certificate)?, read(key)?);
        let private = PrivateKeyDer::from_pem_slice(&secret).map_err(|source| TlsError::Pem {
            path: key.to_owned(),
            wanted: "private key",
            source,
        })?;
        let seal = seal(&[&chain, &secret]);
        Ok(Self { chain: certificates(certificate, &chain)?, private, seal })
    }
}

/// What every client has in common.
fn client(verifier: Arc<dyn ServerCertVerifier>) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3; this does not depend on any input")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |source| TlsError::Pem { path: path.to_owned(), wanted: "certificate", source };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let found = found.map_err(wrong)?;
    if found.is_empty() { Err(wrong(pem::Error::NoItemsFound)) } else { Ok(found) }
}

/// What believes these certificates; without any, nobody is believed.
fn believing(roots: RootCertStore) -> Arc<dyn ServerCertVerifier> {
    let provider = default_provider();
    let algorithms = provider.signature_verification_algorithms;
    match WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider)).build() {
        Ok(verifier) => verifier,
        Err(_) => Arc::new(AcceptCertificate { is_any: false, algorithms }),
    }
}

fn seal(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// Accepts any certificate or none, but still requires a signature by its key.
#[derive(Debug)]
struct AcceptCertificate {
    is_any: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AcceptCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let refused = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        if self.is_any { Ok(ServerCertVerified::assertion()) } else { Err(refused) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Keeps the certificates that a server shows, and lets another one judge them.
#[derive(Debug)]
struct Witness {
    verifier: Arc<dyn ServerCertVerifier>,
    shown: Shown,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = [end_entity].into_iter().chain(intermediates);
        let chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        let verifier = &self.verifier;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
pub(crate) mod trial {
    //! Certificates for tests.

    use std::fs;
    use std::path::{Path, PathBuf};

    /// A self-signed certificate for this name and its key, as two files.
    pub(crate) fn certificate(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let (certificate, key) =
            (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        (certificate, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::chain;

    #[test]
    fn what_is_wrong_with_the_files_is_reported_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let shown =
            |error: TlsError| chain(&error).replace(&format!("{}/", folder.path().display()), "");
        let (certificate, key) = trial::certificate(folder.path(), "one");
        let (_, other) = trial::certificate(folder.path(), "other");
        assert_eq!(
            Identity::read(&certificate, &key).unwrap(),
            Identity::read(&certificate, &key).unwrap()
        );
        assert_eq!(
            shown(Identity::read(&certificate, &other).unwrap_err()),
            "one.pem: cannot be used: keys may not be consistent: KeyMismatch"
        );
        assert_eq!(
            shown(Identity::read(&key, &key).unwrap_err()),
            "one.key: contains no certificate in PEM format: no items found"
        );
        assert_eq!(
            shown(Identity::read(&certificate, &certificate).unwrap_err()),
            "one.pem: contains no private key in PEM format: no items found"
        );
        assert_eq!(
            shown(Trust::only(&folder.path().join("none.pem")).unwrap_err()),
            "none.pem: cannot be read: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn other_certificates_are_another_trust() {
        let folder = tempfile::tempdir().unwrap();
        let (one, _) = trial::certificate(folder.path(), "one");
        let (other, _) = trial::certificate(folder.path(), "other");
        assert_eq!(Trust::only(&one).unwrap(), Trust::only(&one).unwrap());
        assert_ne!(Trust::only(&one).unwrap(), Trust::only(&other).unwrap());
        assert_ne!(Trust::only(&one).unwrap(), Trust::anybody());
    }
}
