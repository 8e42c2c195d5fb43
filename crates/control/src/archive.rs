//! Archives in bodies of calls, judged entry by entry while they pass: `docker cp`, contexts of builds, saved images.

mod dockerfile;
mod links;
mod names;

pub use dockerfile::{DockerfileFinding, DockerfileJudge};

use crate::client::clean;
use crate::decision::{Matched, Mode};
use crate::glob::fits_any;
use crate::judge::Case;
use calls::{ArchiveEntry, EntryKind, Inspect, Refusal};
use links::Links;
use model::Severity;

/// Bytes of a document in an archive of images.
const DOCUMENT_BYTES_MAX: u64 = 4 << 20;

/// What is said of an archive as it passes.
#[derive(Clone, Debug)]
pub struct Inspection {
    into: Into,
    rules: Vec<Armed>,
    links: Links,
    hits: Vec<Matched>,
    // The Dockerfile, where a rule asks for it.
    dockerfile: Option<dockerfile::Wanted>,
}

/// Where the entries go.
#[derive(Clone, Debug)]
enum Into {
    /// Into this directory of a container.
    Container(String),
    /// Into the context of a build.
    Context,
    /// Into the image store.
    Images,
}

/// A rule that has something to say here.
#[derive(Clone, Debug)]
struct Armed {
    rule: &'static str,
    severity: Severity,
    severity_min: Option<Severity>,
    mode: Mode,
    message: Option<String>,
    waived: Option<String>,
    allowed: Vec<String>,
}

/// Why an archive goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRefused {
    /// The rule; `guard/malformed-archive` when it is not understood.
    pub rule: &'static str,
    /// The status for the answer.
    pub status: u16,
    /// For the user.
    pub message: String,
}

impl From<Refusal> for ArchiveRefused {
    fn from(refusal: Refusal) -> Self {
        let message = format!("{} ({})", refusal.message, refusal.reason);
        Self { rule: MALFORMED, status: refusal.status, message }
    }
}

/// No policy switches it off: what is not understood is not passed on.
const MALFORMED: &str = "guard/malformed-archive";
const ESCAPES: &str = "guard/archive-escapes";
const DEVICE: &str = "guard/archive-device";
const PRIVILEGED: &str = "guard/archive-privileged-file";
const SYSTEM_PATH: &str = "guard/archive-to-system-path";

impl Inspection {
    /// For the call of a case; none when it carries no archive that is looked at.
    pub(crate) fn of(case: &Case<'_>) -> Option<Self> {
        let into = match case.route() {
            "containers.archive.put" => {
                Into::Container(links::cleaned(case.call.query("path").unwrap_or_default().as_bytes()))
            }
            "build.run" => Into::Context,
            "images.load" => Into::Images,
            _ => return None,
        };
        let rules: &[&'static str] = match into {
            Into::Container(_) => &[ESCAPES, DEVICE, PRIVILEGED, SYSTEM_PATH],
            Into::Context => &[ESCAPES, DEVICE, dockerfile::FINDING],
            Into::Images => &[ESCAPES, DEVICE, names::NOT_ALLOWED, names::LISTED],
        };
        let mut rules: Vec<Armed> = rules.iter().filter_map(|rule| Armed::of(case, rule)).collect();
        if let Some(listed) = rules.iter_mut().find(|armed| armed.rule == names::LISTED) {
            // What is on that list was reviewed: an archive cannot bring something else under its name.
            let list =
                case.setting("guard/image-not-allowed").map(|setting| setting.texts("allowed").to_vec());
            listed.allowed = list.unwrap_or_default();
        }
        let dockerfile = rules.iter().any(|armed| armed.rule == dockerfile::FINDING);
        let dockerfile = dockerfile.then(|| dockerfile::Wanted::of(&case.call));
        Some(Self { into, rules, links: Links::default(), hits: Vec::new(), dockerfile })
    }

    /// What was seen and let through all the same, each rule once.
    #[must_use]
    pub fn hits(&self) -> &[Matched] {
        &self.hits
    }

    /// Whether what has passed before a refusal may have been written already; archives of builds and images are unpacked
    /// somewhere else first, and thrown away.
    #[must_use]
    pub const fn applies_at_once(&self) -> bool {
        matches!(self.into, Into::Container(_))
    }

