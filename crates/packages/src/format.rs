//! The unit of extension: one format, one file.

use model::{LayerPath, Limits, Package};

/// A format that names packages: one file of this crate each, listed in [`crate::FORMATS`].
pub struct Format {
    /// `ecosystem/format`: `npm/package-json`, `deb/status`.
    pub id: &'static str,
    /// What its packages prove.
    pub kind: FormatKind,
    /// Whether a file is of this format, by its path alone; asked for every file of an image, so it looks at
    /// the file name first.
    pub matches: fn(&LayerPath) -> bool,
    /// Reads a whole file.
    pub parse: fn(&Context<'_>, &[u8], &mut dyn Sink),
}

/// What the packages of a format prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    /// The record of the operating system's package manager.
    System,
    /// Metadata that is installed beside the code.
    Installed,
    /// Declared by a source tree; only looked at outside images unless asked for.
    LockFile,
}

/// Where a parser is.
pub struct Context<'a> {
    /// The file.
    pub path: &'a LayerPath,
    /// Its bounds.
    pub limits: &'a Limits,
}

/// Receives what a parser finds, at once, so that nothing is held twice.
pub trait Sink {
    /// A package.
    fn package(&mut self, package: Package);
    /// A file that belongs to a package of the operating system.
    fn owns(&mut self, package: &str, file: OwnedFile<'_>);
    /// A path whose files of packages lie elsewhere on purpose.
    fn diverts(&mut self, diversion: Diversion<'_>) {
        let _ = diversion;
    }
    /// Something that was not understood; parsing goes on.
    fn problem(&mut self, problem: Problem);
}

/// A file that the package manager recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedFile<'a> {
    /// Its path, relative to the root, without a leading slash, not normalised.
    pub path: &'a str,
    /// Its recorded digest with the algorithm in front (`md5:…`, `sha1:…`, `sha256:…`), when there is one.
    pub digest: Option<&'a str>,
    /// Whether it is a configuration file, which the administrator may change.
    pub is_config: bool,
}

/// A path whose files of packages lie elsewhere on purpose. Both paths are not normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diversion<'a> {
    /// The path as packages name it.
    pub from: &'a str,
    /// Where the files of all packages but one go.
    pub to: &'a str,
    /// The package whose file keeps the path.
    pub by: Option<&'a str>,
}

/// Something that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// 1-based line, when the format has lines.
    pub line: Option<u32>,
    /// The kind.
    pub reason: model::GapReason,
    /// What is wrong, one line, with the concrete value.
    pub detail: String,
}
