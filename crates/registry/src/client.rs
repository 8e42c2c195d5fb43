//! Requests to registries: let in, repeated when that may help.

use crate::{
    Options, ProgressEvent, RegistryError,
    authorization::{Authorizations, Scope},
    challenge::parse_challenges,
    credential::{CredentialStore, canonical_host},
    endpoint::{Endpoint, endpoints},
    error::{Hint, StatusError, registry_message},
    failure::{Failure, failure},
    http::{Answer, Ask, Http, Method},
    retry,
    slots::Slots,
};
use oci::Reference;
use std::{
    collections::HashSet,
    fmt,
    io::Read as _,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A client of OCI registries (OCI distribution-spec). Cheap to clone; clones share connections and tokens.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) slots: Arc<Slots>,
    http: Http,
    authorizations: Authorizations,
    credentials: CredentialStore,
    // Mirrors that could not be reached, which are not asked again.
    unreachable: Mutex<HashSet<Endpoint>>,
}

/// What is asked of a registry.
pub(crate) struct Request {
    /// Method, accepted types, range and time.
    pub(crate) ask: Ask,
    /// From `/v2/` on, or a whole address that the registry named.
    pub(crate) path: String,
    pub(crate) scope: Scope,
    /// In words, for messages.
    pub(crate) what: String,
}

/// A document with the headers that matter.
pub(crate) struct FetchedDocument {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: Option<String>,
    pub(crate) content_digest: Option<String>,
    pub(crate) content_length: Option<u64>,
    pub(crate) link: Option<String>,
    pub(crate) url: String,
}

