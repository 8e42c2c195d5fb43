//! Generators: text to standard output or a file; nothing is put into effect.

use super::daemon::{Validation, validate};
use super::{situation, write};
use crate::arguments::{
    ApparmorArguments, DaemonJsonArguments, FirewallArguments, FirewallForm, OutputFile, SeccompArguments,
};
use crate::clock;
use crate::exit::Outcome;
use crate::remark::remark;
use crate::target::read_bounded;
use anyhow::{Context, Result, bail};
use harden::apparmor::{Mode, parse_bane, profile};
use harden::audit_rules::{PATHS, PROGRAMS, RULES_FILE, Watched};
use harden::daemon_json::{Effect, EngineVersion, Hardening};
use harden::firewall::{Egress, IpVersion, Network, Policy, Protocol, PublishedPort};
use harden::seccomp::{Architectures, Observed, Request, Stage};
use std::io::Read as _;
use std::path::Path;

/// Bytes of a file that is read as a wish.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a list of system calls.
const LIST_BYTES_MAX: u64 = 64 << 20;

pub(super) fn daemon_json(arguments: &DaemonJsonArguments) -> Result<Outcome> {
    let present = match std::fs::metadata(&arguments.file) {
        Ok(_) => text(&arguments.file, FILE_BYTES_MAX)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", arguments.file.display())),
    };
    let engine = docker::Engine::connect(docker::Options::from_env());
    let version: EngineVersion = match (&arguments.engine, &engine) {
        (Some(version), _) => version.parse()?,
        (None, Ok(engine)) => {
            engine.info()?.server_version.parse().context("the engine's version is of no release")?
        }
        (None, Err(error)) => bail!("{error} (hint: name the version it is for, --engine 28.5)"),
    };
    // What the host is matters only for the engine that is here.
    let here = match arguments.engine {
        None => {
            let options = host::Options { now: clock::timestamp(), ..host::Options::default() };
            let facts = host::collect(&options, engine.as_ref().map_err(|error| error.to_string()));
            situation::hardening(&facts)
        }
        Some(_) => Hardening::default(),
    };
    let mut options = Vec::new();
    for option in &arguments.log_opt {
        let (name, value) = option.split_once('=').with_context(|| format!("'{option}' is no NAME=VALUE"))?;
        options.push((name.to_owned(), value.to_owned()));
    }
    let asked = Hardening {
        wants_userns_remap: arguments.userns_remap,
        publish_at: arguments.publish_at,
        authorization_plugins: arguments.authorization_plugin.clone(),
        log_driver: arguments.log_driver.clone().map(|driver| (driver, options)),
        min_api_version: arguments.min_api_version.clone(),
        ..here
    };
    let hardened = harden::daemon_json::harden(&present, &version, &asked)?;
    for change in &hardened.changes {
        let shown = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or("unset".to_owned(), ToString::to_string)
        };
        let effect = if change.effect == Effect::Reload { "reload" } else { "restart" };
        remark(&format!(
            "{}: {} becomes {} [{effect}]: {}",
            change.key,
            shown(&change.before),
            shown(&change.after),
            change.why
        ));
        change.side_effects.iter().for_each(|effect| remark(&format!("    note: {effect}")));
    }
    hardened.notes.iter().for_each(|note| remark(&format!("left: {note}")));
    match validate(arguments.dockerd.as_deref(), &hardened.text)? {
        Validation::Good => remark("the engine accepts it"),
        Validation::Unasked(why) => remark(&format!("not validated by the engine: {why}")),
        Validation::Bad(said) => bail!("the engine refuses the result: {said}"),
    }
    write(arguments.output.output.as_deref(), &hardened.text)?;
    Ok(Outcome::Clean)
}

pub(super) fn audit_rules(output: &OutputFile) -> Result<Outcome> {
    let mut watched = Vec::new();
    let mut absent = Vec::new();
    for (name, is_program) in
        PROGRAMS.iter().map(|name| (*name, true)).chain(PATHS.iter().map(|path| (*path, false)))
    {
        let place = if is_program { repair::find_program(name) } else { Some(Path::new(name).to_owned()) };
        // A watch sees what is behind links, not the links.
        match place.and_then(|place| std::fs::canonicalize(place).ok()) {
            Some(path) => watched.push(Watched { path: path.display().to_string(), is_program }),
            None => absent.push(name),
        }
    }
    let rules = harden::audit_rules::audit_rules(&watched);
    rules.left_out.iter().for_each(|left| remark(&format!("left out: {left}")));
    remark(&format!("not on this host, so not watched: {}", absent.join(", ")));
    remark(&format!("belongs into {RULES_FILE}; load with augenrules --load"));
    write(output.output.as_deref(), &rules.text)?;
    Ok(Outcome::Clean)
}

