//! Publishers whose files are named by an index.

use super::fetching::{FeedFetcher, join};
use crate::bounded::read_all;
use crate::download::FetchError;
use crate::xml::{Token, XmlReader};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

const INDEX_BYTES_MAX: u64 = 64 << 20;
// More documents than Red Hat changes in a month; older archives are replaced.
const CHANGES_MAX: usize = 20_000;

/// Red Hat's VEX documents: an archive of a day, the documents that changed since, and those that were deleted
/// (security.access.redhat.com/data/csaf/v2/vex, "archive_latest.txt", "changes.csv", "deletions.csv").
pub(super) fn red_hat(fetcher: &mut FeedFetcher<'_>) -> Result<(), FetchError> {
    let latest = read_text(&fetcher.file("archive_latest.txt", None)?)?;
    let archive = latest.trim();
    let is_name = |name: &str| {
        !name.is_empty()
            && name.len() < 100
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    };
    if !is_name(archive) {
        return Err(index_error(
            "archive_latest.txt",
            format!("'{archive:.60}' is not the name of an archive"),
        ));
    }
    // The checksum lies beside the archive; a mirror may lack it.
    let sha256 = match fetcher.file(&format!("{archive}.sha256"), None) {
        Ok(path) => read_text(&path)?.split_whitespace().next().map(str::to_owned),
        Err(FetchError::NotFound(_)) => {
            fetcher.note(format!("'{archive}' has no checksum beside it"));
            None
        }
        Err(error) => return Err(error),
    };
    fetcher.file(archive, sha256.as_deref())?;
    let deleted = csv_by_path(&read_text(&fetcher.file("deletions.csv", None)?)?);
    let changed = csv_by_path(&read_text(&fetcher.file("changes.csv", None)?)?);
    // `csaf_vex_2024-10-14.tar.zst`.
    let day = archive.find("20").and_then(|at| archive.get(at..at + 10)).unwrap_or("").to_owned();
    let mut newer: Vec<&String> = Vec::new();
    for (path, time) in &changed {
        if time.get(..10).is_some_and(|changed| *changed >= *day) && !deleted.contains_key(path) {
            newer.push(path);
        }
    }
    if newer.len() > CHANGES_MAX {
        fetcher
            .note(format!("{} documents changed since the archive; the limit is {CHANGES_MAX}", newer.len()));
        newer.truncate(CHANGES_MAX);
    }
    let kept: std::collections::BTreeSet<String> =
        newer.iter().map(|path| format!("changes/{path}")).collect();
    fetcher.forget(|name| {
        !name.starts_with("changes/") && !name.starts_with("csaf_vex")
            || kept.contains(name)
            || name.starts_with(archive)
    });
    for path in newer {
        let addresses = fetcher.sources.base_addresses(fetcher.feed.publisher);
        let addresses = addresses.iter().map(|base| join(base, path)).collect();
        match fetcher.file_from(addresses, &format!("changes/{path}"), None) {
            Ok(_) => {}
            Err(FetchError::NotFound(_)) => fetcher.note(format!("'{path}' changed but is not there")),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// `"2024/cve-2024-1.json","2024-10-14T15:20:08+00:00"` by path. Paths that are no such names are left out.
fn csv_by_path(text: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let Some((path, time)) = line.split_once(',') else { continue };
        let (path, time) = (path.trim().trim_matches('"'), time.trim().trim_matches('"'));
        let is_document = path.len() < 60
            && path.split_once('/').is_some_and(|(year, name)| {
                year.len() == 4
                    && year.bytes().all(|byte| byte.is_ascii_digit())
                    && name.starts_with("cve-")
                    && name.ends_with(".json")
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
            });
        if is_document {
            all.insert(path.to_owned(), time.to_owned());
        }
    }
    all
}

/// Names of documents that are gone.
pub(super) fn red_hat_deleted(deletions: &Path) -> Vec<String> {
    read_text(deletions).map(|text| csv_by_path(&text).into_keys().collect()).unwrap_or_default()
}

/// Amazon Linux: `mirror.list` names repositories; `repomd.xml` of the first that works names the advisories.
pub(super) fn rpm_mirror_list(fetcher: &mut FeedFetcher<'_>, path: &str) -> Result<(), FetchError> {
    let list = read_text(&fetcher.file(path, None)?)?;
    let list_address = path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let mut last = index_error(path, "it names no repository".to_owned());
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).take(10)
    {
        // Amazon writes whole addresses, for yum with variables; a mirror may write paths below its base.
        let line = line.replace("$basearch", "x86_64");
        let bases: Vec<String> = if line.contains("://") {
            vec![line.clone()]
        } else {
            let bases = fetcher.sources.base_addresses(fetcher.feed.publisher);
            let below = if line.starts_with('/') { line.clone() } else { format!("{list_address}/{line}") };
            bases.iter().map(|base| join(base, below.trim_start_matches('/'))).collect()
        };
        match repository(fetcher, &bases) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn repository(fetcher: &mut FeedFetcher<'_>, bases: &[String]) -> Result<(), FetchError> {
    let below = |path: &str| bases.iter().map(|base| join(base, path)).collect::<Vec<_>>();
    let repomd = fetcher.file_from(below("repodata/repomd.xml"), "repomd.xml", None)?;
    let (location, sha256) = updateinfo_of(&repomd)?;
    let name = location
        .rsplit('.')
        .next()
        .filter(|end| matches!(*end, "gz" | "xz" | "zst" | "bz2"))
        .unwrap_or("xml");
    fetcher.file_from(below(&location), &format!("updateinfo.xml.{name}"), Some(&sha256))?;
    Ok(())
}

/// Location and SHA-256 of the `updateinfo` in a `repomd.xml` (createrepo_c).
fn updateinfo_of(path: &Path) -> Result<(String, String), FetchError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| FetchError::File {
        action: "open",
        path: path.to_owned(),
        source,
    })?;
    let mut xml = XmlReader::new(file, INDEX_BYTES_MAX);
    let (mut location, mut sha256) = (String::new(), String::new());
    let (mut is_updateinfo, mut is_checksum) = (false, false);
    while let Some(token) = xml.next().map_err(|detail| index_error(&name, detail))? {
        match token {
            Token::Start(element) if element.name == "data" => {
                is_updateinfo = element.attribute("type") == "updateinfo";
            }
            Token::Start(element) if is_updateinfo && element.name == "location" => {
                element.attribute("href").clone_into(&mut location);
            }
            Token::Start(element) if is_updateinfo && element.name == "checksum" => {
                is_checksum = element.attribute("type") == "sha256";
            }
            Token::Text(text) if is_checksum => sha256 = text,
            Token::End(_) => is_checksum = false,
            _ => {}
        }
    }
    let is_digest = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_below = !location.starts_with('/') && !location.contains("..") && !location.contains("://");
    if location.is_empty() || !is_digest || !is_below {
        return Err(index_error(&name, "it names no advisories with a SHA-256 checksum".to_owned()));
    }
    Ok((location, sha256))
}

fn read_text(path: &Path) -> Result<String, FetchError> {
    let file_error = |source| FetchError::File { action: "read", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(file_error)?;
    let bytes = read_all(&mut file, INDEX_BYTES_MAX).map_err(file_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn index_error(address: &str, detail: String) -> FetchError {
    FetchError::Index { address: address.to_owned(), detail }
}
