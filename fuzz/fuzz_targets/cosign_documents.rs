//! Signatures, bundles, envelopes, keys and lists of referrers; the first byte tells which.
#![no_main]

use model::Digest;
use signatures::{
    Asked, BUNDLE_MEDIA_TYPE, DSSE_MEDIA_TYPE, Demand, Document, Gathered, KeyAlgorithm, Place, PrivateKey, PublicKey,
    SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE, Verdict, add_referrer, sign_as_referrer, sign_for_tag, verify,
};
use std::sync::OnceLock;

fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let generated = PrivateKey::generate(KeyAlgorithm::Ed25519, None).expect("there are random bytes");
        PrivateKey::parse(generated.private_pem.reveal().as_bytes(), None).expect("it was just made")
    })
}

fn judge(media_type: &str, bytes: &[u8], image: &Digest) {
    // Simple signing keeps its signature apart: the first line here.
    let at = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let signature = String::from_utf8_lossy(&bytes[..at]).into_owned();
    let is_simple = media_type == SIMPLE_SIGNING_MEDIA_TYPE;
    let document = Document {
        place: Place::Given("fuzz".to_owned()),
        media_type: media_type.to_owned(),
        annotations: [(SIGNATURE_ANNOTATION.to_owned(), signature)].into(),
        bytes: if is_simple { bytes[at..].to_vec() } else { bytes.to_vec() },
    };
    let demand = Demand::new(vec![key().public().clone()], 1).expect("one key, one signature");
    let gathered = Gathered { documents: vec![document], subject: Some(bytes.to_vec()), problems: Vec::new() };
    let asked = Asked { image, repository: None, now_unix_secs: 1_790_000_000 };
    let outcome = verify(&demand, &asked, &gathered);
    assert_ne!(outcome.verdict, Verdict::Verified, "the key has signed nothing");
    for checked in &outcome.signatures {
        assert!(!checked.to_string().contains('\n'));
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let image: Digest = format!("sha256:{}", "a".repeat(64)).parse().expect("64 digits");
    match first.wrapping_sub(b'A') % 6 {
        0 => judge(SIMPLE_SIGNING_MEDIA_TYPE, bytes, &image),
        1 => judge(DSSE_MEDIA_TYPE, bytes, &image),
        2 => judge(BUNDLE_MEDIA_TYPE, bytes, &image),
        3 => {
            let _ = PublicKey::parse_all(bytes);
            let _ = PublicKey::from_spki(bytes);
        }
        4 => {
            // Without a password, so that no time goes into scrypt.
            let _ = PrivateKey::parse(bytes, None);
        }
        _ => {
            let _ = sign_for_tag(key(), "registry.example/app", &image, Some(bytes));
            let signed = signatures::SignedImage {
                media_type: String::new(),
                digest: image.clone(),
                size_bytes: 0,
            };
            let publication = sign_as_referrer(key(), &signed, "").expect("Ed25519 needs no random bytes");
            let referrer = publication.referrer.expect("a referrer has an entry");
            let _ = add_referrer(&image, Some(bytes), &referrer);
        }
    }
});
