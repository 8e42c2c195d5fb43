//! Which package of the distribution owns a binary, and what its changelog says was fixed.

use crate::{Roots, program, read};
use facts::PackageOwner;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::Read as _,
};

const STATUS_BYTES_MAX: u64 = 256 << 20;
const CHANGELOG_BYTES_MAX: u64 = 16 << 20;

/// Owners of the paths that have one.
pub(crate) fn find(roots: &Roots, paths: &[String]) -> HashMap<String, PackageOwner> {
    if roots.at("/var/lib/dpkg/status").is_file() {
        return dpkg(roots, paths);
    }
    if let Ok(bytes) = read::bytes(&roots.at("/lib/apk/db/installed"), STATUS_BYTES_MAX) {
        return apk(&String::from_utf8_lossy(&bytes), paths);
    }
    if roots.is_this_machine() {
        return paths.iter().filter_map(|path| Some((path.clone(), rpm(path)?))).collect();
    }
    HashMap::new()
}

// Packages may name a file with or without /usr, since both are the same on merged systems.
fn spellings(path: &str) -> [String; 2] {
    match path.strip_prefix("/usr") {
        Some(rest) => [path.to_owned(), rest.to_owned()],
        None => [path.to_owned(), format!("/usr{path}")],
    }
}

fn dpkg(roots: &Roots, paths: &[String]) -> HashMap<String, PackageOwner> {
    let mut owners = HashMap::new();
    let wanted: HashMap<String, &String> =
        paths.iter().flat_map(|path| spellings(path).map(|s| (s, path))).collect();
    let info = roots.at("/var/lib/dpkg/info");
    let mut packages: HashMap<String, Vec<&String>> = HashMap::new();
    for name in read::names(&info).unwrap_or_default() {
        let Some(package) = name.strip_suffix(".list") else { continue };
        let Ok(text) = read::text(&info.join(&name)) else { continue };
        for path in text.lines().filter_map(|line| wanted.get(line)) {
            let package = package.split(':').next().unwrap_or(package);
            packages.entry(package.to_owned()).or_default().push(path);
        }
    }
    let Ok(status) = read::bytes(&roots.at("/var/lib/dpkg/status"), STATUS_BYTES_MAX) else { return owners };
    for paragraph in String::from_utf8_lossy(&status).split("\n\n") {
        let field = |name: &str| {
            paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
        };
        let (Some(name), Some(version)) = (field("Package"), field("Version")) else { continue };
        let Some(paths) = packages.get(name) else { continue };
        let source = field("Source").unwrap_or(name);
        let (source, source_version) = match source.split_once(" (") {
            Some((source, rest)) => (source, rest.trim_end_matches(')')),
            None => (source, version),
        };
        let owner = PackageOwner {
            format: "deb".to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            source: source.to_owned(),
            source_version: source_version.to_owned(),
            changelog_fixes: changelog(roots, name),
        };
        owners.extend(paths.iter().map(|path| ((*path).clone(), owner.clone())));
    }
    owners
}

// Debian policy, 12.7: /usr/share/doc/PACKAGE/changelog.Debian.gz, newest entry first.
fn changelog(roots: &Roots, package: &str) -> BTreeMap<String, String> {
    let directory = format!("/usr/share/doc/{package}");
    for name in ["changelog.Debian.gz", "changelog.gz"] {
        let Ok(bytes) = read::bytes(&roots.at(&format!("{directory}/{name}")), CHANGELOG_BYTES_MAX) else {
            continue;
        };
        let mut text = Vec::new();
        // What could be unpacked of a damaged file still counts.
        let _ = flate2::read::GzDecoder::new(&bytes[..]).take(CHANGELOG_BYTES_MAX).read_to_end(&mut text);
        return fixes(&String::from_utf8_lossy(&text));
    }
    BTreeMap::new()
}

