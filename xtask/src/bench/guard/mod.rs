//! `seawall guard docker` before a private Docker Engine, beside HAProxy with the rules of docker-socket-proxy, and the engine
//! alone.

mod decision;
pub(super) mod load;
pub(in crate::bench) mod relay;

use super::goals::{self, Goal, Limit};
use super::{Setting, machine, peers};
use anyhow::{Context, Result, bail};
use load::Load;
use std::fmt::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One measurement of requests takes so long.
const TIME: Duration = Duration::from_secs(2);
/// What is copied and loaded.
const BULK_BYTES: usize = 1 << 30;
const STREAMS: usize = 1000;
const PING: &[u8] = b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n";
const EVENTS: &[u8] = b"GET /v1.41/events HTTP/1.1\r\nHost: docker\r\n\r\n";

/// What docker-socket-proxy's configuration does with GET /_ping, written anew: each path is held against expressions, and the
/// connection to the engine is closed after each request.
const HAPROXY: &str = "\
global
    maxconn 4096
defaults
    mode http
    option http-server-close
    option redispatch
    retries 3
    timeout connect 10s
    timeout client 10m
    timeout server 10m
backend engine
    server docker unix@ENGINE
frontend socket
    bind unix@FRONT mode 600
    http-request deny unless METH_GET || { always_true }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/containers/[a-zA-Z0-9_.-]+/((stop)|(restart)|(kill)) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/auth } { bool(0) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/build } { bool(0) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/containers } { bool(1) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/events } { bool(1) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/images } { bool(1) }
    http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/_ping } { bool(1) }
    http-request deny
    default_backend engine
";

pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The section of the page; `None` where no engine can be started.
pub(crate) fn measure(setting: &Setting, runs: usize) -> Result<Option<String>> {
    let Some(engine) = testkit::private_dockerd() else { return Ok(None) };
    let place = setting.directory.join("guard");
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    let guard_socket = place.join("guard.sock");
    let mut command = Command::new(&setting.seawall);
    command
        .args(["guard", "docker", "--policy", "guarded", "--listen"])
        .arg(format!("unix://{}", guard_socket.display()))
        .arg("--upstream")
        .arg(engine.host())
        .arg("--ledger")
        .arg(place.join("log"));
    let guard = start(&mut command, &guard_socket)?;
    let idle = memory_mebibytes(&guard);
    let relay_socket = place.join("relay.sock");
    let mut command = Command::new(std::env::current_exe().context("this program has no path")?);
    let _relay = start(command.arg("relay").arg(&relay_socket).arg(engine.socket()), &relay_socket)?;
    let haproxy_socket = place.join("haproxy.sock");
    let haproxy = match peers::locate("haproxy") {
        Some(program) => {
            let text = HAPROXY
                .replace("ENGINE", &engine.socket().display().to_string())
                .replace("FRONT", &haproxy_socket.display().to_string());
            std::fs::write(place.join("haproxy.cfg"), text).context("cannot write haproxy.cfg")?;
            let mut command = Command::new(program);
            command.arg("-db").arg("-f").arg(place.join("haproxy.cfg"));
            Some(start(&mut command, &haproxy_socket)?)
        }
        None => None,
    };
    let mut doors = vec![
        ("engine alone", engine.socket()),
        ("guard", guard_socket.clone()),
        ("a relay that reads nothing", relay_socket),
    ];
    if haproxy.is_some() {
        doors.push(("HAProxy", haproxy_socket));
    }
    let create = create_request();
    let cases: [(&str, &[u8], usize); 4] = [
        ("/_ping, 1", PING, 1),
        ("/_ping, 16", PING, 16),
        ("/_ping, 64", PING, 64),
        ("create of 3 KiB, 1", &create, 1),
    ];
    let mut table = String::from(
        "| requests, connections | by | requests/s | p50 µs | p99 µs |\n|---|---|---:|---:|---:|\n",
    );
    let mut found: Vec<Vec<Load>> = Vec::new();
    for (name, request, connections) in cases {
        let measured = in_turns(&doors, request, connections, runs)?;
        for ((door, _), load) in doors.iter().zip(&measured) {
            let Load { requests_per_second, p50_micros, p99_micros } = load;
            let _ = writeln!(
                table,
                "| {name} | {door} | {requests_per_second:.0} | {p50_micros:.0} | {p99_micros:.0} |"
            );
        }
        found.push(measured);
    }
    let decision = decision::measure(runs)?;
    let bulk = bulk(&engine, &guard, &guard_socket, &place, runs)?;
    let streams = load::streams(&guard_socket, EVENTS, STREAMS)?;
    let with_streams = memory_mebibytes(&guard);
    drop(streams);
    let of = |case: usize, door: usize| found[case].get(door).copied();
    let ratio =
        |case: usize, to: usize| Some(of(case, 1)?.requests_per_second / of(case, to)?.requests_per_second);
    let goal = |what: &str, limit, unit, measured| Goal { what: what.to_owned(), limit, unit, measured };
    let added = |case: usize, field: fn(&Load) -> f64| Some(field(&of(case, 1)?) - field(&of(case, 0)?));
    let goals = [
        goal("/_ping, added p50", Limit::AtMost(40.0), "µs", added(0, |load| load.p50_micros)),
        goal("/_ping, added p99", Limit::AtMost(150.0), "µs", added(0, |load| load.p99_micros)),
        goal("/_ping at 16 connections, of HAProxy", Limit::AtLeast(2.0), "times", ratio(1, 3)),
        goal("/_ping at 64 connections, of HAProxy", Limit::AtLeast(2.0), "times", ratio(2, 3)),
        goal("/_ping at 16 connections, of the engine alone", Limit::AtLeast(0.5), "times", ratio(1, 0)),
        goal("/_ping at 64 connections, of the engine alone", Limit::AtLeast(0.5), "times", ratio(2, 0)),
        goal("create of 3 KiB decided, p99", Limit::AtMost(60.0), "µs", Some(decision.p99_micros)),
        goal("docker cp of 1 GiB out, of the engine alone", Limit::AtLeast(0.85), "times", Some(bulk.copy)),
        goal("docker cp of 1 GiB in, of the engine alone", Limit::AtLeast(0.85), "times", Some(bulk.copy_in)),
        goal("docker load of 1 GiB, of the engine alone", Limit::AtLeast(0.85), "times", Some(bulk.load)),
        goal("memory that these take more", Limit::AtMost(32.0), "MiB", Some(bulk.growth_mebibytes)),
        goal("memory, idle", Limit::AtMost(15.0), "MiB", idle),
        goal("memory with 1,000 streams of events", Limit::AtMost(60.0), "MiB", with_streams),
    ];
    let mut page = format!("{}. {runs} runs in turns, medians.\n\n", machine::describe());
    page.push_str(&goals::table(&goals));
    page.push('\n');
    page.push_str(&table);
    let _ = writeln!(
        page,
        "\nA create decided (`cargo bench -p control --bench decide`): p50 {:.1} µs, p99 {:.1} µs. The relay passes on what \
         it does not read: no door of its own process costs less.",
        decision.p50_micros, decision.p99_micros
    );
    if haproxy.is_none() {
        page.push_str("\nNot measured: haproxy, neither in SEAWALL_PEERS nor on the path.\n");
    }
    Ok(Some(page))
}

fn in_turns(doors: &[(&str, PathBuf)], request: &[u8], connections: usize, runs: usize) -> Result<Vec<Load>> {
    let mut all: Vec<Vec<Load>> = vec![Vec::new(); doors.len()];
    for _ in 0..runs {
        for ((_, socket), loads) in doors.iter().zip(&mut all) {
            let connect = || {
                UnixStream::connect(socket).with_context(|| format!("cannot connect to {}", socket.display()))
            };
            loads.push(load::run(connect, request, connections, TIME)?);
        }
    }
    Ok(all.iter().map(|loads| load::medians(loads)).collect())
}

struct Bulk {
    copy: f64,
    copy_in: f64,
    load: f64,
    growth_mebibytes: f64,
}

