//! Whether an image passes: severities, the policy file, licences, signatures.

use crate::arguments::{GateArguments, RegistryArguments, TrustArguments};
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::target::read_bounded;
use crate::{clock, output, registry_client, verify};
use anyhow::{Context, Result};
use checks::LicencePolicy;
use model::{Finding, Fingerprint, Gap, GapReason, Location, Report, Severity, TargetKind};
use oci::Reference;
use policy::{Circumstances, Policy, SignatureState, Verdict};
use signatures::{BaseImage, Demand, Freshness, PublicKey};
use std::path::{Path, PathBuf};

/// Bytes of a policy file.
const POLICY_BYTES_MAX: u64 = 4 << 20;
/// Reasons that are told one by one.
const REASONS_MAX: usize = 20;

/// What the image must be like to pass, read once.
pub(crate) struct Gate<'a> {
    arguments: &'a GateArguments,
    registry: &'a RegistryArguments,
    policy: Option<(PathBuf, Policy)>,
    licences: Option<LicencePolicy>,
    demand: Option<Demand>,
}

impl<'a> Gate<'a> {
    /// Reads the files that the arguments name.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub(crate) fn new(
        arguments: &'a GateArguments,
        registry: &'a RegistryArguments,
        progress: &Progress,
    ) -> Result<Self> {
        let policy = match &arguments.policy {
            None => None,
            Some(path) => {
                let (policy, warnings) = Policy::parse(&read_text(path)?)
                    .with_context(|| format!("cannot use {}", path.display()))?;
                for warning in warnings {
                    progress.note(&format!("{}:{}: {}", path.display(), warning.line, warning.message));
                }
                Some((path.clone(), policy))
            }
        };
        let licences = match &arguments.licence_policy {
            None => None,
            Some(path) => Some(
                LicencePolicy::parse(&read_text(path)?)
                    .with_context(|| format!("cannot use {}", path.display()))?,
            ),
        };
        let demand = verify::demand(&arguments.verify, &arguments.trust, 1)?;
        Ok(Self { arguments, registry, policy, licences, demand })
    }

    /// Adds what licences and signatures tell to the report; returns what came of the signatures.
    ///
    /// # Errors
    /// When a key that the policy names cannot be used.
    pub(crate) fn add_findings(&self, report: &mut Report) -> Result<SignatureState> {
        if let Some(licences) = &self.licences {
            let hits = checks::judge_licences(&report.packages, licences);
            let findings: Vec<Finding> = hits.into_iter().map(|hit| of_licence(report, hit)).collect();
            report.findings.extend(findings);
        }
        if self.arguments.check_base {
            self.check_base(report)?;
        }
        let demand = match (&self.demand, &self.policy) {
            (Some(demand), _) => Some(demand.clone()),
            (None, Some((path, policy))) => demand_of_policy(path, policy, &report.target.name)?,
            (None, None) => None,
        };
        let Some(demand) = demand else { return Ok(SignatureState::NotChecked) };
        let Some(reference) = reference_of(report) else {
            let detail = "the image is not known by its name in a registry, where signatures are kept";
            report.gaps.push(Gap::new("signatures", GapReason::Unsupported, detail));
            return Ok(SignatureState::Unreadable);
        };
        let client = registry_client::client(self.registry)?;
        let digest = match reference.digest() {
            Some(digest) => digest.clone(),
            None => client.resolve(&reference)?.digest,
        };
        let outcome = verify::verify(&demand, &client, &reference, &digest);
        report.findings.extend(signatures::signature_finding(&outcome));
        for problem in &outcome.problems {
            report.gaps.push(Gap::new(
                format!("signatures: {}", problem.what),
                GapReason::Unreadable,
                problem.detail.clone(),
            ));
        }
        Ok(match outcome.verdict {
            signatures::Verdict::Verified => SignatureState::Verified,
            signatures::Verdict::Unsigned => SignatureState::Unsigned,
            signatures::Verdict::Invalid | signatures::Verdict::BelowThreshold => SignatureState::Invalid,
            signatures::Verdict::Unreadable => SignatureState::Unreadable,
        })
    }

    /// Whether the base image means another one now.
    fn check_base(&self, report: &mut Report) -> Result<()> {
        let Some(name) = report.target.base.clone() else {
            let detail = "the image does not tell its base (org.opencontainers.image.base.name)";
            report.gaps.push(Gap::new("base image", GapReason::Unsupported, detail));
            return Ok(());
        };
        let base = BaseImage { name: name.clone(), digest: report.target.base_digest.clone() };
        if base.is_pinned() {
            return Ok(());
        }
        let mut gap = |detail: String| {
            report.gaps.push(Gap::new(format!("base image {name}"), GapReason::Unreadable, detail));
        };
        let reference: Reference = match name.parse() {
            Ok(reference) => reference,
            Err(error) => {
                gap(format!("{error}"));
                return Ok(());
            }
        };
        let current = match registry_client::client(self.registry)?.resolve(&reference) {
            Ok(summary) => vec![summary.digest],
            Err(error) if error.status() == Some(404) => Vec::new(),
            Err(error) => {
                gap(error.to_string());
                return Ok(());
            }
        };
        let freshness = base.freshness(&current);
        if let Freshness::Unknown { reason } = &freshness {
            gap(reason.clone());
        }
        report.findings.extend(signatures::base_outdated_finding(&base, &freshness));
        Ok(())
    }

    /// The files that decide besides the image; of directories what lies in them counts.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.arguments.verify.clone();
        files.extend(self.arguments.licence_policy.clone());
        files.extend(self.arguments.trust.files());
        if let Some((path, policy)) = &self.policy {
            let directory = path.parent().unwrap_or(Path::new(""));
            files.extend(policy.signer_files().into_iter().map(|name| directory.join(name)));
            files.push(path.clone());
        }
        files
    }

    /// What the policy says of one report; `None` without a policy.
    ///
    /// # Errors
    /// When the day cannot be told.
    pub(crate) fn verdict(&self, report: &Report, signature: SignatureState) -> Result<Option<Verdict>> {
        let Some((_, policy)) = &self.policy else { return Ok(None) };
        let date = clock::today().parse().context("today is a date")?;
        let base = report.target.base.clone();
        Ok(Some(policy.decide(report, &Circumstances { signature, base, ..Circumstances::on(date) })))
    }

    /// Decides over all reports: by the policy when there is one, else by severities.
    ///
    /// # Errors
    /// When the verdict cannot be written.
    pub(crate) fn decide(
        &self,
        reports: &[Report],
        signatures: &[SignatureState],
        progress: &Progress,
    ) -> Result<Outcome> {
        let mut decision = self.decision()?;
        for (report, signature) in reports.iter().zip(signatures) {
            decision.add(report, *signature, &[]);
        }
        decision.end(progress)
    }

    /// Begins a decision over reports that come one after another.
    ///
    /// # Errors
    /// When the day cannot be told.
    pub(crate) fn decision(&self) -> Result<Decision<'_>> {
        let date = clock::today().parse().context("today is a date")?;
        Ok(Decision { gate: self, date, has_finding: false, verdicts: Vec::new() })
    }
}

