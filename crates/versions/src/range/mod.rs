//! Which versions a range names, in the grammar of each ecosystem.

mod comparator;
mod composer;
mod gem;
mod interval;
mod maven;
mod npm;
mod pep440;
mod plain;

use crate::{Scheme, semver};
use comparator::Alternatives;
pub use interval::{VersionRange, ranges, vulnerable_ranges};

/// A range that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The text is longer than any honest range.
    #[error("range of {length} bytes is longer than {max}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// A comparison without a version.
    #[error("no version behind '{0}' in the range")]
    NoVersion(String),
    /// Something that is no version.
    #[error("'{0}' in the range is not a version")]
    BadVersion(String),
    /// An operator that the grammar does not have.
    #[error("'{0}' in the range is not an operator")]
    BadOperator(String),
    /// A bracket without its partner, or without a comma.
    #[error("interval '{0}' is not closed (hint: [1.0,2.0), (,1.0] or [1.0])")]
    BadInterval(String),
    /// Maven's soft requirement says nothing of other versions.
    #[error("'{0}' alone is a wish, not a range (hint: [{0}] or >= {0})")]
    SoftRequirement(String),
    /// The range cannot be written as intervals.
    #[error("'{0}' cannot be written as intervals")]
    NotIntervals(String),
}

/// Longest range that is read, in bytes.
const RANGE_BYTES_MAX: usize = 16 << 10;

/// Whether a version lies in a range written in the grammar of its ecosystem:
///
/// | scheme | grammar |
/// |---|---|
/// | `Npm` | node-semver: `^1.2`, `~1.2.3`, `1.x`, `1 - 2`, `>=1 <2 \|\| 3`; prereleases only where the range names one |
/// | `Semver` | Cargo requirements: as above, separated by commas, a bare version is `^` |
/// | `Pep440` | specifiers: `>=1,<2`, `~=1.4`, `==1.*`, `!=1.5`, `===x`; prereleases count |
/// | `Gem` | requirements: `>= 1.2, < 2`, `~> 1.0.5`, `!= 1.3` |
/// | `Maven` | `[1,2)`, `(,1.0],[1.2,)`, or comparisons |
/// | `Nuget` | as Maven; a bare version is `>=` |
/// | `Packagist` | Composer constraints: `^1.2`, `~1.2`, `1.0.*`, `1.0 - 2.0`, `>=1,<2 \| 3.*` |
/// | others | comparisons: `>= 1.2, < 2 \|\| = 3` |
///
/// # Errors
/// When the range, or for Python and npm the version, is not understood.
pub fn satisfies(scheme: Scheme, version: &str, range_text: &str) -> Result<bool, RangeError> {
    check_length(range_text)?;
    match scheme {
        Scheme::Pep440 => pep440::satisfies(version, range_text),
        Scheme::Npm | Scheme::Semver => {
            let core = version.trim().trim_start_matches(['v', '=']);
            if !semver::is_valid(core) {
                return Err(RangeError::BadVersion(version.to_owned()));
            }
            Ok(npm::satisfies(core, &alternatives(scheme, range_text)?))
        }
        Scheme::Packagist => {
            let version = composer::normalize(version);
            Ok(alternatives(scheme, range_text)?
                .iter()
                .any(|set| set.iter().all(|c| c.holds(scheme, &version))))
        }
        _ => Ok(alternatives(scheme, range_text)?
            .iter()
            .any(|set| set.iter().all(|c| c.holds(scheme, version)))),
    }
}

/// The comparisons of a range: one of the sets has to hold as a whole.
fn alternatives(scheme: Scheme, range_text: &str) -> Result<Alternatives, RangeError> {
    check_length(range_text)?;
    match scheme {
        Scheme::Npm => npm::parse(range_text),
        Scheme::Semver => npm::parse_cargo(range_text),
        Scheme::Gem => gem::parse(range_text),
        Scheme::Packagist => composer::parse(range_text),
        Scheme::Maven | Scheme::Nuget => maven::parse(scheme, range_text),
        Scheme::Pep440 => Err(RangeError::NotIntervals(range_text.to_owned())),
        _ => plain::parse(range_text),
    }
}

fn check_length(range_text: &str) -> Result<(), RangeError> {
    if range_text.len() > RANGE_BYTES_MAX {
        return Err(RangeError::TooLong { length: range_text.len(), max: RANGE_BYTES_MAX });
    }
    Ok(())
}
