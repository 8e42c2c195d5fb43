//! What builders write into the history of an image.

mod base;
mod build_args;
mod instruction;
mod parse;

pub use base::base_entries;
pub(crate) use base::base_of_comment;
pub(crate) use build_args::name_offsets;
pub(crate) use instruction::json;
pub use parse::{parse_history, parse_step};

use crate::{Flag, Keyword};
use serde::{Deserialize, Serialize};

/// An entry of an image's history (OCI image-spec, config.md, "history").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryEntry {
    /// What made the layer.
    pub created_by: String,
    /// Free text of the builder.
    pub comment: String,
    /// Who made it, as the builder says (`kaniko`, `Bazel`).
    pub author: String,
    /// RFC 3339, when it is told.
    pub created: Option<String>,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

impl HistoryEntry {
    /// An entry that made a layer.
    #[must_use]
    pub fn new(created_by: &str) -> Self {
        Self { created_by: created_by.to_owned(), ..Self::default() }
    }

    /// An entry that made no layer.
    #[must_use]
    pub fn empty(created_by: &str) -> Self {
        Self { empty_layer: true, ..Self::new(created_by) }
    }
}

/// Who wrote an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builder {
    /// Docker's builder before BuildKit, and its imitators.
    Classic,
    /// BuildKit.
    BuildKit,
    /// Buildah and podman.
    Buildah,
    /// Kaniko.
    Kaniko,
    /// Bazel rules.
    Bazel,
    /// Jib.
    Jib,
    /// Nix `dockerTools`.
    Nix,
    /// ko.
    Ko,
    /// Cloud-native buildpacks.
    Buildpacks,
    /// apko (Wolfi, Chainguard).
    Apko,
    /// debuerreotype (Debian's own images).
    Debuerreotype,
    /// `docker import`, an image factory, KIWI or another maker of whole root file systems.
    Import,
    /// None of these can be told: `docker commit` as well as any other tool.
    Unknown,
}

/// An entry in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Position in the history.
    pub index: usize,
    /// Who wrote it.
    pub builder: Builder,
    /// The instruction; [`Keyword::Unknown`] for builders that have none.
    pub keyword: Keyword,
    /// Its flags (`--chown=…`, `--mount=…`), as far as the builder keeps them.
    pub flags: Vec<Flag>,
    /// Its arguments without what the builder puts around them; for `RUN` the command without its shell.
    pub text: String,
    /// Arguments of the build that a `RUN` saw.
    pub build_args: Vec<(String, String)>,
    /// The shell of a `RUN`; empty in exec form and for other instructions.
    pub shell: Vec<String>,
    /// The words of `CMD`, `ENTRYPOINT`, `SHELL`, `HEALTHCHECK`, `VOLUME`, `EXPOSE`, when they can be told apart.
    pub words: Vec<String>,
    /// The digest that the builder shows instead of the sources of `ADD` and `COPY` (`file:4e3f…`).
    pub content: Option<String>,
    /// The layer that it made, when the history is complete.
    pub layer: Option<usize>,
}

impl Step {
    /// Where `ADD` or `COPY` puts its files.
    #[must_use]
    pub fn destination(&self) -> Option<&str> {
        matches!(self.keyword, Keyword::Add | Keyword::Copy).then(|| self.words.last().map(String::as_str))?
    }

    /// What `ADD` or `COPY` takes, as far as the builder tells.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        match self.keyword {
            Keyword::Add | Keyword::Copy => self.words.split_last().map_or(&[], |(_, sources)| sources),
            _ => &[],
        }
    }

    /// Names and values of `ENV` and `LABEL`. Builders leave the quotes out, so a value goes on until the next word that
    /// looks like a name with its equals sign.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let starts = name_offsets(&self.text, self.keyword == Keyword::Label);
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        starts
            .iter()
            .zip(ends)
            .filter_map(|(start, end)| self.text[*start..end].trim_end().split_once('='))
            .map(|(name, value)| (name, value.trim_matches('"')))
            .collect()
    }

    /// The instruction as one line.
    #[must_use]
    pub fn line(&self) -> String {
        match self.keyword {
            Keyword::Unknown => self.text.clone(),
            keyword => format!("{keyword} {}", self.text),
        }
    }
}
