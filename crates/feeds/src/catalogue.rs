//! Every feed that can be fetched.

use crate::sources::Sources;

/// A feed that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feed {
    pub name: &'static str,
    /// Key of [`Sources::mirrors`].
    pub publisher: &'static str,
    /// Feeds of the same group fill the same shards and are built together.
    pub group: &'static str,
    /// Licence of the content, when it is known.
    pub licence: &'static str,
    pub layout: Layout,
}

/// How a feed lies below its base address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One file.
    File(&'static str),
    /// `vX.Y/main.json` and `vX.Y/community.json` for the configured releases; one that is missing is no fault.
    AlpineReleases,
    /// The configured files.
    SuseFiles,
    /// `DSA/list` and `DLA/list` below `data`.
    DebianLists,
    /// `archive_latest.txt` names a tar archive; `changes.csv` and `deletions.csv` tell what came later.
    RedHatVex,
    /// A list of mirrors; each has `repodata/repomd.xml`, which names `updateinfo.xml.gz` and its checksum.
    RpmMirrorList(&'static str),
}

const fn osv(name: &'static str, group: &'static str, path: &'static str, licence: &'static str) -> Feed {
    Feed { name, publisher: "osv", group, licence, layout: Layout::File(path) }
}

const fn file(name: &'static str, publisher: &'static str, group: &'static str, path: &'static str) -> Feed {
    Feed { name, publisher, group, licence: "", layout: Layout::File(path) }
}

/// Every feed, sorted by name.
pub(crate) static FEEDS: [Feed; 32] = [
    osv("almalinux", "almalinux", "AlmaLinux/all.zip", "MIT"),
    Feed {
        name: "alpine",
        publisher: "alpine",
        group: "alpine",
        licence: "",
        layout: Layout::AlpineReleases,
    },
    Feed {
        name: "amazon-1",
        publisher: "amazon-1",
        group: "amazon",
        licence: "",
        layout: Layout::RpmMirrorList("2018.03/updates/x86_64/mirror.list"),
    },
    Feed {
        name: "amazon-2",
        publisher: "amazon-2",
        group: "amazon",
        licence: "",
        layout: Layout::RpmMirrorList("2/core/latest/x86_64/mirror.list"),
    },
    Feed {
        name: "amazon-2023",
        publisher: "amazon-2023",
        group: "amazon",
        licence: "",
        layout: Layout::RpmMirrorList("al2023/core/mirrors/latest/x86_64/mirror.list"),
    },
    osv("azurelinux", "azurelinux", "Azure Linux/all.zip", ""),
    osv("bitnami", "bitnami", "Bitnami/all.zip", ""),
    file("chainguard", "chainguard", "chainguard", "security.json"),
    osv("crates.io", "cargo", "crates.io/all.zip", "CC0-1.0 and CC-BY-4.0"),
    file("debian", "debian", "debian", "tracker/data/json"),
    Feed {
        name: "debian-lists",
        publisher: "debian-lists",
        group: "debian",
        licence: "",
        layout: Layout::DebianLists,
    },
    file("epss", "first", "epss", "epss_scores-current.csv.gz"),
    osv("go", "golang", "Go/all.zip", "CC-BY-4.0"),
    Feed { licence: "CC0-1.0", ..file("kev", "cisa", "kev", "known_exploited_vulnerabilities.json") },
    osv("mageia", "mageia", "Mageia/all.zip", ""),
    osv("maven", "maven", "Maven/all.zip", "CC-BY-4.0"),
    osv("npm", "npm", "npm/all.zip", "CC-BY-4.0 and Apache-2.0"),
    osv("nuget", "nuget", "NuGet/all.zip", "CC-BY-4.0"),
    osv("opensuse", "suse", "openSUSE/all.zip", ""),
    file("oracle", "oracle", "oracle", "com.oracle.elsa-all.xml.bz2"),
    osv("packagist", "composer", "Packagist/all.zip", "CC-BY-4.0"),
    osv("pypi", "pypi", "PyPI/all.zip", "CC-BY-4.0"),
    Feed {
        name: "redhat",
        publisher: "redhat",
        group: "redhat",
        licence: "CC-BY-4.0",
        layout: Layout::RedHatVex,
    },
    osv("redhat-osv", "redhat", "Red Hat/all.zip", "CC-BY-4.0"),
    osv("rocky", "rocky", "Rocky Linux/all.zip", ""),
    osv("rubygems", "gem", "RubyGems/all.zip", "CC-BY-4.0"),
    file("rubysec", "rubysec", "gem", "master.tar.gz"),
    osv("suse", "suse", "SUSE/all.zip", ""),
    Feed { name: "suse-oval", publisher: "suse", group: "suse", licence: "", layout: Layout::SuseFiles },
    osv("ubuntu", "ubuntu", "Ubuntu/all.zip", "CC-BY-SA-4.0"),
    file("wolfi", "wolfi", "wolfi", "os/security.json"),
    osv("wolfi-osv", "wolfi", "Wolfi/all.zip", ""),
];

/// The names of every feed that [`Sources::feeds`] may list, sorted.
#[must_use]
pub fn feed_names() -> Vec<&'static str> {
    FEEDS.iter().map(|feed| feed.name).collect()
}

pub(crate) fn feed(name: &str) -> Option<&'static Feed> {
    FEEDS.iter().find(|feed| feed.name == name)
}

/// Paths below the base address of a layout that is a list of files, and whether each must be there.
pub(crate) fn paths(layout: Layout, sources: &Sources) -> Vec<(String, bool)> {
    match layout {
        Layout::File(path) => vec![(path.to_owned(), true)],
        Layout::AlpineReleases => {
            let mut paths = Vec::new();
            for release in &sources.alpine_releases {
                for repository in ["main", "community"] {
                    paths.push((format!("{release}/{repository}.json"), false));
                }
            }
            paths
        }
        Layout::SuseFiles => sources.suse_files.iter().map(|name| (name.clone(), true)).collect(),
        Layout::DebianLists => vec![("data/DSA/list".to_owned(), true), ("data/DLA/list".to_owned(), true)],
        Layout::RedHatVex | Layout::RpmMirrorList(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_the_default_set_is_known() {
        assert!(FEEDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(crate::sources::DEFAULT_FEEDS.iter().all(|name| feed(name).is_some()));
        let sources = Sources::default();
        assert!(FEEDS.iter().all(|feed| !sources.base_addresses(feed.publisher).is_empty()));
    }
}
