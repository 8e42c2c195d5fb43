//! `lib/apk/db/installed`: the packages of Alpine and Wolfi, and their files.
//!
//! Format: apk-tools, apk-v2(5), "INSTALLED DATABASE"; apk 3 keeps the format and moves the file below `usr`.

use crate::records::{Lines, Out, shown, value_text};
use crate::{Context, Format, FormatKind, OwnedFile, Sink};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::{Ecosystem, FoundBy, LayerPath, Package, SourcePackage};
use std::fmt::Write as _;

/// Records of lines `letter:value`; an empty line ends a record.
pub(crate) static FORMAT: Format = Format {
    id: "apk/installed",
    kind: FormatKind::System,
    matches: |path| matches!(path.as_str(), "lib/apk/db/installed" | "usr/lib/apk/db/installed"),
    parse,
};

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let mut record = Record::default();
    for (number, line) in Lines::new(bytes) {
        if line.is_empty() {
            std::mem::take(&mut record).finish(ctx, &mut out);
        } else {
            record.field(ctx, number, line, &mut out);
        }
    }
    record.finish(ctx, &mut out);
    out.finish();
}

#[derive(Default)]
struct Record<'a> {
    /// The line that it begins at; 0 when there is none yet.
    line: u32,
    package: Option<&'a str>,
    version: Option<&'a [u8]>,
    architecture: Option<&'a [u8]>,
    origin: Option<&'a [u8]>,
    license: Option<&'a [u8]>,
    /// The directory of the files that follow.
    directory: &'a [u8],
    /// A file whose digest may follow.
    file: Option<&'a [u8]>,
}

impl<'a> Record<'a> {
    fn field(&mut self, ctx: &Context<'_>, number: u32, line: &'a [u8], out: &mut Out<'_>) {
        if self.line == 0 {
            self.line = number;
        }
        let [letter, b':', value @ ..] = line else {
            return out.malformed(number, || format!("neither letter nor colon: '{}'", shown(line)));
        };
        match letter {
            b'P' => self.package = value_text(value),
            b'V' => self.version = Some(value),
            b'A' => self.architecture = Some(value),
            b'o' => self.origin = Some(value),
            b'L' => self.license = Some(value),
            b'F' => {
                self.tell_file(ctx, None, out);
                self.directory = value;
            }
            b'R' => {
                self.tell_file(ctx, None, out);
                self.file = Some(value);
            }
            b'Z' => self.tell_file(ctx, hex_digest(value).as_deref(), out),
            _ => {}
        }
    }

    fn tell_file(&mut self, ctx: &Context<'_>, digest: Option<&str>, out: &mut Out<'_>) {
        let Some(file) = self.file.take() else { return };
        // The name stands before the files; without it the end of the record tells a problem.
        let Some(package) = self.package else { return };
        if !out.has_room_for_path(ctx, self.directory.len() + file.len()) {
            return;
        }
        let joined = [self.directory, file].join(&b'/');
        let path = crate::records::owned_path(&joined);
        // apk protects changes below /etc (apk-protected_paths(5)).
        let is_config = path.starts_with("etc/");
        out.owns(package, OwnedFile { path: &path, digest, is_config });
    }

    fn finish(mut self, ctx: &Context<'_>, out: &mut Out<'_>) {
        if self.line == 0 {
            return;
        }
        self.tell_file(ctx, None, out);
        let Some(name) = self.package else {
            return out.malformed(self.line, || "record without a package name".to_owned());
        };
        let Some(version) = self.version.and_then(value_text) else {
            return out
                .malformed(self.line, || format!("package '{}' has no version", shown(name.as_bytes())));
        };
        if let Some(origin) = self.origin.filter(|origin| value_text(origin).is_none()) {
            out.malformed(self.line, || {
                format!("package '{}' has the origin '{}'", shown(name.as_bytes()), shown(origin))
            });
        }
        out.package(self.package_of(name, version, ctx.path));
    }

