//! Which distribution and release an image holds.

mod apk_repositories;
mod debian_release;
mod end_of_life;
mod os_release;
mod release_line;

pub use end_of_life::{Support, end_of_life, support};

use model::{Distribution, LayerPath};
use os_release::Assignments;
use std::borrow::Cow;

/// Every file that [`detect`] may ask for.
const PATHS: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    "etc/lsb-release",
    "etc/debian_version",
    "etc/apt/sources.list",
    "etc/apt/sources.list.d/debian.sources",
    "etc/alpine-release",
    "etc/apk/repositories",
    "etc/oracle-release",
    "etc/centos-release",
    "etc/redhat-release",
    "etc/system-release",
    "etc/SuSE-release",
];

/// Files that hold one line `NAME release VERSION`, the most telling first: Oracle Linux has a
/// `redhat-release` that speaks of Red Hat.
const RELEASE_LINE_PATHS: &[&str] =
    &["etc/oracle-release", "etc/centos-release", "etc/system-release", "etc/redhat-release"];

/// Bytes of a file that are looked at.
const FILE_BYTES_MAX: usize = 64 << 10;

/// Whether [`detect`] may ask for a file.
#[must_use]
pub fn wants(path: &LayerPath) -> bool {
    PATHS.contains(&path.as_str())
}

/// Tells the distribution from the files of an image; `files` gives the content of a path, when it is there.
///
/// `os-release` decides, the other files fill in what it lacks or replace it where there is none.
#[must_use]
pub fn detect<'f>(files: &dyn Fn(&str) -> Option<&'f [u8]>) -> Option<Distribution> {
    let file = |path| -> Option<Cow<'f, str>> {
        let bytes = files(path)?;
        Some(String::from_utf8_lossy(&bytes[..bytes.len().min(FILE_BYTES_MAX)]))
    };
    let mut distribution = ["etc/os-release", "usr/lib/os-release"]
        .into_iter()
        .find_map(|path| from_os_release(&Assignments::parse(&file(path)?)))
        .or_else(|| from_lsb_release(&Assignments::parse(&file("etc/lsb-release")?)))
        .or_else(|| RELEASE_LINE_PATHS.iter().find_map(|path| release_line::parse(&file(path)?)))
        .or_else(|| release_line::parse_suse(&file("etc/SuSE-release")?))
        .or_else(|| file("etc/alpine-release").map(|_| Distribution::new("alpine", "")))
        .or_else(|| file("etc/debian_version").map(|_| Distribution::new("debian", "")))?;
    match distribution.id.as_str() {
        "debian" if distribution.version.is_empty() => {
            let sources = [file("etc/apt/sources.list"), file("etc/apt/sources.list.d/debian.sources")];
            let sources = sources.iter().flatten().flat_map(|text| text.lines());
            debian_release::complete(&mut distribution, file("etc/debian_version").as_deref(), sources);
        }
        "alpine" => {
            if let Some(version) = file("etc/alpine-release").filter(|_| distribution.version.is_empty()) {
                distribution.version = first_line(&version).to_owned();
            }
            distribution.channel =
                apk_repositories::channel(&distribution.version, file("etc/apk/repositories").as_deref());
        }
        _ => {}
    }
    Some(distribution)
}

fn from_os_release(assignments: &Assignments) -> Option<Distribution> {
    let text = |key| assignments.get(key).map(str::to_owned);
    let id = text("ID")?.to_ascii_lowercase();
    // CentOS Linux and CentOS Stream share an id and differ in support.
    let is_stream = id == "centos" && assignments.get("NAME").is_some_and(|name| name.contains("Stream"));
    Some(Distribution {
        id,
        version: text("VERSION_ID").unwrap_or_default(),
        codename: text("VERSION_CODENAME"),
        pretty_name: text("PRETTY_NAME"),
        like: assignments.get("ID_LIKE").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        channel: is_stream.then(|| "stream".to_owned()),
        cpe: text("CPE_NAME"),
    })
}

