//! Notation: a trust policy and an envelope, parted by a line of zeros; nothing counts, since no store has a certificate.
#![no_main]

use model::Digest;
use signatures::{Asked, Demand, Document, Gathered, Notation, Place, Trust, Verdict, verify};

const POLICY: &[u8] = br#"{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["*"],
"signatureVerification":{"level":"strict"},"trustStores":["ca:a"],"trustedIdentities":["*"]}]}"#;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let at = bytes.windows(3).position(|window| window == b"\n0\n");
    let (policy, envelope) = at.map_or((POLICY, bytes), |at| (&bytes[..at], &bytes[at + 3..]));
    let Ok(notation) = Notation::parse(policy) else { return };
    let image: Digest = format!("sha256:{}", "a".repeat(64)).parse().expect("64 digits");
    let document = Document {
        place: Place::Given("fuzz".to_owned()),
        media_type: "application/jose+json".to_owned(),
        annotations: [].into(),
        bytes: envelope.to_vec(),
    };
    let demand = Demand::of(Trust { notation: Some(notation), ..Trust::default() }, 1).expect("one signer");
    let asked = Asked { image: &image, repository: None, now_unix_secs: 1_790_000_000 };
    let gathered = Gathered { documents: vec![document], ..Gathered::default() };
    let outcome = verify(&demand, &asked, &gathered);
    // With level audit, or an override, everything but the signature itself may be told and not enforced.
    let has = |word: &[u8]| policy.windows(word.len()).any(|window| window == word);
    if !has(b"audit") && !has(b"log") {
        assert_ne!(outcome.verdict, Verdict::Verified, "nobody is trusted");
    }
});
