//! The same paths as regular expressions, for an API server that judges alone.

use super::paths::{
    DIRECTORIES, ENGINE_SOCKETS, FILES, HARMLESS, HOME_SECRETS, SHARED_WITH_SOCKETS, SYSTEM_SOCKETS,
};
use model::Severity;
use std::collections::BTreeSet;

/// Expressions (RE2, without a backslash) that the path of a mount fits as it is written, with `//`, `/./` and a slash at
/// its end. `..` is not followed: the API server refuses it (Kubernetes `pkg/apis/core/validation`,
/// `validatePathNoBacksteps`). A relative path fits none.
#[derive(Clone, Debug)]
pub struct HostPathPatterns {
    /// What [`super::host_path_risk`] rates when it is writable.
    pub sensitive_writable: String,
    /// What of it gives nothing away all the same.
    pub harmless_writable: String,
    /// The same for what is mounted read-only.
    pub sensitive_read_only: String,
    /// And what of that gives nothing away.
    pub harmless_read_only: String,
    /// What [`super::engine_socket`] finds.
    pub engine_socket: String,
    /// The sockets of the host's services, and the directories that hold them.
    pub system_socket: String,
    /// Control groups.
    pub control_groups: String,
}

/// Between two parts of a path, and before the first.
const SLASH: &str = "/([.]?/)*";
/// Behind the last part.
const END: &str = "(/[.]?)*$";
/// Anything below.
const BELOW: &str = "(/.*)?$";
/// A name that is neither `.` nor `..`.
const NAME: &str = "[.]*[^/.][^/]*";

/// The expressions for risks of at least this severity.
#[must_use]
pub fn host_path_patterns(least: Severity) -> HostPathPatterns {
    HostPathPatterns {
        sensitive_writable: sensitive(0, least),
        harmless_writable: any(&[(below(HARMLESS.iter().filter(|path| !path.starts_with("/etc"))), BELOW)]),
        sensitive_read_only: sensitive(1, least),
        harmless_read_only: any(&[(below(HARMLESS.iter()), BELOW)]),
        engine_socket: engine_socket(),
        system_socket: any(&[(holders(&SYSTEM_SOCKETS, &SHARED_WITH_SOCKETS), END)]),
        control_groups: any(&[(path("/sys/fs/cgroup"), BELOW)]),
    }
}

/// Whether what is told of an access counts: 0 is writable, 1 read-only.
fn sensitive(access: usize, least: Severity) -> String {
    let counts = |grade: Option<Severity>| grade.is_some_and(|grade| grade >= least);
    let directories = || DIRECTORIES.iter().filter(|(directory, ..)| *directory != "/");
    let exact = directories().filter(|(.., grades)| counts(grades[access]) && !counts(grades[2 + access]));
    let inside = directories().filter(|(.., grades)| counts(grades[2 + access]));
    let files = FILES.iter().filter(|(.., grades)| grades[access] >= least).map(|(file, ..)| file);
    let mut parts = vec![
        (below(exact.map(|(directory, ..)| directory)), END),
        (below(inside.map(|(directory, ..)| directory).chain(files)), BELOW),
    ];
    if Severity::High >= least {
        let secrets = HOME_SECRETS.map(|secret| path(&format!("/{secret}"))).join("|");
        parts.push((format!("({}|{SLASH}home{SLASH}{NAME})({secrets})", path("/root")), BELOW));
    }
    let root = DIRECTORIES.iter().find(|(directory, ..)| *directory == "/");
    let all = any(&parts);
    if root.is_some_and(|(.., grades)| counts(grades[access])) { format!("^(/[.]?)+$|{all}") } else { all }
}

fn engine_socket() -> String {
    let names: BTreeSet<String> = ENGINE_SOCKETS
        .iter()
        .filter_map(|socket| socket.rsplit('/').next())
        .filter(|name| name.ends_with(".sock"))
        .map(escaped)
        .collect();
    let names: Vec<String> = names.into_iter().collect();
    any(&[
        (holders(&ENGINE_SOCKETS, &["/"]), END),
        // Rootless engines have theirs below /run/user, and it may have been moved anywhere.
        (format!("{}({SLASH}{NAME})?", path("/run/user")), END),
        (format!("/(.*/)?({})", names.join("|")), END),
    ])
}

