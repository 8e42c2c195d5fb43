//! Policies by name: built in, for one client, from docker-socket-proxy's variables, or of a file.

use super::say;
use crate::arguments::GuardPolicyArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, anyhow};
use control::{Policy, PolicyError, Warning};
use guard::PolicySource;
use std::collections::BTreeMap;
use std::io::Read as _;

/// The variables of this process, or of a file behind a colon.
const SOCKET_PROXY: &str = "socket-proxy";
/// A file of variables is short.
const VARIABLES_BYTES_MAX: u64 = 1 << 20;

/// `seawall guard policy`: its text, to go on from.
pub(super) fn show(arguments: &GuardPolicyArguments) -> Result<Outcome> {
    let name = &arguments.name;
    let built_in = control::profiles().iter().find(|(known, _)| known == name);
    let text = match built_in {
        Some((_, text)) => (*text).to_owned(),
        None => made(name)?.map(|(text, _)| text).with_context(|| {
            format!("no policy is named '{name}' (hint: {}, {SOCKET_PROXY}, {SOCKET_PROXY}:FILE)", names())
        })?,
    };
    say(text.trim_end());
    Ok(Outcome::Clean)
}

/// Where a policy comes from: one that is made here stays, one of a file is read again.
pub(super) fn source(name: &str) -> Result<PolicySource> {
    if Policy::profile(name).is_some() {
        return Ok(PolicySource::Profile(name.to_owned()));
    }
    Ok(match made(name)? {
        Some((text, warnings)) => {
            tell(name, &warnings);
            PolicySource::Text { name: name.to_owned(), text }
        }
        None => PolicySource::File(name.into()),
    })
}

/// A policy that must be readable.
pub(super) fn policy(name: &str) -> Result<Policy> {
    if let Some(policy) = Policy::profile(name) {
        return Ok(policy);
    }
    let (text, said) = read(name)?;
    tell(name, &said);
    let (policy, warnings) = Policy::parse(&text).map_err(|error| anyhow!("{name}: {error}"))?;
    tell(name, &warnings);
    Ok(policy)
}

/// The text of a policy that is no built-in profile.
pub(super) fn text(name: &str) -> Result<String> {
    Ok(read(name)?.0)
}

fn read(name: &str) -> Result<(String, Vec<Warning>)> {
    if let Some(made) = made(name)? {
        return Ok(made);
    }
    let text = std::fs::read_to_string(name).with_context(|| {
        format!("'{name}' is neither a profile nor a file that can be read (hint: {})", names())
    })?;
    Ok((text, Vec::new()))
}

fn names() -> String {
    let all = control::profiles().iter().chain(control::client_profiles());
    all.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// A policy that is made of a name: for everybody who connects as one client, or from variables.
fn made(name: &str) -> Result<Option<(String, Vec<Warning>)>> {
    if control::client_profiles().iter().any(|(known, _)| *known == name) {
        let text = format!(
            "version: 1\nprofile: guarded\nclients:\n  - {{name: {name}, match: {{any: true}}, profile: {name}}}\n"
        );
        return Ok(Some((text, Vec::new())));
    }
    let variables = match name.strip_prefix(SOCKET_PROXY) {
        Some("") => std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        Some(file) if file.starts_with(':') => variables(&file[1..])?,
        _ => return Ok(None),
    };
    let wrong = |error: PolicyError| anyhow!("{name}: {}", error.message);
    let text = control::socket_proxy_yaml(&variables).map_err(wrong)?;
    let (_, warnings) = Policy::from_socket_proxy(&variables).map_err(wrong)?;
    Ok(Some((text, warnings)))
}

/// A file as `docker run --env-file` reads it.
fn variables(path: &str) -> Result<BTreeMap<String, String>> {
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(VARIABLES_BYTES_MAX).read_to_string(&mut text))
        .with_context(|| format!("cannot read {path}"))?;
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| {
            let (key, value) = line
                .split_once('=')
                .with_context(|| format!("{path}: line {number} is no variable (hint: NAME=0 or NAME=1)"))?;
            Ok((key.trim_end().to_owned(), value.to_owned()))
        })
        .collect()
}

pub(super) fn tell(name: &str, warnings: &[Warning]) {
    for Warning { line, message } in warnings {
        let place = if *line == 0 { String::new() } else { format!("line {line}: ") };
        remark(&format!("warning: {name}: {place}{message}"));
    }
}
