//! A guard that lets everything through, before an engine.
#![allow(dead_code, reason = "each test file uses a part")]

use calls::{Call, Limits};
use control::{Asked, Client, Decision, Need, Verdict};
use guard::{Guard, GuardOptions, Judge, Listener, PolicySource};
use std::{
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Lets every call through, canonical and with the names that it came with.
pub(crate) struct Open(pub(crate) Limits);

impl Judge for Open {
    fn limits(&self) -> &Limits {
        &self.0
    }

    fn needs(&self, _: &Client, _: &Call) -> Vec<Need> {
        Vec::new()
    }

    fn decide(&self, asked: Asked<'_>) -> Decision {
        Decision {
            verdict: Verdict::Allow,
            client: None,
            access: "everything".to_owned(),
            rules: Vec::new(),
            rewrites: Vec::new(),
            call: asked.call,
            status: 200,
            message: None,
            warnings: vec!["a warning of the guard".to_owned()],
            inspection: None,
            tag_after: None,
        }
    }
}

/// A guard that runs in this process until the process ends.
pub(crate) struct Running {
    pub(crate) place: tempfile::TempDir,
    pub(crate) guard: Arc<Guard>,
}

impl Running {
    pub(crate) fn open(upstream: &Path) -> Self {
        Self::with(upstream, PolicySource::Judge(Arc::new(Open(Limits::default()))))
    }

    pub(crate) fn with(upstream: &Path, policy: PolicySource) -> Self {
        let place = tempfile::tempdir().unwrap();
        let log = ledger::Ledger::open(ledger::Options::new(&place.path().join("log"))).unwrap();
        let options = GuardOptions {
            upstream: upstream.to_owned(),
            policy,
            host_root: "/".into(),
            own: vec![place.path().to_owned()],
            rate_limit: None,
            images: None,
            dockerfiles: None,
            connections_max: 4096,
        };
        let guard = Guard::new(options, log);
        let listener = Listener::Unix(UnixListener::bind(place.path().join("guard.sock")).unwrap());
        let served = Arc::clone(&guard);
        std::thread::spawn(move || served.serve(&listener));
        Self { place, guard }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.place.path().join("guard.sock")
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.place.path().join("log")).unwrap()
    }
}

/// Sends bytes, shuts the writing side, and reads to the end.
pub(crate) fn raw(socket: &Path, request: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let mut bytes = [0; 4096];
    // The first answer suffices: connections are kept.
    loop {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(size) => answer.extend_from_slice(&bytes[..size]),
        }
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if length.is_some_and(|length: usize| body.len() >= length) || body.ends_with("0\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
