//! Private keys in ASN.1: PKCS#1 (RFC 8017, A.1.2), PKCS#8 (RFC 5958), encrypted PKCS#8 (RFC 5958, section 3),
//! SEC 1 (RFC 5915), and the form of DSA that OpenSSL writes.

use super::der::{BIT_STRING, Der, OBJECT_ID, OCTET_STRING, SEQUENCE, bits};
use super::private_key::{PrivateKey, SshBlob, fingerprint};
use ring::signature::KeyPair;

/// Decodes a private key in any of the forms; what follows it is left alone.
pub(crate) fn decode(bytes: &[u8]) -> Option<PrivateKey> {
    let body = Der::new(bytes).inside(SEQUENCE)?;
    pkcs8(body)
        .or_else(|| encrypted(body))
        .or_else(|| pkcs1(body))
        .or_else(|| sec1(body, None))
        .or_else(|| dsa(body))
}

/// Version, n, e, d, p, q, dP, dQ, qInv.
fn pkcs1(mut body: Der<'_>) -> Option<PrivateKey> {
    if body.number()? > 1 {
        return None;
    }
    let (n, e, d) = (body.unsigned()?, body.unsigned()?, body.unsigned()?);
    let (p, q) = (body.unsigned()?, body.unsigned()?);
    for _ in 0..3 {
        body.unsigned()?;
    }
    let is_odd = n.last().is_some_and(|last| last % 2 == 1) && e.last().is_some_and(|last| last % 2 == 1);
    // The factors are as long as the product, within two bits: zeros and cut keys are none.
    let is_sound = is_odd && !d.is_empty() && (bits(p) + bits(q)).abs_diff(bits(n)) <= 2 && bits(n) >= 256;
    let blob = SshBlob::default().text(b"ssh-rsa").number(e).number(n);
    is_sound.then(|| PrivateKey {
        algorithm: "RSA".to_owned(),
        bits: bits(n),
        fingerprint: Some(fingerprint(&blob.0)),
        ..PrivateKey::default()
    })
}

/// Version 0, p, q, g, y, x.
fn dsa(mut body: Der<'_>) -> Option<PrivateKey> {
    if body.number()? != 0 {
        return None;
    }
    let (p, q, g, y, x) =
        (body.unsigned()?, body.unsigned()?, body.unsigned()?, body.unsigned()?, body.unsigned()?);
    let is_sound = body.is_empty()
        && bits(p) >= 512
        && bits(q) >= 160
        && bits(q) < bits(p)
        && bits(x) <= bits(q)
        && !x.is_empty();
    let blob = SshBlob::default().text(b"ssh-dss").number(p).number(q).number(g).number(y);
    is_sound.then(|| PrivateKey {
        algorithm: "DSA".to_owned(),
        bits: bits(p),
        fingerprint: Some(fingerprint(&blob.0)),
        ..PrivateKey::default()
    })
}

/// Version 1, the secret number, the curve in `[0]`, the public point in `[1]`.
fn sec1(mut body: Der<'_>, curve: Option<&[u8]>) -> Option<PrivateKey> {
    if body.number()? != 1 {
        return None;
    }
    let secret = body.expect(OCTET_STRING)?;
    let mut own_curve = body.inside(0xa0);
    let own_curve = own_curve.as_mut().map(|parameters| parameters.expect(OBJECT_ID).unwrap_or(&[]));
    let point =
        body.inside(0xa1).and_then(|mut inner| inner.expect(BIT_STRING)).and_then(|bits| bits.split_first());
    let curve = curve.or(own_curve);
    // Without a curve it is any sequence of a number and bytes.
    let curve = curve?;
    if secret.is_empty() || secret.len() > 66 || secret.iter().all(|byte| *byte == 0) {
        return None;
    }
    let (name, ssh_name) = curve_name(curve);
    let fingerprint = match (ssh_name, point) {
        (Some(ssh_name), Some((0, point))) => {
            let algorithm = format!("ecdsa-sha2-{ssh_name}");
            let blob = SshBlob::default().text(algorithm.as_bytes()).text(ssh_name.as_bytes()).text(point);
            Some(fingerprint(&blob.0))
        }
        _ => None,
    };
    Some(PrivateKey { algorithm: format!("EC {name}"), fingerprint, ..PrivateKey::default() })
}

