//! The connection to an engine.

use crate::{
    Address, DockerError, Options,
    context::{self, Place},
    error::sanitised,
    unix_transport::{NoResolver, UnixConnector},
};
use serde::de::DeserializeOwned;
use std::{
    fmt,
    io::{self, Read as _},
    sync::Arc,
    time::Duration,
};
use ureq::{Agent, Body, http::Response};

/// A Docker Engine that answered. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    agent: Agent,
    address: Address,
    base: String,
    api_version: Option<(u32, u32)>,
    pub(crate) options: Arc<Options>,
}

// The newest version of the API whose answers were looked at; engines speak older ones down to their own
// minimum (docs.docker.com, "Versioned API and SDK").
const API_VERSION_MAX: (u32, u32) = (1, 51);
const ANSWER_BYTES_MAX: u64 = 256 << 20;
const ERROR_BYTES_MAX: u64 = 64 << 10;

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Engine {
    /// Finds the engine that is meant, and agrees with it on a version of the API.
    ///
    /// # Errors
    /// When its address makes no sense, or it does not answer.
    pub fn connect(options: Options) -> Result<Self, DockerError> {
        let Place { address, tls } = context::find(&options)?;
        let mut builder = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("identity")
            .user_agent(concat!("seawall/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(options.connect_timeout));
        // A proxy's loopback is another machine's.
        if address.is_loopback() {
            builder = builder.proxy(None);
        }
        let (agent, base) = match &address {
            Address::Unix(path) => {
                builder = builder.proxy(None);
                (
                    Agent::with_parts(builder.build(), UnixConnector(path.clone()), NoResolver),
                    "http://docker".to_owned(),
                )
            }
            Address::Tcp(authority) => (builder.build().into(), format!("http://{authority}")),
            Address::Tls(authority) => {
                (builder.tls_config(tls.settings()).build().into(), format!("https://{authority}"))
            }
        };
        let mut engine = Self { agent, address, base, api_version: None, options: Arc::new(options) };
        let pong = engine.get("/_ping", engine.options.answer_timeout)?;
        let offered = pong.headers().get("api-version").and_then(|value| parse_version(value.to_str().ok()?));
        engine.api_version = offered.map(|offered| offered.min(API_VERSION_MAX));
        Ok(engine)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The version of the API that is spoken; `None` with an engine that does not tell.
    #[must_use]
    pub const fn api_version(&self) -> Option<(u32, u32)> {
        self.api_version
    }

    pub(crate) fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, DockerError> {
        self.get_json_within(path, ANSWER_BYTES_MAX)
    }

    pub(crate) fn get_json_within<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes_max: u64,
    ) -> Result<T, DockerError> {
        let response = self.get(path, self.options.answer_timeout)?;
        self.read_json(path, response, bytes_max)
    }

    fn read_json<T: DeserializeOwned>(
        &self,
        path: &str,
        response: Response<Body>,
        bytes_max: u64,
    ) -> Result<T, DockerError> {
        let malformed = |reason: String| DockerError::Malformed { path: path.to_owned(), reason };
        let mut bytes = Vec::new();
        let mut reader = response.into_body().into_reader().take(bytes_max + 1);
        reader.read_to_end(&mut bytes).map_err(|error| self.unreachable(ureq::Error::Io(error)))?;
        if bytes.len() as u64 > bytes_max {
            return Err(malformed(format!("it has more than {bytes_max} bytes")));
        }
        serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))
    }

    pub(crate) fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
        bytes_max: u64,
    ) -> Result<T, DockerError> {
        let timeout = Some(self.options.answer_timeout);
        let request = self.agent.post(self.url(path)).config().timeout_global(timeout).build();
        let request = request.header("Content-Type", "application/json");
        let response = self.checked(path, request.send(body.to_string().as_bytes()))?;
        self.read_json(path, response, bytes_max)
    }

    /// A call whose answer says nothing.
    pub(crate) fn post(&self, path: &str, body: &serde_json::Value) -> Result<(), DockerError> {
        let timeout = Some(self.options.answer_timeout);
        let request = self.agent.post(self.url(path)).config().timeout_global(timeout).build();
        let request = request.header("Content-Type", "application/json");
        self.checked(path, request.send(body.to_string().as_bytes())).map(drop)
    }

    /// A body that may take its time, but not stall.
    pub(crate) fn get_stream(&self, path: &str) -> Result<Response<Body>, DockerError> {
        let config = |request: ureq::RequestBuilder<ureq::typestate::WithoutBody>| {
            let timeout = Some(self.options.export_timeout);
            request.config().timeout_recv_response(timeout).timeout_per_read(timeout).build()
        };
        self.checked(path, config(self.agent.get(self.url(path))).call())
    }

    /// A body that may be silent for ever.
    pub(crate) fn get_endless(&self, path: &str) -> Result<Response<Body>, DockerError> {
        let timeout = Some(self.options.answer_timeout);
        let request = self.agent.get(self.url(path)).config().timeout_recv_response(timeout).build();
        self.checked(path, request.call())
    }

    fn get(&self, path: &str, timeout: Duration) -> Result<Response<Body>, DockerError> {
        let request = self.agent.get(self.url(path)).config().timeout_global(Some(timeout)).build();
        self.checked(path, request.call())
    }

    fn url(&self, path: &str) -> String {
        match self.api_version {
            Some((major, minor)) => format!("{}/v{major}.{minor}{path}", self.base),
            None => format!("{}{path}", self.base),
        }
    }

    fn checked(
        &self,
        path: &str,
        result: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, DockerError> {
        let response = result.map_err(|error| self.unreachable(error))?;
        let status = response.status().as_u16();
        if status == 200 {
            return Ok(response);
        }
        let mut body = Vec::new();
        // An error document that cannot be read leaves the status, which says most.
        let _ = response.into_body().into_reader().take(ERROR_BYTES_MAX).read_to_end(&mut body);
        #[derive(serde::Deserialize)]
        struct Message {
            message: String,
        }
        let message = match serde_json::from_slice::<Message>(&body) {
            Ok(document) => sanitised(document.message.as_bytes(), 300),
            Err(_) => sanitised(&body, 300),
        };
        Err(DockerError::Status { status, path: path.to_owned(), message })
    }

    fn unreachable(&self, error: ureq::Error) -> DockerError {
        let kind = match &error {
            ureq::Error::Io(error) => Some(error.kind()),
            _ => None,
        };
        let hint = match (kind, self.address.is_local()) {
            (Some(io::ErrorKind::PermissionDenied), _) => {
                "\nhint: only root and the group 'docker' may talk to it; or set DOCKER_HOST to an engine of your own"
            }
            (Some(io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused), true) => {
                "\nhint: is dockerd running? DOCKER_HOST or a Docker context can name another engine"
            }
            (
                Some(
                    io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset,
                ),
                false,
            ) => "\nhint: an engine with TLS needs DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH",
            _ => "",
        };
        DockerError::Unreachable { address: self.address.to_string(), hint, source: Box::new(error) }
    }
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