fn fixes(changelog: &str) -> BTreeMap<String, String> {
    let mut fixes = BTreeMap::new();
    let mut version = "";
    for line in changelog.lines() {
        if !line.starts_with([' ', '\t']) && !line.is_empty() {
            version = line
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'))
                .map_or("", |(version, _)| version);
            continue;
        }
        for id in ids(line) {
            // Later lines are older entries: the first version that names it stays.
            fixes.insert(id, version.to_owned());
        }
    }
    fixes.retain(|_, version| !version.is_empty());
    fixes
}

fn ids(line: &str) -> HashSet<String> {
    let mut ids = HashSet::new();
    for (at, _) in line.match_indices("CVE-") {
        let rest = &line[at + 4..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('-');
        let is_id = number
            .split_once('-')
            .is_some_and(|(year, rest)| year.len() == 4 && rest.len() >= 4 && !rest.contains('-'));
        if is_id {
            ids.insert(format!("CVE-{number}"));
        }
    }
    ids
}

// apk(5): a record of lines `P:name`, `V:version`, `o:origin`, `F:directory`, `R:file`; directories without a slash ahead.
fn apk(text: &str, paths: &[String]) -> HashMap<String, PackageOwner> {
    let wanted: HashMap<String, &String> =
        paths.iter().flat_map(|path| spellings(path).map(|s| (s, path))).collect();
    let mut owners = HashMap::new();
    for record in text.split("\n\n") {
        let mut owner = PackageOwner { format: "apk".to_owned(), ..PackageOwner::default() };
        let mut directory = "";
        for line in record.lines() {
            match line.split_once(':') {
                Some(("P", name)) => owner.name = name.to_owned(),
                Some(("V", version)) => owner.version = version.to_owned(),
                Some(("o", origin)) => owner.source = origin.to_owned(),
                Some(("F", path)) => directory = path,
                Some(("R", file)) => {
                    if let Some(path) = wanted.get(&format!("/{directory}/{file}")) {
                        let mut owner = owner.clone();
                        owner.source_version.clone_from(&owner.version);
                        if owner.source.is_empty() {
                            owner.source.clone_from(&owner.name);
                        }
                        owners.insert((*path).clone(), owner);
                    }
                }
                _ => {}
            }
        }
    }
    owners
}

fn rpm(path: &str) -> Option<PackageOwner> {
    let text = program::run(
        "rpm",
        &["-qf", "--qf", "%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{SOURCERPM}\n", path],
    )
    .ok()?;
    let mut words = text.lines().next()?.split(' ');
    let (name, version, source) = (words.next()?, words.next()?, words.next()?);
    let version = version.strip_prefix("0:").unwrap_or(version);
    let stem = source.strip_suffix(".src.rpm").unwrap_or(source);
    let source = stem.rsplitn(3, '-').nth(2).unwrap_or(name);
    let log = program::run("rpm", &["-q", "--changelog", name]).unwrap_or_default();
    let changelog_fixes = log.lines().flat_map(ids).map(|id| (id, version.to_owned())).collect();
    Some(PackageOwner {
        format: "rpm".to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        source: source.to_owned(),
        source_version: version.to_owned(),
        changelog_fixes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_that_names_a_vulnerability_fixed_it() {
        let text = "runc (1.1.5+ds1-1+deb12u2) bookworm; urgency=medium\n\n  * More of CVE-2024-21626.\n\n -- A  x\n\n\
                    runc (1.1.5+ds1-1+deb12u1) bookworm-security; urgency=high\n\n  * CVE-2024-21626, CVE-2023-1\n\n -- A  x\n";
        let fixes = fixes(text);
        assert_eq!(fixes.get("CVE-2024-21626").map(String::as_str), Some("1.1.5+ds1-1+deb12u1"));
        assert_eq!(fixes.len(), 1);
    }

    #[test]
    fn apk_records_own_files() {
        let text = "P:runc\nV:1.1.4-r0\no:runc\nF:usr/bin\nR:runc\n\nP:other\nV:1\nF:bin\nR:sh\n";
        let owners = apk(text, &["/usr/bin/runc".to_owned(), "/bin/none".to_owned()]);
        assert_eq!(owners["/usr/bin/runc"].version, "1.1.4-r0");
        assert_eq!(owners.len(), 1);
    }
}
