//! A registry that plays any part: HTTP/1.1 on a loopback port, plain or with TLS, one answer a connection.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first byte of a `Range` that goes to the end.
    pub fn range_from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub ending: Ending,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Whole,
    /// The connection breaks after so many bytes.
    CutAfter(usize),
    /// After so many bytes nothing comes any more, until the client goes away.
    StallAfter(usize),
    /// A byte now and then.
    Drip,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ending: Ending::Whole }
    }

    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// A blob, or the part of it that the request wants.
    pub fn ranged(content: &[u8], request: &Request) -> Self {
        match request.range_from() {
            Some(from) => Self::new(206, &content[from..])
                .header("content-range", &format!("bytes {from}-{}/{}", content.len() - 1, content.len())),
            None => Self::ok(content),
        }
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server.
pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    is_ending: Arc<AtomicBool>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(None, handler)
    }

    pub fn start_with(
        tls: Option<Arc<rustls::ServerConfig>>,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let is_ending = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let (log, ending) = (Arc::clone(&requests), Arc::clone(&is_ending));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ending.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, log, tls) = (Arc::clone(&handler), Arc::clone(&log), tls.clone());
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    match tls {
                        None => serve(stream, &handler, &log),
                        Some(config) => {
                            let connection = rustls::ServerConnection::new(config).unwrap();
                            serve(rustls::StreamOwned::new(connection, stream), &handler, &log)
                        }
                    }
                });
            }
        });
        Self { address, requests, is_ending }
    }

    /// What was asked so far, without the question which protocol is spoken.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().iter().filter(|request| request.target != "/v2/").cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address);
    }
}

fn serve<S: Read + Write>(stream: S, handler: &Arc<Handler>, log: &Mutex<Vec<Request>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    // The beginning of TLS, where plain http is spoken.
    if reader.fill_buf().ok()?.first() == Some(&0x16) {
        return None;
    }
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, target, headers, body: String::new() };
    let length: usize = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    log.lock().unwrap().push(request.clone());
    let reply = handler(&request);
    let mut stream = reader.into_inner();
    write!(stream, "HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status).ok()?;
    if !reply.headers.iter().any(|(name, _)| name == "content-length") {
        write!(stream, "content-length: {}\r\n", reply.body.len()).ok()?;
    }
    for (name, value) in &reply.headers {
        write!(stream, "{name}: {value}\r\n").ok()?;
    }
    write!(stream, "\r\n").ok()?;
    if request.method == "HEAD" {
        return stream.flush().ok();
    }
    match reply.ending {
        Ending::Whole => stream.write_all(&reply.body).ok()?,
        Ending::CutAfter(count) => stream.write_all(&reply.body[..count.min(reply.body.len())]).ok()?,
        Ending::StallAfter(count) => {
            stream.write_all(&reply.body[..count.min(reply.body.len())]).ok()?;
            stream.flush().ok()?;
            let _ = stream.read(&mut [0]);
        }
        Ending::Drip => {
            for byte in reply.body.chunks(1) {
                stream.write_all(byte).ok()?;
                stream.flush().ok()?;
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    stream.flush().ok()
}

/// An authority and a server certificate of it for `127.0.0.1` and `localhost`.
pub struct Tls {
    pub ca_pem: Vec<u8>,
    pub server: Arc<rustls::ServerConfig>,
}

pub fn tls() -> Tls {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let ca_key = KeyPair::generate().unwrap();
    let mut ca_params = CertificateParams::new(Vec::new()).unwrap();
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = ca_params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca_params, ca_key);
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    Tls { ca_pem: ca.pem().into_bytes(), server: Arc::new(server) }
}

/// Options that neither wait nor look at the machine.
pub fn options() -> registry::Options {
    registry::Options {
        retry_delay: Duration::from_millis(1),
        retry_wait_max: Duration::from_secs(1),
        retries_max: 3,
        ..registry::Options::default()
    }
}

pub fn reference(server: &Server, rest: &str) -> oci::Reference {
    format!("{}/{rest}", server.address).parse().unwrap()
}

pub fn digest(content: &[u8]) -> model::Digest {
    use sha2::Digest as _;
    model::Digest::from_sha256(&sha2::Sha256::digest(content).into())
}

pub fn descriptor(content: &[u8]) -> oci::Descriptor {
    oci::Descriptor {
        media_type: "application/octet-stream".to_owned(),
        digest: digest(content),
        size_bytes: content.len() as u64,
        platform: None,
        annotations: std::collections::BTreeMap::new(),
    }
}
