//! Blobs as streams that survive broken connections (distribution-spec, "Pulling blobs"; RFC 9110, section 14).

use crate::{
    Client, ProgressEvent, RegistryError,
    authorization::Scope,
    client::Request,
    endpoint::Endpoint,
    http::{Answer, Ask},
    retry,
    slots::Slot,
};
use model::Digest;
use oci::{Descriptor, Reference};
use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

/// The bytes of a blob. Reading goes on after a broken connection where it broke; whether the whole hashes to
/// its digest is for the reader to verify.
pub struct BlobReader {
    client: Client,
    reference: Reference,
    digest: Digest,
    size_bytes: u64,
    endpoints: Vec<Endpoint>,
    body: Option<Box<dyn Read + Send>>,
    offset: u64,
    // Where the present connection began, and how long its reads took: a reader that is busy with other things
    // is not a slow server.
    connection_offset: u64,
    connection_time: Duration,
    failures: u32,
    told_offset: u64,
    _slot: Slot,
}

// A connection that brought this much was worth it: failures are counted anew.
const PROGRESS_BYTES: u64 = 1 << 20;
const TELL_EVERY_BYTES: u64 = 64 << 10;

impl Client {
    /// Opens a blob of a repository; it waits for one of [`crate::Options::parallel_blobs`] places.
    ///
    /// # Errors
    /// When no address has it.
    pub fn blob(&self, reference: &Reference, blob: &Descriptor) -> Result<BlobReader, RegistryError> {
        let slot = self.inner.slots.take();
        let mut endpoints = self.endpoints(reference)?;
        // Tried from the back, so that the registry itself is what remains.
        endpoints.reverse();
        let mut reader = BlobReader {
            client: self.clone(),
            reference: reference.clone(),
            digest: blob.digest.clone(),
            size_bytes: blob.size_bytes,
            endpoints,
            body: None,
            offset: 0,
            connection_offset: 0,
            connection_time: Duration::ZERO,
            failures: 0,
            told_offset: 0,
            _slot: slot,
        };
        self.tell(ProgressEvent::BlobStarted {
            digest: blob.digest.clone(),
            size_bytes: Some(blob.size_bytes),
        });
        reader.connect()?;
        Ok(reader)
    }
}

impl BlobReader {
    // Asks the present endpoint for what is left; mirrors that fail are given up for good.
    fn connect(&mut self) -> Result<(), RegistryError> {
        let request = Request {
            ask: Ask { range_from: self.offset, ..Ask::default() },
            path: format!("/v2/{}/blobs/{}", self.reference.path(), self.digest),
            scope: Scope::Pull(self.reference.path().to_owned()),
            what: format!("blob {} of {}", self.digest, self.reference.path()),
        };
        loop {
            let endpoint = self.endpoint().clone();
            let result = self.client.stream(&endpoint, &request).and_then(|answer| self.accept(answer));
            match result {
                Err(error) if self.endpoints.len() > 1 => {
                    self.endpoints.pop();
                    self.client.mirror_failed(&endpoint, &error);
                }
                other => return other,
            }
        }
    }

    fn accept(&mut self, answer: Answer) -> Result<(), RegistryError> {
        let host = answer.host.clone();
        let malformed =
            |reason: String| RegistryError::Malformed { host: host.clone(), what: "part of a blob", reason };
        let skip = match answer.status() {
            206 => {
                let range = answer.header("content-range").unwrap_or_default();
                let start = range
                    .strip_prefix("bytes ")
                    .and_then(|rest| rest.split('-').next()?.trim().parse::<u64>().ok());
                if start != Some(self.offset) {
                    let shown: String = range.chars().take(60).collect();
                    return Err(malformed(format!("byte {} was asked for, '{shown}' came", self.offset)));
                }
                0
            }
            // The server does not know ranges: what was read already comes again.
            _ => self.offset,
        };
        let mut body: Box<dyn Read + Send> = Box::new(answer.response.into_body().into_reader());
        self.connection_time = Duration::ZERO;
        self.connection_offset = self.offset;
        if skip > 0 {
            let started = Instant::now();
            let skipped = skip_bytes(&mut body, skip, || self.is_too_slow(skip, started.elapsed()));
            skipped.map_err(|error| malformed(format!("it ends before byte {skip}: {error}")))?;
        }
        self.body = Some(body);
        Ok(())
    }

