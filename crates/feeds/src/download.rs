//! Fetching one file: conditional, resumable, patient and bounded.

mod http;
mod part;

use crate::sources::Sources;
use crate::state::FileState;
use part::Part;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) use http::Client;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server does not have it.
    #[error("'{0}' is not there")]
    NotFound(String),
    /// The server refuses.
    #[error("'{address}' answers {status}")]
    Refused {
        /// The address.
        address: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server asks to come back later than we are willing to wait.
    #[error(
        "'{address}' answers {status} and asks to wait {wait_secs} s (hint: try again later or configure a mirror)"
    )]
    Busy {
        /// The address.
        address: String,
        /// The HTTP status.
        status: u16,
        /// Seconds that it asks for.
        wait_secs: u64,
    },
    /// The certificate authority that was named.
    #[error("the server's certificate authority cannot be used")]
    Tls {
        /// Which file, and why.
        #[source]
        source: tls::TlsError,
    },
    /// The connection failed or broke.
    #[error("cannot fetch '{address}': {detail}")]
    Connection {
        /// The address.
        address: String,
        /// What the connection said.
        detail: String,
    },
    /// The file is larger than allowed.
    #[error("'{address}' has more than {limit_bytes} bytes")]
    TooLarge {
        /// The address.
        address: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// It took longer than allowed.
    #[error("'{address}' takes longer than {limit_secs} s")]
    TooSlow {
        /// The address.
        address: String,
        /// The limit.
        limit_secs: u64,
    },
    /// The content is not what its publisher says.
    #[error("'{address}' does not match its checksum (expected {expected}, found {found})")]
    Checksum {
        /// The address.
        address: String,
        /// SHA-256 as published.
        expected: String,
        /// SHA-256 of what came.
        found: String,
    },
    /// A local file cannot be read or written.
    #[error("cannot {action} '{}'", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An index file of the publisher is not understood.
    #[error("'{address}' is not understood: {detail}")]
    Index {
        /// The address.
        address: String,
        /// What is wrong.
        detail: String,
    },
}

/// A file to fetch.
pub(crate) struct Request<'a> {
    /// Whole addresses, tried in order.
    pub addresses: Vec<String>,
    /// Where it is kept.
    pub path: &'a Path,
    /// What is known of the copy that is there.
    pub known: Option<&'a FileState>,
    /// SHA-256 as published, in hexadecimal.
    pub sha256: Option<&'a str>,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub state: FileState,
    /// Whether the content is other than before.
    pub is_new: bool,
    pub downloaded_bytes: u64,
}

/// What a fetch needs of its surroundings.
pub(crate) struct Surroundings<'a> {
    pub client: &'a Client,
    pub sources: &'a Sources,
    /// Waits; tests do not.
    pub sleep: &'a (dyn Fn(Duration) + Sync),
    /// Told of bytes and, when it is known, of how many there will be.
    pub progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
}

/// Fetches a file from the first address that has it.
pub(crate) fn fetch(request: &Request<'_>, around: &Surroundings<'_>) -> Result<Fetched, FetchError> {
    let mut last = None;
    for address in &request.addresses {
        match fetch_patiently(address, request, around) {
            Ok(fetched) => return Ok(fetched),
            // A mirror that lacks the file must not hide why another one failed.
            Err(FetchError::NotFound(_)) if last.is_some() => {}
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| FetchError::NotFound("(no address)".to_owned())))
}

fn fetch_patiently(
    address: &str,
    request: &Request<'_>,
    around: &Surroundings<'_>,
) -> Result<Fetched, FetchError> {
    let started = Instant::now();
    let mut attempt = 0;
    loop {
        let result = match local_path(address) {
            Some(path) => copy_local(address, &path, request, around),
            None => around.attempt(address, request, started),
        };
        let (error, wait) = match result {
            Ok(fetched) => return Ok(fetched),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing { error, wait }) => (error, wait),
        };
        if attempt >= around.sources.retries {
            return Err(error);
        }
        let wait = wait.unwrap_or_else(|| backoff(attempt, address));
        if started.elapsed() + wait > Duration::from_secs(around.sources.file_secs_max) {
            return Err(error);
        }
        attempt += 1;
        (around.sleep)(wait);
    }
}

