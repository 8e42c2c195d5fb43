//! The files that are judged, and what kind each is.

use anyhow::{Context, Result, bail};
use model::{Gap, GapReason};
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Files beneath the directories that are named.
const FILES_MAX: usize = 20_000;
/// Directories inside each other.
const DEPTH_MAX: usize = 32;

/// One file.
#[derive(Clone)]
pub(super) struct Source {
    /// As the user named it.
    pub(super) name: String,
    /// Whether the user named the file itself, and not only a directory above.
    pub(super) is_named: bool,
    /// Where it is; standard input has none.
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
    /// Whether the text is what the file holds, byte for byte.
    pub(super) is_utf8: bool,
    pub(super) kind: Kind,
    /// The `.dockerignore` that counts for a Dockerfile; `None` when the build context is not known.
    pub(super) dockerignore: Option<String>,
    /// What is laid over a compose file without being asked for.
    pub(super) overlays: Vec<workload::Overlay>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dockerfile,
    Compose,
    Manifest,
}

/// Opens what the user names; directories give the files in them whose names or contents tell what they are.
pub(super) fn open(paths: &[PathBuf]) -> Result<(Vec<Source>, Vec<Gap>)> {
    let (mut sources, mut gaps) = (Vec::new(), Vec::new());
    for path in paths {
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .take(FILE_BYTES_MAX + 1)
                .read_to_end(&mut bytes)
                .context("cannot read standard input")?;
            if bytes.len() as u64 > FILE_BYTES_MAX {
                bail!("standard input has more than {FILE_BYTES_MAX} bytes");
            }
            let is_utf8 = std::str::from_utf8(&bytes).is_ok();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let kind = of_text(&text).unwrap_or(Kind::Dockerfile);
            sources.push(Source {
                name: "-".to_owned(),
                is_named: true,
                path: None,
                text,
                is_utf8,
                kind,
                dockerignore: None,
                overlays: Vec::new(),
            });
        } else if path.is_dir() {
            let mut found = Vec::new();
            let gaps_before = gaps.len();
            walk(path, 0, &mut found, &mut gaps);
            found.sort();
            let sources_before = sources.len();
            for file in found {
                // Part of the file that it is laid over: alone it describes no whole service.
                if overridden(&file).is_some() {
                    continue;
                }
                match read(&file) {
                    Ok(Some(source)) => sources.push(source),
                    Ok(None) => {}
                    Err(error) => gaps.push(Gap::new(
                        file.display().to_string(),
                        GapReason::Unreadable,
                        format!("{error:#}"),
                    )),
                }
            }
            if sources.len() == sources_before && gaps.len() == gaps_before {
                eprintln!("note: {} holds nothing that is judged", report::neutral(&path.to_string_lossy()));
            }
        } else {
            match read(path)? {
                Some(source) => sources.push(Source { is_named: true, ..source }),
                None => bail!(
                    "{} is neither a Dockerfile nor a compose file nor a Kubernetes manifest",
                    path.display()
                ),
            }
        }
    }
    Ok((sources, gaps))
}

fn walk(directory: &Path, depth: usize, found: &mut Vec<PathBuf>, gaps: &mut Vec<Gap>) {
    let name = directory.display().to_string();
    if depth > DEPTH_MAX {
        gaps.push(Gap::new(name, GapReason::LimitReached, "directories are nested too deeply"));
        return;
    }
    let Ok(entries) = fs::read_dir(directory) else {
        gaps.push(Gap::new(name, GapReason::Unreadable, "the directory cannot be read"));
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        // Links are not followed: they may lead out of the tree, or around in it.
        let Ok(kind) = entry.file_type() else { continue };
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir()
            && !matches!(file_name.as_str(), ".git" | "node_modules" | "target" | ".venv" | "vendor")
        {
            walk(&path, depth + 1, found, gaps);
        } else if kind.is_file() && may_be_judged(&file_name) {
            if found.len() >= FILES_MAX {
                gaps.push(Gap::new(
                    name,
                    GapReason::LimitReached,
                    format!("only the first {FILES_MAX} files"),
                ));
                return;
            }
            found.push(path);
        }
    }
}

fn may_be_judged(name: &str) -> bool {
    is_dockerfile_name(name) || is_yaml_name(name)
}

fn is_dockerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_base = |word: &str| matches!(word, "dockerfile" | "containerfile");
    is_base(&lower)
        || lower.split_once('.').is_some_and(|(stem, rest)| is_base(stem) && rest != "dockerignore")
        || lower.rsplit_once('.').is_some_and(|(_, end)| is_base(end))
}

fn is_yaml_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with(".yaml") || lower.ends_with(".yml")
}

fn is_compose_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_yaml_name(&lower) && (lower.starts_with("compose.") || lower.starts_with("docker-compose"))
}

