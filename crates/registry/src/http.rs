//! Single exchanges over HTTP: which agent, which address, which redirects.

use crate::{
    Options, RegistryError,
    authority::host_of,
    endpoint::{Endpoint, Scheme, scheme},
    error::Hint,
    tls,
};
use model::Redacted;
use std::{collections::HashMap, sync::Mutex, time::Duration};
use ureq::{Agent, Body, http::Response};

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) accept: Option<String>,
    /// First byte of a range that goes to the end; 0 asks for all.
    pub(crate) range_from: u64,
    pub(crate) authorization: Option<Redacted<String>>,
    /// Bounds the whole exchange; a stream has none.
    pub(crate) timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum Method {
    #[default]
    Get,
    Head,
    /// A form, already encoded; it holds credentials.
    PostForm(Redacted<String>),
}

/// An answer, and who gave it in the end.
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    pub(crate) host: String,
    pub(crate) url: String,
}

/// Why there is no answer.
pub(crate) struct Failure {
    pub(crate) error: RegistryError,
    /// Whether trying again may help.
    pub(crate) is_temporary: bool,
}

/// The agents of all hosts, and how each host is talked to.
pub(crate) struct Http {
    agents: Mutex<HashMap<(String, bool), Agent>>,
    bases: Mutex<HashMap<Endpoint, String>>,
}

const REDIRECTS_MAX: usize = 5;
const AGENTS_MAX: usize = 256;
// Only for hosts that may speak plain http: one of them may take the beginning of TLS for a slow request.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name).and_then(|value| value.to_str().ok())
    }
}

impl Http {
    pub(crate) fn new() -> Self {
        Self { agents: Mutex::default(), bases: Mutex::default() }
    }

    /// `https://HOST[:PORT][/PREFIX]` of an endpoint. Hosts that may be insecure are tried with TLS first, as
    /// Docker does.
    pub(crate) fn base(&self, endpoint: &Endpoint, options: &Options) -> Result<String, RegistryError> {
        let base = |protocol: &str| format!("{protocol}://{}{}", endpoint.authority, endpoint.prefix);
        match endpoint.scheme {
            Scheme::Https => return Ok(base("https")),
            Scheme::Http => return Ok(base("http")),
            Scheme::Any => {}
        }
        if let Some(known) =
            self.bases.lock().expect("no thread panics while it holds this lock").get(endpoint)
        {
            return Ok(known.clone());
        }
        let mut failures = Vec::new();
        for protocol in ["https", "http"] {
            let ask = Ask { timeout: Some(PROBE_TIMEOUT.min(options.document_timeout)), ..Ask::default() };
            match self.exchange_once(&format!("{}/v2/", base(protocol)), &ask, options) {
                Ok(_) => {
                    let mut bases = self.bases.lock().expect("no thread panics while it holds this lock");
                    bases.insert(endpoint.clone(), base(protocol));
                    return Ok(base(protocol));
                }
                Err(failure) => failures.push(failure.error),
            }
        }
        Err(failures.pop().expect("both protocols were tried"))
    }

