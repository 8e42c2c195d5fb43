//! `seawall guard registry` before Debian's docker-registry, and the registry alone.

use super::goals::{self, Goal, Limit};
use super::guard::load::{self, Load};
use super::guard::{Process, memory_mebibytes, peak_mebibytes};
use super::{Setting, machine};
use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{LayerEncoding, Layout, Tar};

/// One measurement of requests takes so long.
const TIME: Duration = Duration::from_secs(2);
/// What is pushed and pulled.
const BULK_BYTES: usize = 1 << 30;
const PART_BYTES: usize = 1 << 20;
/// `robot:ci` with its secret, made by `--hash-secret`'s own code at each run.
const ROBOT: &str = "ci";
const POLICY: &str = "version = 1\n[secret]\nblock = \"any\"\n[configuration]\nblock = \"never\"\n";
const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json";

/// Where requests go: the registry, or the guard with a token.
struct Door {
    name: &'static str,
    address: String,
    authorization: String,
}

/// The section of the page; `None` where no registry can be started.
pub(crate) fn measure(setting: &Setting, runs: usize) -> Result<Option<String>> {
    let Some(registry) = testkit::registry() else { return Ok(None) };
    let place = setting.directory.join("guard-registry");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let (guard, address, secret) = start(setting, &place, registry.address(), "every-pull")?;
    let (_once, once_address, once_secret) = start(setting, &place, registry.address(), "first-pull")?;
    registry.push_layout(&layout(&place), "it", "team/app:1");
    let idle = memory_mebibytes(&guard);
    let token = token(&address, &secret)?;
    let doors = [
        Door { name: "registry alone", address: registry.address().to_owned(), authorization: String::new() },
        Door { name: "guard", address, authorization: format!("Authorization: Bearer {token}\r\n") },
        Door {
            name: "guard, --verify-blobs first-pull",
            authorization: format!("Authorization: Bearer {}\r\n", self::token(&once_address, &once_secret)?),
            address: once_address,
        },
    ];
    let mut table =
        String::from("| what, connections | by | requests/s | p50 µs | p99 µs |\n|---|---|---:|---:|---:|\n");
    let mut found: Vec<[Load; 2]> = Vec::new();
    for connections in [1, 16] {
        let mut all: [Vec<Load>; 2] = Default::default();
        for _ in 0..runs {
            for (door, loads) in doors.iter().zip(&mut all) {
                let request =
                    door.request("GET", "/v2/team/app/manifests/1", &format!("Accept: {ACCEPT}\r\n"));
                loads.push(load::run(|| door.connect(), request.as_bytes(), connections, TIME)?);
            }
        }
        let medians = all.map(|loads| load::medians(&loads));
        for (door, load) in doors.iter().zip(&medians) {
            let Load { requests_per_second, p50_micros, p99_micros } = load;
            let _ = writeln!(
                table,
                "| manifest, {connections} | {} | {requests_per_second:.0} | {p50_micros:.0} | {p99_micros:.0} |",
                door.name
            );
        }
        found.push(medians);
    }
    let content = content();
    let digest = format!("sha256:{}", hex(&Sha256::digest(&content)));
    let before = memory_mebibytes(&guard).unwrap_or_default();
    let mut pushed: [Vec<f64>; 2] = Default::default();
    let [mut pulled, mut verified]: [[Vec<f64>; 3]; 2] = Default::default();
    for _ in 0..runs.min(5) {
        for (door, times) in doors.iter().zip(&mut pushed) {
            times.push(door.push(&content, &digest)?);
        }
    }
    drop(content);
    doors[2].pull(&digest, false)?;
    for _ in 0..runs {
        for (verifies, times) in [(false, &mut pulled), (true, &mut verified)] {
            for (door, times) in doors.iter().zip(times) {
                times.push(door.pull(&digest, verifies)?);
            }
        }
    }
    let growth = peak_mebibytes(&guard).map(|peak| peak - before);
    table.push_str("\n| 1 GiB | by | MiB/s |\n|---|---|---:|\n");
    let push = pushed.map(median);
    let [pull, verified] = [pulled, verified].map(|times| times.map(median));
    for (what, times) in
        [("push", &push[..]), ("pull", &pull[..]), ("pull, verified by the client", &verified[..])]
    {
        for (door, seconds) in doors.iter().zip(times) {
            let _ = writeln!(table, "| {what} | {} | {:.0} |", door.name, 1024.0 / seconds);
        }
    }
    let goal = |what: &str, limit, unit, measured| Goal { what: what.to_owned(), limit, unit, measured };
    let added = |field: fn(&Load) -> f64| Some((field(&found[0][1]) - field(&found[0][0])) / 1000.0);
    let goals = [
        goal("warm manifest, added p99", Limit::AtMost(1.0), "ms", added(|load| load.p99_micros)),
        goal("warm manifest, added p50", Limit::AtMost(0.5), "ms", added(|load| load.p50_micros)),
        goal("pull of 1 GiB, of the registry alone", Limit::AtLeast(0.9), "times", Some(pull[0] / pull[1])),
        goal(
            "the same by a client that verifies",
            Limit::AtLeast(0.9),
            "times",
            Some(verified[0] / verified[1]),
        ),
        goal(
            "pull of 1 GiB with --verify-blobs first-pull",
            Limit::AtLeast(0.9),
            "times",
            Some(pull[0] / pull[2]),
        ),
        goal(
            "the same by a client that verifies",
            Limit::AtLeast(0.9),
            "times",
            Some(verified[0] / verified[2]),
        ),
        goal("push of 1 GiB, of the registry alone", Limit::AtLeast(0.85), "times", Some(push[0] / push[1])),
        goal("memory that both take more", Limit::AtMost(32.0), "MiB", growth),
    ];
    let mut page = format!("{}. {runs} runs in turns, medians.\n\n", machine::describe());
    page.push_str(&goals::table(&goals));
    page.push('\n');
    page.push_str(&table);
    if let Some(idle) = idle {
        let _ = writeln!(page, "\nMemory of the guard before the first request: {idle:.1} MiB.");
    }
    Ok(Some(page))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Not zeros, which file systems may leave out.
fn content() -> Vec<u8> {
    let mut bytes = vec![0_u8; BULK_BYTES];
    for (index, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&(index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    bytes
}

fn layout(place: &Path) -> std::path::PathBuf {
    let mut layout = Layout::new(&place.join("layout"));
    let layer = Tar::new().file("etc/name", b"benchmark").finish();
    let image = layout.image("amd64", &[layer], LayerEncoding::Gzip);
    layout.tag("it", &image);
    layout.finish()
}

/// A guard with its address and the secret of its robot.
fn start(
    setting: &Setting,
    place: &Path,
    upstream: &str,
    verify_blobs: &str,
) -> Result<(Process, String, String)> {
    let made = Command::new(&setting.seawall).args(["guard", "registry", "--hash-secret"]).output();
    let made = made.context("cannot make a secret")?;
    let told = String::from_utf8_lossy(&made.stdout).into_owned() + &String::from_utf8_lossy(&made.stderr);
    let secret = told.lines().find_map(|line| line.split_once("(shown once): "));
    let hash = told.lines().find_map(|line| line.split_once("secret: '"));
    let (Some((_, secret)), Some((_, hash))) = (secret, hash) else { bail!("no secret: {told}") };
    let access = format!(
        "version: 1\nservice: bench\ntoken_seconds: 86400\nrobots:\n  - {{name: {ROBOT}, secret: '{hash}}}\nrules:\n  \
         - {{principals: ['robot:{ROBOT}'], repositories: ['**'], allow: [admin]}}\nadmission:\n  \
         - {{repositories: ['bulk'], mode: 'off'}}\n  - {{repositories: ['team/**'], mode: enforce}}\n"
    );
    std::fs::write(place.join("access.yaml"), access).context("cannot write access.yaml")?;
    std::fs::write(place.join("policy.toml"), POLICY).context("cannot write policy.toml")?;
    let mut command = Command::new(&setting.seawall);
    command
        .args([
            "guard",
            "registry",
            "--plain-http",
            "--listen",
            "127.0.0.1:0",
            "--only",
            "secrets",
            "--no-cache",
        ])
        .arg("--upstream")
        .arg(format!("http://{upstream}"))
        .arg("--access")
        .arg(place.join("access.yaml"))
        .arg("--policy")
        .arg(place.join("policy.toml"))
        .arg("--ledger")
        .arg(place.join(format!("log-{verify_blobs}")))
        .args(["--verify-blobs", verify_blobs]);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut process = Process(child.with_context(|| format!("cannot start {command:?}"))?);
    let stderr = process.0.stderr.take().context("the guard has no stderr")?;
    let mut lines = BufReader::new(stderr).lines();
    let mut told = String::new();
    for line in lines.by_ref() {
        let line = line.context("cannot read what the guard says")?;
        if let Some(address) = line.strip_prefix("listening on http://") {
            let address = address.to_owned();
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((process, address, secret.to_owned()));
        }
        told.push_str(&line);
    }
    bail!("the guard does not listen: {told}")
}

fn token(address: &str, secret: &str) -> Result<String> {
    let form = format!(
        "grant_type=password&service=bench&username={ROBOT}&password={secret}&scope=repository:team/app:pull&scope=repository:bulk:pull,push"
    );
    let mut stream = TcpStream::connect(address).context("cannot connect to the guard")?;
    write!(
        stream,
        "POST /token HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let value: serde_json::Value =
        serde_json::from_str(body).with_context(|| format!("no token: {answer}"))?;
    Ok(value["token"].as_str().with_context(|| format!("no token: {answer}"))?.to_owned())
}

impl Door {
    fn request(&self, method: &str, target: &str, fields: &str) -> String {
        format!("{method} {target} HTTP/1.1\r\nHost: bench\r\n{}{fields}\r\n", self.authorization)
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Status and fields of an answer.
    fn head(reader: &mut impl BufRead) -> Result<(u16, Vec<(String, String)>)> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok()).context("no status")?;
        let mut fields = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) => fields.push((name.to_ascii_lowercase(), value.to_owned())),
                None => return Ok((status, fields)),
            }
        }
    }

    /// Begins an upload, sends everything as one part, and ends it, as docker does; seconds.
    fn push(&self, content: &[u8], digest: &str) -> Result<f64> {
        let start = Instant::now();
        let mut reader = BufReader::new(self.connect()?);
        let begin = self.request("POST", "/v2/bulk/blobs/uploads/", "Content-Length: 0\r\n");
        reader.get_mut().write_all(begin.as_bytes())?;
        let place = Self::place(&mut reader, 202)?;
        let part = self.request("PATCH", &place, &format!("Content-Length: {}\r\n", content.len()));
        reader.get_mut().write_all(part.as_bytes())?;
        for part in content.chunks(PART_BYTES) {
            reader.get_mut().write_all(part)?;
        }
        let place = Self::place(&mut reader, 202)?;
        let separator = if place.contains('?') { '&' } else { '?' };
        let end = self.request("PUT", &format!("{place}{separator}digest={digest}"), "Content-Length: 0\r\n");
        reader.get_mut().write_all(end.as_bytes())?;
        Self::place(&mut reader, 201)?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn place(reader: &mut impl BufRead, expected: u16) -> Result<String> {
        let (status, fields) = Self::head(reader)?;
        if status != expected {
            bail!("an upload is answered {status}: {fields:?}");
        }
        let location = fields.into_iter().find(|(name, _)| name == "location").context("no place")?.1;
        let path = location.find("/v2/").context("no place")?;
        Ok(location[path..].to_owned())
    }

    /// Reads the blob and drops it, or verifies it as clients of registries do; seconds.
    fn pull(&self, digest: &str, verifies: bool) -> Result<f64> {
        let start = Instant::now();
        let mut reader = BufReader::new(self.connect()?);
        let request = self.request("GET", &format!("/v2/bulk/blobs/{digest}"), "");
        reader.get_mut().write_all(request.as_bytes())?;
        let (status, _) = Self::head(&mut reader)?;
        let mut hasher = verifies.then(Sha256::new);
        let mut take = |bytes: &[u8]| hasher.iter_mut().for_each(|state| state.update(bytes));
        take(reader.buffer());
        let mut left = BULK_BYTES - reader.buffer().len();
        let mut bytes = vec![0_u8; PART_BYTES];
        while status == 200 && left > 0 {
            match reader.get_mut().read(&mut bytes)? {
                0 => break,
                size => {
                    take(&bytes[..size]);
                    left -= size;
                }
            }
        }
        if let Some(found) = hasher.map(|state| format!("sha256:{}", hex(&state.finalize())))
            && (status, left) == (200, 0)
            && found != digest
        {
            bail!("the blob is another one: {found}");
        }
        if left > 0 {
            bail!("the blob is answered {status}, {left} bytes are missing");
        }
        Ok(start.elapsed().as_secs_f64())
    }
}