// An error document; what is longer is cut.
const ERROR_BYTES_MAX: u64 = 64 << 10;

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// A client. Nothing is asked of the network.
    ///
    /// # Errors
    /// When a certificate, key or mirror address in the options cannot be used.
    pub fn new(options: Options) -> Result<Self, RegistryError> {
        crate::trust::client("", true, &options)?;
        for host in options.mirrors.keys() {
            endpoints(host, host, &options)?;
        }
        let credentials = CredentialStore::new(&options);
        let slots = Slots::new(options.parallel_blobs);
        let (http, authorizations) = (Http::new(), Authorizations::default());
        let unreachable = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { options, slots, http, authorizations, credentials, unreachable }) })
    }

    /// What was odd in the credential files and with credential helpers, one line each, without secrets.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.inner.credentials.notes()
    }

    /// The addresses to ask for a repository: mirrors that can be reached, then the registry itself.
    pub(crate) fn endpoints(&self, reference: &Reference) -> Result<Vec<Endpoint>, RegistryError> {
        let mut endpoints = endpoints(reference.host(), reference.registry_host(), self.options())?;
        let unreachable = self.inner.unreachable.lock().expect("no thread panics while it holds this lock");
        endpoints.retain(|endpoint| !unreachable.contains(endpoint));
        Ok(endpoints)
    }

    /// Tells of a mirror that did not help; one that cannot be reached is not asked again.
    pub(crate) fn mirror_failed(&self, mirror: &Endpoint, error: &RegistryError) {
        if matches!(error, RegistryError::Unreachable { .. }) {
            let mut unreachable =
                self.inner.unreachable.lock().expect("no thread panics while it holds this lock");
            unreachable.insert(mirror.clone());
        }
        self.tell(ProgressEvent::MirrorFailed { host: mirror.authority.clone(), reason: error.to_string() });
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn tell(&self, event: ProgressEvent) {
        if let Some(progress) = &self.inner.options.progress {
            progress(event);
        }
    }

    /// A whole document of at most `limit_bytes`.
    pub(crate) fn document(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        what: &'static str,
        limit_bytes: u64,
    ) -> Result<FetchedDocument, RegistryError> {
        self.repeated(endpoint, request, |answer| {
            let header = |name: &str| answer.header(name).map(str::to_owned);
            let mut document = FetchedDocument {
                bytes: Vec::new(),
                media_type: header("content-type")
                    .map(|value| value.split(';').next().unwrap_or("").trim().to_owned()),
                content_digest: header("docker-content-digest"),
                content_length: header("content-length").and_then(|value| value.parse().ok()),
                link: header("link"),
                url: answer.url.clone(),
            };
            let host = answer.host.clone();
            let mut reader = answer.response.into_body().into_reader().take(limit_bytes.saturating_add(1));
            if let Err(error) = reader.read_to_end(&mut document.bytes) {
                return Err(failure(&host, ureq::Error::Io(error)));
            }
            if document.bytes.len() as u64 > limit_bytes {
                let error = RegistryError::TooLarge { host, what, limit_bytes };
                return Err(Failure { error, is_temporary: false });
            }
            Ok(document)
        })
    }

    /// An answer whose body is still to be read.
    pub(crate) fn stream(&self, endpoint: &Endpoint, request: &Request) -> Result<Answer, RegistryError> {
        self.repeated(endpoint, request, Ok)
    }

    fn repeated<T>(
        &self,
        endpoint: &Endpoint,
        request: &Request,
        mut finish: impl FnMut(Answer) -> Result<T, Failure>,
    ) -> Result<T, RegistryError> {
        // What is behind a mirror is the registry itself, which is quicker than waiting.
        let retries_max = if endpoint.is_mirror { 0 } else { self.options().retries_max };
        let mut attempt = 0;
        loop {
            let mut asked = None;
            let result = self.authorized(endpoint, request).and_then(|answer| {
                asked = retry::retry_after(answer.header("retry-after"), answer.header("date"));
                if (200..300).contains(&answer.status()) {
                    return finish(answer);
                }
                let is_temporary = retry::is_temporary(answer.status());
                Err(Failure { error: status_error(endpoint, request, answer), is_temporary })
            });
            let failure = match result {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let wait = retry::wait(attempt, asked, self.options());
            let Some(wait) = wait.filter(|_| failure.is_temporary && attempt < retries_max) else {
                return Err(self.explained(failure.error));
            };
            self.wait(&endpoint.authority, failure.error.to_string(), wait);
            attempt += 1;
        }
    }

    // Who is not let in since a credential helper failed should hear of the helper.
    fn explained(&self, mut error: RegistryError) -> RegistryError {
        if let RegistryError::Status(refused) = &mut error
            && matches!(refused.status, 401 | 403)
            && let Some(problem) = self.inner.credentials.helper_problem()
        {
            refused.hint = Hint(problem);
        }
        error
    }

    pub(crate) fn wait(&self, host: &str, reason: String, wait: Duration) {
        self.tell(ProgressEvent::Retrying { host: host.to_owned(), reason, wait });
        std::thread::sleep(wait);
    }

    // One exchange, and a second one when the registry first asks who is there.
    fn authorized(&self, endpoint: &Endpoint, request: &Request) -> Result<Answer, Failure> {
        let permanent = |error| Failure { error, is_temporary: false };
        let Inner { options, http, authorizations, credentials, .. } = &*self.inner;
        let registry = endpoint.authority.as_str();
        let mut ask = request.ask.clone();
        let url = if request.path.starts_with('/') {
            http.base(endpoint, options).map_err(permanent)? + &request.path
        } else {
            request.path.clone()
        };
        ask.authorization =
            authorizations.header(registry, &request.scope, http, credentials, options).map_err(permanent)?;
        let answer = http.exchange(&url, &ask, options)?;
        // A 401 of the host that a redirect named is not the registry's.
        if answer.status() != 401 || crate::url::authority(&answer.url) != crate::url::authority(&url) {
            return Ok(answer);
        }
        let challenges: Vec<_> = answer
            .response
            .headers()
            .get_all("www-authenticate")
            .iter()
            .take(16)
            .filter_map(|value| value.to_str().ok())
            .flat_map(parse_challenges)
            .collect();
        let renewed = authorizations.renew(registry, &request.scope, &challenges, http, credentials, options);
        match renewed.map_err(permanent)? {
            None => Ok(answer),
            Some(header) => {
                ask.authorization = Some(header);
                http.exchange(&url, &ask, options)
            }
        }
    }
}

fn status_error(endpoint: &Endpoint, request: &Request, answer: Answer) -> RegistryError {
    let (status, host) = (answer.status(), answer.host.clone());
    let mut body = Vec::new();
    // An error document that cannot be read leaves the status, which says most.
    let _ = answer.response.into_body().into_reader().take(ERROR_BYTES_MAX).read_to_end(&mut body);
    let login = login(&endpoint.authority);
    let hint = match status {
        401 => format!("the repository may not exist, or: {login}"),
        403 => format!("log in as someone who may read it: {login}"),
        404 if matches!(request.ask.method, Method::Get | Method::Head) => {
            "look for a typing error in the name, tag or digest".to_owned()
        }
        429 => format!("the registry limits requests: wait, or log in for a higher limit: {login}"),
        _ => String::new(),
    };
    let message = registry_message(&body);
    RegistryError::Status(Box::new(StatusError {
        host,
        status,
        what: request.what.clone(),
        message,
        hint: Hint(hint),
    }))
}

/// The command that logs in to a registry.
pub(crate) fn login(registry: &str) -> String {
    match canonical_host(registry).as_str() {
        "docker.io" => "docker login".to_owned(),
        registry => format!("docker login {registry}"),
    }
}
