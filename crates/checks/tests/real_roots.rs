//! Root file systems of distributions give no high finding and few others.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "the test reads real root file systems")]

use checks::{CheckHit, CheckOptions, ImageFacts, Seen, SeenKind, TreeEntry, TreeFacts, check, interesting};
use model::{LayerPath, Severity};
use std::{
    fs::File,
    io::Read,
    os::unix::fs::FileTypeExt,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

fn shared() -> PathBuf {
    std::env::var_os("SEAWALL_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from)
}

fn take(
    tree: &mut TreeFacts,
    seen: Seen<'_>,
    capability: Vec<u8>,
    package: Option<&str>,
    read: &mut dyn Read,
) {
    let Some(interest) = interesting(&seen) else { return };
    let content = (interest.content_bytes_max > 0 && seen.kind == SeenKind::File).then(|| {
        let mut bytes = Vec::new();
        read.take(interest.content_bytes_max as u64).read_to_end(&mut bytes).unwrap();
        bytes
    });
    tree.push(TreeEntry {
        path: LayerPath::new(seen.path),
        kind: seen.kind,
        mode: seen.mode,
        uid: seen.uid,
        gid: seen.gid,
        size_bytes: seen.size_bytes,
        traits: interest.traits,
        capability,
        content,
        package: package.map(str::to_owned),
        layer_index: Some(0),
    });
}

fn tree_of_tar(path: &Path) -> TreeFacts {
    let mut tree = TreeFacts::default();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(File::open(path).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let path = LayerPath::new(&name);
        let header = entry.header();
        let kind = match header.entry_type() {
            tar::EntryType::Directory => SeenKind::Directory,
            tar::EntryType::Symlink => SeenKind::Symlink,
            _ => SeenKind::File,
        };
        let seen = Seen {
            path: path.as_str(),
            kind,
            mode: header.mode().unwrap(),
            uid: u32::try_from(header.uid().unwrap()).unwrap(),
            gid: u32::try_from(header.gid().unwrap()).unwrap(),
            size_bytes: header.size().unwrap(),
            has_capability: false,
        };
        take(&mut tree, seen, Vec::new(), None, &mut entry);
    }
    tree
}

fn tree_of_directory(root: &Path) -> (TreeFacts, usize) {
    let mut tree = TreeFacts::default();
    let mut stack = vec![root.to_owned()];
    let mut count = 0;
    while let Some(directory) = stack.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            let Ok(data) = entry.path().symlink_metadata() else { continue };
            count += 1;
            let path = LayerPath::new(&entry.path().strip_prefix(root).unwrap().to_string_lossy());
            let kind = match data.file_type() {
                kind if kind.is_dir() => SeenKind::Directory,
                kind if kind.is_symlink() => SeenKind::Symlink,
                kind if kind.is_file() => SeenKind::File,
                kind if kind.is_block_device() => SeenKind::BlockDevice,
                kind if kind.is_char_device() => SeenKind::CharacterDevice,
                _ => SeenKind::Special,
            };
            if kind == SeenKind::Directory {
                stack.push(entry.path());
            }
            let (mode, uid, gid) = (data.mode() & 0o7777, data.uid(), data.gid());
            let seen = Seen {
                path: path.as_str(),
                kind,
                mode,
                uid,
                gid,
                size_bytes: data.len(),
                has_capability: false,
            };
            let mut content: Box<dyn Read> = match File::open(entry.path()) {
                Ok(file) if kind == SeenKind::File => Box::new(file),
                _ => Box::new(std::io::empty()),
            };
            take(&mut tree, seen, Vec::new(), None, &mut content);
        }
    }
    (tree, count)
}

fn hits(tree: TreeFacts) -> Vec<CheckHit> {
    let facts = ImageFacts { tree: Some(tree), ..ImageFacts::default() };
    check(&facts, &CheckOptions::default()).hits
}

fn lines(hits: &[CheckHit]) -> Vec<String> {
    hits.iter()
        .map(|hit| {
            format!("{} {} {} {:?} {:?}", hit.severity, hit.rule.id, hit.title, hit.path, hit.evidence)
        })
        .collect()
}