    fn package_of(&self, name: &str, version: &str, path: &LayerPath) -> Package {
        let mut package = Package::new(Ecosystem::Apk, name, version, FoundBy::PackageManager, path);
        let origin = self.origin.and_then(value_text).unwrap_or(name);
        package.source = Some(SourcePackage { name: origin.to_owned(), version: version.to_owned() });
        package.arch = self.architecture.and_then(value_text).map(str::to_owned);
        package.licenses.extend(self.license.and_then(value_text).map(str::to_owned));
        package
    }
}

/// `Q1` and SHA-1, or `Q2` and SHA-256, in base64.
fn hex_digest(value: &[u8]) -> Option<String> {
    let (algorithm, length, encoded) = match value {
        [b'Q', b'1', encoded @ ..] => ("sha1", 20, encoded),
        [b'Q', b'2', encoded @ ..] => ("sha256", 32, encoded),
        _ => return None,
    };
    let mut bytes = [0; 48];
    let decoded = BASE64.decode_slice(encoded, &mut bytes).ok().filter(|&decoded| decoded == length)?;
    let mut digest = format!("{algorithm}:");
    for byte in &bytes[..decoded] {
        write!(digest, "{byte:02x}").expect("writing to a String cannot fail");
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    const INSTALLED: &str = "\
C:Q1abcdefghijklmnopqrstuvwxyz0=
P:libcrypto3
V:3.1.4-r5
A:x86_64
S:1733120
T:Crypto library from openssl
L:Apache-2.0
o:openssl
F:etc
F:etc/ssl
R:openssl.cnf
Z:Q1AAECAwQFBgcICQoLDA0ODxAREhM=
F:lib
R:libcrypto.so.3
a:0:0:755
Z:Q2AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
R:no-digest
F:
R:at-root

P:musl
V:1.2.4-r2
A:x86_64
";

    #[test]
    fn records_are_packages() {
        check(&FORMAT, "lib/apk/db/installed", INSTALLED, &["libcrypto3@3.1.4-r5", "musl@1.2.4-r2"]);
    }

    #[test]
    fn source_is_the_origin_with_the_same_version() {
        let found = parse(&FORMAT, "usr/lib/apk/db/installed", INSTALLED);
        let crypto = &found.packages[0];
        assert_eq!(crypto.source, Some(SourcePackage { name: "openssl".into(), version: "3.1.4-r5".into() }));
        assert_eq!(
            (crypto.arch.as_deref(), &crypto.licenses[..]),
            (Some("x86_64"), &["Apache-2.0".to_owned()][..])
        );
        assert_eq!(found.packages[1].source.as_ref().unwrap().name, "musl");
    }

    #[test]
    fn files_have_the_digests_that_follow_them() {
        let found = parse(&FORMAT, "lib/apk/db/installed", INSTALLED);
        let expected = [
            "libcrypto3 etc/ssl/openssl.cnf sha1:000102030405060708090a0b0c0d0e0f10111213 config",
            "libcrypto3 lib/libcrypto.so.3 \
             sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "libcrypto3 lib/no-digest -",
            "libcrypto3 at-root -",
        ];
        assert_eq!(found.owned, expected);
    }

    #[test]
    fn directory_of_any_length_costs_no_more_than_the_file() {
        let text = format!("P:a\nV:1\nF:{}\n{}", "d".repeat(1 << 20), "R:f\n".repeat(100_000));
        let found = parse(&FORMAT, "lib/apk/db/installed", text);
        assert_eq!((found.names(), found.owned.len()), (vec!["a@1".to_owned()], 0));
        assert_eq!(found.problems[0].detail, "100000 paths are too long, alone or together");
    }

    #[test]
    fn garbage_loses_its_own_record_alone() {
        let found = parse(
            &FORMAT,
            "lib/apk/db/installed",
            "P:a\n\nV:1\nR:x\n\n\u{1}\n\nP:b\nV:1\nnonsense\no:\u{1}\n",
        );
        assert_eq!(found.names(), ["b@1"]);
        let lines: Vec<_> = found.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [1, 3, 6, 6, 10, 8]);
    }
}
