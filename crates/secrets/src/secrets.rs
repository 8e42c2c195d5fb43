//! The detector: rule sets over files.

use crate::encoded::{Decoded, decoded};
use crate::engine::{Engine, Mode};
use crate::known::KnownSecrets;
use crate::rule::RuleSet;
use crate::search::{Found, Subject, search};
use content::{Budget, Detector, FileClass, FileView, Halt, Hit, Pieces, Sifted};
use model::GapReason;
use sha2::{Digest as _, Sha256};

/// Changes when the same rules come to other answers: checks, the model of rarity, what is decoded.
const ENGINE_REVISION: u32 = 2;

/// How the rules are applied.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which rules are used.
    pub scope: Scope,
    /// Whose answers are wanted.
    pub precision: Precision,
    /// What is known already and not reported.
    pub known: KnownSecrets,
}

/// Which rules are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Rules that are right nearly always.
    #[default]
    Precise,
    /// Also rules that guess: for a thorough look by hand.
    Everything,
}

/// Whose answers are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Seawall's: path lists that hold for a whole rule set are not applied, since those of gitleaks hide whole
    /// interpreters; documented example tokens are no findings; encoded text is looked at one level deep.
    #[default]
    Image,
    /// gitleaks' own, to the letter: its pieces of 100 kB, its path lists, nothing decoded.
    GitleaksExact,
}

/// The detector of credentials by rule.
pub struct Secrets {
    pub(crate) engine: Engine,
    options: Options,
    digest: String,
}

impl Secrets {
    /// Prepares rule sets. Where two of them find the same credential, that of Seawall's own rules, or else of the
    /// earlier set, is reported.
    #[must_use]
    pub fn new(sets: Vec<RuleSet>, options: Options) -> Self {
        let mut hash = Sha256::new();
        for set in &sets {
            hash.update(set.namespace.as_deref().unwrap_or_default().as_bytes());
            hash.update(set.digest.as_bytes());
        }
        hash.update(
            format!("{:?}{:?}{}", options.scope, options.precision, options.known.digest()).as_bytes(),
        );
        let rules: String = hash.finalize()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("{} {ENGINE_REVISION} {rules}", env!("CARGO_PKG_VERSION"));
        let is_exact = options.precision == Precision::GitleaksExact;
        let engine = Engine::new(sets, is_exact, options.scope == Scope::Everything);
        Self { engine, options, digest }
    }

    /// How many rules are in use.
    #[must_use]
    pub const fn rule_count(&self) -> usize {
        self.engine.rules.len()
    }

    /// What is known already.
    pub(crate) const fn known(&self) -> &KnownSecrets {
        &self.options.known
    }

    /// Looks through a text and what is encoded in it.
    pub(crate) fn examine_text(
        &self,
        subject: Subject<'_>,
        text: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let mut found = Vec::new();
        let end = search(&self.engine, subject, text, budget, &mut found);
        self.keep_best(&mut found);
        hits.extend(found.iter().map(|one| self.hit(one, text, None)));
        end?;
        if self.engine.is_exact || subject.mode == Mode::Bytes {
            return Ok(());
        }
        let inner = decoded(text);
        let mut found = Vec::new();
        let end = search(&self.engine, subject, &inner.text, budget, &mut found);
        self.keep_best(&mut found);
        for one in &found {
            let hit = self.hit(one, &inner.text, Some((&inner, text)));
            if !hits.iter().any(|other| other.identity == hit.identity) {
                hits.push(hit);
            }
        }
        end?;
        if inner.is_cut {
            let detail = "more encoded text than is decoded; the first part was looked at".to_owned();
            return Err(Halt { reason: GapReason::LimitReached, detail });
        }
        Ok(())
    }

    /// One finding for each place: own rules before others, specific ones before those that guess.
    pub(crate) fn keep_best(&self, found: &mut Vec<Found>) {
        if self.engine.is_exact {
            return;
        }
        let rank = |one: &Found| {
            let (set, rule) = (self.engine.set(one.rule), self.engine.rule(one.rule));
            let is_guess = rule.validator.is_some_and(crate::validate::Validator::is_guess);
            (rule.is_weak || is_guess, set.namespace.is_some(), self.engine.rules[one.rule])
        };
        found.sort_by_key(|one| (rank(one), one.secret.start));
        let mut kept: Vec<Found> = Vec::new();
        for one in found.drain(..) {
            let overlaps =
                |other: &Found| one.secret.start < other.secret.end && other.secret.start < one.secret.end;
            if !kept.iter().any(overlaps) {
                kept.push(one);
            }
        }
        kept.sort_by_key(|one| one.secret.start);
        *found = kept;
    }