fn read(path: &Path) -> Result<Option<Source>> {
    let context = || format!("cannot read {}", path.display());
    let file = fs::File::open(path).with_context(context)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(context)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{} has more than {FILE_BYTES_MAX} bytes", path.display());
    }
    let is_utf8 = std::str::from_utf8(&bytes).is_ok();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = if is_compose_name(&name) {
        Some(Kind::Compose)
    } else if is_dockerfile_name(&name) {
        Some(Kind::Dockerfile)
    } else if is_yaml_name(&name) || name.ends_with(".json") {
        of_text(&text)
    } else {
        Some(of_text(&text).unwrap_or(Kind::Dockerfile))
    };
    Ok(kind.map(|kind| Source {
        name: path.display().to_string(),
        is_named: false,
        path: Some(path.to_owned()),
        dockerignore: (kind == Kind::Dockerfile).then(|| dockerignore(path)).flatten(),
        overlays: if kind == Kind::Compose { own_override(path) } else { Vec::new() },
        text,
        is_utf8,
        kind,
    }))
}

/// Names that `docker compose` looks for, each with that of the file which it then lays over it (compose-spec,
/// `03-compose-file.md`; Docker documentation, "Merge Compose files").
const OVERRIDES: [(&str, &str); 4] = [
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
];

/// The file beside a compose file that `docker compose` lays over it.
fn own_override(path: &Path) -> Vec<workload::Overlay> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let found = OVERRIDES.iter().filter(|(base, _)| *base == name).find_map(|(_, over)| {
        let text = read_beside(path.parent()?, over)?;
        Some(workload::Overlay { name: (*over).to_owned(), text })
    });
    found.into_iter().collect()
}

/// The file that another one is laid over, when it is there.
fn overridden(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let (base, _) = OVERRIDES.iter().find(|(_, over)| *over == name)?;
    Some(path.with_file_name(base)).filter(|base| base.is_file())
}

/// The files that the user lays over every compose file.
pub(super) fn overlays(paths: &[PathBuf]) -> Result<Vec<workload::Overlay>> {
    let overlay = |path: &PathBuf| {
        let name = fs::canonicalize(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(workload::Overlay { name: name.display().to_string(), text: super::read_text(path)? })
    };
    paths.iter().map(overlay).collect()
}

/// The variables of the files that the user names; later ones win.
pub(super) fn variables(paths: &[PathBuf]) -> Result<Option<BTreeMap<String, String>>> {
    let mut variables = BTreeMap::new();
    for path in paths {
        variables.extend(workload::read_env_file(&super::read_text(path)?, &variables));
    }
    Ok((!paths.is_empty()).then_some(variables))
}

/// What a text is by its top level: `kind:` of Kubernetes, `services:` of compose.
fn of_text(text: &str) -> Option<Kind> {
    if kubernetes::is_manifest(text) {
        return Some(Kind::Manifest);
    }
    let is_compose = |line: &str| ["services:", "include:"].iter().any(|key| line.starts_with(key));
    text.lines().any(is_compose).then_some(Kind::Compose)
}

/// `Dockerfile.dockerignore` beside the file, else `.dockerignore`; empty when the directory has neither but looks like
/// the root of a build context, by holding anything else.
fn dockerignore(path: &Path) -> Option<String> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = path.file_name().map(|name| directory.join(format!("{}.dockerignore", name.to_string_lossy())));
    let general = directory.join(".dockerignore");
    let found = own.into_iter().chain([general]).find(|path| path.is_file());
    match found {
        Some(path) => super::read_text(&path).ok(),
        None => {
            // The context may be another directory; a Git repository's root with the Dockerfile in it is one.
            directory.join(".git").exists().then(String::new)
        }
    }
}

/// A file that a compose file names, as seen from its directory. What is no YAML file and no file of variables by its
/// name is not read, nor is one that is named from the root, so that a foreign project cannot have others looked into.
pub(super) fn read_beside(directory: &Path, name: &str) -> Option<String> {
    let relative = Path::new(name);
    let file_name = relative.file_name()?.to_string_lossy().into_owned();
    if relative.is_absolute() || !(is_yaml_name(&file_name) || file_name.contains("env")) {
        return None;
    }
    let path = directory.join(relative);
    let is_small =
        fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= FILE_BYTES_MAX);
    is_small.then(|| super::read_text(&path).ok()).flatten()
}

/// The variables of the `.env` file beside a compose file.
pub(super) fn dot_env(directory: Option<&Path>) -> BTreeMap<String, String> {
    let text = directory.and_then(|directory| read_beside(directory, ".env")).unwrap_or_default();
    workload::read_env_file(&text, &BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_tell_what_a_file_is() {
        for name in ["Dockerfile", "Dockerfile.dev", "api.Dockerfile", "Containerfile", "dockerfile"] {
            assert!(is_dockerfile_name(name), "{name}");
        }
        for name in ["Dockerfile.dockerignore", "dockerfiles", "README.md"] {
            assert!(!is_dockerfile_name(name), "{name}");
        }
        assert!(is_compose_name("docker-compose.prod.yml") && is_compose_name("compose.yaml"));
        assert_eq!(of_text("services:\n  a: {}\n"), Some(Kind::Compose));
        assert_eq!(of_text("apiVersion: v1\nkind: Pod\n"), Some(Kind::Manifest));
        assert_eq!(of_text("FROM a\nRUN x\n"), None);
    }
}
