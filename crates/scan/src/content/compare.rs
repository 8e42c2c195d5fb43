//! Compares what lies in an image with what package records say.

use super::known::{Known, Statement};
use super::layer_content::{FileKind, Modified, Trust};
use crate::short_digest::{Algorithm, Hasher, ShortDigest};
use content::FileClass;
use model::LayerPath;
use oci::{Entry, EntryKind};
use std::io::Read;

/// A file that differs from its package's record.
pub(crate) fn modified(
    path: &LayerPath,
    class: FileClass,
    statements: &[Statement<'_>],
    found: &[ShortDigest],
    trust: &Trust,
) -> Option<Modified> {
    let Trust::Modified(package) = trust else { return None };
    let recorded = statements.iter().find_map(|statement| statement.digest)?;
    let is_code = class.is_executable_format() || class == FileClass::Script;
    Some(Modified {
        path: path.clone(),
        package: package.clone(),
        found: found.iter().map(|digest| (digest.algorithm, digest.bytes)).collect(),
        recorded: recorded.to_string(),
        kind: kind(path, statements, is_code),
        instead: None,
    })
}

/// A link or device where a package installed something else. apk records of a symbolic link the digest of its
/// target (apk-tools, `src/io.c`, `apk_fileinfo_get`); dpkg and rpm record digests of regular files alone.
pub(crate) fn replaced(known: &Known, entry: &Entry) -> Option<Modified> {
    let statements: Vec<Statement<'_>> = known.statements(&entry.path).collect();
    let recorded = statements.iter().find_map(|statement| statement.digest)?;
    let instead = match &entry.kind {
        EntryKind::Symlink(target) => {
            let found = digests(&statements, target.as_bytes(), &mut std::io::empty(), target.len() as u64);
            let found = found.unwrap_or_default();
            if statements.iter().any(|statement| statement.digest.is_some_and(|it| found.contains(&it))) {
                return None;
            }
            let target: String = target.chars().filter(|c| !c.is_control()).take(200).collect();
            format!("a symbolic link to {target}")
        }
        EntryKind::BlockDevice | EntryKind::CharacterDevice => "a device".to_owned(),
        _ => "a special file".to_owned(),
    };
    let owner = statements.iter().find(|statement| statement.digest.is_some())?;
    Some(Modified {
        path: entry.path.clone(),
        package: owner.package.to_owned(),
        found: Vec::new(),
        recorded: recorded.to_string(),
        kind: kind(&entry.path, &statements, false),
        instead: Some(instead),
    })
}

fn kind(path: &LayerPath, statements: &[Statement<'_>], is_code: bool) -> FileKind {
    if statements.iter().any(|statement| statement.is_config) {
        FileKind::Config
    } else if is_code || is_program_place(path) {
        FileKind::Code
    } else {
        FileKind::Data
    }
}

/// The digests of a file by every algorithm that records of it use; reads the rest of a long file.
pub(crate) fn digests(
    statements: &[Statement<'_>],
    bytes: &[u8],
    rest: &mut dyn Read,
    size: u64,
) -> std::io::Result<Vec<ShortDigest>> {
    let mut algorithms: Vec<Algorithm> =
        statements.iter().filter_map(|statement| Some(statement.digest?.algorithm)).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if algorithms.is_empty() {
        return Ok(Vec::new());
    }
    let mut hashers: Vec<Hasher> = algorithms.into_iter().map(Hasher::new).collect();
    let mut feed = |bytes: &[u8]| hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
    feed(bytes);
    if size > bytes.len() as u64 {
        let mut buffer = vec![0; 256 << 10];
        let mut rest = rest.take(size - bytes.len() as u64);
        loop {
            match rest.read(&mut buffer)? {
                0 => break,
                count => feed(&buffer[..count]),
            }
        }
    }
    Ok(hashers.into_iter().map(Hasher::finish).collect())
}

pub(crate) fn trust(statements: &[Statement<'_>], found: &[ShortDigest]) -> Trust {
    let has_digest = |statement: &&Statement<'_>| statement.digest.is_some();
    let equals = |statement: &&Statement<'_>| statement.digest.is_some_and(|digest| found.contains(&digest));
    let is_proof =
        |statement: &&Statement<'_>| equals(statement) && statement.is_trusted && statement.is_system;
    if let Some(statement) = statements.iter().find(is_proof) {
        return Trust::Verified(statement.package.to_owned());
    }
    if let Some(statement) = statements.iter().find(equals) {
        return match statement.is_system {
            // The record was edited to fit: it proves nothing, which is told once for the record.
            true => Trust::Owned(statement.package.to_owned()),
            false => Trust::Installed(statement.package.to_owned()),
        };
    }
    if let Some(statement) = statements.iter().find(has_digest) {
        return Trust::Modified(statement.package.to_owned());
    }
    statements.first().map_or(Trust::Unowned, |statement| Trust::Owned(statement.package.to_owned()))
}

fn is_program_place(path: &LayerPath) -> bool {
    let text = path.as_str();
    let text = text.strip_prefix("usr/").unwrap_or(text);
    let text = text.strip_prefix("local/").unwrap_or(text);
    text.starts_with("bin/")
        || text.starts_with("sbin/")
        || text.starts_with("libexec/")
        || text.contains(".so")
}
