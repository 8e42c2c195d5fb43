//! The registry behind.

use super::{
    connection::{Connection, write_chunk},
    tls::registry_client_config,
};
use crate::{
    channel::Channel,
    wire::{BodyDecoder, Framing, ResponseFraming, ResponseHead},
};
use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};
use std::{
    io::{self, ErrorKind},
    net::{TcpStream, ToSocketAddrs as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Where the registry is, and how it is asked.
#[derive(Clone)]
pub struct UpstreamOptions {
    /// How long the registry may do nothing while something is read from it; what is written gets four times that.
    pub patience: Duration,
    /// `http://HOST[:PORT]` or `https://HOST[:PORT]`.
    pub address: String,
    /// What TLS trusts, and the guard's own certificate when the registry wants one.
    pub tls: Option<Arc<ClientConfig>>,
    /// Name and secret that the guard shows; it alone may reach the registry.
    pub credential: Option<(String, String)>,
}

/// An address, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_tls: bool,
    /// Host and port as they stand in `Host`.
    pub(crate) authority: String,
}

pub(crate) struct Upstream {
    place: Place,
    tls: Option<Arc<ClientConfig>>,
    authorization: Option<String>,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

/// An answer whose body has not been read.
pub(crate) struct Answer {
    pub(crate) head: ResponseHead,
    pub(crate) framing: Framing,
    connection: Connection,
    decoder: BodyDecoder,
    // Connections to other places are not kept.
    is_ours: bool,
}

/// A request whose body is being sent.
pub(crate) struct Sending {
    connection: Connection,
    is_chunked: bool,
    is_head: bool,
    is_ours: bool,
    // The registry may have answered and closed before it took everything.
    has_failed: bool,
}

const IDLE_MAX: usize = 64;
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// What an address that is no registry of ours gets.
const PATIENCE: Duration = Duration::from_secs(30);
/// Registries verify and store what they were sent before they answer.
const PATIENCE_TO_WRITE: u32 = 4;
const REDIRECTS_MAX: usize = 5;

impl Place {
    /// Reads `http://HOST[:PORT]` and what follows: the path with its query.
    pub(crate) fn parse(text: &str) -> Option<(Self, String)> {
        let (scheme, rest) = text.split_once("://")?;
        let is_tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
        if authority.is_empty() || !authority.bytes().all(is_host) || !target.bytes().all(is_plain) {
            return None;
        }
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Some((Self { is_tls, authority: authority.to_owned() }, target))
    }

    fn host(&self) -> &str {
        let (host, port) = self.authority.rsplit_once(':').unwrap_or((&self.authority, ""));
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let host = if is_port { host } else { &self.authority };
        host.trim_matches(['[', ']'])
    }

    fn port(&self) -> u16 {
        let after = self.authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        after.unwrap_or(if self.is_tls { 443 } else { 80 })
    }
}

impl Upstream {
    pub(crate) fn new(options: UpstreamOptions) -> Result<Self, String> {
        let parsed = Place::parse(&options.address).filter(|(_, target)| target == "/");
        let (place, _) =
            parsed.ok_or_else(|| format!("'{}' is not http[s]://HOST[:PORT]", options.address))?;
        let authorization = options.credential.map(|(name, secret)| {
            use base64::Engine as _;
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{name}:{secret}")))
        });
        let patience = options.patience;
        Ok(Self { place, tls: options.tls, authorization, patience, idle: Mutex::default() })
    }

    fn take(&self) -> io::Result<Connection> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match kept {
                Some(connection) if connection.is_idle_and_open() => return Ok(connection),
                Some(_) => {}
                None => return connect(&self.place, self.tls.as_ref(), self.patience),
            }
        }
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }

    /// Begins a request. Its head is the guard's own: the registry never sees a field that the client wrote but those given here.
    pub(crate) fn begin(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: Option<Framing>,
    ) -> io::Result<Sending> {
        let mut connection = self.take()?;
        let is_read = matches!(method, "GET" | "HEAD");
        connection.set_time_max(if is_read { self.patience } else { self.patience * PATIENCE_TO_WRITE })?;
        let authorization = self.authorization.as_deref();
        Self::begin_at(connection, &self.place, method, target, fields, body, authorization)
    }

    fn begin_at(
        mut connection: Connection,
        place: &Place,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: Option<Framing>,
        authorization: Option<&str>,
    ) -> io::Result<Sending> {
        let mut head =
            format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nUser-Agent: seawall\r\n", place.authority);
        let own = authorization.map(|value| ("Authorization", value));
        for (name, value) in fields.iter().copied().chain(own) {
            debug_assert!(!value.contains(['\r', '\n']), "fields were checked when they were read");
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match body {
            Some(Framing::Length(length)) => head.push_str(&format!("Content-Length: {length}\r\n")),
            Some(_) => head.push_str("Transfer-Encoding: chunked\r\n"),
            None if matches!(method, "POST" | "PUT" | "PATCH") => head.push_str("Content-Length: 0\r\n"),
            None => {}
        }
        head.push_str("\r\n");
        connection.write(head.as_bytes())?;
        let is_chunked = matches!(body, Some(Framing::Chunked | Framing::UntilClose));
        Ok(Sending { connection, is_chunked, is_head: method == "HEAD", is_ours: true, has_failed: false })
    }

    /// A request with a body that is at hand, or none.
    pub(crate) fn ask(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> io::Result<Answer> {
        let framing = body.map(|body| Framing::Length(body.len() as u64));
        let mut sending = self.begin(method, target, fields, framing)?;
        sending.send(body.unwrap_or_default());
        sending.answer()
    }

    /// As [`Self::ask`], and goes where the registry sends: to storage elsewhere, which never sees the guard's credential.
    pub(crate) fn ask_following(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
    ) -> io::Result<Answer> {
        let mut answer = self.ask(method, target, fields, None)?;
        let mut place = self.place.clone();
        for _ in 0..REDIRECTS_MAX {
            if !matches!(answer.head.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let location = answer.head.field("location").unwrap_or_default().to_owned();
            answer.finish(self);
            let malformed =
                || io::Error::new(ErrorKind::InvalidData, "the registry sends to an address that is none");
            let (next, target) = match location.starts_with('/') && !location.starts_with("//") {
                true => (place.clone(), location),
                false => Place::parse(&location).ok_or_else(malformed)?,
            };
            if place.is_tls && !next.is_tls {
                return Err(io::Error::new(ErrorKind::InvalidData, "the registry sends from https to http"));
            }
            let authorization = self.authorization.as_deref().filter(|_| next == self.place);
            let connection = connect(&next, self.tls.as_ref(), self.patience)?;
            let sending = Self::begin_at(connection, &next, method, &target, fields, None, authorization)?;
            answer = Sending { is_ours: false, ..sending }.answer()?;
            place = next;
        }
        Err(io::Error::new(ErrorKind::InvalidData, "the registry sends from one address to the next"))
    }

    /// The path and query of an address that the registry gives out for itself; its host says nothing (G4).
    pub(crate) fn own_target(location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return location
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#')
                .then(|| location.to_owned());
        }
        Place::parse(location).map(|(_, target)| target)
    }
}

fn connect(place: &Place, tls: Option<&Arc<ClientConfig>>, patience: Duration) -> io::Result<Connection> {
    let mut last = io::Error::new(ErrorKind::NotFound, format!("{} has no address", place.authority));
    for address in (place.host(), place.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIME_MAX) {
            Err(error) => last = error,
            Ok(socket) => {
                let channel = if place.is_tls {
                    let tls = tls.cloned().ok_or_else(|| io::Error::other("TLS is not set up"))?;
                    let name = ServerName::try_from(place.host().to_owned()).map_err(io::Error::other)?;
                    let session = ClientConnection::new(tls, name).map_err(io::Error::other)?;
                    Channel::tls(socket, session, CONNECT_TIME_MAX)?
                } else {
                    Channel::tcp(socket, patience)?
                };
                return Connection::new(channel, patience);
            }
        }
    }
    Err(last)
}

/// A small document from an address that the operator named, under the authorities of a file.
pub(crate) fn fetch(address: &str, authorities: &str) -> io::Result<Vec<u8>> {
    let malformed = || io::Error::new(ErrorKind::InvalidInput, format!("'{address}' is no address"));
    let (place, target) = Place::parse(address).filter(|(place, _)| place.is_tls).ok_or_else(malformed)?;
    let tls = registry_client_config(Path::new(authorities), None).map_err(io::Error::other)?;
    let connection = connect(&place, Some(&tls), PATIENCE)?;
    let sending = Upstream::begin_at(connection, &place, "GET", &target, &[], None, None)?;
    let mut answer = Sending { is_ours: false, ..sending }.answer()?;
    if answer.head.status != 200 {
        return Err(io::Error::other(format!("{address} answers {}", answer.head.status)));
    }
    answer.read_all(1 << 20)
}

impl Sending {
    /// Sends a part of the body. What the registry does not take any more is told by its answer.
    pub(crate) fn send(&mut self, content: &[u8]) {
        if self.has_failed {
            return;
        }
        let result = match self.is_chunked {
            true => write_chunk(&mut self.connection, content),
            false => self.connection.write(content),
        };
        self.has_failed = result.is_err();
    }

    /// Whether the registry has stopped taking.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Ends the body and reads the head of the answer.
    pub(crate) fn answer(mut self) -> io::Result<Answer> {
        if self.is_chunked && !self.has_failed {
            self.has_failed = self.connection.write(b"0\r\n\r\n").is_err();
        }
        let malformed = |error| io::Error::new(ErrorKind::InvalidData, error);
        loop {
            let head = self.connection.head()?.map_err(malformed)?.ok_or(ErrorKind::UnexpectedEof)?;
            let head = ResponseHead::parse(&head).map_err(malformed)?;
            if head.status / 100 == 1 && head.status != 101 {
                continue;
            }
            let ResponseFraming::Body(framing) = head.framing(self.is_head).map_err(malformed)? else {
                return Err(io::Error::new(ErrorKind::InvalidData, "the registry speaks something else"));
            };
            let is_ours = self.is_ours && !self.has_failed;
            return Ok(Answer {
                head,
                framing,
                connection: self.connection,
                decoder: BodyDecoder::new(framing),
                is_ours,
            });
        }
    }
}

impl Answer {
    pub(crate) fn content(&mut self) -> io::Result<Option<&[u8]>> {
        self.connection.content(&mut self.decoder)
    }

    /// Passes on what is left of the body without looking at it, where that can be done; how many bytes that was.
    pub(crate) fn splice(&mut self, to: &Connection) -> io::Result<u64> {
        self.connection.splice(&mut self.decoder, to)
    }

    /// Reads a body that must not be longer.
    pub(crate) fn read_all(&mut self, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(content) = self.content()? {
            body.extend_from_slice(content);
            if body.len() > bytes_max {
                return Err(io::Error::new(ErrorKind::InvalidData, "the registry's answer is too long"));
            }
        }
        Ok(body)
    }

    /// Gives the connection back when the body was read; otherwise it is closed.
    pub(crate) fn finish(mut self, upstream: &Upstream) {
        let is_read =
            self.decoder.is_done() || self.connection.drain(&mut self.decoder, 64 << 10).unwrap_or(false);
        if is_read && self.is_ours && !self.head.closes && self.framing != Framing::UntilClose {
            upstream.give_back(self.connection);
        }
    }
}
