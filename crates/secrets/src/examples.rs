//! Tokens that documentation shows and everybody copies: no credentials of anybody.

use sha2::{Digest as _, Sha256};

/// The first 16 bytes of the SHA-256 of documented example tokens (AWS, Azurite, the Cosmos DB emulator, Stripe,
/// GitHub, jwt.io, Google Maps), so that the tokens themselves stand nowhere in the program.
const KNOWN: &[&str] = &[
    "0011cc25eb4320717494d2703e8cba85",
    "1021ad463a161d69de63ef74566407b9",
    "1a5d44a2dca19669d72edf4c4f1c27c4",
    "2cafc0970149a84f3b9e62eaf169f36f",
    "78314b11be2e581549ac1c4f616563fa",
    "7f75367e7881255134e1375e723d1dea",
    "976b57ee8acdfcf45f76bcc5e329a236",
    "aa6547439583c3a275d4542a0df6c1ad",
    "b1471f544ceeea31333bde7e1ecbaad6",
    "c6ea27c534f993d31f0aef882e3d200e",
    "da816f9f2c16e6c5390e7636cadc40c4",
    "e21b597ba6b9cafa59d9ebc4d65c0385",
    "e4902a0b38812b15ed5701b17fd4fd8c",
    "f2d6ca16515033e5dce14eba840b979d",
];

/// Whether a secret is one of them, or an AWS key that says EXAMPLE as all of AWS' documentation does.
pub(crate) fn is_known(secret: &[u8]) -> bool {
    let is_aws = matches!(secret.len(), 20 | 40) && secret.windows(7).any(|part| part == b"EXAMPLE");
    is_aws || KNOWN.binary_search(&&*digest(secret)).is_ok()
}

fn digest(secret: &[u8]) -> String {
    Sha256::digest(secret)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_tokens_are_known() {
        assert!(KNOWN.is_sorted());
        assert!(is_known(concat!("AKIAIOSFODNN7", "EXAMPLE").as_bytes()));
        assert!(is_known(concat!("sk_te", "st_4eC39HqLyjWDarjtT1zdp7dc").as_bytes()));
        assert!(!is_known(concat!("AKIA", "Q3EG7V2XN5DKZ4RP").as_bytes()));
    }
}
