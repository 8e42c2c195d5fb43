//! Java archives, with the archives inside them.

use super::{
    archive_name,
    known_groups::{KnownGroup, known_group},
    manifest_mf::{self, ManifestAttributes},
    pom_properties::{self, Coordinates},
};
use crate::{
    Context, Format, FormatKind, Sink,
    manifest::Manifest,
    zip_archive::{Entry, ZipArchive, ZipError},
};
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Limits, Package};
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// `.jar`, `.war` and kin (JAR File Specification; Spring Boot, "The Executable Jar Format").
///
/// Each `pom.properties` is a package: those of shaded libraries are code that runs. An archive that none of
/// them names is identified, with its SHA-1, when that takes no guess:
/// - the artifact and version are in its file name (`spring-core-5.3.18.jar`), or the manifest tells the version
///   (`Implementation-Version`, else `Bundle-Version`) and the file name is the artifact;
/// - the group is that of a known artifact whose classes it holds, or `Implementation-Vendor-Id`, or what the
///   bundle plugin made `Bundle-SymbolicName` of where only one group gives that name. Otherwise the name is
///   the artifact alone, for an index of SHA-1 to complete.
///
/// An archive with classes but neither libraries nor version is a problem ([`unnamed_archive`]): nobody but an index
/// can tell what it is. It is a package of its file name without version, with its SHA-1.
pub(crate) static FORMAT: Format = Format { id: "maven/jar", kind: FormatKind::Installed, matches, parse };

const EXTENSIONS: [&str; 11] =
    [".jar", ".war", ".ear", ".par", ".sar", ".nar", ".jpi", ".hpi", ".kar", ".rar", ".har"];
// Other programs use the other extensions, too: those files count only when they are zip archives.
const JAVA_EXTENSIONS: [&str; 3] = [".jar", ".war", ".ear"];
const METADATA_BYTES_MAX: u64 = 1 << 20;
// Of all archives inside one file together; the largest real ones have some hundred thousand.
const ENTRIES_MAX: u64 = 2_000_000;
// Large shaded archives hold some thousand.
const POMS_MAX: usize = 50_000;
// Each level is a call; no real archive comes near.
const DEPTH_MAX: u32 = 64;
// The ratio of small archives says nothing.
const RATIO_COUNTED_FROM_BYTES: u64 = 64 << 20;

fn matches(path: &LayerPath) -> bool {
    is_archive_name(path.file_name().as_bytes())
}

fn is_archive_name(name: &[u8]) -> bool {
    // The first comparisons are those that nearly all files of an image end at.
    name.len() > 4
        && name[name.len() - 4] == b'.'
        && EXTENSIONS.iter().any(|extension| has_extension(name, extension))
}

fn has_extension(name: &[u8], extension: &str) -> bool {
    name.len() > extension.len()
        && name[name.len() - extension.len()..].eq_ignore_ascii_case(extension.as_bytes())
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let manifest = Manifest::new(ctx, Ecosystem::Maven, FoundBy::Installed, sink);
    let mut reader = Reader {
        manifest,
        limits: ctx.limits,
        outer_bytes: bytes.len() as u64,
        unpacked_bytes: 0,
        entries: 0,
        nested: Vec::new(),
    };
    reader.read(ctx.path.file_name(), bytes);
}

struct Reader<'a> {
    manifest: Manifest<'a>,
    limits: &'a Limits,
    outer_bytes: u64,
    unpacked_bytes: u64,
    entries: u64,
    nested: Vec<String>,
}

/// What one archive holds.
#[derive(Default)]
struct Contents<'a> {
    poms: Vec<Coordinates>,
    attributes: ManifestAttributes,
    has_classes: bool,
    has_known_classes: bool,
    has_archives: bool,
    /// `META-INF/maven/GROUP/ARTIFACT/pom.xml` of the artifact that the file name tells.
    own_pom_xml: Option<&'a [u8]>,
}

