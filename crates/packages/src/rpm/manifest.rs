//! `var/lib/rpmmanifest/container-manifest-2`: the packages of a distroless image of CBL-Mariner or Azure
//! Linux, as `rpm -qa` printed them when the image was built.

use super::{full_version, source_of};
use crate::records::{Lines, Out, shown, value_text};
use crate::{Context, Format, FormatKind, Sink};
use model::{Ecosystem, FoundBy, LayerPath, Package};

/// Ten fields on each line, divided by tabs: name, version-release, times of installation and build, vendor,
/// `EPOCH`, bytes, architecture, `EPOCHNUM`, source package; `(none)` for what is not set.
pub(crate) static FORMAT: Format = Format {
    id: "rpm/manifest",
    kind: FormatKind::System,
    matches: |path| path.as_str() == "var/lib/rpmmanifest/container-manifest-2",
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    for (number, line) in Lines::new(bytes) {
        if line.is_empty() {
            continue;
        }
        match package_of(line, ctx.path) {
            Some(package) => out.package(package),
            None => out.malformed(number, || format!("not the ten fields of a package: '{}'", shown(line))),
        }
    }
    out.finish();
}

fn package_of(line: &[u8], path: &LayerPath) -> Option<Package> {
    let fields: Vec<_> = line.split(|&byte| byte == b'\t').take(11).collect();
    let [name, version, _, _, vendor, epoch, _, arch, epoch_number, source] = fields[..] else { return None };
    let set = |field| value_text(field).filter(|&text| text != "(none)");
    let number = |field| set(field).and_then(|text| text.parse().ok());
    let version = full_version(number(epoch).or_else(|| number(epoch_number)), set(version)?);
    let mut package = Package::new(Ecosystem::Rpm, set(name)?, &version, FoundBy::PackageManager, path);
    package.source = set(source).and_then(source_of);
    package.arch = set(arch).map(str::to_owned);
    package.vendor = set(vendor).map(str::to_owned);
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    const PATH: &str = "var/lib/rpmmanifest/container-manifest-2";
    const MANIFEST: &str = "\
filesystem\t1.1-9.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t(none)\t7596\tx86_64\t0\tfilesystem-1.1-9.cm2.src.rpm
ca-certificates\t2.0.0-6.cm2\t1653816591\t1653753130\tMicrosoft Corporation\t1\t0\tnoarch\t1\tca-certificates-2.0.0-6.cm2.src.rpm
";

    #[test]
    fn lines_are_packages() {
        check(&FORMAT, PATH, MANIFEST, &["ca-certificates@1:2.0.0-6.cm2", "filesystem@1.1-9.cm2"]);
        let found = parse(&FORMAT, PATH, MANIFEST);
        assert_eq!(found.packages[0].source.as_ref().unwrap().version, "1.1-9.cm2");
        assert_eq!(found.packages[1].arch.as_deref(), Some("noarch"));
    }

    #[test]
    fn garbage_loses_its_line() {
        let found = parse(&FORMAT, PATH, format!("a\tb\n{MANIFEST}"));
        assert_eq!((found.packages.len(), found.problems[0].line), (2, Some(1)));
    }
}
