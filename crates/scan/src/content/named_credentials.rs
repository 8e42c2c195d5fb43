//! What a name lets suspect gives way to what was read.

use model::{Finding, LayerPath, Severity};
use std::collections::{HashMap, HashSet};

/// Leaves out what only goes by a name once the credential itself was found: a file that is named like one with
/// credentials or lies where host keys do, a variable or label whose name speaks of a password. What was read keeps
/// the higher severity and the place in the Dockerfile.
pub(crate) fn leave_out(findings: &mut Vec<Finding>) {
    let mut files: HashSet<LayerPath> = HashSet::new();
    let mut settings: HashMap<String, usize> = HashMap::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| is_credential(finding)) {
        match &finding.location.path {
            Some(path) => drop(files.insert(path.clone())),
            None => settings.extend(finding.evidence.iter().filter_map(|line| Some((place(line)?, index)))),
        }
    }
    let mut stronger: Vec<(usize, Severity, Option<u32>)> = Vec::new();
    let mut is_left_out = vec![false; findings.len()];
    for (index, finding) in findings.iter().enumerate() {
        match finding.rule.as_str() {
            "image/credential-file" | "image/ssh-host-key" => {
                is_left_out[index] = finding.location.path.as_ref().is_some_and(|path| files.contains(path));
            }
            "image/secret-in-environment" | "image/secret-in-history" | "image/secret-in-label" => {
                if let Some(read) = setting(finding).and_then(|setting| settings.get(&setting)) {
                    is_left_out[index] = true;
                    stronger.push((*read, finding.severity, finding.location.dockerfile_line));
                }
            }
            _ => {}
        }
    }
    for (index, severity, line) in stronger {
        let finding = &mut findings[index];
        finding.severity = finding.severity.max(severity);
        finding.location.dockerfile_line = finding.location.dockerfile_line.or(line);
    }
    let mut left_out = is_left_out.into_iter();
    findings.retain(|_| !left_out.next().unwrap_or(false));
}

fn is_credential(finding: &Finding) -> bool {
    finding.rule.starts_with("credentials/") || finding.rule.starts_with("secrets/")
}

/// `variable DB_PASSWORD` for `in the environment variable DB_PASSWORD`, as [`super::image_texts`] words it.
fn place(evidence: &str) -> Option<String> {
    let place = evidence.strip_prefix("in the ")?;
    let name = |rest: &str| rest.split(" (history entry").next().unwrap_or(rest).to_owned();
    if let Some(rest) = place.strip_prefix("environment variable ") {
        return Some(format!("ENV {}", name(rest)));
    }
    if let Some(rest) = place.strip_prefix("label ") {
        return Some(format!("LABEL {}", name(rest)));
    }
    let rest = place.strip_prefix("history ").or_else(|| place.strip_prefix("build argument "))?;
    (!rest.starts_with('(')).then(|| format!("ARG {}", name(rest)))
}

/// The same for a check, whose evidence is `ENV DB_PASSWORD=…`, `LABEL name=…` or `ARG NAME=…`.
fn setting(finding: &Finding) -> Option<String> {
    let (setting, _) = finding.evidence.first()?.split_once("=…")?;
    let (keyword, name) = setting.split_once(' ')?;
    // A variable that a later instruction unset stands in the history alone, as arguments and commands do.
    let keyword = if finding.rule == "image/secret-in-history" { "ARG" } else { keyword };
    Some(format!("{keyword} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Fingerprint, Location};

    fn finding(rule: &str, severity: Severity, evidence: &str, line: Option<u32>) -> Finding {
        Finding {
            rule: rule.to_owned(),
            title: rule.to_owned(),
            severity,
            location: Location { dockerfile_line: line, ..Location::default() },
            evidence: vec![evidence.to_owned()],
            remedy: None,
            references: Vec::new(),
            fingerprint: Fingerprint::of(&[rule, evidence]),
            aliases: Vec::new(),
            fix: None,
            vulnerability: None,
        }
    }

    #[track_caller]
    fn check(named: (&str, &str), read: (&str, &str), is_one: bool) {
        let mut findings = vec![
            finding(named.0, Severity::High, named.1, Some(7)),
            finding(read.0, Severity::Medium, read.1, None),
        ];
        leave_out(&mut findings);
        if is_one {
            let [left] = findings.as_slice() else { panic!("{findings:#?}") };
            assert_eq!(
                (left.rule.as_str(), left.severity, left.location.dockerfile_line),
                (read.0, Severity::High, Some(7))
            );
        } else {
            assert_eq!(findings.len(), 2, "{findings:#?}");
        }
    }

    #[test]
    fn a_setting_whose_credential_was_read_is_one_finding() {
        let read = "secrets/password-setting";
        let variable = "in the environment variable DB_PASSWORD";
        check(("image/secret-in-environment", "ENV DB_PASSWORD=…"), (read, variable), true);
        check(("image/secret-in-label", "LABEL a.token=…"), (read, "in the label a.token"), true);
        let argument = "in the build argument NPM_TOKEN (history entry 3)";
        check(("image/secret-in-history", "ARG NPM_TOKEN=…"), (read, argument), true);
        let unset = "in the history DB_PASSWORD (history entry 3)";
        check(("image/secret-in-history", "ENV DB_PASSWORD=…"), (read, unset), true);
    }

    #[test]
    fn another_setting_stays() {
        let read = "secrets/password-setting";
        let named = ("image/secret-in-environment", "ENV DB_PASSWORD=…");
        check(named, (read, "in the environment variable DB_PASSWORD_OLD"), false);
        check(named, (read, "in the label DB_PASSWORD"), false);
        check(named, ("image/root-user", "in the environment variable DB_PASSWORD"), false);
    }
}