impl Reader<'_> {
    fn read(&mut self, name: &str, bytes: &[u8]) {
        if !has_zip_magic(bytes)
            && !JAVA_EXTENSIONS.iter().any(|extension| has_extension(name.as_bytes(), extension))
        {
            return;
        }
        let archive = match ZipArchive::open(bytes) {
            Ok(archive) => archive,
            Err(error) => return self.tell(&error),
        };
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let contents = self.survey(&archive, stem);
        let is_named = contents.poms.iter().any(|pom| names(pom, stem))
            || (contents.poms.len() == 1 && archive_name::split(stem).1.is_empty());
        for pom in &contents.poms {
            let mut package = self.new_package(&pom.name(), &pom.version);
            if is_named && names(pom, stem) && !contents.attributes.bundle_license.is_empty() {
                package.licenses.push(contents.attributes.bundle_license.clone());
            }
            self.manifest.add(package);
        }
        if !is_named {
            self.identify(stem, bytes, &contents);
        }
        if contents.has_archives {
            self.descend(&archive);
        }
    }

    /// Walks the directory and reads the small files that name things.
    fn survey<'b>(&mut self, archive: &ZipArchive<'b>, stem: &str) -> Contents<'b> {
        let (artifact, _) = archive_name::split(stem);
        let known = known_group(artifact).map_or(b"\0".as_slice(), |known| known.directory.as_bytes());
        let mut contents = Contents::default();
        for entry in archive.entries() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.tell(&error);
                    break;
                }
            };
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                self.tell_reason(GapReason::LimitReached, &format!("more than {ENTRIES_MAX} entries"));
                break;
            }
            if entry.name.ends_with(b".class") {
                contents.has_classes = true;
                contents.has_known_classes |= entry.name.starts_with(known);
            } else if entry.name.ends_with(b"/pom.properties")
                && memchr::memmem::find(entry.name, b"META-INF/maven/").is_some()
            {
                self.read_pom(archive, &entry, &mut contents);
            } else if entry.name.ends_with(b"/pom.xml") && entry.name.starts_with(b"META-INF/maven/") {
                let is_own = entry.name.split(|byte| *byte == b'/').nth(3) == Some(artifact.as_bytes());
                contents.own_pom_xml = contents.own_pom_xml.or(is_own.then_some(entry.name));
            } else if entry.name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF") {
                if let Some(bytes) = self.unpack(archive, &entry, METADATA_BYTES_MAX) {
                    contents.attributes = manifest_mf::read(&bytes);
                }
            } else if is_archive_name(entry.name) {
                contents.has_archives = true;
            }
        }
        contents
    }

    fn read_pom<'b>(&mut self, archive: &ZipArchive<'b>, entry: &Entry<'b>, contents: &mut Contents<'b>) {
        let Some(bytes) = self.unpack(archive, entry, METADATA_BYTES_MAX) else { return };
        match pom_properties::read(&bytes) {
            Some(coordinates) if contents.poms.len() < POMS_MAX => {
                contents.poms.push(coordinates);
            }
            Some(_) => {
                self.tell_reason(
                    GapReason::LimitReached,
                    &format!("more than {POMS_MAX} pom.properties in one archive"),
                );
            }
            None => {
                let detail = format!("{} names no group, artifact and version", shown(entry.name));
                self.tell_reason(GapReason::Malformed, &detail);
            }
        }
    }

    fn identify(&mut self, stem: &str, bytes: &[u8], contents: &Contents<'_>) {
        let (artifact, version) = archive_name::split(stem);
        let attributes = &contents.attributes;
        let version = [version, &attributes.implementation_version, &attributes.bundle_version]
            .into_iter()
            .find(|version| is_version(version))
            .unwrap_or("");
        let known = known_group(artifact).filter(|_| contents.has_known_classes);
        let group = group_of(artifact, version, known, contents);
        // Libraries inside say more than a name that no advisory knows.
        let has_libraries = !contents.poms.is_empty() || contents.has_archives;
        if artifact.is_empty() || version.is_empty() || artifact.contains(char::is_whitespace) {
            if contents.has_classes && !has_libraries {
                let detail = unnamed_archive(&self.nested);
                self.manifest.problem(None, GapReason::Unsupported, &detail);
                let name = stem.split_whitespace().collect::<Vec<_>>().join("-");
                let mut package = self.new_package(&name, "");
                package.sha1 = Some(sha1_of(bytes));
                self.manifest.add(package);
            }
            return;
        }
        if group.is_none() && (has_libraries || !contents.has_classes) {
            return;
        }
        let name = group.map_or_else(|| artifact.to_owned(), |group| format!("{group}:{artifact}"));
        let mut package = self.new_package(&name, version);
        package.sha1 = Some(sha1_of(bytes));
        if !attributes.bundle_license.is_empty() {
            package.licenses.push(attributes.bundle_license.clone());
        }
        self.manifest.add(package);
    }

    /// Reads the archives inside an archive.
    fn descend(&mut self, archive: &ZipArchive<'_>) {
        let depth = u32::try_from(self.nested.len()).unwrap_or(u32::MAX);
        for entry in archive.entries().map_while(Result::ok).filter(|entry| is_archive_name(entry.name)) {
            if self.entries > ENTRIES_MAX {
                return; // The walk over the directory told it.
            }
            self.nested.push(shown(entry.name));
            if depth >= self.limits.archive_depth_max.min(DEPTH_MAX) {
                self.tell_reason(
                    GapReason::LimitReached,
                    &format!("archives more than {depth} deep are not opened"),
                );
            } else if let Some(bytes) = self.unpack(archive, &entry, self.limits.file_bytes_max) {
                let name =
                    self.nested.last().map_or("", |path| path.rsplit('/').next().unwrap_or("")).to_owned();
                self.read(&name, &bytes);
            }
            self.nested.pop();
        }
    }

    fn unpack<'b>(
        &mut self,
        archive: &ZipArchive<'b>,
        entry: &Entry<'b>,
        bytes_max: u64,
    ) -> Option<Cow<'b, [u8]>> {
        let left = self.limits.archive_bytes_max.saturating_sub(self.unpacked_bytes);
        let ratio_left = self
            .outer_bytes
            .saturating_mul(self.limits.compression_ratio_max)
            .max(RATIO_COUNTED_FROM_BYTES)
            .saturating_sub(self.unpacked_bytes);
        match archive.read(entry, bytes_max.min(left).min(ratio_left)) {
            Ok(content) => {
                self.unpacked_bytes = self.unpacked_bytes.saturating_add(content.len() as u64);
                Some(content)
            }
            Err(error) => {
                if let ZipError::TooLarge(_, limit) = error {
                    // What was unpacked for nothing counts as well, so that many such entries end soon.
                    self.unpacked_bytes = self.unpacked_bytes.saturating_add(limit);
                }
                self.tell(&error);
                None
            }
        }
    }

    fn new_package(&self, name: &str, version: &str) -> Package {
        let mut package = self.manifest.new_package(name, version);
        package.nested.clone_from(&self.nested);
        package
    }

    fn tell(&mut self, error: &ZipError) {
        self.tell_reason(error.reason(), &error.to_string());
    }

    fn tell_reason(&mut self, reason: GapReason, detail: &str) {
        self.manifest.problem(None, reason, &placed(&self.nested, detail));
    }
}

