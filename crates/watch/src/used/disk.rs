//! Records of use on the disk, a file an image.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::Receiver;

use usage::ImageUse;

/// Bytes of an earlier record.
const RECORD_BYTES_MAX: u64 = 64 << 20;

/// Writes what comes, until nobody sends any more.
pub(super) fn write_all(directory: &Path, changed: &Receiver<Vec<ImageUse>>) {
    while let Ok(records) = changed.recv() {
        for record in records {
            let path = directory.join(file_name(&record.image));
            if let Err(error) = write(&path, record.to_json().as_bytes()) {
                let _ = writeln!(io::stderr(), "cannot write {}: {error}", path.display());
            }
        }
    }
}

/// Appears by rename, so that a reader never sees half of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = fs::File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&fresh, path)
}

/// The digits of the image's id: an id comes from an engine, and must not lead elsewhere.
fn file_name(image: &str) -> String {
    let digits = image.rsplit(':').next().unwrap_or(image);
    let name: String = digits.chars().filter(char::is_ascii_alphanumeric).take(128).collect();
    format!("{}.json", if name.is_empty() { "unnamed" } else { &name })
}

/// The record that an earlier watch left, if it can be read.
pub(super) fn earlier(directory: &Path, image: &str) -> Option<ImageUse> {
    let file = fs::File::open(directory.join(file_name(image))).ok()?;
    let mut bytes = Vec::new();
    file.take(RECORD_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    ImageUse::parse(&bytes).ok()
}
