//! A server that plays any part: HTTP/1.1 on a loopback port or a unix socket, plain or with TLS, one answer a
//! connection, and it may break, stall or drip.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

// A client that goes away without a word.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(20);

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

impl Request {
    /// A header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first byte of a `Range` that goes to the end.
    #[must_use]
    pub fn range_from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides `content-length` and `connection`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it ends.
    pub ending: Ending,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Whole,
    /// The connection breaks after so many bytes.
    CutAfter(usize),
    /// After so many bytes nothing comes any more, until the client goes away.
    StallAfter(usize),
    /// A byte now and then.
    Drip,
}

impl Reply {
    /// An answer with a status.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), ending: Ending::Whole }
    }

    /// A 200.
    #[must_use]
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How the body ends.
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// A blob, or the part of it that the request wants.
    #[must_use]
    pub fn ranged(content: &[u8], request: &Request) -> Self {
        match request.range_from() {
            Some(from) => Self::new(206, &content[from..])
                .header("content-range", &format!("bytes {from}-{}/{}", content.len() - 1, content.len())),
            None => Self::ok(content),
        }
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server; it ends when dropped.
pub struct Server {
    /// `127.0.0.1:PORT`, or the path of the socket.
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    is_ending: Arc<AtomicBool>,
}

impl Server {
    /// Serves plain http on a loopback port.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_tcp(None, Arc::new(handler))
    }

    /// Serves with TLS on a loopback port.
    pub fn start_tls(
        tls: Arc<ServerConfig>,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start_tcp(Some(tls), Arc::new(handler))
    }

    /// Serves on a unix socket.
    pub fn start_unix(path: &Path, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let handler: Arc<Handler> = Arc::new(handler);
        let accept = move || listener.accept().map(|(stream, _)| stream);
        Self::accept(path.display().to_string(), accept, move |stream: UnixStream, log| {
            stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
            let _ = serve(stream, &handler, log);
        })
    }

    fn start_tcp(tls: Option<Arc<ServerConfig>>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let accept = move || listener.accept().map(|(stream, _)| stream);
        Self::accept(address, accept, move |stream: TcpStream, log| {
            stream.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
            let _ = match &tls {
                None => serve(stream, &handler, log),
                Some(config) => {
                    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                    serve(StreamOwned::new(connection, stream), &handler, log)
                }
            };
        })
    }

    fn accept<S: Send + 'static>(
        address: String,
        accept: impl Fn() -> std::io::Result<S> + Send + 'static,
        serve: impl Fn(S, &Mutex<Vec<Request>>) + Send + Sync + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let is_ending = Arc::new(AtomicBool::new(false));
        let server = Self { address, requests: Arc::clone(&requests), is_ending: Arc::clone(&is_ending) };
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            while let Ok(stream) = accept() {
                if is_ending.load(Ordering::SeqCst) {
                    return;
                }
                let (serve, requests) = (Arc::clone(&serve), Arc::clone(&requests));
                std::thread::spawn(move || serve(stream, &requests));
            }
        });
        server
    }

    /// What was asked so far, without the question of a registry client which protocol is spoken (`/v2/`).
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().iter().filter(|request| request.target != "/v2/").cloned().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::SeqCst);
        // The thread that accepts wakes up and sees that it is over.
        if self.address.starts_with('/') {
            let _ = UnixStream::connect(&self.address);
        } else {
            let _ = TcpStream::connect(&self.address);
        }
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