    /// For doors that do not see the archive: whether some rule would have to see it to let it pass.
    #[must_use]
    pub fn must_be_seen(&self) -> bool {
        let is_top = matches!(&self.into, Into::Container(path) if path == "/");
        self.rules
            .iter()
            .filter(|armed| armed.mode == Mode::Deny)
            .any(|armed| armed.rule == SYSTEM_PATH && is_top || armed.rule == dockerfile::FINDING)
    }

    fn hit(
        &mut self,
        rule: &'static str,
        entry: &ArchiveEntry,
        is_allowed: impl Fn(&[String]) -> bool,
        message: impl Fn(&str) -> String,
    ) -> Result<(), ArchiveRefused> {
        let name = clean(&String::from_utf8_lossy(&entry.name));
        self.hit_named(rule, &name, is_allowed, message)
    }

    fn hit_named(
        &mut self,
        rule: &'static str,
        name: &str,
        is_allowed: impl Fn(&[String]) -> bool,
        message: impl Fn(&str) -> String,
    ) -> Result<(), ArchiveRefused> {
        let Some(armed) = self.rules.iter().find(|armed| armed.rule == rule) else { return Ok(()) };
        if is_allowed(&armed.allowed) {
            return Ok(());
        }
        let told = message(name);
        if armed.mode == Mode::Deny {
            let hint = crate::remedy(rule).map_or_else(String::new, |remedy| format!("; hint: {remedy}"));
            let message = format!("{}{hint}", armed.message.clone().unwrap_or(told));
            return Err(ArchiveRefused { rule, status: 403, message });
        }
        if !self.hits.iter().any(|hit| hit.rule == rule) {
            let hit = Matched {
                rule: rule.to_owned(),
                mode: armed.mode,
                severity: armed.severity,
                message: armed.message.clone().unwrap_or(told),
                field: name.to_owned(),
                evidence: Vec::new(),
                waived: armed.waived.clone(),
            };
            self.hits.push(hit);
        }
        Ok(())
    }

    /// Names and links that lead somewhere else.
    fn escapes(&mut self, entry: &ArchiveEntry) -> Result<(), ArchiveRefused> {
        let no = |_: &[String]| false;
        if entry.name.starts_with(b"/") {
            return self.hit(ESCAPES, entry, no, |name| format!("the name of the entry {name} is absolute"));
        }
        if links::climbs(&entry.name) {
            return self
                .hit(ESCAPES, entry, no, |name| format!("the entry {name} climbs out of its directory"));
        }
        let path = links::cleaned(&entry.name);
        if self.links.is_crossed_by(&path) {
            return self.hit(ESCAPES, entry, no, |name| {
                format!("the entry {name} goes through a link of the same archive")
            });
        }
        let leads = links::leads(entry);
        if let Some(to) = &leads {
            let to_text = clean(to);
            let is_inside = match (&self.into, to.strip_prefix('/')) {
                (_, None) => !to.starts_with(".."),
                // Builders resolve absolute links within the context.
                (Into::Context, Some(_)) => entry.kind == EntryKind::SymbolicLink,
                (Into::Container(base), Some(_)) => {
                    entry.kind == EntryKind::SymbolicLink && links::is_below(base, to)
                }
                (Into::Images, Some(_)) => false,
            };
            if !is_inside {
                let is_allowed = |allowed: &[String]| to.starts_with('/') && fits_any(allowed, to);
                self.hit(ESCAPES, entry, is_allowed, |name| {
                    format!("the link {name} leads out of its directory, to {to_text}")
                })?;
            }
        }
        if matches!(self.into, Into::Images) && entry.kind != EntryKind::File && names::is_document(&path) {
            return self.hit(ESCAPES, entry, no, |name| format!("{name} is no file"));
        }
        if !self.links.note(entry, path, leads.as_deref()) {
            let message = "the archive has too many links (archive-too-many)".to_owned();
            return Err(ArchiveRefused { rule: MALFORMED, status: 400, message });
        }
        Ok(())
    }