/// `lsb-release` of Ubuntu and its derivatives has the same form with other keys.
fn from_lsb_release(assignments: &Assignments) -> Option<Distribution> {
    let text = |key| assignments.get(key).map(str::to_owned);
    Some(Distribution {
        id: text("DISTRIB_ID")?.to_ascii_lowercase(),
        version: text("DISTRIB_RELEASE").unwrap_or_default(),
        codename: text("DISTRIB_CODENAME"),
        pretty_name: text("DISTRIB_DESCRIPTION"),
        ..Distribution::default()
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Detects from files; the expected text is id, version, codename and channel.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &str) {
        for (path, _) in files {
            assert!(wants(&LayerPath::new(path)), "{path}");
        }
        let found = detect(&|path| {
            files.iter().find(|(name, _)| *name == path).map(|(_, content)| content.as_bytes())
        });
        let shown = found.map(|distribution| {
            let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            let (codename, channel) = (or_none(distribution.codename), or_none(distribution.channel));
            format!("{} {} {codename} {channel}", distribution.id, distribution.version)
        });
        assert_eq!(shown.as_deref(), Some(expected));
    }

    const BOOKWORM: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n\
                            VERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";
    const FORKY: &str = "PRETTY_NAME=\"Debian GNU/Linux forky/sid\"\nVERSION_CODENAME=forky\nID=debian\n";
    const ALPINE: &str = "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.18.9\n";

    #[test]
    fn os_release_decides() {
        check(&[("etc/os-release", BOOKWORM), ("etc/debian_version", "12.5\n")], "debian 12 bookworm -");
        check(&[("usr/lib/os-release", BOOKWORM)], "debian 12 bookworm -");
        check(&[("etc/os-release", "garbage"), ("usr/lib/os-release", BOOKWORM)], "debian 12 bookworm -");
    }

    #[test]
    fn derivative_keeps_its_id_and_names_its_parents() {
        let text = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21.3\"\n";
        let found = detect(&|path| (path == "etc/os-release").then_some(text.as_bytes())).unwrap();
        assert_eq!((found.id.as_str(), found.like), ("linuxmint", vec!["ubuntu".into(), "debian".into()]));
    }

    #[test]
    fn debian_without_a_version_is_unstable_unless_its_sources_say_testing() {
        let version = ("etc/debian_version", "forky/sid\n");
        check(&[("etc/os-release", FORKY), version], "debian sid forky -");
        let testing =
            ("etc/apt/sources.list.d/debian.sources", "Types: deb\nSuites: testing testing-updates\n");
        check(&[("etc/os-release", FORKY), version, testing], "debian 14 forky -");
        let both =
            ("etc/apt/sources.list", "deb http://archive.example/debian forky main\n# deb x sid main\n");
        check(&[("etc/os-release", FORKY), version, both], "debian 14 forky -");
        let sid = ("etc/apt/sources.list", "deb http://archive.example/debian unstable main\n");
        check(&[("etc/os-release", FORKY), version, sid], "debian sid forky -");
    }

    #[test]
    fn codename_alone_names_a_release() {
        let text = "ID=debian\nVERSION_CODENAME=trixie\n";
        check(&[("etc/os-release", text)], "debian 13 trixie -");
        check(&[("etc/os-release", text), ("etc/debian_version", "13.1\n")], "debian 13.1 trixie -");
        check(&[("etc/debian_version", "6.0.10\n")], "debian 6.0.10 - -");
    }

    #[test]
    fn repositories_of_alpine_tell_the_release_stream() {
        let repositories = |text| [("etc/os-release", ALPINE), ("etc/apk/repositories", text)];
        check(&repositories("https://dl-cdn.alpinelinux.org/alpine/v3.18/main\n"), "alpine 3.18.9 - -");
        check(&repositories("https://dl-cdn.alpinelinux.org/alpine/edge/main\n"), "alpine 3.18.9 - edge");
        check(&repositories("http://mirror/alpine/v3.19/main\n"), "alpine 3.18.9 - 3.19");
        check(&[("etc/alpine-release", "3.10.9\n")], "alpine 3.10.9 - -");
        check(
            &[("etc/os-release", "ID=alpine\nVERSION_ID=3.21.0_alpha20240807\n")],
            "alpine 3.21.0_alpha20240807 - edge",
        );
    }

    #[test]
    fn oracle_is_not_taken_for_red_hat() {
        let red_hat = ("etc/redhat-release", "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n");
        check(&[red_hat], "rhel 7.9 - -");
        check(&[red_hat, ("etc/oracle-release", "Oracle Linux Server release 7.9\n")], "ol 7.9 - -");
    }

    #[test]
    fn stream_is_a_channel_of_centos() {
        check(
            &[("etc/os-release", "NAME=\"CentOS Stream\"\nID=\"centos\"\nVERSION_ID=\"9\"\n")],
            "centos 9 - stream",
        );
        check(&[("etc/centos-release", "CentOS Stream release 8\n")], "centos 8 - stream");
        check(&[("etc/centos-release", "CentOS release 6.10 (Final)\n")], "centos 6.10 - -");
    }

    #[test]
    fn files_of_old_releases_are_understood() {
        check(
            &[(
                "etc/SuSE-release",
                "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
            )],
            "sles 11.4 - -",
        );
        check(&[("etc/system-release", "Amazon Linux AMI release 2018.03\n")], "amzn 2018.03 - -");
        let ubuntu = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\n";
        check(
            &[("etc/lsb-release", ubuntu), ("etc/debian_version", "wheezy/sid\n")],
            "ubuntu 12.04 precise -",
        );
    }

    #[test]
    fn image_without_any_file_has_no_distribution() {
        assert_eq!(detect(&|_| None), None);
        assert_eq!(detect(&|_| Some(b"\xff\0=\n=")), Some(Distribution::new("alpine", "\u{fffd}\0=")));
    }

    #[test]
    fn no_mutation_panics() {
        let text = format!("{BOOKWORM}{FORKY}{ALPINE}VERSION = 1\\\"\nhttp://m/v3.1/main\nSUSE release 1/2");
        for position in 0..text.len() {
            for byte in [b'\n', b'=', b'"', b'/', 0xff] {
                let mut changed = text.clone().into_bytes();
                changed[position] = byte;
                for path in PATHS {
                    let _ = detect(&|asked| {
                        (asked == *path || asked.ends_with("sion")).then_some(&changed[position / 2..])
                    });
                }
            }
        }
    }
}