/// The sockets and the directories above them.
fn holders(sockets: &[&'static str], without: &[&str]) -> String {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for socket in sockets {
        all.extend(socket.match_indices('/').skip(1).map(|(at, _)| &socket[..at]));
        all.insert(socket);
    }
    below(all.iter().filter(|path| !without.contains(path)))
}

fn below<'a>(paths: impl Iterator<Item = &'a &'a str>) -> String {
    let all: Vec<String> = paths.map(|one| path(one)).collect();
    if all.is_empty() { String::new() } else { format!("({})", all.join("|")) }
}

/// What fits one of them; those without a path are left out.
fn any(parts: &[(String, &str)]) -> String {
    let told = parts.iter().filter(|(middle, _)| !middle.is_empty());
    told.map(|(middle, end)| format!("^{middle}{end}")).collect::<Vec<_>>().join("|")
}

/// A clean path, however its slashes are written.
fn path(clean: &str) -> String {
    let parts: Vec<&str> = clean.split('/').skip(1).collect();
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at == 0 && *part == "run" {
            text.push_str(&format!("({SLASH}var)?"));
        }
        text.push_str(SLASH);
        text.push_str(&escaped(part));
    }
    text
}

fn escaped(name: &str) -> String {
    name.replace('.', "[.]")
}

#[cfg(test)]
mod tests {
    use super::super::paths::{clean, system_socket};
    use super::*;
    use crate::{engine_socket, host_path_risk};
    use regex::Regex;

    /// Every path of the tables, what is above and below it, and others, each written in several ways.
    fn paths() -> Vec<String> {
        let tables = DIRECTORIES
            .iter()
            .map(|one| one.0)
            .chain(FILES.iter().map(|one| one.0))
            .chain(HARMLESS)
            .chain(ENGINE_SOCKETS)
            .chain(SYSTEM_SOCKETS)
            .chain([
                "/srv",
                "/etcetera",
                "/home/me",
                "/run/user/1000",
                "/data/docker.sock",
                "/sys/fs/cgroup/a",
            ])
            .map(str::to_owned)
            .chain(HOME_SECRETS.iter().flat_map(|secret| {
                ["/root", "/home/me", "/home", "/home/.me/x"].map(|home| format!("{home}/{secret}"))
            }));
        let mut all = Vec::new();
        for path in tables {
            let above = path.rsplit_once('/').map_or("/", |(above, _)| above).to_owned();
            let moved = path.replacen("/run", "/var/run", 1);
            for one in
                [format!("{path}/below/it"), format!("{path}x"), format!("/x{path}"), above, moved, path]
            {
                for written in
                    [one.clone(), format!("/.{one}/"), one.replace('/', "//"), one.replace('/', "/./")]
                {
                    all.push(written);
                }
                all.push(one.trim_start_matches('/').to_owned());
            }
        }
        all
    }

    #[test]
    fn the_expressions_say_what_the_functions_say() {
        let paths = paths();
        for least in [Severity::Unknown, Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        {
            let patterns = host_path_patterns(least);
            let new = |text: &str| Regex::new(text).unwrap();
            let sensitive = [new(&patterns.sensitive_writable), new(&patterns.sensitive_read_only)];
            let harmless = [new(&patterns.harmless_writable), new(&patterns.harmless_read_only)];
            let sockets = [new(&patterns.engine_socket), new(&patterns.system_socket)];
            let groups = new(&patterns.control_groups);
            let mut seen = [0; 2];
            for path in &paths {
                for access in 0..2 {
                    let risk = host_path_risk(path, access == 0).is_some_and(|risk| risk.severity >= least);
                    let fits = sensitive[access].is_match(path) && !harmless[access].is_match(path);
                    assert_eq!(fits, risk, "{path} {access} {least:?}");
                    seen[usize::from(fits)] += 1;
                }
                assert_eq!(sockets[0].is_match(path), engine_socket(path).is_some(), "{path}");
                assert_eq!(sockets[1].is_match(path), system_socket(path).is_some(), "{path}");
                let is_group =
                    clean(path).is_some_and(|path| format!("{path}/").starts_with("/sys/fs/cgroup/"));
                assert_eq!(groups.is_match(path), is_group, "{path}");
            }
            assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
        }
    }
}
