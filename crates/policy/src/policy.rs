//! A policy that was read, and what it says for one image.

use crate::{
    action::Action,
    error::{PolicyError, PolicyWarning, line_of},
    exception::ExceptionRule,
    file::{KeylessSigners, NotationSigners, RawFile, RawTarget},
    image_name::{ImageName, ImagePattern},
    kind::FindingKind,
    sections::{RawSections, Sections, SignatureTable, patterns},
};

/// The policy of the gate. The default is what holds for an empty file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    pub(crate) sections: Sections,
    pub(crate) targets: Vec<Target>,
    pub(crate) exceptions: Vec<ExceptionRule>,
    /// Whose word takes findings out of a report; none: everybody's.
    pub(crate) accept_suppressed: Option<Vec<String>>,
}

/// The tables for some images.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub images: Vec<ImagePattern>,
    pub sections: Sections,
}

/// Which signatures a policy demands of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureDemand {
    /// Files with public keys, relative to the policy, or PEM texts.
    pub keys: Vec<String>,
    /// Identities that count beside them.
    pub keyless: Option<KeylessSigners>,
    /// Whom notation trusts counts beside them.
    pub notation: Option<NotationSigners>,
    /// How many different signers there must be.
    pub threshold: usize,
    /// Names under which the image must have been signed; empty: any.
    pub names: Vec<String>,
}