/// Why an attempt failed, and whether another may succeed.
pub(crate) enum Failure {
    Final(FetchError),
    Passing { error: FetchError, wait: Option<Duration> },
}

/// One second, doubled each time, at most a minute; spread by the address, so that many clients that start at
/// the same minute do not come back in the same second.
fn backoff(attempt: u32, address: &str) -> Duration {
    let spread = model::path_hash(address) % 500 + u64::from(std::process::id() % 500);
    Duration::from_millis((1_000_u64 << attempt.min(6)).min(60_000) + spread)
}

/// `file:///srv/osv`, `/srv/osv`, `./osv`.
fn local_path(address: &str) -> Option<PathBuf> {
    if let Some(rest) = address.strip_prefix("file:") {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let path = percent_encoding::percent_decode_str(rest).decode_utf8_lossy().into_owned();
        return Some(PathBuf::from(path));
    }
    (!address.contains("://")).then(|| PathBuf::from(address))
}

fn copy_local(
    address: &str,
    path: &Path,
    request: &Request<'_>,
    around: &Surroundings<'_>,
) -> Result<Fetched, Failure> {
    let failed = |action, path: &Path| {
        let path = path.to_owned();
        move |source| Failure::Final(FetchError::File { action, path, source })
    };
    let mut input = match fs::File::open(path) {
        Ok(input) => input,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::Final(FetchError::NotFound(address.to_owned())));
        }
        Err(error) => return Err(failed("open", path)(error)),
    };
    let total = input.metadata().map_err(failed("read", path))?.len();
    let mut part = Part::fresh(request.path).map_err(failed("write", request.path))?;
    let limit_bytes = around.sources.file_bytes_max;
    pump(&mut input, &mut part, Some(total), limit_bytes, None, around.progress, address)?;
    finish(part, address, String::new(), String::new(), request)
}

/// Copies a body into the partial file.
fn pump(
    input: &mut dyn Read,
    part: &mut Part,
    total: Option<u64>,
    limit_bytes: u64,
    deadline: Option<(Instant, u64)>,
    progress: &(dyn Fn(u64, Option<u64>) + Sync),
    address: &str,
) -> Result<(), Failure> {
    let mut buffer = vec![0; 128 << 10];
    progress(part.size_bytes(), total);
    loop {
        let got = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let error = FetchError::Connection { address: address.to_owned(), detail: error.to_string() };
                return Err(Failure::Passing { error, wait: None });
            }
        };
        if part.size_bytes() + got as u64 > limit_bytes {
            part.discard();
            return Err(Failure::Final(FetchError::TooLarge { address: address.to_owned(), limit_bytes }));
        }
        if let Some((deadline, limit_secs)) = deadline
            && Instant::now() > deadline
        {
            return Err(Failure::Final(FetchError::TooSlow { address: address.to_owned(), limit_secs }));
        }
        part.write_all(&buffer[..got]).map_err(|source| {
            Failure::Final(FetchError::File { action: "write", path: part.path().to_owned(), source })
        })?;
        progress(part.size_bytes(), total);
    }
}

/// Verifies the partial file and gives it its name.
fn finish(
    part: Part,
    address: &str,
    etag: String,
    last_modified: String,
    request: &Request<'_>,
) -> Result<Fetched, Failure> {
    let file_error =
        |source| Failure::Final(FetchError::File { action: "write", path: request.path.to_owned(), source });
    let downloaded_bytes = part.downloaded_bytes();
    let sha256 = sha256_of(part.path()).map_err(file_error)?;
    if let Some(expected) = request.sha256
        && !expected.eq_ignore_ascii_case(&sha256)
    {
        let error = FetchError::Checksum {
            address: address.to_owned(),
            expected: expected.to_owned(),
            found: sha256,
        };
        part.discard();
        return Err(Failure::Final(error));
    }
    let size_bytes = part.size_bytes();
    part.persist(request.path).map_err(file_error)?;
    let is_new = request.known.is_none_or(|known| known.sha256 != sha256);
    let state = FileState { address: address.to_owned(), etag, last_modified, size_bytes, sha256 };
    Ok(Fetched { state, is_new, downloaded_bytes })
}

pub(crate) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            got => hash.update(&buffer[..got]),
        }
    }
    Ok(hex(&hash.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
    }
    text
}
