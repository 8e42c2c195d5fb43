//! Members of a 7z archive (7zFormat.txt of the LZMA SDK).

use crate::ProblemKind;
use crate::meter::Fault;
use crate::seven_zip_header::{MAGIC, check, check_coder};
use crate::walk::{MemberEnd, MemberHead, Over, Step, Walk};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Error, Password};
use std::io::{Cursor, Read};

/// As far into a program as an archive behind it is looked for.
const PROGRAM_BYTES_MAX: usize = 2 << 20;
const ATTRIBUTE_UNIX: u32 = 0x8000;
const TYPE_MASK: u32 = 0o170_000;
const SYMLINK: u32 = 0o120_000;

/// Where an archive begins behind a Windows program or an ELF file.
pub(crate) fn find_behind_program(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"MZ") && !bytes.starts_with(b"\x7fELF") {
        return None;
    }
    let looked_at = &bytes[..bytes.len().min(PROGRAM_BYTES_MAX)];
    memchr::memmem::find_iter(looked_at, MAGIC).find(|at| {
        // The unpacker has the magic number among its constants: the checksum of the header must be right.
        bytes.get(at + 6..at + 32).is_some_and(|header| {
            let mut crc = flate2::Crc::new();
            crc.update(&header[6..26]);
            header[0] == 0 && crc.sum() == u32::from_le_bytes([header[2], header[3], header[4], header[5]])
        })
    })
}

/// Shows the members, block by block.
pub(crate) fn walk(walk: &mut Walk<'_>, bytes: &[u8]) -> Step {
    let start = if bytes.starts_with(MAGIC) { Some(0) } else { find_behind_program(bytes) };
    let bytes = start.and_then(|start| bytes.get(start..)).unwrap_or_default();
    if let Err(fault) = check(bytes, walk.limits.window_bytes_max) {
        return walk.fault(&fault);
    }
    let password = Password::empty();
    let archive = match Archive::read(&mut Cursor::new(bytes), &password) {
        Ok(archive) => archive,
        Err(error) => return walk.fault(&fault_of(&error)),
    };
    for index in 0..archive.blocks.len() {
        show_block(walk, &archive, index, &password, bytes)?;
    }
    for entry in
        archive.files.iter().filter(|entry| !entry.has_stream && !entry.is_directory && !entry.is_anti_item)
    {
        walk.member_that_was_read(&head(entry), Vec::new(), &MemberEnd::Whole)?;
    }
    Ok(())
}

fn show_block(
    walk: &mut Walk<'_>,
    archive: &Archive,
    index: usize,
    password: &Password,
    bytes: &[u8],
) -> Step {
    let mut source = Cursor::new(bytes);
    let block = BlockDecoder::new(1, index, archive, password, &mut source);
    let first = block.entries().first().map(|entry| head(entry).name).unwrap_or_default();
    walk.check_time()?;
    for coder in &archive.blocks[index].coders {
        if let Err(fault) =
            check_coder(coder.encoder_method_id(), coder.properties(), walk.limits.window_bytes_max)
        {
            let detail =
                format!("{}, and {} members with it", fault.detail, block.entry_count().saturating_sub(1));
            walk.problem_in(&first, fault.kind, detail);
            return Ok(());
        }
    }
    let mut step = Ok(());
    let result = block.for_each_entries(&mut |entry: &ArchiveEntry, content: &mut dyn Read| {
        if !entry.has_stream {
            return Ok(true);
        }
        match show(walk, entry, content) {
            Ok(goes_on) => Ok(goes_on),
            Err(over) => {
                step = Err(over);
                Ok(false)
            }
        }
    });
    step?;
    match result {
        Ok(_) => Ok(()),
        Err(error) => walk.fault(&fault_of(&error)),
    }
}

/// Shows a member; false when the rest of its block cannot be read.
fn show(walk: &mut Walk<'_>, entry: &ArchiveEntry, content: &mut dyn Read) -> Result<bool, Over> {
    let head = head(entry);
    let attributes = entry.windows_attributes;
    let limit = walk.member_bytes_max();
    let mut bytes = Vec::new();
    let meter = std::sync::Arc::clone(&walk.meter);
    let mut content = meter.read(content);
    let result = (&mut content).take(limit.saturating_add(1)).read_to_end(&mut bytes);
    if let Err(error) = result {
        let fault = Fault::of(&error);
        walk.member_that_was_read(&head, bytes, &MemberEnd::Part)?;
        walk.fault(&Fault::new(fault.kind, format!("{}: {}", head.name, fault.detail)))?;
        return Ok(false);
    }
    if attributes & ATTRIBUTE_UNIX != 0 && (attributes >> 16) & TYPE_MASK == SYMLINK {
        return walk.link(head.name.as_bytes(), &bytes).map(|()| true);
    }
    if bytes.len() as u64 <= limit {
        return walk.member_that_was_read(&head, bytes, &MemberEnd::Whole).map(|()| true);
    }
    bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    walk.problem_in(&head.name, ProblemKind::Limit, format!("only the first {limit} bytes were looked at"));
    walk.member_that_was_read(&head, bytes, &MemberEnd::Part)?;
    // The next member of the block begins behind this one, and what is passed over counts.
    match std::io::copy(&mut content, &mut std::io::sink()) {
        Ok(_) => Ok(true),
        Err(error) => walk.fault(&Fault::of(&error)).map(|()| false),
    }
}

fn head(entry: &ArchiveEntry) -> MemberHead {
    // p7zip and 7-Zip for Unix keep the mode in the upper half.
    let has_mode = entry.has_windows_attributes && entry.windows_attributes & ATTRIBUTE_UNIX != 0;
    let mode = if has_mode { entry.windows_attributes >> 16 } else { 0 };
    MemberHead::new(entry.name.as_bytes(), Some(entry.size), mode)
}

fn fault_of(error: &Error) -> Fault {
    match error {
        Error::Io(error, _) => Fault::of(error),
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            Fault::new(ProblemKind::Encrypted, "it is encrypted")
        }
        Error::UnsupportedCompressionMethod(_)
        | Error::UnsupportedVersion { .. }
        | Error::ExternalUnsupported => Fault::new(ProblemKind::Unsupported, error.to_string()),
        Error::ChecksumVerificationFailed => Fault::new(ProblemKind::Checksum, "a checksum is wrong"),
        _ => Fault::new(ProblemKind::Malformed, error.to_string()),
    }
}