/// Bytes of a policy file.
const BYTES_MAX: usize = 4 << 20;
/// Exceptions and targets of a policy.
const TABLES_MAX: usize = 10_000;
/// The words of `Suppressed::by` in reports.
const SUPPRESSORS: [&str; 5] = ["ignore-file", "baseline", "vex", "only-fixable", "package-owner"];

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// When it is not TOML, a key or value is unknown, or a table says nothing that could be meant; with the line
    /// and a hint.
    pub fn parse(text: &str) -> Result<(Self, Vec<PolicyWarning>), PolicyError> {
        if text.len() > BYTES_MAX {
            return Err(PolicyError::TooLarge { size_bytes: text.len(), limit_bytes: BYTES_MAX });
        }
        let raw: RawFile = toml::from_str(text).map_err(|error| PolicyError::from_toml(text, &error))?;
        if *raw.version.get_ref() != 1 {
            let message = format!("version {} is not known; this is version 1", raw.version.get_ref());
            return Err(PolicyError::at(text, raw.version.span().start, message));
        }
        if raw.exception.len() > TABLES_MAX || raw.target.len() > TABLES_MAX {
            return Err(PolicyError::at(text, 0, format!("more than {TABLES_MAX} exceptions or targets")));
        }
        let mut warnings = Vec::new();
        for name in raw.accept_suppressed.iter().flatten() {
            if !SUPPRESSORS.contains(&name.as_str()) {
                let message =
                    format!("accept-suppressed: unknown word '{name}', known are {}", SUPPRESSORS.join(", "));
                let offset = text.find("accept-suppressed").unwrap_or(0);
                return Err(PolicyError::at(text, offset, message));
            }
        }
        let mut exceptions = Vec::new();
        for exception in &raw.exception {
            let rule = ExceptionRule::from_raw(text, exception.span().start, exception.get_ref())?;
            if rule.shown.expires.is_none() {
                let message = format!("the exception for {} never expires", rule.shown.names);
                warnings.push(PolicyWarning { line: rule.shown.line, message });
            }
            exceptions.push(rule);
        }
        let mut targets = Vec::new();
        for target in raw.target {
            let offset = target.span().start;
            targets.push(Target::from_raw(text, offset, target.into_inner())?);
        }
        let sections = Sections::from_raw(
            text,
            RawSections {
                vulnerability: raw.vulnerability,
                kinds: [
                    (FindingKind::Secret, raw.secret),
                    (FindingKind::Malware, raw.malware),
                    (FindingKind::Webshell, raw.webshell),
                    (FindingKind::Integrity, raw.integrity),
                    (FindingKind::Configuration, raw.configuration),
                    (FindingKind::Licence, raw.licence),
                ],
                image: raw.image,
                signature: raw.signature,
                gaps: raw.gaps,
                rules: raw.rules,
            },
        )?;
        if sections.signature.missing == Some(Action::Block) && !sections.signature.names_signers() {
            let line = line_of(text, text.find("[signature]").unwrap_or(0));
            let message =
                "signatures are demanded and no keys are named; they must come from the command line";
            warnings.push(PolicyWarning { line, message: message.to_owned() });
        }
        warnings.sort_by_key(|warning| warning.line);
        Ok((Self { sections, targets, exceptions, accept_suppressed: raw.accept_suppressed }, warnings))
    }

    /// Which signatures are demanded of an image of this name; `None` when the policy names nobody who may sign it.
    #[must_use]
    pub fn signature_demand(&self, image: &str) -> Option<SignatureDemand> {
        let table = self.sections_for(Some(&ImageName::parse(image))).signature;
        let keys = table.keys.unwrap_or_default();
        let has_signers = !keys.is_empty() || table.keyless.is_some() || table.notation.is_some();
        (has_signers && table.missing != Some(Action::Allow)).then(|| SignatureDemand {
            keys,
            keyless: table.keyless,
            notation: table.notation,
            threshold: table.threshold.map_or(1, |threshold| threshold as usize),
            names: table.names.unwrap_or_default(),
        })
    }

    /// The files that say who may sign, whatever the image, as the policy names them; of trust stores the directories.
    #[must_use]
    pub fn signer_files(&self) -> Vec<&str> {
        let tables =
            std::iter::once(&self.sections).chain(self.targets.iter().map(|target| &target.sections));
        let mut files = Vec::new();
        for SignatureTable { keys, keyless, notation, .. } in tables.map(|sections| &sections.signature) {
            let keys = keys.iter().flatten().filter(|key| !key.contains("-----BEGIN"));
            files.extend(keys.map(String::as_str));
            files.extend(keyless.iter().map(|signers| signers.trusted_root.as_str()));
            files.extend(
                notation.iter().flat_map(|signers| [signers.policy.as_str(), signers.store.as_str()]),
            );
        }
        files
    }

    /// The tables that hold for an image: the common ones, and over them those of each target that matches, in
    /// the order of the file.
    pub(crate) fn sections_for(&self, image: Option<&ImageName>) -> Sections {
        let mut sections = self.sections.clone();
        for target in &self.targets {
            if target.matches(image) {
                sections = sections.overlaid(&target.sections);
            }
        }
        sections
    }
}

impl Target {
    fn from_raw(text: &str, offset: usize, raw: RawTarget) -> Result<Self, PolicyError> {
        if raw.images.is_empty() {
            return Err(PolicyError::at(text, offset, "the target names no images"));
        }
        let images = patterns(text, Some(&raw.images), ImagePattern::parse)?.unwrap_or_default();
        let sections = Sections::from_raw(
            text,
            RawSections {
                vulnerability: raw.vulnerability,
                kinds: [
                    (FindingKind::Secret, raw.secret),
                    (FindingKind::Malware, raw.malware),
                    (FindingKind::Webshell, raw.webshell),
                    (FindingKind::Integrity, raw.integrity),
                    (FindingKind::Configuration, raw.configuration),
                    (FindingKind::Licence, raw.licence),
                ],
                image: raw.image,
                signature: raw.signature,
                gaps: raw.gaps,
                rules: raw.rules,
            },
        )?;
        Ok(Self { images, sections })
    }

    // A target without a name (a directory, an archive) is meant by `**` alone.
    fn matches(&self, image: Option<&ImageName>) -> bool {
        self.images
            .iter()
            .any(|pattern| image.map_or(pattern.as_str() == "**", |image| pattern.matches(image)))
    }
}
