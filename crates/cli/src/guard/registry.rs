//! `seawall guard registry`: listens until it is told to stop.

use super::registry_judge::ScanJudge;
use super::{ledger_options, say};
use crate::arguments::{BlobChoice, GuardRegistryArguments, RedirectChoice};
use crate::exit::Outcome;
use crate::remark::remark;
use ::access::{Access, TokenKey};
use anyhow::{Context, Result, bail};
use guard::registry::{
    BlobDigests, ImageJudge, Redirects, RegistryGuard, RegistryOptions, RegistryTlsFiles, UpstreamOptions,
    registry_client_config, registry_server_config,
};
use guard::{Listener, Signal, Signals};
use ledger::Ledger;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

pub(super) fn run(arguments: &GuardRegistryArguments) -> Result<Outcome> {
    if arguments.hash_secret {
        let secret = access::new_secret();
        say(&format!(
            "secret (shown once): {secret}\nline of the access file: secret: '{}'",
            access::hash_secret(&secret)
        ));
        return Ok(Outcome::Clean);
    }
    // Threads inherit what is blocked, so this comes first.
    let signals = Signals::take().context("cannot take signals")?;
    let path = arguments.access.clone().context("--access is missing")?;
    let access = read_access(&path)?;
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some(registry_server_config(&RegistryTlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            client_ca: arguments.tls_client_ca.clone(),
        })?),
        _ if arguments.plain_http => None,
        _ => bail!(
            "--tls-cert and --tls-key are missing (hint: --plain-http listens without TLS, behind a proxy that has it)"
        ),
    };
    let scheme = if tls.is_some() { "https" } else { "http" };
    let origin = arguments.origin.clone().unwrap_or_else(|| format!("{scheme}://{}", access.service()));
    let token_key = match &arguments.token_key {
        None => TokenKey::generate(),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            TokenKey::parse(&text).with_context(|| format!("cannot use {}", path.display()))?
        }
    };
    let upstream = upstream(arguments)?;
    let has_gate = arguments.gate.policy.is_some();
    if !has_gate {
        remark("warning: no --policy: images are not judged, and nothing is held back");
    }
    let judge: Option<Arc<dyn ImageJudge>> = match has_gate {
        true => Some(Arc::new(ScanJudge::new(arguments, &upstream)?)),
        false => None,
    };
    let log_file = arguments.ledger.clone().context("--ledger is missing")?;
    let state = arguments.state.clone().unwrap_or_else(|| log_file.with_extension("state"));
    let log = Ledger::open(ledger_options(&log_file, &arguments.log))?;
    remark(&format!("audit log: {}, verified by {}", log_file.display(), log.verifier()));
    super::log_health::watch(log.health());
    let options = RegistryOptions {
        upstream,
        access,
        token_key,
        judge,
        judges: arguments.scans,
        origin: origin.clone(),
        redirects: match arguments.redirects {
            RedirectChoice::Follow => Redirects::Follow,
            RedirectChoice::Pass => Redirects::Pass,
        },
        blob_digests: match arguments.verify_blobs {
            BlobChoice::EveryPull => BlobDigests::EveryPull,
            BlobChoice::FirstPull => BlobDigests::FirstPull,
        },
        connections_max: arguments.connections_max,
        state: Some(state),
    };
    let guard = RegistryGuard::new(options, log).context("cannot start")?;
    let address = arguments.listen.as_deref().unwrap_or_default();
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    let at = listener.local_addr().context("cannot tell the address")?;
    let listener = match tls {
        Some(config) => Listener::Open(listener, config),
        None => Listener::Plain(listener),
    };
    let serving = Arc::clone(&guard);
    std::thread::spawn(move || {
        if let Err(error) = serving.serve(&listener) {
            remark(&format!("the listener has ended: {error}"));
            std::process::exit(2);
        }
    });
    remark(&format!("clients know it as {origin}, and get tokens there"));
    remark(&format!("listening on {scheme}://{at}"));
    while signals.next().context("cannot wait for signals")? == Signal::Reload {
        match read_access(&path) {
            Ok(access) => {
                guard.reload(access);
                remark("the access file was read again");
            }
            // Who had rights before keeps them: a slip of the pen must not stop every pull.
            Err(error) => remark(&format!("warning: the access file stays as it was: {error:#}")),
        }
    }
    let cut_off = guard.finish(END_TIME_MAX);
    if cut_off > 0 {
        remark(&format!("warning: {cut_off} requests were not ready within {} s", END_TIME_MAX.as_secs()));
    }
    guard.close_log()?;
    Ok(Outcome::Clean)
}

/// Requests that are being answered when the guard is told to end have so long: service managers kill after 90 seconds.
const END_TIME_MAX: Duration = Duration::from_secs(60);

fn read_access(path: &Path) -> Result<Access> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (access, warnings) =
        Access::parse(&text).with_context(|| format!("cannot use {}", path.display()))?;
    for warning in warnings {
        remark(&format!("warning: {}: {warning}", path.display()));
    }
    Ok(access)
}

fn upstream(arguments: &GuardRegistryArguments) -> Result<UpstreamOptions> {
    let address = arguments.upstream.clone().context("--upstream is missing")?;
    let address = address.trim_end_matches('/').to_owned();
    let system = PathBuf::from(SYSTEM_AUTHORITIES);
    let authorities = arguments.upstream_ca.as_ref().unwrap_or(&system);
    let own = arguments.upstream_cert.as_deref().zip(arguments.upstream_key.as_deref());
    // Also a registry without TLS may send to storage with it.
    let tls = match registry_client_config(authorities, own) {
        Ok(config) => Some(config),
        Err(error) if address.starts_with("https://") || arguments.upstream_ca.is_some() => {
            return Err(error.into());
        }
        Err(_) => None,
    };
    let credential = match &arguments.upstream_login {
        None => None,
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let (name, secret) = text
                .trim_end_matches(['\r', '\n'])
                .split_once(':')
                .with_context(|| format!("{} is not NAME:SECRET", path.display()))?;
            Some((name.to_owned(), secret.to_owned()))
        }
    };
    let patience = Duration::from_secs(arguments.upstream_patience.into());
    Ok(UpstreamOptions { address, tls, credential, patience })
}
