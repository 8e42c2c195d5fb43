//! Looks at one file in every way that it may tell of packages.

use crate::{ReadAt, auditable, classifiers, elf::Elf, go, text_files};
use model::{Gap, GapReason, LayerPath, Limits, Package};
use std::io;

/// What a file told of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Packages in it, in the order they were found, without layer and owner.
    pub packages: Vec<Package>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// Looks at a file that [`crate::is_candidate`] named. A file that is nothing of what is understood gives an empty
/// answer without a gap.
#[must_use]
pub fn inspect(file: &(impl ReadAt + ?Sized), path: &LayerPath, limits: &Limits) -> Inspection {
    let mut found = Inspection::default();
    let size = file.size();
    if size > limits.binary_bytes_max {
        let detail = format!("{size} bytes, the limit is {} (binary_bytes_max)", limits.binary_bytes_max);
        found.gap(path, GapReason::LimitReached, detail);
        return found;
    }
    if let Err(error) = look(&Borrowed(file), path, &mut found) {
        found.gap(path, GapReason::Unreadable, error.to_string());
    }
    if found.packages.len() > limits.packages_max {
        found.packages.truncate(limits.packages_max);
        found.gap(
            path,
            GapReason::LimitReached,
            format!("more than {} packages (packages_max)", limits.packages_max),
        );
    }
    found
}

impl Inspection {
    pub(crate) fn gap(&mut self, path: &LayerPath, reason: GapReason, detail: impl Into<String>) {
        self.gaps.push(Gap::new(path.to_string(), reason, detail));
    }
}

fn look(file: &dyn ReadAt, path: &LayerPath, found: &mut Inspection) -> io::Result<()> {
    if text_files::is_named(path) {
        return text_files::look(file, path, found);
    }
    let Some(elf) = Elf::read(file)? else { return Ok(()) };
    if let Some(problem) = elf.problem {
        found.gap(path, GapReason::Malformed, problem);
    }
    go::look(file, &elf, path, found)?;
    auditable::look(file, &elf, path, found)?;
    classifiers::look(file, &elf, path, found)
}

/// Makes `&dyn ReadAt` of texts and files alike.
struct Borrowed<'a, R: ?Sized>(&'a R);

impl<R: ReadAt + ?Sized> ReadAt for Borrowed<'_, R> {
    fn size(&self) -> u64 {
        self.0.size()
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }
}