    /// Asks, and follows redirects. Credentials go to the host that was asked and no other.
    pub(crate) fn exchange(&self, url: &str, ask: &Ask, options: &Options) -> Result<Answer, Failure> {
        let mut ask = ask.clone();
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.exchange_once(&url, &ask, options)?;
            let is_redirect = matches!(answer.status(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = answer.header("location").filter(|_| is_redirect) else { return Ok(answer) };
            let target = resolve(&url, location);
            let refused = |reason| Failure {
                error: RegistryError::Redirect {
                    host: answer.host.clone(),
                    target: target
                        .split(['?', '#'])
                        .next()
                        .unwrap_or("")
                        .chars()
                        .filter(|c| !c.is_control())
                        .take(200)
                        .collect(),
                    reason,
                },
                is_temporary: false,
            };
            if matches!(ask.method, Method::PostForm(_)) {
                return Err(refused("it would carry credentials elsewhere"));
            }
            if !is_allowed(&target, options) {
                return Err(refused(
                    "it leads to plain http\nhint: pass --insecure with that host to allow it",
                ));
            }
            // What signed addresses of storage services carry would clash with a second authorization, and a
            // token of the registry is none of their business.
            if origin(&target) != origin(&url) {
                ask.authorization = None;
            }
            url = target;
        }
        let error = RegistryError::Redirect {
            host: authority(&url).to_owned(),
            target: String::new(),
            reason: "too many redirects",
        };
        Err(Failure { error, is_temporary: false })
    }

    fn exchange_once(&self, url: &str, ask: &Ask, options: &Options) -> Result<Answer, Failure> {
        let host = authority(url).to_owned();
        let is_verified = !url.starts_with("https://") || scheme(&host, options) == Scheme::Https;
        let agent = self
            .agent(&host, is_verified, options)
            .map_err(|error| Failure { error, is_temporary: false })?;
        let mut headers = Vec::new();
        headers.extend(ask.accept.as_ref().map(|accept| ("accept", accept.clone())));
        headers.extend(ask.authorization.as_ref().map(|value| ("authorization", value.reveal().clone())));
        if ask.range_from > 0 {
            headers.push(("range", format!("bytes={}-", ask.range_from)));
        }
        let result = match &ask.method {
            Method::PostForm(form) => {
                let mut request = agent.post(url).config().timeout_global(ask.timeout).build();
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.content_type("application/x-www-form-urlencoded").send(form.reveal())
            }
            Method::Get | Method::Head => {
                let request =
                    if matches!(ask.method, Method::Head) { agent.head(url) } else { agent.get(url) };
                let mut request = request.config().timeout_global(ask.timeout).build();
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.call()
            }
        };
        match result {
            Ok(response) => Ok(Answer { response, host, url: url.to_owned() }),
            Err(error) => Err(failure(&host, error)),
        }
    }

    fn agent(&self, host: &str, is_verified: bool, options: &Options) -> Result<Agent, RegistryError> {
        let key = (host.to_owned(), is_verified);
        let mut agents = self.agents.lock().expect("no thread panics while it holds this lock");
        if let Some(agent) = agents.get(&key) {
            return Ok(agent.clone());
        }
        let agent: Agent = Agent::config_builder()
            .tls_config(tls::config(host, is_verified, options)?)
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("identity")
            .user_agent(options.user_agent.clone())
            .timeout_connect(Some(options.connect_timeout))
            .timeout_recv_response(Some(options.document_timeout))
            .timeout_per_read(Some(options.read_timeout))
            .timeout_per_write(Some(options.read_timeout))
            .build()
            .into();
        if agents.len() >= AGENTS_MAX {
            agents.clear();
        }
        agents.insert(key, agent.clone());
        Ok(agent)
    }
}

/// Whether an address may be asked at all: https, or plain http where that is allowed.
pub(crate) fn is_allowed(url: &str, options: &Options) -> bool {
    let is_http = url.starts_with("http://") && scheme(authority(url), options) == Scheme::Any;
    (url.starts_with("https://") || is_http)
        && !authority(url).contains('@')
        && !host_of(authority(url)).is_empty()
}

/// The `HOST[:PORT]` of an address.
pub(crate) fn authority(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    after.split(['/', '?', '#']).next().unwrap_or("")
}

fn origin(url: &str) -> String {
    let protocol = url.split_once("://").map_or("", |(protocol, _)| protocol);
    format!("{protocol}://{}", authority(url)).to_ascii_lowercase()
}

/// The address that a `Location` or `Link` found at `base` means (RFC 3986, section 5.2, for what registries send).
pub(crate) fn resolve(base: &str, location: &str) -> String {
    let location = location.trim().split('#').next().unwrap_or("");
    if location.contains("://") && !location.starts_with(['/', '?', '.']) {
        return location.to_owned();
    }
    let protocol = base.split_once("://").map_or("https", |(protocol, _)| protocol);
    if let Some(rest) = location.strip_prefix("//") {
        return format!("{protocol}://{rest}");
    }
    let origin = format!("{protocol}://{}", authority(base));
    if location.starts_with('/') {
        return format!("{origin}{location}");
    }
    let path = base[origin.len().min(base.len())..].split('?').next().unwrap_or("");
    if location.starts_with('?') {
        return format!("{origin}{path}{location}");
    }
    let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
    format!("{origin}{directory}{location}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_against_the_address_that_named_them() {
        let base = "https://reg.example:5000/v2/a/blobs/x?y=/z";
        for (location, expected) in [
            ("https://cdn.example/b", "https://cdn.example/b"),
            ("//cdn.example/b", "https://cdn.example/b"),
            ("/b?c=http://d", "https://reg.example:5000/b?c=http://d"),
            ("b", "https://reg.example:5000/v2/a/blobs/b"),
            ("?n=1", "https://reg.example:5000/v2/a/blobs/x?n=1"),
        ] {
            assert_eq!(resolve(base, location), expected);
        }
        assert_eq!(resolve("https://h", "b"), "https://h/b");
    }

    #[test]
    fn plain_http_is_only_allowed_where_it_was_asked_for() {
        let options = Options::default();
        assert!(is_allowed("https://a.example/x", &options));
        assert!(is_allowed("http://127.0.0.1:5000/x", &options));
        assert!(!is_allowed("http://a.example/x", &options));
        assert!(!is_allowed("file:///etc/passwd", &options));
        assert!(!is_allowed("https://127.0.0.1@a.example/", &options));
    }
}
