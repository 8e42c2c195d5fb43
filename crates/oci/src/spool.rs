//! Archives that stream past once, kept in an unnamed temporary file so that their layers can be read again.

use crate::archive::open_plain;
use crate::archive_images::ArchiveName;
use crate::compression::Decoder;
use crate::{Image, OpenError, OpenOptions};
use model::{Gap, GapReason, Limits, TargetKind};
use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;

const BUFFER_BYTES: usize = 256 << 10;

/// Opens an archive that can only be read once (the export of an engine, a pipe, a compressed file) by way of an
/// empty file (an unnamed temporary one), which holds it uncompressed until the images are dropped. What the archive is, is
/// told by its content, as with [`crate::open_archive`].
///
/// # Errors
/// When the file cannot be written, or the stream is no archive.
pub fn spool_archive(
    reader: &mut (dyn Read + Send),
    mut file: File,
    kind: TargetKind,
    name: &str,
    options: &OpenOptions<'_>,
) -> Result<Vec<Image>, OpenError> {
    let failed = |source| OpenError::Read { what: name.to_owned(), source };
    // Many layers make an archive; the limit of one bounds what is written to disk all the same.
    let bytes_max = options.limits.layer_bytes_max;
    let mut decoder =
        Decoder::new(reader, None, u64::MAX, &Limits { layer_bytes_max: u64::MAX, ..options.limits.clone() })
            .map_err(failed)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size_bytes = 0_u64;
    let mut gap = None;
    loop {
        let count = decoder.fill(&mut buffer);
        if count == 0 {
            break;
        }
        size_bytes += count as u64;
        if size_bytes > bytes_max {
            let detail = format!("more than {bytes_max} bytes (layer_bytes_max); the rest was not read");
            gap = Some(Gap::new("archive", GapReason::LimitReached, detail));
            size_bytes = bytes_max;
            break;
        }
        file.write_all(&buffer[..count]).map_err(failed)?;
    }
    let gap = gap.or_else(|| decoder.failure().cloned());
    let name = ArchiveName { kind, name: name.to_owned() };
    let mut images = open_plain(Arc::new(file), size_bytes, name, options)?;
    for image in &mut images {
        image.gaps.extend(gap.clone());
    }
    Ok(images)
}