#[test]
fn alpine_gives_no_high_and_few_other_findings() {
    for name in ["3.18.9", "3.20.3"] {
        let path = shared().join(format!("images/alpine-minirootfs-{name}-x86_64.tar.gz"));
        if !path.exists() {
            eprintln!("skipped: {} is absent", path.display());
            return;
        }
        let hits = hits(tree_of_tar(&path));
        assert!(hits.iter().all(|hit| hit.severity < Severity::High), "{:#?}", lines(&hits));
        assert!(hits.len() <= 4, "{:#?}", lines(&hits));
    }
}

/// `SEAWALL_ROOT_DIRECTORY=/ cargo test -p checks --test real_roots -- --nocapture` shows what a root gives.
#[test]
fn a_named_root_directory_is_shown() {
    let Some(root) = std::env::var_os("SEAWALL_ROOT_DIRECTORY") else {
        eprintln!("skipped: SEAWALL_ROOT_DIRECTORY is not set");
        return;
    };
    let (tree, count) = tree_of_directory(Path::new(&root));
    let hits = hits(tree);
    println!("{count} entries\n{}", lines(&hits).join("\n"));
}

/// `SEAWALL_IMAGE_CONFIGS=folder cargo test …` shows what image configurations in a folder give.
#[test]
fn named_image_configurations_are_shown() {
    let Some(folder) = std::env::var_os("SEAWALL_IMAGE_CONFIGS") else {
        eprintln!("skipped: SEAWALL_IMAGE_CONFIGS is not set");
        return;
    };
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let Ok(facts) = ImageFacts::from_config_json(&std::fs::read(entry.path()).unwrap()) else { continue };
        let hits = check(&facts, &CheckOptions::default()).hits;
        println!("== {}\n{}", entry.path().display(), lines(&hits).join("\n"));
    }
}

/// `SEAWALL_DOCKERFILES=folder cargo test …` builds a history of each Dockerfile as BuildKit would write it, finds its
/// lines again, and shows what the checks say.
#[test]
fn named_dockerfiles_are_found_again_and_shown() {
    let Some(folder) = std::env::var_os("SEAWALL_DOCKERFILES") else {
        eprintln!("skipped: SEAWALL_DOCKERFILES is not set");
        return;
    };
    let (mut files, mut entries, mut lost) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned();
        let file = dockerfile::parse(&text);
        files += 1;
        for problem in &file.problems {
            println!("!! {}:{} {}", entry.path().display(), problem.line, problem.message);
        }
        let Some(stage) = file.stages.last() else { continue };
        let own = &file.instructions[stage.instructions.clone()][1..];
        let history: Vec<_> = own
            .iter()
            .map(|one| match one.keyword {
                dockerfile::Keyword::Run => {
                    let body: String = one.heredocs.iter().map(|doc| doc.content.clone()).collect();
                    let command = if body.is_empty() { one.text.clone() } else { body };
                    dockerfile::HistoryEntry::new(&format!("RUN /bin/sh -c {command} # buildkit"))
                }
                keyword => dockerfile::HistoryEntry::empty(&format!("{keyword} {} # buildkit", one.text)),
            })
            .collect();
        let spans = dockerfile::match_history(&file, &history);
        entries += spans.len();
        lost += spans.iter().zip(own).filter(|(span, one)| **span != Some(one.lines)).count();
        let made = dockerfile::reconstruct(&history, &dockerfile::ReconstructOptions::default());
        let again = dockerfile::parse(&made.text);
        let again_runs =
            again.instructions.iter().filter(|one| one.keyword == dockerfile::Keyword::Run).count();
        let runs = own.iter().filter(|one| one.keyword == dockerfile::Keyword::Run).count();
        assert_eq!(runs, again_runs, "{}\n{}", entry.path().display(), made.text);
        let facts = ImageFacts { history, ..ImageFacts::default() };
        let hits = check(&facts, &CheckOptions::default());
        for line in lines(&hits.hits)
            .iter()
            .filter(|line| !line.contains("runs-as-root") && !line.contains("no-health"))
        {
            println!("{} {line}", entry.path().file_name().unwrap_or_default().to_string_lossy());
        }
        for gap in hits.gaps {
            println!("?? {} {}", entry.path().display(), gap.detail);
        }
    }
    println!("{files} files, {entries} entries, {lost} not found at their lines");
}
