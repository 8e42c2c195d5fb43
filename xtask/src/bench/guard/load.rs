//! Requests over sockets: so many connections, each of which asks again when it is answered.

use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::{Duration, Instant},
};

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::bench) struct Load {
    pub(in crate::bench) requests_per_second: f64,
    pub(in crate::bench) p50_micros: f64,
    pub(in crate::bench) p99_micros: f64,
}

/// What requests travel on.
pub(in crate::bench) trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// Asks on `connections` for a time.
pub(in crate::bench) fn run<S: Stream>(
    connect: impl Fn() -> Result<S> + Sync,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let connect = &connect;
    let start = Instant::now();
    let threads: Vec<_> = std::thread::scope(|scope| {
        let spawned: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| one(connect, request, start + time))).collect();
        spawned.into_iter().map(|thread| thread.join().expect("a connection does not panic")).collect()
    });
    let taken = start.elapsed().as_secs_f64();
    let mut micros: Vec<f64> = Vec::new();
    for thread in threads {
        micros.extend(thread?);
    }
    if micros.is_empty() {
        bail!("nothing was answered");
    }
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    Ok(Load { requests_per_second: micros.len() as f64 / taken, p50_micros: at(0.5), p99_micros: at(0.99) })
}

/// The median of each figure.
pub(in crate::bench) fn medians(loads: &[Load]) -> Load {
    let median = |field: fn(&Load) -> f64| {
        let mut values: Vec<f64> = loads.iter().map(field).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Load {
        requests_per_second: median(|load| load.requests_per_second),
        p50_micros: median(|load| load.p50_micros),
        p99_micros: median(|load| load.p99_micros),
    }
}

fn one<S: Stream>(connect: &impl Fn() -> Result<S>, request: &[u8], until: Instant) -> Result<Vec<f64>> {
    let mut reader = BufReader::new(connect()?);
    let mut micros = Vec::new();
    // The first ones make connections and fill caches.
    for count in 0.. {
        let asked = Instant::now();
        if asked >= until {
            break;
        }
        reader.get_mut().write_all(request)?;
        let stays = answer(&mut reader)?;
        if count >= 20 {
            micros.push(asked.elapsed().as_secs_f64() * 1e6);
        }
        if !stays {
            reader = BufReader::new(connect()?);
        }
    }
    Ok(micros)
}

/// Reads an answer; whether the connection stays.
fn answer(reader: &mut impl BufRead) -> Result<bool> {
    let (mut length, mut is_chunked, mut stays, mut line) = (0, false, true, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            bail!("the connection ended inside an answer");
        }
        if line.starts_with("HTTP/1.1 5") {
            bail!("answered: {line}");
        }
        let lower = line.trim_end().to_ascii_lowercase();
        if lower.is_empty() {
            break;
        }
        if let Some(text) = lower.strip_prefix("content-length: ") {
            length = text.parse()?;
        }
        is_chunked |= lower == "transfer-encoding: chunked";
        stays &= lower != "connection: close";
    }
    if is_chunked {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim_end(), 16).context("a chunk has no size")?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(stays);
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(stays)
}

/// Opens streams and keeps them.
pub(super) fn streams(socket: &Path, request: &[u8], count: usize) -> Result<Vec<UnixStream>> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let there = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: there.maximum, maximum: there.maximum })?;
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = UnixStream::connect(socket)?;
        stream.write_all(request)?;
        streams.push(stream);
    }
    // Each has its head by then: the engine answers events at once.
    for stream in &mut streams {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut byte = [0];
        stream.read_exact(&mut byte).context("a stream of events was not answered")?;
    }
    Ok(streams)
}