    fn is_too_slow(&self, bytes: u64, time: Duration) -> bool {
        let options = self.client.options();
        time > options.rate_grace
            && (bytes as f64) < time.as_secs_f64() * options.rate_bytes_per_sec_min as f64
    }

    // What is done after a connection broke: wait and connect again; leave a mirror; or give up.
    fn recover(&mut self, mut cause: io::Error) -> io::Result<()> {
        loop {
            self.body = None;
            if self.offset - self.connection_offset >= PROGRESS_BYTES {
                self.failures = 0;
            }
            // An error of the network that is told as one of the blob.
            let broken = format!(
                "blob {} breaks off at byte {} of {}: {cause}",
                self.digest, self.offset, self.size_bytes
            );
            let host = self.endpoint().authority.clone();
            if self.failures >= self.client.options().retries_max {
                if self.endpoints.len() == 1 {
                    return Err(io::Error::new(cause.kind(), broken));
                }
                self.client.tell(ProgressEvent::MirrorFailed { host, reason: broken });
                self.endpoints.pop();
                self.failures = 0;
            } else {
                let wait = retry::wait(self.failures, None, self.client.options()).unwrap_or_default();
                self.failures += 1;
                self.client.wait(&host, broken, wait);
            }
            match self.connect() {
                Ok(()) => return Ok(()),
                // A wrong part is one more failure of this transfer; anything else was tried often enough already.
                Err(RegistryError::Malformed { reason, .. }) => cause = io::Error::other(reason),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }

    fn endpoint(&self) -> &Endpoint {
        self.endpoints.last().expect("the registry itself is never taken away")
    }

    fn tell(&mut self) {
        if self.offset - self.told_offset >= TELL_EVERY_BYTES {
            self.told_offset = self.offset;
            self.client.tell(ProgressEvent::BlobBytes { digest: self.digest.clone(), bytes: self.offset });
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            // What follows the size that the descriptor promises is not read; one byte of it is, so that the
            // reader sees that the blob is longer.
            if self.offset > self.size_bytes {
                return Ok(0);
            }
            let wanted =
                usize::try_from(self.size_bytes - self.offset + 1).unwrap_or(usize::MAX).min(buffer.len());
            let Some(body) = self.body.as_mut() else {
                return Err(io::Error::other("the blob broke off before"));
            };
            let started = Instant::now();
            let result = body.read(&mut buffer[..wanted]);
            self.connection_time += started.elapsed();
            let cause = match result {
                Ok(0) if self.offset >= self.size_bytes => return Ok(0),
                Ok(0) => io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended early"),
                Ok(count) => {
                    self.offset += count as u64;
                    self.tell();
                    if self.is_too_slow(self.offset - self.connection_offset, self.connection_time)
                        && self.offset < self.size_bytes
                    {
                        self.body = None;
                        self.recover(io::Error::new(io::ErrorKind::TimedOut, "it comes too slowly"))?;
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.recover(cause)?;
        }
    }
}

impl Drop for BlobReader {
    fn drop(&mut self) {
        if self.told_offset != self.offset {
            self.client.tell(ProgressEvent::BlobBytes { digest: self.digest.clone(), bytes: self.offset });
        }
        self.client.tell(ProgressEvent::BlobFinished { digest: self.digest.clone() });
    }
}

fn skip_bytes(reader: &mut dyn Read, count: u64, is_too_slow: impl Fn() -> bool) -> io::Result<()> {
    let mut buffer = [0; 16 << 10];
    let mut left = count;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        match reader.read(&mut buffer[..wanted]) {
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(read) => left -= read as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if is_too_slow() {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
    }
    Ok(())
}
