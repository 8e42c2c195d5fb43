//! Single exchanges over HTTP: which agent, which address, which redirects.

use crate::{
    Options, RegistryError,
    authority::is_loopback,
    endpoint::{Endpoint, Scheme, scheme},
    failure::{Failure, failure},
    trust,
    url::{authority, is_allowed, origin, resolve},
};
use model::Redacted;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
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
    /// Begins an upload.
    Post,
    /// Stores bytes of a media type.
    Put {
        media_type: String,
        bytes: Arc<[u8]>,
    },
}

/// An answer, and who gave it in the end.
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    pub(crate) host: String,
    pub(crate) url: String,
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
            if matches!(ask.method, Method::PostForm(_) | Method::Post | Method::Put { .. }) {
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
            Method::Post => {
                let mut request = agent.post(url).config().timeout_global(ask.timeout).build();
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.send_empty()
            }
            Method::Put { media_type, bytes } => {
                let mut request = agent.put(url).config().timeout_global(ask.timeout).build();
                for (name, value) in headers {
                    request = request.header(name, value);
                }
                request.content_type(media_type).send(&bytes[..])
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
        let mut builder = Agent::config_builder()
            .tls_config(trust::client(host, is_verified, options)?.settings())
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("identity")
            .user_agent(options.user_agent.clone())
            .timeout_connect(Some(options.connect_timeout))
            .timeout_recv_response(Some(options.document_timeout))
            .timeout_per_read(Some(options.read_timeout))
            .timeout_per_write(Some(options.read_timeout));
        // A proxy's loopback is another machine's; Go, and so Docker, never sends these to one.
        if is_loopback(host) {
            builder = builder.proxy(None);
        }
        let agent: Agent = builder.build().into();
        if agents.len() >= AGENTS_MAX {
            agents.clear();
        }
        agents.insert(key, agent.clone());
        Ok(agent)
    }
}