fn bulk(
    engine: &testkit::Dockerd,
    guard: &Process,
    guard_socket: &Path,
    place: &Path,
    runs: usize,
) -> Result<Bulk> {
    let before = memory_mebibytes(guard).unwrap_or_default();
    let mut bytes = vec![0_u8; BULK_BYTES];
    // Not zeros, which file systems and archives may leave out.
    for (index, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&(index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    }
    let tree = testkit::Tar::new().file("big", &bytes).finish();
    drop(bytes);
    engine.import("bulk:1", &tree);
    let files = place.join("files.tar");
    std::fs::write(&files, tree).with_context(|| format!("cannot write {}", files.display()))?;
    engine.docker(&["create", "--name", "bulk", "--network=none", "--cgroupns=private", "bulk:1", "/x"]);
    let archive = place.join("bulk.tar");
    engine.docker(&["save", "--output", &archive.display().to_string(), "bulk:1"]);
    let hosts = [engine.host(), format!("unix://{}", guard_socket.display())];
    let archive_name = archive.display().to_string();
    let timed = |host: &str, words: &[&str]| -> Result<f64> {
        let mut command = engine.command();
        let input = std::fs::File::open(&files).context("the archive is there")?;
        command.env("DOCKER_HOST", host).args(words).stdin(input).stdout(Stdio::null());
        let start = Instant::now();
        if !command.status().context("cannot run docker")?.success() {
            bail!("docker {words:?} through {host} failed");
        }
        Ok(start.elapsed().as_secs_f64())
    };
    let ratio = |words: &[&str]| -> Result<f64> {
        let (mut direct, mut through) = (Vec::new(), Vec::new());
        for _ in 0..runs.min(5) {
            direct.push(timed(&hosts[0], words)?);
            through.push(timed(&hosts[1], words)?);
        }
        direct.sort_by(f64::total_cmp);
        through.sort_by(f64::total_cmp);
        Ok(direct[direct.len() / 2] / through[through.len() / 2])
    };
    let copy = ratio(&["cp", "bulk:/big", "-"])?;
    let copy_in = ratio(&["cp", "-", "bulk:/"])?;
    let load = ratio(&["load", "--quiet", "--input", &archive_name])?;
    let growth_mebibytes = peak_mebibytes(guard).unwrap_or_default() - before;
    engine.docker(&["rm", "bulk"]);
    let _ = std::fs::remove_file(archive);
    let _ = std::fs::remove_file(files);
    Ok(Bulk { copy, copy_in, load, growth_mebibytes })
}

/// A create that the engine refuses at its end, since it does not know the image: what it costs is reading and judging.
fn create_request() -> Vec<u8> {
    let variables: Vec<String> =
        (0..60).map(|number| format!("\"VARIABLE_{number}={}\"", "v".repeat(24))).collect();
    let body = format!(
        "{{\"Image\":\"nothing:1\",\"Env\":[{}],\"Cmd\":[\"serve\"],\"Labels\":{{\"tier\":\"web\"}},\
         \"HostConfig\":{{\"NetworkMode\":\"none\",\"Memory\":67108864,\"PidsLimit\":100,\"CapDrop\":[\"ALL\"],\
         \"Binds\":[\"data:/data\"],\"RestartPolicy\":{{\"Name\":\"no\"}},\"ReadonlyRootfs\":true}}}}",
        variables.join(",")
    );
    format!(
        "POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn start(command: &mut Command, socket: &Path) -> Result<Process> {
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut process = Process(child.with_context(|| format!("cannot start {command:?}"))?);
    let deadline = Instant::now() + Duration::from_secs(20);
    while UnixStream::connect(socket).is_err() {
        if Instant::now() > deadline || process.0.try_wait()?.is_some() {
            bail!("{command:?} does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(process)
}

pub(super) fn memory_mebibytes(process: &Process) -> Option<f64> {
    status_mebibytes(process, "VmRSS:")
}

pub(super) fn peak_mebibytes(process: &Process) -> Option<f64> {
    status_mebibytes(process, "VmHWM:")
}

fn status_mebibytes(process: &Process, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}