/// Names of curves and, for those that SSH has, their names there (RFC 5480, section 2.1.1.1; RFC 5656, section 10.1).
fn curve_name(id: &[u8]) -> (&'static str, Option<&'static str>) {
    match id {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => ("P-256", Some("nistp256")),
        [0x2b, 0x81, 4, 0, 0x22] => ("P-384", Some("nistp384")),
        [0x2b, 0x81, 4, 0, 0x23] => ("P-521", Some("nistp521")),
        [0x2b, 0x81, 4, 0, 0x0a] => ("secp256k1", None),
        [0x2b, 0x81, 4, 0, 0x21] => ("P-224", None),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1] => ("P-192", None),
        [0x2b, 0x24, 3, 3, 2, 8, 1, 1, ..] => ("Brainpool", None),
        _ => ("of another curve", None),
    }
}

/// Version 0 or 1, algorithm, key in an octet string, attributes, public key.
fn pkcs8(mut body: Der<'_>) -> Option<PrivateKey> {
    if body.number()? > 1 {
        return None;
    }
    let mut algorithm = body.inside(SEQUENCE)?;
    let id = algorithm.expect(OBJECT_ID)?;
    let key = body.expect(OCTET_STRING)?;
    let named = |name: &str| PrivateKey { algorithm: name.to_owned(), ..PrivateKey::default() };
    Some(match id {
        // rsaEncryption and id-RSASSA-PSS.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1 | 10] => pkcs1(Der::new(key).inside(SEQUENCE)?)?,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => {
            let curve = algorithm.expect(OBJECT_ID).unwrap_or(&[]);
            sec1(Der::new(key).inside(SEQUENCE)?, Some(curve))?
        }
        // RFC 8410: the key is an octet string once more.
        [0x2b, 0x65, 0x70] => {
            let seed = Der::new(key).expect(OCTET_STRING).filter(|seed| seed.len() == 32)?;
            let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
            let blob = SshBlob::default().text(b"ssh-ed25519").text(pair.public_key().as_ref());
            PrivateKey { fingerprint: Some(fingerprint(&blob.0)), ..named("Ed25519") }
        }
        [0x2b, 0x65, 0x6e] => named("X25519"),
        [0x2b, 0x65, 0x6f] => named("X448"),
        [0x2b, 0x65, 0x71] => named("Ed448"),
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => {
            let p = algorithm.inside(SEQUENCE)?.unsigned()?;
            PrivateKey { bits: bits(p), ..named("DSA") }
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1] => named("Diffie-Hellman"),
        // FIPS 203, 204 and 205: ML-KEM, ML-DSA, SLH-DSA (csor.nist.gov, algorithms).
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4, _] => named("ML-KEM"),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17..=19] => named("ML-DSA"),
        // RFC 9215.
        [0x2a, 0x85, 3, ..] => named("GOST"),
        _ if key.len() >= 16 => named("of another algorithm"),
        _ => return None,
    })
}

/// Algorithm of encryption and the encrypted key.
fn encrypted(mut body: Der<'_>) -> Option<PrivateKey> {
    let mut algorithm = body.inside(SEQUENCE)?;
    let id = algorithm.expect(OBJECT_ID)?;
    let content = body.expect(OCTET_STRING)?;
    if !body.is_empty() || content.len() < 32 {
        return None;
    }
    let scheme = match id {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13] => "PBES2",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 1 | 3 | 4 | 6 | 10 | 11] => "PBES1, obsolete",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, _] => "PKCS#12 scheme, obsolete",
        _ => return None,
    };
    Some(PrivateKey { encryption: Some(scheme.to_owned()), ..PrivateKey::default() })
}
