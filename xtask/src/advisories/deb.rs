//! Binary packages (deb(5)).

use anyhow::{Context, Result, bail};
use std::io::Read;

/// Bytes of a changelog that is read at the most.
const CHANGELOG_BYTES_MAX: u64 = 16 << 20;

/// The Debian changelog that a package installs: `changelog.Debian.gz`, or `changelog.gz` for software that
/// is Debian's own. `None` when its documentation is a link to another package's.
pub(crate) fn changelog(deb: &[u8]) -> Result<Option<String>> {
    let (name, data) = member(deb, "data.tar").context("no data.tar")?;
    let reader: Box<dyn Read> = match name.rsplit('.').next() {
        Some("xz") => Box::new(lzma_rust2::XzReader::new(std::io::Cursor::new(data), true)),
        Some("gz") => Box::new(flate2::read::MultiGzDecoder::new(data)),
        _ => bail!("unknown compression of {name}"),
    };
    let mut native = None;
    for entry in tar::Archive::new(reader).entries()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        if !path.to_string_lossy().contains("usr/share/doc/") || !entry.header().entry_type().is_file() {
            continue;
        }
        let is_debian = path.ends_with("changelog.Debian.gz");
        if is_debian || path.ends_with("changelog.gz") {
            let mut bytes = Vec::new();
            flate2::read::MultiGzDecoder::new(entry).take(CHANGELOG_BYTES_MAX).read_to_end(&mut bytes)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if is_debian {
                return Ok(Some(text));
            }
            native = Some(text);
        }
    }
    Ok(native)
}

/// The first member of an ar archive whose name begins with `prefix`: headers of 60 bytes, name in the first
/// 16, decimal size in ten from 48 on, content padded to even length.
fn member<'a>(archive: &'a [u8], prefix: &str) -> Option<(String, &'a [u8])> {
    let mut rest = archive.strip_prefix(b"!<arch>\n")?;
    while rest.len() >= 60 {
        let (header, tail) = rest.split_at(60);
        let name = String::from_utf8_lossy(&header[..16]).trim_end_matches([' ', '/']).to_owned();
        let size: usize = std::str::from_utf8(&header[48..58]).ok()?.trim().parse().ok()?;
        if name.starts_with(prefix) {
            return Some((name, tail.get(..size)?));
        }
        rest = tail.get(size + size % 2..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_odd_length_are_padded() {
        let mut archive = b"!<arch>\n".to_vec();
        for (name, content) in [("debian-binary", "2.0"), ("data.tar.xz", "content")] {
            archive.extend_from_slice(format!("{name:<16}{:<32}{:<10}`\n", "", content.len()).as_bytes());
            archive.extend_from_slice(content.as_bytes());
            archive.extend(std::iter::repeat_n(b'\n', content.len() % 2));
        }
        assert_eq!(member(&archive, "data.tar"), Some(("data.tar.xz".to_owned(), &b"content"[..])));
    }
}
