//! BKS of Bouncy Castle (bc-java, org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi).

use super::Store;
use super::java::{block, number, text};

/// More entries than any honest store has.
const ENTRIES_MAX: usize = 100_000;

/// Reads the entries: version, salt, iterations, then entries until a zero.
pub(super) fn read(bytes: &[u8]) -> Option<Store> {
    let mut rest = bytes;
    number(&mut rest)?;
    block(&mut rest)?;
    let iterations = number(&mut rest)?;
    if iterations == 0 || iterations > 10_000_000 {
        return None;
    }
    let mut store = Store { format: "BKS", keys: 0, names: Vec::new(), password: None };
    for _ in 0..ENTRIES_MAX {
        let (&tag, after) = rest.split_first()?;
        rest = after;
        if tag == 0 {
            return Some(store);
        }
        let alias = String::from_utf8_lossy(text(&mut rest)?).into_owned();
        rest = rest.get(8..)?;
        for _ in 0..number(&mut rest)?.min(1_000) {
            text(&mut rest)?;
            block(&mut rest)?;
        }
        match tag {
            1 => {
                text(&mut rest)?;
                block(&mut rest)?;
                continue;
            }
            // A key in clear: kind, format, algorithm, key.
            2 => {
                rest = rest.get(1..)?;
                text(&mut rest)?;
                text(&mut rest)?;
                block(&mut rest)?;
            }
            // Secret and sealed keys.
            3 | 4 => {
                block(&mut rest)?;
            }
            _ => return None,
        }
        store.keys += 1;
        store.names.push(alias);
    }
    None
}
