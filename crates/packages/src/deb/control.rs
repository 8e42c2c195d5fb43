//! Paragraphs of control files (deb-control(5), dpkg's `lib/dpkg/parse.c`), as the status files hold them.

use crate::records::{Lines, Out, owned_path, shown, value_text};
use crate::{Context, OwnedFile, Problem, Sink};
use model::{Ecosystem, FoundBy, GapReason, Package, SourcePackage};

/// Reads a file of paragraphs in one pass and tells the installed packages and their configuration files.
pub(super) fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut out = Out::new(sink);
    let mut paragraph = Paragraph::default();
    let mut lines = Lines::new(bytes);
    while let Some((number, line)) = lines.next() {
        match line.first() {
            None => std::mem::take(&mut paragraph).finish(ctx, &mut out),
            Some(b' ' | b'\t') => match line.trim_ascii().is_empty() {
                true => std::mem::take(&mut paragraph).finish(ctx, &mut out),
                false => {
                    if let Some(conffiles) =
                        paragraph.conffiles.as_mut().filter(|conffiles| conffiles.is_open)
                    {
                        conffiles.line_count += 1;
                    }
                }
            },
            Some(_) => paragraph.field(number, line, lines.rest(), &mut out),
        }
    }
    paragraph.finish(ctx, &mut out);
    out.finish();
}

/// The fields of a paragraph that say something here.
#[derive(Default)]
struct Paragraph<'a> {
    /// The line that it begins at; 0 when there is none yet.
    line: u32,
    package: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    version: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
    architecture: Option<&'a [u8]>,
    maintainer: Option<&'a [u8]>,
    origin: Option<&'a [u8]>,
    license: Option<&'a [u8]>,
    conffiles: Option<Conffiles<'a>>,
}

/// The lines that continue the field `Conffiles`.
struct Conffiles<'a> {
    /// The file from the first of them on.
    bytes: &'a [u8],
    line_count: usize,
    is_open: bool,
}

impl<'a> Paragraph<'a> {
    fn field(&mut self, number: u32, line: &'a [u8], rest: &'a [u8], out: &mut Out<'_>) {
        if self.line == 0 {
            self.line = number;
        }
        if let Some(conffiles) = &mut self.conffiles {
            conffiles.is_open = false;
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            return out.malformed(number, || format!("line without a colon: '{}'", shown(line)));
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
        let place = match name.first().map(u8::to_ascii_lowercase) {
            Some(b'p') if is(b"Package") => &mut self.package,
            Some(b's') if is(b"Status") => &mut self.status,
            Some(b's') if is(b"Source") => &mut self.source,
            Some(b'v') if is(b"Version") => &mut self.version,
            Some(b'a') if is(b"Architecture") => &mut self.architecture,
            Some(b'm') if is(b"Maintainer") => &mut self.maintainer,
            Some(b'o') if is(b"Origin") => &mut self.origin,
            Some(b'l') if is(b"License") => &mut self.license,
            Some(b'c') if is(b"Conffiles") => {
                self.conffiles = Some(Conffiles { bytes: rest, line_count: 0, is_open: true });
                return;
            }
            _ => return,
        };
        *place = Some(value);
    }

    fn finish(self, ctx: &Context<'_>, out: &mut Out<'_>) {
        if self.line == 0 || !self.is_present(out) {
            return;
        }
        let Some(name) = self.package.and_then(value_text) else {
            return out.malformed(self.line, || "paragraph without a package name".to_owned());
        };
        let Some(version) = self.version.and_then(value_text) else {
            return out
                .malformed(self.line, || format!("package '{}' has no version", shown(name.as_bytes())));
        };
        if let Some(source) = self.source.filter(|source| value_text(source).is_none()) {
            out.malformed(self.line, || {
                format!("package '{}' has the source '{}'", shown(name.as_bytes()), shown(source))
            });
        }
        let mut package = Package::new(Ecosystem::Deb, name, version, FoundBy::PackageManager, ctx.path);
        package.source = Some(self.source_package(name, version));
        package.arch = self.architecture.and_then(value_text).map(str::to_owned);
        package.vendor = self.vendor();
        package.licenses.extend(self.license.and_then(value_text).map(str::to_owned));
        out.package(package);
        if let Some(conffiles) = &self.conffiles {
            conffiles.tell(name, out);
        }
    }

    /// Whether the files of the package are there (dpkg(1), "Package states"): the third word of `Status`.
    /// Distroless images have no such field.
    fn is_present(&self, out: &mut Out<'_>) -> bool {
        let Some(status) = self.status else { return true };
        let state = status.trim_ascii().rsplit(|&byte| byte == b' ').next().unwrap_or_default();
        match state {
            b"installed" | b"triggers-pending" | b"triggers-awaited" | b"unpacked" | b"half-configured" => {
                true
            }
            b"config-files" | b"not-installed" => false,
            _ => {
                out.problem(|| {
                    let name = shown(self.package.unwrap_or_default().trim_ascii());
                    let detail = format!("package '{name}' is {}, its files may be there", shown(state));
                    Problem { line: Some(self.line), reason: GapReason::Unsupported, detail }
                });
                false
            }
        }
    }

    /// `Source: name (version)`; without a version it is that of the binary package (deb-control(5)).
    fn source_package(&self, name: &str, version: &str) -> SourcePackage {
        let text = self.source.and_then(value_text).unwrap_or(name);
        let (name, own_version) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.trim_end_matches(')').trim()),
            None => (text, ""),
        };
        let version = if own_version.is_empty() { version } else { own_version };
        SourcePackage { name: name.to_owned(), version: version.to_owned() }
    }

    /// `Origin`, or the name in `Maintainer: Name <address>`.
    fn vendor(&self) -> Option<String> {
        let maintainer = || {
            let text = value_text(self.maintainer?)?;
            Some(text.split_once('<').map_or(text, |(name, _)| name).trim().trim_matches('"'))
        };
        let vendor = self.origin.and_then(value_text).or_else(maintainer)?;
        Some(vendor.to_owned()).filter(|vendor| !vendor.is_empty())
    }
}

impl Conffiles<'_> {
    /// One line each: ` /etc/file md5 [obsolete]`; `newconffile` instead of the digest before it is unpacked.
    fn tell(&self, package: &str, out: &mut Out<'_>) {
        let mut digest = String::new();
        for (_, line) in Lines::new(self.bytes).take(self.line_count) {
            let mut line = line.trim_ascii();
            for flag in [&b" obsolete"[..], b" remove-on-upgrade"] {
                line = line.strip_suffix(flag).unwrap_or(line);
            }
            let Some(space) = memchr::memrchr(b' ', line) else { continue };
            let (path, sum) = (&line[..space], &line[space + 1..]);
            let is_config = true;
            let digest = md5_digest(sum, &mut digest);
            out.owns(package, OwnedFile { path: &owned_path(path), digest, is_config });
        }
    }
}

/// `md5:` and the digits, in `buffer`, when `sum` is an MD5 sum.
pub(super) fn md5_digest<'b>(sum: &[u8], buffer: &'b mut String) -> Option<&'b str> {
    let text = std::str::from_utf8(sum).ok()?;
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    buffer.clear();
    buffer.push_str("md5:");
    buffer.push_str(text);
    buffer.make_ascii_lowercase();
    Some(buffer)
}
