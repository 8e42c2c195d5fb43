//! Exchanges that failed: whether trying again may help, and what a person can do.

use crate::{RegistryError, error::Hint};

/// Why there is no answer.
pub(crate) struct Failure {
    pub(crate) error: RegistryError,
    /// Whether trying again may help.
    pub(crate) is_temporary: bool,
}

/// What went wrong on the wire, with advice.
pub(crate) fn failure(host: &str, error: ureq::Error) -> Failure {
    let (is_temporary, hint) = match &error {
        ureq::Error::Timeout(_) => (true, String::new()),
        ureq::Error::HostNotFound => {
            (false, "the host name is unknown: look for a typing error, or set HTTPS_PROXY".to_owned())
        }
        ureq::Error::Io(io) => match (tls_hint(io), io.kind()) {
            (Some(hint), _) => (false, hint),
            (None, std::io::ErrorKind::ConnectionRefused) => {
                (false, "nothing listens there: is the port right?".to_owned())
            }
            (None, _) => (true, String::new()),
        },
        ureq::Error::Rustls(error) => (false, certificate_hint(error)),
        _ => (false, String::new()),
    };
    let error =
        RegistryError::Unreachable { host: host.to_owned(), hint: Hint(hint), source: Box::new(error) };
    Failure { error, is_temporary }
}

fn tls_hint(error: &std::io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(certificate_hint)
}

fn certificate_hint(error: &rustls::Error) -> String {
    use rustls::{CertificateError, Error};
    let hint = match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "pass --tls-ca FILE to trust the authority of a private registry, or --insecure HOST to trust anything"
        }
        Error::InvalidCertificate(CertificateError::Other(_)) => {
            "the certificate is not one for a server (an authority's own certificate cannot be used as one); \
             make a proper one, or pass --insecure HOST"
        }
        Error::InvalidCertificate(_) => {
            "renew or replace the registry's certificate, or pass --insecure HOST to trust anything"
        }
        Error::InvalidMessage(_) => "it does not speak TLS; pass --insecure HOST to allow plain http",
        _ => "",
    };
    hint.to_owned()
}
