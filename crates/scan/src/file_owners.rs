//! Which package the files of an image belong to, as package records tell.

use crate::content::Known;
use model::LayerPath;

/// What package records say of files, in the final file system.
#[derive(Debug)]
pub struct FileOwners(pub(crate) Known);

impl FileOwners {
    /// Every file that a record names: [`LayerPath::hash64`] of its path, with diversions followed; the package; and whether it is the
    /// operating system's own record.
    pub fn files(&self) -> impl Iterator<Item = (u64, &str, bool)> {
        self.0.files()
    }

    /// Links below the root: records name `bin/x` where the file lies at `usr/bin/x`.
    #[must_use]
    pub fn links(&self) -> &[(LayerPath, LayerPath)] {
        self.0.links()
    }
}
