//! What the image trusts: certificates, names, package sources.

use super::Rule;
use crate::{
    CheckHit, SeenKind, Trait, TreeEntry,
    subject::{Subject, hit_at_file},
};
use model::{RuleInfo, Severity};

/// Added certificates.
pub(super) static CERTIFICATE: Rule = Rule {
    info: RuleInfo {
        id: "image/certificate-added",
        title: "a certificate that no package brought is trusted",
        severity: Severity::Low,
        why: "Whoever holds its key can pose as any server towards every program of the image. Companies add their \
              own authority; so do interception proxies and intruders.",
        remedy: "Make sure that it is yours; remove it if no program needs it.",
        references: &["https://attack.mitre.org/techniques/T1553/004/"],
    },
    aliases: &[],
    bad: "content usr/local/share/ca-certificates/proxy.crt -----BEGIN CERTIFICATE-----",
    good: "content etc/ssl/certs/ca-certificates.crt -----BEGIN CERTIFICATE-----",
};

/// Changed name resolution.
pub(super) static NAME_RESOLUTION: Rule = Rule {
    info: RuleInfo {
        id: "image/name-resolution-changed",
        title: "the image ships entries of hosts or resolv.conf",
        severity: Severity::Low,
        why: "The engine replaces both files in containers, but not in builds and other uses of the root file system; \
              entries for public names send programs elsewhere, others tell about the network of the builder.",
        remedy: "Leave both files empty; use --add-host and --dns when the container is started.",
        references: &["https://attack.mitre.org/techniques/T1565/001/"],
    },
    aliases: &[],
    bad: "content etc/hosts 127.0.0.1 localhost\\n192.0.2.7 updates.example.com\\n",
    good: "content etc/hosts 127.0.0.1 localhost localhost.localdomain\\n::1 localhost ip6-localhost ip6-loopback\\nff02::1 ip6-allnodes\\n",
};

/// Package sources without signatures.
pub(super) static UNSIGNED_SOURCE: Rule = Rule {
    info: RuleInfo {
        id: "image/unsigned-package-source",
        title: "a package source is used without checking signatures",
        severity: Severity::Medium,
        why: "Whoever sits between the container and the server, or on the server, installs what they like.",
        remedy: "Remove trusted=yes and gpgcheck=0, and name the key of the source (signed-by, gpgkey).",
        references: &["https://manpages.debian.org/bookworm/apt/sources.list.5.en.html"],
    },
    aliases: &["CIS 4.11", "CKV2_DOCKER_15"],
    bad: "content etc/yum.repos.d/x.repo [x]\\nbaseurl=https://example.com\\nenabled=1\\ngpgcheck=0\\n",
    good: "content etc/apt/sources.list.d/x.list deb [signed-by=/usr/share/keyrings/x.gpg] https://example.com stable main\\n",
};

/// Clients that do not verify.
pub(super) static CLIENT: Rule = Rule {
    info: RuleInfo {
        id: "image/client-verification-off",
        title: "a client is configured not to verify certificates",
        severity: Severity::Medium,
        why: "Every use of the program in the image accepts any server.",
        remedy: "Remove the setting; add the private authority's certificate instead.",
        references: &["https://owasp.org/www-community/attacks/Manipulator-in-the-middle_attack"],
    },
    aliases: &["CKV2_DOCKER_12", "CKV2_DOCKER_13", "CKV2_DOCKER_14"],
    bad: "content root/.npmrc registry=https://example.com/\\nstrict-ssl=false\\n",
    good: "content root/.npmrc strict-ssl=true\\n\ncontent root/.curlrc silent\\n",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    for entry in
        tree.with(Trait::Certificate).filter(|entry| entry.kind == SeenKind::File && entry.package.is_none())
    {
        certificate(entry, hits);
    }
    for entry in tree
        .with(Trait::NameResolution)
        .filter(|entry| entry.kind == SeenKind::File && entry.package.is_none())
    {
        names(entry, hits);
    }
    for entry in tree.with(Trait::ClientConfiguration) {
        configuration(entry, hits);
    }
}

fn certificate(entry: &TreeEntry, hits: &mut Vec<CheckHit>) {
    // Bundles that update-ca-certificates and its like make of all the others, and Java's keystore of the same.
    let name = entry.path.file_name();
    let is_bundle = matches!(
        name,
        "ca-certificates.crt"
            | "ca-bundle.crt"
            | "ca-bundle.trust.crt"
            | "ca-cert-ca-certificates.pem"
            | "tls-ca-bundle.pem"
            | "README"
            | "make-dummy-cert"
            | "renew-dummy-cert"
            | "Makefile"
    ) || name.starts_with('.');
    let is_snakeoil = name == "ssl-cert-snakeoil.pem";
    let text = entry.text().unwrap_or_default();
    let looks_like_one = text.contains("-----BEGIN")
        || entry.content.as_deref().is_some_and(|bytes| bytes.starts_with(&[0x30, 0x82]));
    if !is_bundle && !is_snakeoil && looks_like_one {
        hits.push(hit_at_file(&CERTIFICATE, entry, CERTIFICATE.info.title));
    }
}

