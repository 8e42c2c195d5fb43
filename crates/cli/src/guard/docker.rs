//! `seawall guard docker`: listens until it is told to stop.

use super::{ledger_options, policies};
use crate::arguments::GuardDockerArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, anyhow, bail};
use control::Warning;
use guard::{Guard, GuardOptions, Listener, Signal, Signals, TlsFiles};
use ledger::Ledger;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The mode of the socket: its owner and its group.
const SOCKET_MODE: u32 = 0o660;
const FILES_MAX: u64 = 1 << 16;
/// How often the file of the policy is looked at.
const POLICY_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &GuardDockerArguments) -> Result<Outcome> {
    // Threads inherit what is blocked, so this comes first.
    let signals = Signals::take().context("cannot take signals")?;
    raise_file_limit();
    let upstream = arguments.upstream.as_deref().unwrap_or_default();
    let upstream = unix_path(upstream).with_context(|| {
        format!("'{upstream}' is no socket of an engine (hint: --upstream unix:///run/seawall/docker.sock)")
    })?;
    let policy = arguments.policy.as_deref().unwrap_or_default();
    let log_file = absolute(arguments.ledger.as_deref().unwrap_or(Path::new("")))?;
    let mut own = vec![log_file.clone()];
    own.extend(arguments.log.ledger_key.clone());
    own.extend(
        [&arguments.tls_cert, &arguments.tls_key, &arguments.tls_client_ca].into_iter().flatten().cloned(),
    );
    own.extend(arguments.trust.files());
    own.extend(arguments.judge.ignore_file.clone());
    own.extend(arguments.judge.vex.iter().cloned());
    own.extend(crate::places::databases(arguments.database.db.as_deref()));
    if Path::new(policy).is_file() {
        own.push(policy.into());
    }
    for path in &mut own {
        *path = absolute(path)?;
    }
    let addresses: Vec<Address> =
        arguments.listen.iter().map(|text| address(text, arguments)).collect::<Result<_>>()?;
    own.extend(addresses.iter().filter_map(|address| match address {
        Address::Unix(path) => Some(path.clone()),
        Address::Tcp(..) => None,
    }));
    let log = Ledger::open(ledger_options(&log_file, &arguments.log))?;
    remark(&format!("audit log: {}, verified by {}", log_file.display(), log.verifier()));
    super::log_health::watch(log.health());
    let options = GuardOptions {
        upstream,
        policy: policies::source(policy)?,
        host_root: arguments.host_root.clone(),
        own,
        rate_limit: arguments.rate_limit,
        connections_max: arguments.connections_max,
        images: Some(super::images::sources(arguments)),
        dockerfiles: Some(super::dockerfiles::judge()),
    };
    let guard = Guard::new(options, log);
    told_of(policy, guard.policy_state());
    let mut sockets = Vec::new();
    for address in addresses {
        let (listener, at) = listen(&address, arguments)?;
        remark(&format!("listening on {at}"));
        if let Address::Unix(path) = address {
            sockets.push(path);
        }
        let guard = Arc::clone(&guard);
        std::thread::spawn(move || {
            if let Err(error) = guard.serve(&listener) {
                remark(&format!("a listener has ended: {error}"));
                std::process::exit(2);
            }
        });
    }
    if let Some(text) = &arguments.authz_plugin {
        let path = unix_path(text).with_context(|| format!("'{text}' is no unix socket"))?;
        let listener = guard::bind(&path, 0o600, None)
            .with_context(|| format!("cannot listen on {}", path.display()))?;
        sockets.push(path);
        let guard = Arc::clone(&guard);
        std::thread::spawn(move || guard.serve_plugin(&Listener::Unix(listener)));
    }
    let watched = Arc::clone(&guard);
    let name = policy.to_owned();
    let read_again = move |state: Result<_, _>| {
        if state.is_ok() {
            remark("the policy was read again");
        }
        told_of(&name, state);
    };
    let told = read_again.clone();
    std::thread::spawn(move || watched.watch_policy(POLICY_EVERY, told));
    while signals.next().context("cannot wait for signals")? == Signal::Reload {
        read_again(guard.reload());
    }
    let (forwarded, refused, open) = guard.counts();
    remark(&format!("ends: {forwarded} calls passed on, {refused} refused, {open} connections open"));
    guard.close_log()?;
    for socket in sockets {
        // The next one replaces it anyway.
        let _ = std::fs::remove_file(socket);
    }
    Ok(Outcome::Clean)
}

/// Each connection needs two descriptors, and 1,024 are what a process has unless it asks.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let there = getrlimit(Resource::Nofile);
    let wanted = there.maximum.map_or(FILES_MAX, |maximum| maximum.min(FILES_MAX));
    if there.current.is_some_and(|current| current < wanted) {
        // With fewer there are fewer connections at once, which are refused by themselves.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: there.maximum });
    }
}

fn told_of(policy: &str, state: Result<Vec<Warning>, String>) {
    match state {
        Ok(warnings) => policies::tell(policy, &warnings),
        Err(problem) => remark(&format!("warning: all calls are refused: {problem}")),
    }
}

enum Address {
    Unix(PathBuf),
    Tcp(String, TlsFiles),
}

fn address(text: &str, arguments: &GuardDockerArguments) -> Result<Address> {
    if let Some(path) = unix_path(text) {
        return Ok(Address::Unix(path));
    }
    let Some(address) = text.strip_prefix("tcp://") else {
        bail!("'{text}' is no address (hint: unix:///run/docker.sock or tcp://0.0.0.0:2376)");
    };
    let files = [&arguments.tls_cert, &arguments.tls_key, &arguments.tls_client_ca].map(Clone::clone);
    let [Some(certificate), Some(key), Some(client_ca)] = files else {
        bail!("{text} needs --tls-cert, --tls-key and --tls-client-ca (hint: seawall harden tls makes them)");
    };
    Ok(Address::Tcp(address.to_owned(), TlsFiles { certificate, key, client_ca }))
}

/// The listener, and where it is: a port 0 becomes one that is free.
fn listen(address: &Address, arguments: &GuardDockerArguments) -> Result<(Listener, String)> {
    match address {
        Address::Unix(path) => {
            let group = match &arguments.socket_group {
                Some(name) => Some(
                    guard::group_number(name)
                        .ok_or_else(|| anyhow!("there is no group '{name}' (hint: --socket-group)"))?,
                ),
                None => guard::group_number("docker"),
            };
            let listener = guard::bind(path, SOCKET_MODE, group)
                .with_context(|| format!("cannot listen on {}", path.display()))?;
            Ok((Listener::Unix(listener), format!("unix://{}", path.display())))
        }
        Address::Tcp(address, files) => {
            let config = guard::server_config(files)?;
            let listener =
                TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
            let at = listener.local_addr().context("cannot tell the address")?;
            Ok((Listener::Tls(listener, config), format!("tcp://{at}")))
        }
    }
}

fn unix_path(text: &str) -> Option<PathBuf> {
    text.strip_prefix("unix://").map(PathBuf::from).filter(|path| path.is_absolute())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("'{}' is no path", path.display()))
}
