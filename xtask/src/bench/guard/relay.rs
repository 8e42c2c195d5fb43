//! The least that a door of its own process costs: a relay that reads nothing of what it passes on.

use anyhow::{Context, Result};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

/// No request or answer of the cases is longer.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// Passes on one message of a client, then one of the engine, again and again, a thread for each client; until it is killed.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn run(front: &Path, engine: &Path) -> Result<()> {
    let listener = UnixListener::bind(front).with_context(|| format!("cannot bind {}", front.display()))?;
    for client in listener.incoming() {
        let (client, engine) = (client.context("cannot accept")?, engine.to_path_buf());
        thread::spawn(move || {
            // A side that ends ends both.
            let _ = UnixStream::connect(engine).and_then(|engine| pass_on(client, engine));
        });
    }
    Ok(())
}

fn pass_on(mut client: UnixStream, mut engine: UnixStream) -> io::Result<()> {
    let mut message = vec![0; MESSAGE_BYTES_MAX];
    while one(&mut client, &mut engine, &mut message)? && one(&mut engine, &mut client, &mut message)? {}
    Ok(())
}

fn one(from: &mut UnixStream, to: &mut UnixStream, message: &mut [u8]) -> io::Result<bool> {
    let size = from.read(message)?;
    to.write_all(&message[..size])?;
    Ok(size > 0)
}