    pub(crate) fn hit(&self, found: &Found, text: &[u8], encoded: Option<(&Decoded, &[u8])>) -> Hit {
        let (set, rule) = (self.engine.set(found.rule), self.engine.rule(found.rule));
        let id = match &set.namespace {
            Some(namespace) => format!("secrets/{namespace}/{}", rule.id),
            None => format!("secrets/{}", rule.id),
        };
        let clear = String::from_utf8_lossy(&text[found.secret.start..found.secret.end]).into_owned();
        let mut evidence = vec![format!("secret {}", content::redact(&clear))];
        let mut severity = rule.severity;
        if let Some(checked) = &found.checked {
            evidence.extend(checked.facts.iter().cloned());
            severity = checked.severity.unwrap_or(severity);
        }
        let mut line = u32::try_from(found.line + 1).unwrap_or(u32::MAX);
        let origin = encoded.and_then(|(inner, outer)| Some((inner.origin(found.secret.start)?, outer)));
        if let Some(((range, encoding), outer)) = origin {
            line = content::line_at(outer, range.start);
            evidence.push(format!("within text in {}", encoding.as_str()));
        }
        if set.namespace.is_some() && !set.title.is_empty() {
            evidence.push(format!("rule of '{}'", set.title.chars().take(80).collect::<String>()));
        }
        let title = if rule.title.is_empty() {
            format!("credential found by rule {}", rule.id)
        } else {
            rule.title.clone()
        };
        let remedy = if rule.remedy.is_empty() {
            crate::default_rules::REMEDY.to_owned()
        } else {
            rule.remedy.clone()
        };
        Hit {
            identity: identity(&id, &clear),
            rule: id,
            title,
            severity,
            line: Some(line),
            evidence,
            remedy: Some(remedy),
            references: rule.references.clone(),
            clear: vec![clear],
        }
    }

    /// Hits of rules that look at the path alone.
    fn path_hits(&self, path: &str, hits: &mut Vec<Hit>) {
        for &number in &self.engine.path_only {
            let (set, rule) = (self.engine.set(number), self.engine.rule(number));
            let matches = rule.path.as_ref().is_some_and(|pattern| pattern.is_match(path.as_bytes()));
            let is_allowed = rule.allow.iter().any(|list| list.allows_path(path))
                || set.skipped.matches(path)
                || (self.engine.is_exact && set.allow.iter().any(|list| list.allows_path(path)));
            if matches && !is_allowed {
                let id = format!("secrets/{}/{}", set.namespace.as_deref().unwrap_or_default(), rule.id);
                hits.push(Hit {
                    rule: id.replace("//", "/"),
                    title: rule.title.clone(),
                    severity: rule.severity,
                    line: None,
                    evidence: vec!["the rule looks at the path alone".to_owned()],
                    remedy: Some(crate::default_rules::REMEDY.to_owned()),
                    references: rule.references.clone(),
                    identity: String::new(),
                    clear: Vec::new(),
                });
            }
        }
    }
}

impl Detector for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    fn wants(&self, file: &FileView<'_>) -> bool {
        // A file as its package delivers it holds no credential of the image's owner.
        !file.is_verified && (!self.engine.path_only.is_empty() || mode(file).is_some())
    }

    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let path = file.inner_path();
        let first = hits.len();
        self.path_hits(path, hits);
        let mut own = hits.split_off(first);
        let mut end = Ok(());
        if let Some(mode) = mode(file) {
            let text = if mode == Mode::Bytes { bytes.into() } else { content::as_text(bytes) };
            end = self.examine_text(Subject { path, mode }, &text, budget, &mut own);
        }
        own.retain(|hit| !self.options.known.covers(path, hit));
        if !self.engine.is_exact {
            crate::published::rate(&self.engine, file, &mut own);
        }
        hits.append(&mut own);
        end
    }

    /// A credential in bytes is told by its surroundings alone, so that each is found in a piece that holds them.
    fn sift(
        &self,
        file: &FileView<'_>,
        pieces: &Pieces<'_>,
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<Sifted, Halt> {
        if self.engine.is_exact || mode(file).is_some_and(|mode| mode != Mode::Bytes) {
            return Ok(Sifted::NeedsWhole);
        }
        let path = file.inner_path();
        let mut own = Vec::new();
        self.path_hits(path, &mut own);
        let mut end = Ok(());
        if mode(file) == Some(Mode::Bytes) {
            end = self.examine_pieces(path, pieces, budget, &mut own);
        }
        own.retain(|hit| !self.options.known.covers(path, hit));
        crate::published::rate(&self.engine, file, &mut own);
        hits.append(&mut own);
        end.map(|()| Sifted::Judged)
    }
}

/// How a file is looked at; nothing for pictures and archives, whose members are shown by themselves.
fn mode(file: &FileView<'_>) -> Option<Mode> {
    match file.class {
        FileClass::Image | FileClass::Archive => None,
        FileClass::Elf | FileClass::Pe | FileClass::MachO | FileClass::Binary => Some(Mode::Bytes),
        FileClass::Config => Some(Mode::Config),
        FileClass::Script | FileClass::Web | FileClass::Text => {
            Some(if has_settings(file) { Mode::Config } else { Mode::Text })
        }
    }
}

/// Whether a text that is no configuration by its class holds settings: `.env.production`, shell scripts, files in
/// `etc` without extension.
fn has_settings(file: &FileView<'_>) -> bool {
    let name = file.name().to_ascii_lowercase();
    let extension = file.extension();
    name.starts_with(".env")
        || name.ends_with(".env")
        || name.contains(".env.")
        || name.starts_with("env.")
        || matches!(extension.as_str(), "sh" | "bash" | "zsh" | "ksh" | "ps1" | "bat" | "cmd")
        || matches!(
            name.as_str(),
            "dockerfile" | "containerfile" | "environment" | "credentials" | "makefile"
        )
        || name.contains("history")
        || name.ends_with("rc")
        || name.ends_with("profile")
        || (file.inner_path().trim_start_matches('/').starts_with("etc/") && extension.is_empty())
}

/// The same for the same secret found by the same rule, and tells nothing of it.
pub(crate) fn identity(rule: &str, secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(rule.as_bytes());
    hash.update([0]);
    hash.update(secret.as_bytes());
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