/// A decision over several reports.
pub(crate) struct Decision<'a> {
    gate: &'a Gate<'a>,
    date: policy::Date,
    has_finding: bool,
    verdicts: Vec<Verdict>,
}

impl Decision<'_> {
    /// Adds a report; returns what the policy says of it. An image that is known under several names passes if it does
    /// under each.
    pub(crate) fn add(
        &mut self,
        report: &Report,
        signature: SignatureState,
        names: &[String],
    ) -> Option<String> {
        let Some((_, policy)) = &self.gate.policy else {
            let outcome = by_severity(std::slice::from_ref(report), self.gate.arguments.fail_on);
            self.has_finding |= outcome == Outcome::Findings;
            return None;
        };
        let decide = |image: Option<String>| {
            let base = report.target.base.clone();
            policy.decide(report, &Circumstances { image, signature, base, ..Circumstances::on(self.date) })
        };
        let worst = names
            .iter()
            .map(|name| decide(Some(name.clone())))
            .max_by_key(|verdict| (!verdict.passes(), verdict.blocks.len(), verdict.warnings.len()));
        let verdict = worst.unwrap_or_else(|| decide(None));
        let words = verdict.to_string();
        self.verdicts.push(verdict);
        Some(words)
    }

    /// Tells and writes what was decided.
    ///
    /// # Errors
    /// When the verdict cannot be written.
    pub(crate) fn end(self, progress: &Progress) -> Result<Outcome> {
        let Some((path, _)) = &self.gate.policy else {
            return Ok(if self.has_finding { Outcome::Findings } else { Outcome::Clean });
        };
        for verdict in &self.verdicts {
            let image = verdict.image.as_deref().filter(|_| self.verdicts.len() > 1);
            tell(path, image, verdict, progress);
        }
        if let Some(path) = &self.gate.arguments.verdict {
            let json = match self.verdicts.as_slice() {
                [one] => serde_json::to_vec_pretty(one)?,
                several => serde_json::to_vec_pretty(several)?,
            };
            output::write_file(path, &json)?;
        }
        Ok(if self.verdicts.iter().all(Verdict::passes) { Outcome::Clean } else { Outcome::Findings })
    }
}

