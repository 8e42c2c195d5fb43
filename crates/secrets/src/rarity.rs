//! How unlike words and identifiers a text is.
//!
//! Entropy cannot tell `getElementsByClassName` from a key: both use many letters. A model of which letters follow
//! each other in identifiers and words can. The table holds, for each three symbols (26 letters, digit, other), the
//! bits that the third costs after the first two, in eighths; `examples/train_rarity.rs` counts them.

/// Bits in eighths, by three symbols.
static TRIGRAMS: &[u8] = include_bytes!("../../../rules/secrets/trigrams.bin");

/// Symbols of the model.
const SYMBOLS: usize = 28;

/// Bits per character above which a text of at least [`LENGTH_MIN`] characters is taken for random: one identifier
/// in a thousand lies above it, and nine of ten random texts of 20 characters do.
const RANDOM_BITS: f64 = 4.9;
/// Shorter texts say too little.
const LENGTH_MIN: usize = 12;

/// The symbol of a byte.
pub(crate) const fn symbol(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'A'..=b'Z' => (byte - b'A') as usize,
        b'0'..=b'9' => 26,
        _ => 27,
    }
}

/// Mean bits per character, with what changes of kind (lower case, upper case, digit) beyond those of identifiers
/// add.
pub(crate) fn bits(text: &[u8]) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    let (mut first, mut second) = (27, 27);
    let mut sum = 0_u32;
    let mut changes = 0_u32;
    let mut last_kind = 0;
    for byte in text {
        let third = symbol(*byte);
        sum += u32::from(TRIGRAMS.get((first * SYMBOLS + second) * SYMBOLS + third).copied().unwrap_or(0));
        (first, second) = (second, third);
        let kind = match byte {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            b'0'..=b'9' => 3,
            _ => 0,
        };
        changes += u32::from(kind != last_kind && kind != 0 && last_kind != 0);
        last_kind = kind;
    }
    let length = text.len() as f64;
    f64::from(sum) / 8.0 / length + 2.0 * f64::from(changes) / length
}

/// Whether a text looks random.
pub(crate) fn is_random(text: &[u8]) -> bool {
    text.len() >= LENGTH_MIN && bits(text) > RANDOM_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_words_are_not_random() {
        assert_eq!(TRIGRAMS.len(), SYMBOLS.pow(3));
        for text in [
            "getElementsByClassName",
            "correct_horse_battery",
            "CONFIG_NETFILTER_XT_MATCH",
            "my-database-password",
            "application/octet-stream",
            "org.freedesktop.NetworkManager",
            "libstdc++-12-dev",
            "aaaaaaaaaaaaaaaa",
            "spring.datasource.password",
            "2024-01-01T00:00:00Z",
        ] {
            assert!(!is_random(text.as_bytes()), "{text}: {}", bits(text.as_bytes()));
        }
    }

    #[test]
    fn random_texts_are_random() {
        let mut state = 7_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        for alphabet in [
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "abcdefghijklmnopqrstuvwxyz0123456789",
        ] {
            let alphabet = alphabet.as_bytes();
            let mut found = 0;
            for _ in 0..1_000 {
                let text: Vec<u8> = (0..24).map(|_| alphabet[next() % alphabet.len()]).collect();
                found += usize::from(is_random(&text));
            }
            assert!(found >= 900, "{found} of 1000");
        }
    }
}
