//! Proofs that a leaf is in a log (RFC 6962, section 2.1; RFC 9162, section 2.1.3.2), and the log's word for its root
//! (C2SP, signed-note.md and tlog-checkpoint.md).

use super::trusted_root::Log;
use crate::encoding::decode_base64;
use sha2::{Digest as _, Sha256};

pub(crate) type Root = [u8; 32];

/// The hash of a leaf.
pub(crate) fn leaf(bytes: &[u8]) -> Root {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

fn node(left: &Root, right: &Root) -> Root {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree of `size` leaves that has this leaf at `index`; `None` when the proof is of another length.
pub(crate) fn root(leaf: Root, index: u64, size: u64, proof: &[Root]) -> Option<Root> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Checks that a checkpoint is signed by the log and is about a tree of this size and root.
pub(crate) fn check_checkpoint(note: &str, log: &Log, size: u64, root: &Root) -> Result<(), String> {
    let told = |reason: &str| Err(format!("the log's checkpoint {reason}"));
    let Some((text, signatures)) = note.split_once("\n\n") else { return told("has no signature") };
    let text = format!("{text}\n");
    let mut lines = text.lines();
    let (origin, count, hash) = (lines.next(), lines.next(), lines.next());
    if origin.is_none_or(str::is_empty) {
        return told("has no origin");
    }
    let count = count.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if count.and_then(|digits| digits.parse().ok()) != Some(size) {
        return told("is of another size");
    }
    if hash.and_then(decode_base64).as_deref() != Some(root) {
        return told("is of another root");
    }
    for line in signatures.lines().take(SIGNATURES_MAX) {
        let Some((_, encoded)) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.rsplit_once(' ')) else {
            return told("has a malformed signature");
        };
        let Some(bytes) = decode_base64(encoded) else { return told("has a malformed signature") };
        let Some((hint, signature)) = bytes.split_at_checked(4) else {
            return told("has a malformed signature");
        };
        if log.checkpoint_id.starts_with(hint) && log.key.is_signature_of(text.as_bytes(), signature) {
            return Ok(());
        }
    }
    told("is not signed by the log")
}

const SIGNATURES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(leaves: &[Root]) -> Root {
        if let [one] = leaves {
            return *one;
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        node(&tree(left), &tree(right))
    }

    fn proof(leaves: &[Root], index: usize) -> Vec<Root> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        if index < half {
            [proof(left, index), vec![tree(right)]].concat()
        } else {
            [proof(right, index - half), vec![tree(left)]].concat()
        }
    }

    #[test]
    fn each_leaf_of_each_small_tree_is_proved_and_no_other() {
        for size in 1..40_usize {
            let leaves: Vec<Root> = (0..size).map(|number| leaf(&[number as u8])).collect();
            let whole = tree(&leaves);
            for index in 0..size {
                let proof = proof(&leaves, index);
                let of = |leaf, at: usize, count: usize, proof: &[Root]| {
                    root(leaf, at as u64, count as u64, proof)
                };
                assert_eq!(of(leaves[index], index, size, &proof), Some(whole));
                assert_ne!(of(leaf(b"other"), index, size, &proof), Some(whole));
                assert_ne!(
                    of(leaves[index], (index + 1) % size, size, &proof),
                    Some(whole).filter(|_| size > 1)
                );
                assert_eq!(of(leaves[index], size, size, &proof), None);
                assert_eq!(of(leaves[index], index, size, &[&proof[..], &[whole]].concat()), None);
            }
        }
    }
}
