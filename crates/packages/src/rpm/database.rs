//! What the three kinds of RPM databases share: their headers.

use super::{full_version, source_of};
use crate::records::{Out, owned_path};
use crate::{Context, OwnedFile, Problem, Sink};
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Package};
use rpmdb::{Fault, Header};

/// Reads a database of any kind; rpm may be configured to use another name than the usual one.
pub(super) fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let summary = rpmdb::read(bytes, &mut |header| {
        // Keys that were imported to check signatures look like packages.
        if header.name == "gpg-pubkey" {
            return;
        }
        out.package(package_of(header, ctx.path));
        tell_files(ctx, header, &mut out);
    });
    for problem in summary.problems {
        out.problem(|| problem_of(problem));
    }
    if summary.problems_left_out > 0 {
        let detail = format!("{} more problems of this database are not listed", summary.problems_left_out);
        out.problem(|| Problem { line: None, reason: GapReason::LimitReached, detail });
    }
    out.finish();
}

fn package_of(header: &Header<'_>, path: &LayerPath) -> Package {
    let version = full_version(header.epoch, &format!("{}-{}", header.version, header.release));
    let mut package = Package::new(Ecosystem::Rpm, &header.name, &version, FoundBy::PackageManager, path);
    package.source = header.source_rpm.as_deref().and_then(source_of);
    package.arch = header.arch.as_deref().map(str::to_owned);
    package.module = header.modularity_label.as_deref().map(str::to_owned);
    package.vendor = header.vendor.as_deref().map(str::to_owned);
    package.licenses.extend(header.license.as_deref().map(str::to_owned));
    package
}

fn tell_files(ctx: &Context<'_>, header: &Header<'_>, out: &mut Out<'_>) {
    let files = match header.files() {
        Ok(files) => files,
        Err(problem) => return out.problem(|| problem_of(problem)),
    };
    let mut path = Vec::new();
    let mut digest_text = String::new();
    for file in files {
        if !out.has_room_for_path(ctx, file.directory.len() + file.name.len()) {
            continue;
        }
        path.clear();
        path.extend_from_slice(file.directory);
        path.extend_from_slice(file.name);
        let digest = file.digest.filter(|_| file.digest_algorithm != "unknown").map(|digest| {
            digest_text.clear();
            digest_text.extend([file.digest_algorithm, ":", digest]);
            digest_text.as_str()
        });
        out.owns(&header.name, OwnedFile { path: &owned_path(&path), digest, is_config: file.is_config });
    }
}

