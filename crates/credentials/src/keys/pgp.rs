//! Secret keys of OpenPGP (RFC 9580, sections 4.2 "Packet Headers" and 5.5 "Key Material Packets").

use super::private_key::PrivateKey;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// More packets than a key with all its user ids and signatures needs.
const PACKETS_MAX: usize = 10_000;

/// Decodes the first secret key of a transferable key, and its first user id.
pub(crate) fn decode(bytes: &[u8]) -> Option<PrivateKey> {
    let mut rest = bytes;
    let mut key: Option<PrivateKey> = None;
    for _ in 0..PACKETS_MAX {
        if rest.is_empty() {
            break;
        }
        let Some((tag, body)) = packet(&mut rest) else { break };
        match (tag, &mut key) {
            (5, None) => key = secret_key(body),
            // A subkey counts when the primary key is only a stub.
            (7, None) => key = secret_key(body),
            (13, Some(key)) if key.comment.is_none() => {
                key.comment = Some(String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned());
            }
            _ => {}
        }
    }
    key
}

/// One packet of either format (RFC 9580, 4.2.1 and 4.2.2); partial lengths are for messages alone.
fn packet<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&header, after) = rest.split_first()?;
    let (tag, length_octets, mut after) = if header & 0xc0 == 0xc0 {
        (header & 0x3f, None, after)
    } else if header & 0x80 != 0 {
        ((header >> 2) & 0x0f, Some(1_usize << (header & 3)), after)
    } else {
        return None;
    };
    let length = match length_octets {
        Some(count @ 1..=4) => {
            let (digits, rest) = after.split_at_checked(count)?;
            after = rest;
            digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit))
        }
        Some(_) => after.len(),
        None => {
            let (&first, rest) = after.split_first()?;
            after = rest;
            match first {
                0..=191 => usize::from(first),
                192..=223 => {
                    let (&second, rest) = after.split_first()?;
                    after = rest;
                    ((usize::from(first) - 192) << 8) + usize::from(second) + 192
                }
                255 => {
                    let (digits, rest) = after.split_first_chunk::<4>()?;
                    after = rest;
                    usize::try_from(u32::from_be_bytes(*digits)).ok()?
                }
                _ => return None,
            }
        }
    };
    let (body, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((tag, body))
}

fn secret_key(body: &[u8]) -> Option<PrivateKey> {
    let (&version, after) = body.split_first()?;
    // Time of creation, then the algorithm.
    let mut rest = after.get(4..)?;
    let (&algorithm, after) = rest.split_first()?;
    rest = after;
    if matches!(version, 5 | 6) {
        rest = rest.get(4..)?;
    } else if version != 4 {
        return None;
    }
    let (name, bits) = public_part(algorithm, &mut rest)?;
    let public = &body[..body.len() - rest.len()];
    let (&usage, after) = rest.split_first()?;
    let encryption = match usage {
        0 => None,
        // 253 to 255: an algorithm and a specifier follow; GnuPG's stubs have specifier 101 and no key.
        253..=255 => {
            let specifier = after.get(if version == 4 { 1 } else { 2 })?;
            if *specifier == 101 {
                return None;
            }
            Some("passphrase".to_owned())
        }
        _ => Some("passphrase, obsolete derivation".to_owned()),
    };
    if after.len() < 8 {
        return None;
    }
    Some(PrivateKey {
        algorithm: format!("OpenPGP {name}"),
        bits,
        encryption,
        fingerprint: Some(fingerprint(version, public)),
        ..PrivateKey::default()
    })
}

/// Skips the public numbers of an algorithm (RFC 9580, section 5.5.5); its name and size.
fn public_part(algorithm: u8, rest: &mut &[u8]) -> Option<(&'static str, u32)> {
    let fixed = |rest: &mut &[u8], count: usize| {
        *rest = rest.get(count..)?;
        Some(())
    };
    Some(match algorithm {
        1..=3 => {
            let bits = number(rest)?;
            number(rest)?;
            ("RSA", bits)
        }
        16 => {
            let bits = number(rest)?;
            number(rest)?;
            number(rest)?;
            ("Elgamal", bits)
        }
        17 => {
            let bits = number(rest)?;
            for _ in 0..3 {
                number(rest)?;
            }
            ("DSA", bits)
        }
        18 | 19 | 22 => {
            let (&length, after) = rest.split_first()?;
            *rest = after.get(usize::from(length)..)?;
            number(rest)?;
            if algorithm == 18 {
                let (&length, after) = rest.split_first()?;
                *rest = after.get(usize::from(length)..)?;
            }
            (["ECDH", "ECDSA", "EdDSA"][usize::from(algorithm.saturating_sub(18).min(2))], 0)
        }
        25 => {
            fixed(rest, 32)?;
            ("X25519", 0)
        }
        26 => {
            fixed(rest, 56)?;
            ("X448", 0)
        }
        27 => {
            fixed(rest, 32)?;
            ("Ed25519", 0)
        }
        28 => {
            fixed(rest, 57)?;
            ("Ed448", 0)
        }
        _ => return None,
    })
}

/// Skips a number: its bits in two bytes, then its bytes (RFC 9580, section 3.2).
fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bits, after) = rest.split_first_chunk::<2>()?;
    let bits = u16::from_be_bytes(*bits);
    *rest = after.get(usize::from(bits.div_ceil(8))..)?;
    Some(u32::from(bits))
}

/// RFC 9580, section 5.5.4.
fn fingerprint(version: u8, public: &[u8]) -> String {
    let hex = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let length = u32::try_from(public.len()).unwrap_or(u32::MAX).to_be_bytes();
    match version {
        4 => hex(&Sha1::new_with_prefix([0x99, length[2], length[3]]).chain_update(public).finalize()),
        5 => hex(&Sha256::new_with_prefix([0x9a]).chain_update(length).chain_update(public).finalize()),
        _ => hex(&Sha256::new_with_prefix([0x9b]).chain_update(length).chain_update(public).finalize()),
    }
}
