//! JKS and JCEKS (OpenJDK, sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore).

use super::{PASSWORDS, Store};
use sha1::{Digest, Sha1};

/// More entries than any honest store has.
const ENTRIES_MAX: u32 = 100_000;

/// Reads the entries and tries the passwords on the digest at the end.
pub(super) fn read(bytes: &[u8]) -> Option<Store> {
    let format = if bytes[0] == 0xfe { "JKS" } else { "JCEKS" };
    let (data, digest) = bytes.split_at_checked(bytes.len().checked_sub(20)?)?;
    let mut rest = data.get(4..)?;
    let version = number(&mut rest)?;
    let count = number(&mut rest)?;
    if !matches!(version, 1 | 2) || count > ENTRIES_MAX {
        return None;
    }
    let mut store = Store { format, keys: 0, names: Vec::new(), password: None };
    for _ in 0..count {
        let Some((tag, alias)) = entry(&mut rest, version) else { break };
        if tag != 2 {
            store.keys += 1;
            store.names.push(alias);
        }
        // A sealed object has no length of its own: what follows it cannot be read.
        if tag == 3 {
            break;
        }
    }
    store.password = PASSWORDS.iter().copied().find(|password| {
        let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let sum = Sha1::new_with_prefix(wide).chain_update(b"Mighty Aphrodite").chain_update(data).finalize();
        sum[..] == *digest
    });
    Some(store)
}

/// Skips an entry; its tag (1 private key, 2 certificate, 3 secret key) and alias.
fn entry(rest: &mut &[u8], version: u32) -> Option<(u32, String)> {
    let tag = number(rest)?;
    let alias = String::from_utf8_lossy(text(rest)?).into_owned();
    *rest = rest.get(8..)?;
    match tag {
        1 => {
            block(rest)?;
            let chain = number(rest)?;
            for _ in 0..chain.min(ENTRIES_MAX) {
                certificate(rest, version)?;
            }
        }
        2 => certificate(rest, version)?,
        3 => {}
        _ => return None,
    }
    Some((tag, alias))
}

fn certificate(rest: &mut &[u8], version: u32) -> Option<()> {
    if version == 2 {
        text(rest)?;
    }
    block(rest).map(|_| ())
}

pub(super) fn number(rest: &mut &[u8]) -> Option<u32> {
    let (digits, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_be_bytes(*digits))
}

/// A text with its length in two bytes (Java's DataInput, modified UTF-8).
pub(super) fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (text, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(text)
}

/// Bytes with their length in four.
pub(super) fn block<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(rest)?).ok()?;
    let (block, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(block)
}
