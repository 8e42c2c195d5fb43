//! Rules of the audit system: those that are loaded and those on disk.

use crate::{Roots, kernel_audit, program, read};
use facts::{AuditRule, AuditStatus, Fact};
use model::GapReason;

/// The loaded rules, by the kernel; when it does not tell them, as `auditctl -l` prints them.
pub(crate) fn loaded(roots: &Roots) -> Fact<Vec<AuditRule>> {
    if !roots.is_this_machine() {
        return elsewhere();
    }
    kernel_audit::rules().map_or_else(
        |refusal| match program::run("auditctl", &["-l"]) {
            Ok(text) => Fact::Known(parse(&text)),
            Err(error) => Fact::missing(GapReason::Unreadable, format!("{refusal}; auditctl -l: {error}")),
        },
        Fact::Known,
    )
}

/// Whether loaded rules record anything.
pub(crate) fn status(roots: &Roots) -> Fact<AuditStatus> {
    if !roots.is_this_machine() {
        return elsewhere();
    }
    match kernel_audit::status() {
        Ok(status) => Fact::Known(status),
        Err(refusal) => Fact::missing(GapReason::Unreadable, refusal),
    }
}

fn elsewhere<T>() -> Fact<T> {
    Fact::missing(GapReason::Unsupported, "the audit system can be asked of the running machine alone")
}

/// The rules of `/etc/audit/audit.rules` and `/etc/audit/rules.d`.
pub(crate) fn on_disk(roots: &Roots) -> Fact<Vec<AuditRule>> {
    let directory = roots.at("/etc/audit/rules.d");
    let mut paths = vec![roots.at("/etc/audit/audit.rules")];
    match read::names(&directory) {
        Ok(names) => paths.extend(names.iter().filter(|n| n.ends_with(".rules")).map(|n| directory.join(n))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return read::missing(&directory, &error),
    }
    let mut rules = Vec::new();
    for path in paths {
        match read::optional_text(&path) {
            Ok(text) => rules.extend(parse(&text.unwrap_or_default())),
            Err(error) => return read::missing(&path, &error),
        }
    }
    Fact::Known(rules)
}

/// Reads lines of `auditctl(8)`. Rules about system calls alone are of no interest here. `-D` forgets what was before.
fn parse(text: &str) -> Vec<AuditRule> {
    let mut rules = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if line == "-D" {
            rules.clear();
            continue;
        }
        rules.extend(rule(line));
    }
    rules
}

fn rule(line: &str) -> Option<AuditRule> {
    let mut rule = AuditRule { permissions: "rwxa".to_owned(), ..AuditRule::default() };
    let mut words = line.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-w" => rule.path = words.next()?.to_owned(),
            "-p" => rule.permissions = words.next()?.to_owned(),
            "-k" => rule.key = words.next().map(str::to_owned),
            "-a" | "-A" => {
                let list = words.next()?;
                rule.is_exclusion = list.split(',').any(|part| part == "never" || part == "exclude");
            }
            "-S" => {
                let calls = words.next()?;
                rule.is_narrowed |= calls != "all";
            }
            "-F" => field(&mut rule, words.next()?),
            "-C" => rule.is_narrowed = true,
            _ => {}
        }
    }
    let trimmed = rule.path.trim_end_matches('/');
    if !rule.path.starts_with('/') {
        return None;
    }
    if trimmed.len() < rule.path.len() {
        rule.is_directory = Some(true);
        rule.path = if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() };
    }
    Some(rule)
}

fn field(rule: &mut AuditRule, text: &str) {
    match text.split_once('=') {
        Some(("path", path)) => (rule.path, rule.is_directory) = (path.to_owned(), Some(false)),
        Some(("dir", path)) => (rule.path, rule.is_directory) = (path.to_owned(), Some(true)),
        Some(("perm", letters)) => rule.permissions = letters.to_owned(),
        Some(("key", key)) => rule.key = Some(key.to_owned()),
        Some(("arch", _)) => {}
        _ => rule.is_narrowed = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<bool>, &str, bool, bool)]) {
        let rules = parse(text);
        let seen: Vec<_> = rules
            .iter()
            .map(|r| (r.path.as_str(), r.is_directory, r.permissions.as_str(), r.is_exclusion, r.is_narrowed))
            .collect();
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn rules_are_read_as_auditctl_prints_and_reads_them() {
        check("-w /etc/docker -p wa -k docker", &[("/etc/docker", None, "wa", false, false)]);
        check("-w /etc/docker/ -k docker", &[("/etc/docker", Some(true), "rwxa", false, false)]);
        check(
            "-a always,exit -F path=/usr/bin/runc -F perm=x",
            &[("/usr/bin/runc", Some(false), "x", false, false)],
        );
        check(
            "-a always,exit -S all -F dir=/var/lib/docker -F perm=rwxa -F key=k",
            &[("/var/lib/docker", Some(true), "rwxa", false, false)],
        );
        check(
            "-a never,exit -F dir=/var/lib/docker",
            &[("/var/lib/docker", Some(true), "rwxa", true, false)],
        );
        check(
            "-a always,exit -F path=/usr/bin/runc -F auid>=1000",
            &[("/usr/bin/runc", Some(false), "rwxa", false, true)],
        );
        check("No rules\n# -w /x\n-a always,exit -S execve", &[]);
        check("-w /a -p w\n-D\n-w /b -p w", &[("/b", None, "w", false, false)]);
        check("-w\n-p", &[]);
    }
}
