//! SPDX 2.2 and 2.3, tag-value (spdx-spec 2.3, section 4.4 and the tags of sections 6 to 12).

use super::{
    SbomContents, SbomError,
    records::Gathering,
    spdx_package::{SpdxPackage, add_all},
};
use model::{GapReason, Limits};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Whether the text begins like a tag-value document: the version is its first tag, after comments.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(8_192)]);
    let first = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line.starts_with("SPDXVersion:"))
}

/// Reads an SPDX document in tag-value form. Bytes that are not UTF-8 are replaced.
///
/// # Errors
/// When it does not begin with `SPDXVersion`.
pub fn read_spdx_tag_value(bytes: &[u8], limits: &Limits) -> Result<SbomContents, SbomError> {
    if !looks_like(bytes) {
        return Err(SbomError::Unknown);
    }
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::default();
    let mut rest = text.as_ref();
    let mut is_cut = false;
    while let Some((tag, value, after)) = next_tag(rest) {
        match value {
            Some(value) => reader.tag(tag, value),
            None => is_cut = true,
        }
        rest = after;
    }
    let Reader { packages, mut notes, described, version, name, .. } = reader;
    let mut packages: Vec<SpdxPackage> = packages;
    let mut gathering = Gathering::new(version.clone(), limits);
    if !matches!(version.as_str(), "SPDX-2.2" | "SPDX-2.3") {
        gathering.gap(
            "document",
            GapReason::Unsupported,
            &format!("{version} is read as if it were SPDX-2.3"),
        );
    }
    if is_cut {
        gathering.gap("document", GapReason::Truncated, "a <text> is not closed");
    }
    for package in &mut packages {
        if let Some(notes) = notes.remove(&package.id) {
            package.notes.extend(notes);
        }
    }
    gathering.contents.name = name;
    add_all(&packages, &described.iter().map(String::as_str).collect::<HashSet<_>>(), &mut gathering);
    Ok(gathering.finish())
}

/// The next tag, its value and the rest; no value when its `<text>` never ends.
fn next_tag(text: &str) -> Option<(&str, Option<Cow<'_, str>>, &str)> {
    let mut rest = text;
    loop {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((tag, value)) = line.split_once(':').filter(|(tag, _)| is_tag(tag.trim())) else {
            rest = after;
            continue;
        };
        let tag = tag.trim();
        let Some(open) = value.trim_start().strip_prefix("<text>") else {
            return Some((tag, Some(Cow::Borrowed(value.trim())), after));
        };
        // The opening is a slice of `text`, so its place there is the distance of the remaining lengths.
        let start = rest.len() - after.len() - usize::from(line.len() < rest.len()) - open.len();
        let body = &rest[start..];
        return match body.split_once("</text>") {
            Some((value, after)) => Some((tag, Some(Cow::Borrowed(value)), after)),
            // Everything after it is inside the text; looking for later tags would also cost square time.
            None => Some((tag, None, "")),
        };
    }
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[derive(Default)]
struct Reader {
    version: String,
    name: Option<String>,
    packages: Vec<SpdxPackage>,
    /// Whether the tags belong to the last package; files, snippets and licences end it.
    is_in_package: bool,
    described: Vec<String>,
    /// Comment and element of the annotation that is being read.
    annotation: (Option<String>, Option<String>),
    notes: HashMap<String, Vec<String>>,
}

impl Reader {
    fn tag(&mut self, tag: &str, value: Cow<'_, str>) {
        match tag {
            "SPDXVersion" => self.version = value.into_owned(),
            "DocumentName" => self.name = Some(value.into_owned()),
            "PackageName" => {
                self.packages.push(SpdxPackage { name: value.into_owned(), ..SpdxPackage::default() });
                self.is_in_package = true;
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => self.is_in_package = false,
            "Relationship" => {
                let parts: Vec<&str> = value.split_whitespace().collect();
                match parts[..] {
                    [_, "DESCRIBES", id] | [id, "DESCRIBED_BY", _] => self.described.push(id.to_owned()),
                    _ => {}
                }
            }
            "Annotator" => self.annotation = (None, None),
            "AnnotationComment" => self.annotation.0 = Some(value.into_owned()),
            "SPDXREF" => self.annotation.1 = Some(value.into_owned()),
            _ => self.package_tag(tag, value),
        }
        // Writers differ in which of the two comes first.
        if let (Some(_), Some(_)) = &self.annotation
            && let (Some(comment), Some(element)) = std::mem::take(&mut self.annotation)
        {
            self.notes.entry(element).or_default().push(comment);
        }
    }

    fn package_tag(&mut self, tag: &str, value: Cow<'_, str>) {
        let Some(package) = self.packages.last_mut().filter(|_| self.is_in_package) else { return };
        match tag {
            "SPDXID" => package.id = value.into_owned(),
            "PackageVersion" => package.version = value.into_owned(),
            "PrimaryPackagePurpose" => package.purpose = value.into_owned(),
            "PackageLicenseDeclared" => package.licence = value.into_owned(),
            "PackageSourceInfo" => package.source_info = value.into_owned(),
            "PackageAttributionText" => package.notes.push(value.into_owned()),
            "PackageChecksum" => {
                if let Some(sum) = value.strip_prefix("SHA1:") {
                    package.sha1 = Some(sum.trim().to_owned());
                }
            }
            "ExternalRef" => {
                let parts: Vec<&str> = value.split_whitespace().collect();
                if let [_, kind, locator] = parts[..]
                    && kind.ends_with("purl")
                    && package.purl.is_none()
                {
                    package.purl = Some(locator.to_owned());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_span_lines() {
        let (tag, value, rest) = next_tag("noise\nA: <text>one\ntwo: x</text>\nB: c").unwrap();
        assert_eq!((tag, value.as_deref()), ("A", Some("one\ntwo: x")));
        let (tag, value, rest) = next_tag(rest).unwrap();
        assert_eq!((tag, value.as_deref(), rest), ("B", Some("c"), ""));
        assert_eq!(next_tag("A: <text>never\nB: x"), Some(("A", None, "")));
    }
}
