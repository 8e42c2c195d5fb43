//! Sigstore bundles with certificates, judged by a trusted root that has vouched for none of them.
#![no_main]

use model::Digest;
use signatures::{
    Asked, BUNDLE_MEDIA_TYPE, Demand, Document, Gathered, IdentityPattern, Keyless, Place, Trust, TrustedRoot,
    Verdict, verify,
};
use std::sync::OnceLock;

fn demand() -> &'static Demand {
    static DEMAND: OnceLock<Demand> = OnceLock::new();
    DEMAND.get_or_init(|| {
        let root = TrustedRoot::parse(include_bytes!("../seeds/sigstore_trusted_root/made.json"));
        let keyless = Keyless {
            root: root.expect("the seed can be read"),
            identities: vec![IdentityPattern::regex(".*").expect("it fits everything")],
            issuer: "https://accounts.example.com".to_owned(),
        };
        Demand::of(Trust { keyless: Some(keyless), ..Trust::default() }, 1).expect("one signer")
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let image: Digest = format!("sha256:{}", "a".repeat(64)).parse().expect("64 digits");
    let document = Document {
        place: Place::Given("fuzz".to_owned()),
        media_type: BUNDLE_MEDIA_TYPE.to_owned(),
        annotations: [].into(),
        bytes: bytes.to_vec(),
    };
    let asked = Asked { image: &image, repository: None, now_unix_secs: 1_790_000_000 };
    let gathered = Gathered { documents: vec![document], subject: Some(bytes.to_vec()), problems: Vec::new() };
    let outcome = verify(demand(), &asked, &gathered);
    assert_ne!(outcome.verdict, Verdict::Verified, "nobody has vouched for this image");
});