pub(super) fn firewall(arguments: &FirewallArguments) -> Result<Outcome> {
    let policy = Policy {
        external_interface: arguments.external.clone(),
        published: arguments.allow.iter().map(|text| published(text)).collect::<Result<_>>()?,
        egress: arguments.egress.iter().map(|text| egress(text)).collect::<Result<_>>()?,
    };
    let text = match arguments.form {
        FirewallForm::Nftables => policy.nftables()?,
        FirewallForm::Iptables => policy.iptables(IpVersion::V4)?,
        FirewallForm::Ip6tables => policy.iptables(IpVersion::V6)?,
    };
    write(arguments.output.output.as_deref(), &text)?;
    Ok(Outcome::Clean)
}

fn networks(text: &str) -> Result<Vec<Network>> {
    text.split(',').filter(|part| !part.is_empty()).map(|part| Ok(part.parse()?)).collect()
}

fn published(text: &str) -> Result<PublishedPort> {
    let (port, sources) = match text.split_once('=') {
        // `443=` is more likely a slip than a wish to open it for everybody.
        Some((_, "")) => {
            bail!("'{text}' names no network (hint: {0} alone is for everybody)", text.trim_end_matches('='))
        }
        Some((port, sources)) => (port, networks(sources)?),
        None => (text, Vec::new()),
    };
    let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => bail!("'{text}' is no PORT[/tcp|udp|sctp][=NETWORK,…]"),
    };
    let port = number.parse().with_context(|| format!("'{text}' is no PORT[/tcp|udp|sctp][=NETWORK,…]"))?;
    Ok(PublishedPort { port, protocol, sources })
}

fn egress(text: &str) -> Result<Egress> {
    let (bridge, allowed) = text.split_once('=').unwrap_or((text, ""));
    Ok(Egress { bridge: bridge.to_owned(), allowed: networks(allowed)? })
}

pub(super) fn apparmor(arguments: &ApparmorArguments) -> Result<Outcome> {
    let wish = parse_bane(&text(&arguments.file, FILE_BYTES_MAX)?)?;
    let mode = if arguments.complain { Mode::Complain } else { Mode::Enforce };
    let profile = profile(&wish, mode);
    profile.notes.iter().for_each(|note| remark(&format!("note: {note}")));
    match repair::find_program("apparmor_parser") {
        None => remark("not checked: apparmor_parser is not installed"),
        Some(parser) => {
            let file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
            std::fs::write(file.path(), &profile.text).context("cannot write a temporary file")?;
            let path = file.path().display().to_string();
            // -Q: the kernel is not asked, -K: no cache is written.
            let finished = repair::run(&parser, &["-Q", "-K", &path], std::time::Duration::from_secs(60))?;
            match finished.is_success {
                true => remark("apparmor_parser accepts it"),
                false => bail!("apparmor_parser refuses the profile: {}", finished.said),
            }
        }
    }
    write(arguments.output.output.as_deref(), &profile.text)?;
    Ok(Outcome::Clean)
}

pub(super) fn seccomp(arguments: &SeccompArguments) -> Result<Outcome> {
    let mut lists = String::new();
    for file in &arguments.files {
        lists.push_str(&text(file, LIST_BYTES_MAX)?);
        lists.push('\n');
    }
    let observed = Observed::parse(&lists)?;
    if observed.names().is_empty() {
        bail!("the lists name no system call, and a container without any cannot run");
    }
    observed.not_understood().iter().for_each(|line| remark(&format!("not understood: {line}")));
    let generated = harden::seccomp::generate(&Request {
        observed: &observed,
        stage: if arguments.log_only { Stage::Log } else { Stage::Enforce },
        architectures: if arguments.native_only {
            Architectures::NativeOnly
        } else {
            Architectures::WithCompatible
        },
    });
    generated.refused.iter().for_each(|line| remark(&format!("stays refused: {line}")));
    generated.conditional.iter().for_each(|line| remark(&format!("allowed only {line}")));
    let fate = if arguments.log_only { "allowed and logged" } else { "refused" };
    remark(&format!(
        "{} calls seen, {} allowed with those that every container needs, {} of the default {fate}",
        observed.names().len(),
        generated.allowed.len(),
        generated.cut.len()
    ));
    write(arguments.output.output.as_deref(), &generated.text)?;
    Ok(Outcome::Clean)
}

fn text(path: &Path, limit_bytes: u64) -> Result<String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(limit_bytes)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        bytes
    } else {
        read_bounded(path, limit_bytes)?
    };
    // A log may hold names that are no UTF-8; the calls are.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