/// What is told of an archive that nobody can name, in these archives: whoever names it by its SHA-1 takes the
/// problem back.
#[must_use]
pub fn unnamed_archive(nested: &[String]) -> String {
    placed(nested, "an archive of classes that tells neither its name nor its version")
}

fn placed(nested: &[String], detail: &str) -> String {
    let place = if nested.is_empty() { String::new() } else { format!("{}: ", nested.join("!")) };
    // The innermost part of a deep place is the telling one.
    let skipped = place.char_indices().rev().nth(200).map_or(0, |(at, _)| at);
    format!("{}{detail}", &place[skipped..])
}

fn sha1_of(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn has_zip_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Whether coordinates are those of the archive with this file name.
fn names(pom: &Coordinates, stem: &str) -> bool {
    stem.strip_prefix(pom.artifact.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
        && !text.contains(char::is_whitespace)
        && text.len() <= 64
}

/// The group, as [`FORMAT`] tells.
fn group_of(
    artifact: &str,
    version: &str,
    known: Option<&KnownGroup>,
    contents: &Contents<'_>,
) -> Option<String> {
    if let Some(known) = known {
        return Some(known.group(version).to_owned());
    }
    // Starters hold no classes, but advisories name them.
    if contents.attributes.spring_boot_jar_type == "dependencies-starter"
        && artifact.starts_with("spring-boot-starter")
    {
        return Some("org.springframework.boot".to_owned());
    }
    if let Some(path) = contents.own_pom_xml {
        return path.split(|byte| *byte == b'/').nth(2).map(shown).filter(|group| is_group(group));
    }
    let vendor = &contents.attributes.implementation_vendor_id;
    if is_group(vendor) && vendor.contains('.') && vendor != "org.apache" && vendor != "com.sun" {
        return Some(vendor.clone());
    }
    group_of_symbolic_name(&contents.attributes.bundle_symbolic_name, artifact)
}

fn is_group(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
}

/// The bundle plugin makes `G.rest` of the artifact `last-rest` in the group `G` that ends in `last`
/// (maven-bundle-plugin, `getBundleSymbolicName`). `a.b.c` may be `a.b:c` and `a.b.c:c`, so that it tells nothing.
fn group_of_symbolic_name(symbolic_name: &str, artifact: &str) -> Option<String> {
    let (last, rest) = artifact.split_once(['-', '.'])?;
    let group = symbolic_name.strip_suffix(rest)?.strip_suffix('.')?;
    (group.contains('.') && group.rsplit('.').next() == Some(last)).then(|| group.to_owned())
}

#[cfg(test)]
#[path = "jar_tests.rs"]
mod tests;
