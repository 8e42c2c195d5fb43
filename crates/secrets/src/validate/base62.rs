//! Tokens that end in their own checksum.

/// The digits of base 62 as GitHub orders them.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether the last six characters are the CRC-32 of those between the prefix (up to the last `_`) and them, in base
/// 62 with leading zeros ("Behind GitHub's new authentication token formats", GitHub blog, April 2021; npm uses the
/// same).
pub(super) fn has_checksum(token: &[u8]) -> bool {
    let body = token.iter().rposition(|byte| *byte == b'_').map_or(token, |at| &token[at + 1..]);
    let Some((body, checksum)) = body.len().checked_sub(6).map(|at| body.split_at(at)) else { return false };
    !body.is_empty() && checksum == encode(crc32(body))
}

/// The same token with the right checksum.
#[cfg(test)]
pub(crate) fn with_checksum(token: &str) -> String {
    let body = &token[token.rfind('_').map_or(0, |at| at + 1)..token.len() - 6];
    format!("{}{}", &token[..token.len() - 6], String::from_utf8_lossy(&encode(crc32(body.as_bytes()))))
}

fn encode(mut number: u32) -> [u8; 6] {
    let mut out = [b'0'; 6];
    for digit in out.iter_mut().rev() {
        *digit = DIGITS[number as usize % 62];
        number /= 62;
    }
    out
}

/// CRC-32 as in zip (ISO 3309, polynomial 0xEDB88320).
fn crc32(bytes: &[u8]) -> u32 {
    let mut state = u32::MAX;
    for byte in bytes {
        state ^= u32::from(*byte);
        for _ in 0..8 {
            state = if state & 1 == 1 { (state >> 1) ^ 0xedb8_8320 } else { state >> 1 };
        }
    }
    !state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_token_has_its_checksum() {
        // An expired token that was published to show the format.
        let token = concat!("gh", "p_zQWBuTSOoRi4A9spHcVY5ncn", "sDkxkJ0mLq17");
        assert!(has_checksum(token.as_bytes()));
        assert!(!has_checksum(token.replace('B', "C").as_bytes()));
        let made = with_checksum(concat!("npm", "_q8Zk3VxWm2LtY7RbN5cJq8Zk3VxWm2000000"));
        assert!(has_checksum(made.as_bytes()));
        assert!(!has_checksum(b"ghp_") && !has_checksum(b"ghp_000000") && !has_checksum(b""));
    }

    #[test]
    fn crc_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