/// Whether any report has a finding that counts. Without a threshold every finding counts, also one that nobody
/// has rated; with one, a finding that nobody rated counts as medium, so that it is not passed over silently.
pub(crate) fn by_severity(reports: &[Report], fail_on: Option<Severity>) -> Outcome {
    let counts = |severity: Severity| match fail_on {
        None => true,
        Some(threshold) if severity == Severity::Unknown => threshold <= Severity::Medium,
        Some(threshold) => severity >= threshold,
    };
    let has_finding =
        reports.iter().flat_map(|report| &report.findings).any(|finding| counts(finding.severity));
    if has_finding { Outcome::Findings } else { Outcome::Clean }
}

fn tell(path: &Path, image: Option<&str>, verdict: &Verdict, progress: &Progress) {
    let image = image.map_or(String::new(), |image| format!(" {image}:"));
    let name = format!("{}:{image}", path.display());
    for reason in verdict.blocks.iter().take(REASONS_MAX) {
        progress.result(&format!("{name} blocks: {reason}"));
    }
    if verdict.blocks.len() > REASONS_MAX {
        progress.result(&format!("{name} blocks: and {} more", verdict.blocks.len() - REASONS_MAX));
    }
    for expired in &verdict.expired {
        progress.result(&format!("{name} {expired}"));
    }
    progress.result(&format!("{name} {verdict}"));
}

/// The demand of a policy for an image, with the files beside the policy file.
fn demand_of_policy(path: &Path, policy: &Policy, image: &str) -> Result<Option<Demand>> {
    let Some(wanted) = policy.signature_demand(image) else { return Ok(None) };
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut keys = Vec::new();
    for key in &wanted.keys {
        let bytes = if key.contains("-----BEGIN") {
            key.clone().into_bytes()
        } else {
            read_bounded(&directory.join(key), 1 << 20)?
        };
        keys.extend(PublicKey::parse_all(&bytes).with_context(|| format!("cannot use the key {key}"))?);
    }
    let mut trust = TrustArguments::default();
    if let Some(keyless) = wanted.keyless {
        trust.trusted_root = Some(directory.join(keyless.trusted_root));
        trust.identity = keyless.identities;
        trust.identity_regex = keyless.identity_regexes;
        trust.issuer = Some(keyless.issuer);
    }
    if let Some(notation) = wanted.notation {
        trust.notation_policy = Some(directory.join(notation.policy));
        trust.notation_store = Some(directory.join(notation.store));
    }
    let mut demand = verify::demand_of(keys, &trust, wanted.threshold)?;
    if let Some(demand) = &mut demand {
        demand.names = wanted.names;
    }
    Ok(demand)
}

/// The name of the scanned image in its registry.
fn reference_of(report: &Report) -> Option<Reference> {
    let target = &report.target;
    match target.kind {
        TargetKind::Registry => target.name.parse().ok(),
        TargetKind::Docker => target.names.iter().find(|name| name.contains("@sha256:"))?.parse().ok(),
        _ => None,
    }
}

fn of_licence(report: &Report, hit: checks::LicenceHit) -> Finding {
    let package = &report.packages[hit.package_index];
    Finding {
        rule: hit.rule.id.to_owned(),
        fingerprint: Fingerprint::of(&[
            hit.rule.id,
            package.ecosystem.purl_type(),
            &package.name,
            &hit.expression,
        ]),
        title: hit.title,
        severity: hit.severity,
        location: Location {
            path: Some(package.path.clone()),
            nested: package.nested.clone(),
            layer: package.layer.clone(),
            ..Location::default()
        },
        evidence: hit.evidence,
        remedy: Some(hit.rule.remedy.to_owned()),
        references: hit.rule.references.iter().map(|&address| address.to_owned()).collect(),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

fn read_text(path: &Path) -> Result<String> {
    let bytes = read_bounded(path, POLICY_BYTES_MAX)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}
