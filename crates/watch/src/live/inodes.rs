//! Files that are watched by what they are, whatever path leads to them: hard links, mounts and other roots hide none of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sensor::{Descriptor, Inode, Kind, Part, Record, SensorError, call_by_number};

use super::{Live, Notice, Watcher};

/// Calls that open files; what copies a descriptor opens nothing.
const OPENING: &[&str] = &["creat", "open", "open_by_handle_at", "openat", "openat2"];
/// open(2): the access mode.
const O_ACCMODE: u32 = 3;

impl Live {
    /// Tells at once when a container opens one of these files for writing, in place of those of the last call.
    /// [`LiveOptions::watches_files`](super::LiveOptions::watches_files) has to be set.
    ///
    /// # Errors
    /// When there are more than the kernel has room for (4,096).
    pub fn watch_files(&mut self, files: &[(Inode, PathBuf)]) -> Result<(), SensorError> {
        let files: HashMap<Inode, PathBuf> = files.iter().cloned().collect();
        for old in self.watcher.files.keys().filter(|old| !files.contains_key(*old)) {
            self.sensor.clear_inode(*old);
        }
        for inode in files.keys().filter(|inode| !self.watcher.files.contains_key(*inode)) {
            self.sensor.set_inode(*inode)?;
        }
        self.watcher.files = files;
        Ok(())
    }
}

impl Watcher {
    pub(super) fn note_files(&self, record: &Record<'_>, notice: &mut dyn FnMut(&Notice)) {
        if self.files.is_empty() || record.kind() != Kind::Call || record.result() < 0 {
            return;
        }
        if !call_by_number(record.number()).is_some_and(|call| OPENING.contains(&call.name)) {
            return;
        }
        let Some(container) = self.groups.get(&record.cgroup()) else { return };
        let thread = self.state.thread(i64::from(record.tgid()));
        for part in record.parts() {
            // What the call has opened.
            let Part::Described(6, Descriptor::File(file)) = part else { continue };
            let inode = Inode { device: file.device(), number: file.inode() };
            if file.open_flags() & O_ACCMODE != 0
                && let Some(path) = self.files.get(&inode)
            {
                let mut seen = Vec::new();
                file.write_path(&mut seen);
                notice(&Notice::FileOpened {
                    container: container.clone(),
                    process: record.tgid(),
                    command: thread.map(|thread| String::from_utf8_lossy(&thread.comm).into_owned()),
                    file: path.clone(),
                    seen: String::from_utf8_lossy(&seen).into_owned(),
                });
            }
        }
    }
}

/// What the kernel knows a file by; nothing when it is not there.
pub(crate) fn inode(path: &Path) -> Option<Inode> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    let device = metadata.dev();
    Some(Inode {
        device: rustix::fs::major(device) << 20 | rustix::fs::minor(device),
        number: metadata.ino(),
    })
}
