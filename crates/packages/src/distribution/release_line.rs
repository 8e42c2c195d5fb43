//! Release files of one line, `NAME release VERSION (CODENAME)`, of systems without `os-release`.

use model::Distribution;

/// Begins of the names and the ids that `os-release` of later releases gives them.
const NAMES: &[(&str, &str)] = &[
    ("Red Hat", "rhel"),
    ("CentOS", "centos"),
    ("AlmaLinux", "almalinux"),
    ("Rocky", "rocky"),
    ("Oracle", "ol"),
    ("Fedora", "fedora"),
    ("Amazon", "amzn"),
    ("Scientific", "scientific"),
    ("CloudLinux", "cloudlinux"),
    ("VMware Photon", "photon"),
    ("CBL-Mariner", "mariner"),
];

pub(super) fn parse(text: &str) -> Option<Distribution> {
    let line = super::first_line(text);
    let (_, id) = NAMES.iter().find(|(name, _)| line.starts_with(name))?;
    let is_version = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    let version = line.split_whitespace().find(is_version).unwrap_or_default();
    let mut distribution = Distribution::new(id, version);
    distribution.pretty_name = Some(line.chars().take(200).collect());
    distribution.channel = line.starts_with("CentOS Stream").then(|| "stream".to_owned());
    Some(distribution)
}

/// `SuSE-release`: the name, then `VERSION = 11` and `PATCHLEVEL = 4`.
pub(super) fn parse_suse(text: &str) -> Option<Distribution> {
    let line = super::first_line(text);
    let id = match line {
        _ if line.starts_with("SUSE Linux Enterprise") => "sles",
        _ if line.starts_with("openSUSE") => "opensuse",
        _ => return None,
    };
    let value = |wanted: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| key.trim() == wanted)
            .map(|(_, v)| v.trim())
    };
    let version = match (value("VERSION")?, value("PATCHLEVEL")) {
        (version, None | Some("0")) => version.to_owned(),
        (version, Some(level)) => format!("{version}.{level}"),
    };
    let mut distribution = Distribution::new(id, &version);
    distribution.pretty_name = Some(line.chars().take(200).collect());
    Some(distribution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids() {
        for (line, id, version) in [
            ("AlmaLinux release 9.3 (Shamrock Pampas Cat)", "almalinux", "9.3"),
            ("Rocky Linux release 8.8 (Green Obsidian)", "rocky", "8.8"),
            ("Fedora release 38 (Thirty Eight)", "fedora", "38"),
            ("CentOS Linux release 7.9.2009 (Core)", "centos", "7.9.2009"),
            ("Amazon Linux release 2 (Karoo)", "amzn", "2"),
            ("VMware Photon Linux 3.0", "photon", "3.0"),
        ] {
            let found = parse(line).unwrap();
            assert_eq!((found.id.as_str(), found.version.as_str()), (id, version));
        }
        assert_eq!(parse("Something else release 1"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn suse_without_service_pack_has_no_second_part() {
        let text = "openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n";
        assert_eq!(parse_suse(text).unwrap().version, "13.2");
        assert_eq!(
            parse_suse("SUSE Linux Enterprise Server 12\nVERSION = 12\nPATCHLEVEL = 0\n").unwrap().version,
            "12"
        );
        assert_eq!(parse_suse("SUSE Linux Enterprise Server"), None);
    }
}
