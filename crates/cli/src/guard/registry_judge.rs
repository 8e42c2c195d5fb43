//! Judges images for the guard before a registry, as `seawall scan registry:… --policy` does.

use super::scanner::{Scanner, Scanning, judgement};
use crate::arguments::GuardRegistryArguments;
use crate::empty_report::empty_report;
use crate::registry_client::OwnAccess;
use crate::remark::Seldom;
use anyhow::{Context, Result};
use guard::registry::{ImageAsked, ImageJudge, Judgement, UpstreamOptions};
use model::{Redacted, TargetKind};

/// Scans what is asked for in the registry behind the guard.
pub(super) struct ScanJudge {
    host: String,
    scanner: Scanner,
    remarks: Seldom,
}

impl ScanJudge {
    /// Prepares scans of images of the registry at `address`.
    ///
    /// # Errors
    /// When a file that the arguments name cannot be read or understood.
    pub(super) fn new(arguments: &GuardRegistryArguments, upstream: &UpstreamOptions) -> Result<Self> {
        let GuardRegistryArguments { content, database, judge, gate, read, .. } = arguments.clone();
        let mut scanning = Scanning { content, database, judge, gate, read };
        let registry = &mut scanning.read.registry;
        let (scheme, host) =
            upstream.address.split_once("://").context("the address of the registry has no scheme")?;
        let host = as_registry(host, scheme);
        if scheme == "http" {
            registry.insecure.push(host.clone());
        }
        registry.tls_ca.extend(arguments.upstream_ca.clone());
        let identity = match (&arguments.upstream_cert, &arguments.upstream_key) {
            (Some(certificate), Some(key)) => Some(tls::Identity::read(certificate, key)?),
            _ => None,
        };
        let login = upstream.credential.as_ref().map(|(name, secret)| registry::Credential::Basic {
            username: name.clone(),
            password: Redacted::new(secret.clone()),
        });
        // What the guard reads it reads as itself: it alone is let in there.
        registry.own = Some(OwnAccess { host: host.clone(), login, identity });
        Ok(Self { host, scanner: Scanner::new(scanning)?, remarks: Seldom::default() })
    }

    fn scan(&self, asked: &ImageAsked) -> Result<Judgement> {
        let examiner = self.scanner.examiner()?;
        let name = |digest: &model::Digest| format!("{}/{}@{digest}", self.host, asked.repository);
        let no_policy = "there is no policy to judge by";
        if asked.is_index {
            // An index has nothing to scan but its signatures; its images are judged each by itself.
            let mut report = empty_report(TargetKind::Registry, name(&asked.digest));
            let signature = examiner.gate.add_findings(&mut report)?;
            let mut verdict = examiner.gate.verdict(&report, signature)?.context(no_policy)?;
            verdict.blocks.retain(is_of_signature);
            verdict.warnings.retain(is_of_signature);
            return Ok(judgement(&verdict));
        }
        let inventory = self.scanner.inventory(&format!("registry:{}", name(&asked.digest)))?;
        let mut first = None;
        // Who signs an index signs its images: the signature may be at either.
        for digest in std::iter::once(&asked.digest).chain(&asked.parents) {
            let mut inventory = inventory.clone();
            inventory.target.name = name(digest);
            let (report, signature) = examiner.report(inventory, None)?;
            let verdict = examiner.gate.verdict(&report, signature)?.context(no_policy)?;
            if verdict.blocks.is_empty() {
                return Ok(judgement(&verdict));
            }
            let has_other_reason = !verdict.blocks.iter().all(is_of_signature);
            let told = judgement(&verdict);
            first.get_or_insert(told);
            if has_other_reason {
                break;
            }
        }
        first.context("nothing was judged")
    }
}

fn is_of_signature(reason: &policy::Reason) -> bool {
    reason.clause.starts_with("signature.")
}

impl ImageJudge for ScanJudge {
    fn edition(&self) -> String {
        self.scanner.edition()
    }

    fn judge(&self, asked: &ImageAsked) -> Judgement {
        self.scan(asked).unwrap_or_else(|error| {
            let reason = format!("{error:#}");
            self.remarks.remark(&format!(
                "warning: {}@{} cannot be judged, and does not leave where that is needed: {reason}",
                asked.repository, asked.digest
            ));
            Judgement::Unknown { reason }
        })
    }
}

/// The name of the registry in references: one without a dot or port would be a repository of Docker Hub.
fn as_registry(host: &str, scheme: &str) -> String {
    if host.contains(['.', ':']) || host == "localhost" {
        return host.to_owned();
    }
    format!("{host}:{}", if scheme == "http" { 80 } else { 443 })
}
