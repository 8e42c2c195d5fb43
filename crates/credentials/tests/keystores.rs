//! Stores of keys: with a default password, with another, and with certificates alone.

mod common;

use common::{check, der, examine, told};
use ring::hmac;
use sha1::{Digest, Sha1};

fn java_text(text: &str) -> Vec<u8> {
    [&u16::try_from(text.len()).expect("tests are small").to_be_bytes()[..], text.as_bytes()].concat()
}

fn block(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("tests are small").to_be_bytes()[..], bytes].concat()
}

/// A store of Java with one entry, closed with a password (OpenJDK, JavaKeyStore.engineStore).
fn java(magic: [u8; 4], tag: u8, password: &str) -> Vec<u8> {
    let certificate = [java_text("X.509"), block(&[1; 30])].concat();
    let content = match tag {
        1 => [block(&[2; 40]), vec![0, 0, 0, 1], certificate].concat(),
        _ => certificate,
    };
    let data =
        [&magic[..], &[0, 0, 0, 2], &[0, 0, 0, 1], &[0, 0, 0, tag], &java_text("server"), &[0; 8], &content]
            .concat();
    let wide: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let sum = Sha1::new_with_prefix(wide).chain_update(b"Mighty Aphrodite").chain_update(&data).finalize();
    [data, sum.to_vec()].concat()
}

const JKS: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];

#[test]
fn stores_of_java_are_opened_with_default_passwords() {
    let hits = examine("etc/app/keystore.jks", &java(JKS, 1, "changeit"));
    assert_eq!(
        told(&hits),
        ["high keystore-default-password - JKS store with a private key, with the default password changeit"]
    );
    assert_eq!(hits[0].evidence, ["keys: server"]);
    let hits = examine("any/name", &java([0xce; 4], 1, "x9-Very-own"));
    assert_eq!(told(&hits), ["medium keystore - JCEKS store with a private key, with a password"]);
}

#[test]
fn stores_of_certificates_are_none() {
    assert!(examine("etc/ssl/certs/java/cacerts", &java(JKS, 2, "changeit")).is_empty());
    assert!(examine("etc/x.jks", &java(JKS, 1, "changeit")[..30]).is_empty());
    check("x.p12", "0\u{1}", &[]);
}

/// The key of RFC 7292, appendix B, written the long way for one block of output.
fn derive(password: &str, salt: &[u8], rounds: usize) -> Vec<u8> {
    let wide: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let fill =
        |part: &[u8]| part.iter().copied().cycle().take(part.len().div_ceil(64) * 64).collect::<Vec<u8>>();
    let mut sum = Sha1::digest([vec![3; 64], fill(salt), fill(&wide)].concat()).to_vec();
    for _ in 1..rounds {
        sum = Sha1::digest(&sum).to_vec();
    }
    sum
}

fn pkcs12(bag: u8, password: &str) -> Vec<u8> {
    let id = [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, bag];
    let content = der(0x30, &[&der(0x30, &[&id, &der(0xa0, &[&[4, 1, 0]])])]);
    let salt = [8; 8];
    let code = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &derive(password, &salt, 3)),
        &content,
    );
    let digest = der(0x30, &[&der(0x30, &[&[6, 5, 0x2b, 14, 3, 2, 26], &[5, 0]]), &der(4, &[code.as_ref()])]);
    let data = der(
        0x30,
        &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], &der(0xa0, &[&der(4, &[&content])])],
    );
    let code = der(0x30, &[&digest, &der(4, &[&salt]), &[2, 1, 3]]);
    // More than 127 bytes, as every real store has.
    der(0x30, &[&[2, 1, 3], &data, &code, &der(4, &[&[0; 60]])])
}

#[test]
fn pkcs12_is_opened_with_default_passwords() {
    let tell = |bytes: &[u8]| told(&examine("srv/client.p12", bytes));
    assert_eq!(
        tell(&pkcs12(2, "changeit")),
        [
            "high keystore-default-password - PKCS#12 store with a private key, with the default password changeit"
        ]
    );
    assert_eq!(
        tell(&pkcs12(2, "x9-Very-own")),
        ["medium keystore - PKCS#12 store with a private key, with a password"]
    );
    assert_eq!(
        tell(&pkcs12(1, "x9-Very-own")),
        ["high keystore-default-password - PKCS#12 store with a private key, without a password"]
    );
    // A bag of a certificate.
    assert!(tell(&pkcs12(3, "changeit")).is_empty());
}

#[test]
fn stores_of_bouncy_castle_are_read() {
    let head = [&[0, 0, 0, 2][..], &block(&[1; 20]), &[0, 0, 4, 0]].concat();
    let key = [&[4][..], &java_text("signing"), &[0; 8], &[0, 0, 0, 0], &block(&[5; 50])].concat();
    let certificate =
        [&[1][..], &java_text("ca"), &[0; 8], &[0, 0, 0, 0], &java_text("X.509"), &block(&[6; 20])].concat();
    let store = [&head[..], &certificate, &key, &[0], &[9; 20]].concat();
    assert_eq!(
        told(&examine("a.bks", &store)),
        ["medium keystore - BKS store with a private key, with a password"]
    );
    assert!(examine("a.bks", &[&head[..], &certificate, &[0], &[9; 20]].concat()).is_empty());
}