fn names(entry: &TreeEntry, hits: &mut Vec<CheckHit>) {
    let text = entry.text().unwrap_or_default();
    let is_hosts = entry.path.file_name() == "hosts";
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        let mut words = line.split_whitespace();
        let (Some(first), rest) = (words.next(), words.collect::<Vec<_>>()) else { continue };
        let (severity, title) = if is_hosts {
            let is_local = |name: &&str| {
                name.starts_with("localhost")
                    || name.starts_with("ip6-")
                    || matches!(*name, "broadcasthost" | "buildkitsandbox")
                    || name.ends_with(".localdomain")
            };
            // Loopback and the names of the builder's own container are no redirection.
            let strangers: Vec<&str> =
                rest.iter().copied().filter(|name| !is_local(name) && name.contains('.')).collect();
            if strangers.is_empty() {
                continue;
            }
            (Severity::Medium, format!("{} is sent to {first}", strangers.join(", ")))
        } else if first == "nameserver" && rest.first().is_some_and(|address| *address != "127.0.0.11") {
            (Severity::Low, format!("names are asked of {}", rest[0]))
        } else {
            continue;
        };
        let mut hit = hit_at_file(&NAME_RESOLUTION, entry, title)
            .with_severity(severity)
            .with_evidence(line)
            .with_identity(line);
        hit.line = Some(number);
        hits.push(hit);
    }
}

fn configuration(entry: &TreeEntry, hits: &mut Vec<CheckHit>) {
    let path = entry.path.as_str();
    let text = entry.text().unwrap_or_default();
    let is_apt = path.starts_with("etc/apt/");
    let is_rpm = path.starts_with("etc/yum") || path.starts_with("etc/dnf") || path.starts_with("etc/zypp");
    // A repository that is switched off does no harm; the setting may follow the others.
    let sections: Vec<&str> = if is_rpm { sections(&text) } else { vec![text.as_str()] };
    let mut line_before = 0;
    for section in sections {
        let is_disabled =
            is_rpm && section.lines().any(|line| line.replace(' ', "").eq_ignore_ascii_case("enabled=0"));
        for (number, line) in (1..).zip(section.lines()) {
            let plain = line.trim().to_ascii_lowercase();
            if is_disabled || plain.is_empty() || plain.starts_with(['#', ';']) || plain.starts_with("//") {
                continue;
            }
            let squeezed = plain.replace([' ', '\t', '"', '\''], "");
            let rule = if is_apt
                && (squeezed.contains("trusted=yes")
                    || squeezed.starts_with("trusted:yes")
                    || is_insecure_apt(&squeezed))
                || is_rpm && matches!(squeezed.as_str(), "gpgcheck=0" | "gpgcheck=false" | "gpgcheck=no")
            {
                &UNSIGNED_SOURCE
            } else if is_open_client(&squeezed) {
                &CLIENT
            } else {
                continue;
            };
            let mut hit = hit_at_file(rule, entry, rule.info.title)
                .with_evidence(super::hide_credentials(line.trim()))
                .with_identity(squeezed);
            hit.line = Some(line_before + number);
            hits.push(hit);
        }
        line_before += u32::try_from(section.lines().count()).unwrap_or(0);
    }
}

/// The text cut before each `[name]`.
fn sections(text: &str) -> Vec<&str> {
    let mut begins: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    begins.insert(0, 0);
    begins.push(text.len());
    begins.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

fn is_insecure_apt(line: &str) -> bool {
    let line = line.trim_end_matches(';');
    let is_on = ["true", "1", "yes"].iter().any(|end| line.ends_with(end));
    let is_off = ["false", "0", "no"].iter().any(|end| line.ends_with(end));
    (is_on && (line.contains("allowinsecurerepositories") || line.contains("allowunauthenticated")))
        || (is_off && (line.contains("verify-peer") || line.contains("verify-host")))
}

fn is_open_client(line: &str) -> bool {
    matches!(
        line,
        "strict-ssl=false"
            | "insecure"
            | "-k"
            | "--insecure"
            | "check_certificate=off"
            | "check-certificate=off"
            | "sslverify=false"
            | "sslverify=0"
            | "ssl_verify:false"
            | ":ssl_verify_mode:0"
    ) || line.starts_with("trusted-host=")
}