fn problem_of(problem: rpmdb::Problem) -> Problem {
    let reason = match problem.fault {
        Fault::Malformed => GapReason::Malformed,
        Fault::Truncated => GapReason::Truncated,
        Fault::Unsupported => GapReason::Unsupported,
    };
    Problem { line: None, reason, detail: problem.detail }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rpm::ndb::FORMAT;
    use crate::testing::{parse, survives_mutations};

    /// A header of an index entry for each tag and text, or each tag and number.
    pub(crate) fn header(texts: &[(u32, &[&str])], numbers: &[(u32, &[u32])]) -> Vec<u8> {
        let (mut index, mut store) = (Vec::new(), Vec::new());
        let mut entry = |tag: u32, kind: u32, count: usize, data: Vec<u8>| {
            for value in [tag, kind, store.len() as u32, count as u32] {
                index.extend(value.to_be_bytes());
            }
            store.extend(data);
        };
        for (tag, texts) in texts {
            let data = texts.iter().flat_map(|text| text.bytes().chain([0])).collect();
            entry(*tag, if texts.len() == 1 { 6 } else { 8 }, texts.len(), data);
        }
        for (tag, numbers) in numbers {
            let data = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
            entry(*tag, 4, numbers.len(), data);
        }
        let lengths = [(index.len() as u32 / 16).to_be_bytes(), (store.len() as u32).to_be_bytes()];
        [lengths.concat(), index, store].concat()
    }

    /// An NDB database; the checksums are wrong, which is a problem and loses nothing.
    pub(crate) fn database(headers: &[Vec<u8>]) -> Vec<u8> {
        let little =
            |values: &[usize]| values.iter().flat_map(|&v| (v as u32).to_le_bytes()).collect::<Vec<_>>();
        let mut slots = [&b"RpmP"[..], &little(&[0, 0, 1, 0, 0, 0, 0])].concat();
        let mut blobs = Vec::new();
        for (position, header) in headers.iter().enumerate() {
            let blocks = (header.len() + 28).div_ceil(16);
            slots.extend([&b"Slot"[..], &little(&[position + 1, 256 + blobs.len() / 16, blocks])].concat());
            let end = blobs.len() + 16 * blocks;
            blobs.extend([&b"BlbS"[..], &little(&[position + 1, 0, header.len()]), header].concat());
            blobs.resize(end, 0);
        }
        while slots.len() < 4096 {
            slots.extend(b"Slot\0\0\0\0\0\0\0\0\0\0\0\0");
        }
        [slots, blobs].concat()
    }

    fn nodejs() -> Vec<u8> {
        header(
            &[
                (1000, &["nodejs"]),
                (1001, &["18.16.1"]),
                (1002, &["1.module+el9.2.0"]),
                (1011, &["Red Hat, Inc."]),
                (1014, &["MIT and ASL 2.0"]),
                (1022, &["x86_64"]),
                (1035, &["aa11", ""]),
                (1044, &["nodejs-18.16.1-1.module+el9.2.0.src.rpm"]),
                (1117, &["node", "npmrc"]),
                (1118, &["/usr/bin/", "/etc/"]),
                (5096, &["nodejs:18:9020020230718:rhel9"]),
            ],
            &[(1003, &[1]), (1037, &[0, 1]), (1116, &[0, 1]), (5011, &[8])],
        )
    }

    #[test]
    fn header_becomes_a_package_with_its_files() {
        let key = header(&[(1000, &["gpg-pubkey"]), (1001, &["fd431d51"]), (1002, &["4ae0493b"])], &[]);
        let found = parse(&FORMAT, "var/lib/rpm/Packages.db", database(&[key, nodejs()]));
        assert_eq!(found.names(), ["nodejs@1:18.16.1-1.module+el9.2.0"]);
        let package = &found.packages[0];
        let source = package.source.as_ref().unwrap();
        assert_eq!((source.name.as_str(), source.version.as_str()), ("nodejs", "18.16.1-1.module+el9.2.0"));
        assert_eq!(package.module.as_deref(), Some("nodejs:18:9020020230718:rhel9"));
        assert_eq!(package.vendor.as_deref(), Some("Red Hat, Inc."));
        assert_eq!(package.arch.as_deref(), Some("x86_64"));
        assert_eq!(package.licenses, ["MIT and ASL 2.0"]);
        assert_eq!(found.owned, ["nodejs usr/bin/node sha256:aa11", "nodejs etc/npmrc - config"]);
    }

    #[test]
    fn broken_header_is_told_and_loses_one_package() {
        let mut broken = nodejs();
        broken.truncate(20);
        let found = parse(&FORMAT, "var/lib/rpm/Packages.db", database(&[broken, nodejs()]));
        assert_eq!(found.packages.len(), 1);
        assert!(found.problems.iter().any(|problem| problem.reason == GapReason::Truncated));
    }

    #[test]
    fn broken_file_list_keeps_the_package() {
        let broken = header(&[(1000, &["a"]), (1001, &["1"]), (1002, &["2"]), (1117, &["x"])], &[]);
        let found = parse(&FORMAT, "var/lib/rpm/Packages.db", database(&[broken]));
        assert_eq!(found.names(), ["a@1-2"]);
        assert!(found.problems.iter().any(|problem| problem.detail.contains("file list of package 'a'")));
    }

    #[test]
    fn no_mutation_panics() {
        survives_mutations(&FORMAT, "var/lib/rpm/Packages.db", &database(&[nodejs(), nodejs()]));
    }
}
