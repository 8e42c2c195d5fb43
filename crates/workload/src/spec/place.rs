//! Where in a text a setting stands.

use model::SourceSpan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A range of a text: 1-based lines and columns (in characters). Of descriptions that several files make up, each place
/// says in which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the last character.
    pub end_line: u32,
    /// Column behind the last character.
    pub end_column: u32,
    /// 0 for the text that was read, else the number of another one that it names, see [`Places::file`].
    #[serde(default, skip_serializing_if = "is_first")]
    pub file: u16,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_first(file: &u16) -> bool {
    *file == 0
}

impl Place {
    /// The place in the file of that name.
    #[must_use]
    pub fn in_file(self, file: &str) -> SourceSpan {
        SourceSpan {
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            end_line: self.end_line,
            end_column: self.end_column,
        }
    }
}

/// Places of settings by name: `privileged`, `mounts.2`; the empty name is the container itself. Empty for what was
/// not read from a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Places {
    settings: BTreeMap<String, Place>,
    /// Names of the other files, the first of which is number 1.
    #[serde(skip)]
    files: Vec<String>,
}

impl Places {
    /// Notes where a setting stands.
    pub fn note(&mut self, field: impl Into<String>, place: Option<Place>) {
        if let Some(place) = place {
            self.settings.insert(field.into(), place);
        }
    }

    /// Names the other files that places are in.
    pub(crate) fn name_files(&mut self, files: &[String]) {
        self.files = files.to_vec();
    }

    /// The other file that a place is in, as the one that was read names it; none for a place in that one.
    #[must_use]
    pub fn file(&self, place: Place) -> Option<&str> {
        self.files.get(usize::from(place.file).checked_sub(1)?).map(String::as_str)
    }

    /// The place of a setting, else of what it is a part of, else of the container.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<Place> {
        let mut name = field;
        loop {
            if let Some(place) = self.settings.get(name) {
                return Some(*place);
            }
            if name.is_empty() {
                return None;
            }
            name = name.rsplit_once('.').map_or("", |(parent, _)| parent);
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }
}
