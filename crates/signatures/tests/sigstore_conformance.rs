//! The recorded bundles of sigstore's own conformance suite, as a judge: `SEAWALL_SIGSTORE_CONFORMANCE` names a checkout (or
//! a bare repository) of sigstore/sigstore-conformance, `SEAWALL_SIGSTORE_ROOT` the public `trusted_root.json` for the cases
//! that bring none.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and reads its judge"
)]

mod support;

use signatures::{
    Demand, Document, Gathered, IdentityPattern, Keyless, Place, PublicKey, Trust, TrustedRoot, Verdict,
    verify,
};
use std::{path::PathBuf, process::Command};
use support::{asked, sha256};

const CASES: &str = "test/assets/bundle-verify";
/// Whom the suite demands where a case says nothing (test/test_bundle.py, test/client.py).
const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Cases that are judged otherwise here, and why.
const OTHERWISE: &[(&str, &str)] = &[];

struct Suite(PathBuf);

impl Suite {
    fn git(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let output = Command::new("git").arg("-C").arg(&self.0).args(arguments).output().ok()?;
        output.status.success().then_some(output.stdout)
    }

    fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.git(&["show", &format!("HEAD:{path}")])
    }

    fn cases(&self) -> Vec<String> {
        let listed = self.git(&["ls-tree", "--name-only", "HEAD", &format!("{CASES}/")]).unwrap();
        let names = String::from_utf8(listed).unwrap();
        names
            .lines()
            .filter_map(|path| path.strip_prefix(CASES)?.strip_prefix('/').map(str::to_owned))
            .collect()
    }
}

fn judged(suite: &Suite, case: &str, public_root: Option<&[u8]>) -> Option<(Verdict, String)> {
    let file = |name: &str| suite.file(&format!("{CASES}/{case}/{name}"));
    let bundle = file("bundle.sigstore.json")?;
    let artifact = file("artifact").or_else(|| suite.file(&format!("{CASES}/a.txt"))).unwrap();
    let text = |name: &str, other: &str| {
        file(name).map_or(other.to_owned(), |bytes| String::from_utf8(bytes).unwrap().trim().to_owned())
    };
    let keys = match file("key.pub").map(|pem| PublicKey::parse_all(&pem)) {
        None => Vec::new(),
        Some(Ok(keys)) => keys,
        Some(Err(error)) => return Some((Verdict::Invalid, error.to_string())),
    };
    let own_root = file("trusted_root.json");
    let root = own_root.as_deref().or(public_root);
    let keyless = match root {
        Some(root) if keys.is_empty() => Some(Keyless {
            root: match TrustedRoot::parse(root) {
                Ok(root) => root,
                Err(error) => return Some((Verdict::Invalid, error.to_string())),
            },
            identities: vec![IdentityPattern::Exact(text("identity", IDENTITY))],
            issuer: text("issuer", ISSUER),
        }),
        None if keys.is_empty() => return None,
        _ => None,
    };
    let mut demand = Demand::of(Trust { keys, keyless, notation: None }, 1).unwrap();
    let parsed: serde_json::Value = serde_json::from_slice(&bundle).unwrap_or_default();
    if let Some(payload) = parsed["dsseEnvelope"]["payload"].as_str() {
        use base64::Engine as _;
        let payload = base64::prelude::BASE64_STANDARD.decode(payload).unwrap_or_default();
        let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
        demand.predicate_type = statement["predicateType"].as_str().map(str::to_owned);
    }
    let image = sha256(&artifact);
    let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json".to_owned();
    let document =
        Document { place: Place::Given(case.to_owned()), media_type, annotations: [].into(), bytes: bundle };
    let gathered = Gathered { documents: vec![document], subject: Some(artifact), problems: Vec::new() };
    let outcome = verify(&demand, &asked(&image), &gathered);
    let told = outcome.signatures.first().map(ToString::to_string).unwrap_or_default();
    Some((outcome.verdict, told))
}

#[test]
fn the_suite_and_we_agree_on_every_bundle() {
    let Some(place) = std::env::var_os("SEAWALL_SIGSTORE_CONFORMANCE").map(PathBuf::from) else {
        println!("skipped: no sigstore conformance suite (hint: SEAWALL_SIGSTORE_CONFORMANCE=<checkout>)");
        return;
    };
    let suite = Suite(place);
    let public_root = std::env::var_os("SEAWALL_SIGSTORE_ROOT").map(|path| std::fs::read(path).unwrap());
    let (mut disagreed, mut left_out, mut count) = (Vec::new(), 0, [0, 0]);
    for case in suite.cases() {
        let Some((verdict, told)) = judged(&suite, &case, public_root.as_deref()) else {
            left_out += 1;
            continue;
        };
        let is_expected = !case.ends_with("_fail");
        let is_otherwise = OTHERWISE.iter().any(|(known, _)| *known == case);
        if (verdict == Verdict::Verified) == (is_expected != is_otherwise) {
            count[usize::from(is_expected)] += 1;
            println!("{case}: {told}");
        } else {
            disagreed.push(format!("{case}: {verdict:?}: {told}"));
        }
    }
    println!("agreed on {} good and {} bad bundles, left out {left_out}", count[1], count[0]);
    assert!(disagreed.is_empty(), "\n{}", disagreed.join("\n"));
    assert!(count[0] > 10 && count[1] > 2, "the suite has other cases than it had: {count:?}");
}
