//! A TLS handshake without a certificate of our own, to see what the other side asks for and shows.

use crate::endpoints::{REQUEST, Timed, is_answered};
use facts::{Fact, ServerCertificate, TlsFacts};
use model::GapReason;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, Stream,
    SupportedProtocolVersion,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Names of one certificate.
const NAMES_MAX: usize = 100;

/// Shakes hands in each version that rustls speaks.
///
/// # Errors
/// Why no version led to a handshake.
pub(crate) fn shake(address: SocketAddr) -> Result<TlsFacts, String> {
    let mut facts = TlsFacts::default();
    let mut refusal = String::new();
    for (name, version) in [("1.3", &TLS13), ("1.2", &TLS12)] {
        match once(address, version) {
            Ok(seen) => {
                facts.versions.push(name.to_owned());
                facts.asks_for_certificate |= seen.asks;
                facts.answers_strangers |= seen.answers;
                if facts.certificate.known().is_none() {
                    facts.certificate = certificate(seen.certificate.as_deref());
                }
            }
            Err(error) => refusal = error,
        }
    }
    if facts.versions.is_empty() { Err(refusal) } else { Ok(facts) }
}

struct Seen {
    asks: bool,
    answers: bool,
    certificate: Option<Vec<u8>>,
}

fn once(address: SocketAddr, version: &'static SupportedProtocolVersion) -> Result<Seen, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = Arc::new(AnyServer { provider: Arc::clone(&provider), certificate: Mutex::new(None) });
    let client = Arc::new(NoCertificate(AtomicBool::new(false)));
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<AnyServer>::clone(&server);
    let resolver: Arc<dyn ResolvesClientCert> = Arc::<NoCertificate>::clone(&client);
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(resolver);
    let name = ServerName::from(address.ip());
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut transport = Timed::connect(address).map_err(|error| error.to_string())?;
    let mut stream = Stream::new(&mut connection, &mut transport);
    // With TLS 1.3 the refusal of a client comes after the handshake, as the answer to its request.
    let sent = stream.write_all(REQUEST).and_then(|()| stream.flush());
    let answers = sent.is_ok() && is_answered(&mut stream);
    let certificate = server.certificate.lock().unwrap_or_else(PoisonError::into_inner).take();
    // A server that refuses in the middle of the handshake has shown its certificate by then.
    match (certificate, sent) {
        (None, Err(error)) => Err(error.to_string()),
        (certificate, _) => Ok(Seen { asks: client.0.load(Ordering::Relaxed), answers, certificate }),
    }
}

fn certificate(der: Option<&[u8]>) -> Fact<ServerCertificate> {
    let Some((_, read)) = der.and_then(|der| X509Certificate::from_der(der).ok()) else {
        return Fact::missing(GapReason::Malformed, "the certificate is no X.509");
    };
    let names = read.subject_alternative_name().ok().flatten();
    let names = names.into_iter().flat_map(|extension| &extension.value.general_names);
    Fact::Known(ServerCertificate {
        subject: read.subject().to_string().chars().filter(|c| !c.is_control()).take(200).collect(),
        names: names.filter_map(name).take(NAMES_MAX).collect(),
        not_before_secs: read.validity().not_before.timestamp(),
        not_after_secs: read.validity().not_after.timestamp(),
        is_self_issued: read.subject().as_raw() == read.issuer().as_raw(),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(name.chars().filter(|c| !c.is_control()).take(200).collect()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => Some(std::net::IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string()),
            16 => Some(std::net::IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes every certificate and keeps it: it is looked at, and nothing secret is sent.
#[derive(Debug)]
struct AnyServer {
    provider: Arc<CryptoProvider>,
    certificate: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Has no certificate, and remembers whether one was asked for.
#[derive(Debug)]
struct NoCertificate(AtomicBool);

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