    fn kinds(&mut self, entry: &ArchiveEntry) -> Result<(), ArchiveRefused> {
        let no = |_: &[String]| false;
        match entry.kind {
            EntryKind::CharacterDevice | EntryKind::BlockDevice => {
                self.hit(DEVICE, entry, no, |name| format!("the entry {name} is a device"))?;
            }
            // Whoever reads a pipe that nobody writes waits for ever.
            EntryKind::Pipe if !matches!(self.into, Into::Container(_)) => {
                self.hit(DEVICE, entry, no, |name| format!("the entry {name} is a named pipe"))?;
            }
            _ => {}
        }
        if entry.mode & 0o6000 != 0 && matches!(entry.kind, EntryKind::File | EntryKind::HardLink) {
            self.hit(PRIVILEGED, entry, no, |name| {
                format!("{name} runs as its owner or group, whoever starts it")
            })?;
        }
        if entry.attributes.iter().any(|(name, _)| !name.starts_with(b"user.")) {
            self.hit(PRIVILEGED, entry, no, |name| {
                format!("{name} has attributes that give capabilities or belong to the system")
            })?;
        }
        Ok(())
    }

    /// Files that land in a directory of the system, though the call named one above it.
    fn places(&mut self, entry: &ArchiveEntry) -> Result<(), ArchiveRefused> {
        let Into::Container(base) = &self.into else { return Ok(()) };
        let path = links::joined(base, &links::cleaned(&entry.name));
        // The call itself was judged for that.
        if is_system_path(base) {
            return Ok(());
        }
        let is_only_passed = entry.kind == EntryKind::Directory && is_system_directory(&path);
        if is_only_passed || !is_system_path(&path) {
            return Ok(());
        }
        let shown = clean(&path);
        self.hit(
            SYSTEM_PATH,
            entry,
            |allowed| fits_any(allowed, &path),
            |_| format!("{shown} is in a system directory of the container"),
        )
    }
}

impl Inspect for Inspection {
    type Refused = ArchiveRefused;

    fn entry(&mut self, entry: &ArchiveEntry) -> Result<Option<u64>, ArchiveRefused> {
        self.escapes(entry)?;
        self.kinds(entry)?;
        self.places(entry)?;
        let is_document =
            matches!(self.into, Into::Images) && names::is_document(&links::cleaned(&entry.name));
        if self.is_dockerfile(entry)? {
            return Ok(Some(dockerfile::BYTES_MAX));
        }
        Ok(is_document.then_some(DOCUMENT_BYTES_MAX))
    }

    fn content(&mut self, entry: &ArchiveEntry, content: &[u8]) -> Result<(), ArchiveRefused> {
        if matches!(self.into, Into::Context) {
            return self.dockerfile(entry, content);
        }
        for name in names::given(&links::cleaned(&entry.name), content)? {
            self.named(&name)?;
        }
        Ok(())
    }
}

impl Armed {
    fn of(case: &Case<'_>, rule: &&'static str) -> Option<Self> {
        let setting = case.setting(rule)?;
        let severity =
            crate::RULES.iter().find(|info| info.id == *rule).map_or(Severity::High, |info| info.severity);
        // Findings of a Dockerfile are as bad as their own rules say.
        let is_less_bad = setting.severity_min.is_some_and(|least| severity < least);
        if is_less_bad && *rule != dockerfile::FINDING {
            return None;
        }
        let waiver = setting.waiver.as_ref().filter(|waiver| case.today <= waiver.until);
        let most = if waiver.is_some() { Mode::Audit } else { Mode::Deny };
        Some(Self {
            rule,
            severity,
            severity_min: setting.severity_min,
            mode: setting.mode.min(case.policy.mode).min(most),
            message: setting.message.clone(),
            waived: waiver.map(|waiver| format!("{} (until {})", clean(&waiver.reason), waiver.until)),
            allowed: setting.texts("allowed").to_vec(),
        })
    }
}

const SYSTEM: [&str; 11] =
    ["/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/root", "/proc", "/sys", "/dev", "/boot"];

fn is_system_directory(path: &str) -> bool {
    SYSTEM.contains(&path)
}

/// Whether what lies there decides what the processes of a container run.
pub(crate) fn is_system_path(path: &str) -> bool {
    SYSTEM.iter().any(|system| links::is_below(system, path))
}
