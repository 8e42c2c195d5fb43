//! Arguments of `docker run` that allow what was learned and no more.

use crate::Profile;
use std::collections::BTreeSet;

/// Directories that the engine mounts writable itself, or that are no files.
const NOT_OF_THE_ROOT: &[&str] =
    &["/dev", "/proc", "/sys", "/run/.containerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
/// Directories in memory of one container; with more, the root is left writable.
const TMPFS_MAX: usize = 16;

/// An argument and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// One or two words.
    pub words: Vec<String>,
    /// Why.
    pub why: String,
}

/// Arguments that allow what a profile holds and no more. What the profile could not see is left as it is.
#[must_use]
pub fn run_flags(profile: &Profile) -> Vec<Flag> {
    let flag = |words: &[&str], why: String| Flag {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        why,
    };
    let mut flags = Vec::new();
    match &profile.capabilities {
        Some(used) => {
            flags.push(flag(&["--cap-drop", "ALL"], format!("{} capabilities were used", used.len())));
            for name in used {
                flags.push(flag(&["--cap-add", name], "was used".to_owned()));
            }
        }
        None => flags.push(flag(
            &[],
            "capabilities stay as they are: this kernel does not tell which are used".to_owned(),
        )),
    }
    match writable(profile) {
        Some(directories) => {
            flags.push(flag(&["--read-only"], "nothing else was written".to_owned()));
            for directory in &directories {
                flags.push(flag(&["--tmpfs", directory], "was written to; what has to outlive the container belongs into a volume".to_owned()));
            }
        }
        None => flags.push(flag(&[], format!("the root stays writable: more than {TMPFS_MAX} directories, directories that the image has files in, or the root itself were written to"))),
    }
    if profile.destinations.is_empty() && profile.listens.is_empty() {
        flags.push(flag(
            &["--network", "none"],
            "nothing was connected to and no port was listened on".to_owned(),
        ));
    }
    flags
}

/// Directories that have to be writable, outermost only; `None` when that is no reasonable list.
fn writable(profile: &Profile) -> Option<BTreeSet<String>> {
    let mut directories: BTreeSet<String> = BTreeSet::new();
    for path in profile.writes.iter() {
        let mut elsewhere = NOT_OF_THE_ROOT.iter().copied().chain(profile.mounts.iter().map(String::as_str));
        if elsewhere.any(|above| path == above || is_below(path, above)) {
            continue;
        }
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        if directory.is_empty() {
            return None;
        }
        directories.insert(directory.to_owned());
    }
    // A file system in memory would hide what the image has there.
    let is_of_image = |path: &str| {
        !profile.writes.has(path) && directories.iter().any(|directory| is_below(path, directory))
    };
    if profile.reads.iter().chain(profile.programs.iter().map(String::as_str)).any(is_of_image) {
        return None;
    }
    let outermost =
        directories.iter().filter(|directory| !directories.iter().any(|other| is_below(directory, other)));
    let outermost: BTreeSet<String> = outermost.cloned().collect();
    (outermost.len() <= TMPFS_MAX).then_some(outermost)
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Done;

    fn text(profile: &Profile) -> String {
        run_flags(profile).into_iter().flat_map(|flag| flag.words).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn flags_allow_what_was_learned_and_no_more() {
        let mut profile = Profile::new("sha256:ab");
        profile.capabilities = Some(BTreeSet::new());
        profile.mounts.insert("/data".to_owned());
        for path in ["/tmp/a", "/tmp/b/c", "/var/lib/app/x", "/dev/null", "/data/x", "/proc/1/oom_score_adj"]
        {
            profile.learn(&Done::Wrote(path));
        }
        profile.learn(&Done::Used("CHOWN"));
        assert_eq!(
            text(&profile),
            "--cap-drop ALL --cap-add CHOWN --read-only --tmpfs /tmp --tmpfs /var/lib/app --network none"
        );
        let whole = text(&profile);
        profile.learn(&Done::Read("/var/lib/app/of-the-image"));
        assert!(!text(&profile).contains("--read-only") && whole.contains("--read-only"));
        profile.learn(&Done::Listened(80, crate::Protocol::Tcp));
        profile.learn(&Done::Wrote("/file-of-the-root"));
        profile.capabilities = None;
        assert_eq!(text(&profile), "");
    }
}
