//! Shannon's entropy as gitleaks computes it.

/// Bits per character as `detect/utils.go` has it: characters are counted, but divided by the number of bytes.
pub(crate) fn shannon(text: &[u8]) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    let inverse = 1.0 / text.len() as f64;
    let sum = |counts: &mut dyn Iterator<Item = u32>| -> f64 {
        counts
            .filter(|count| *count > 0)
            .map(|count| {
                let share = f64::from(count) * inverse;
                -share * share.log2()
            })
            .sum()
    };
    if text.is_ascii() {
        let mut counts = [0_u32; 128];
        for byte in text {
            counts[usize::from(*byte)] += 1;
        }
        return sum(&mut counts.into_iter());
    }
    let mut counts = std::collections::BTreeMap::new();
    for character in String::from_utf8_lossy(text).chars() {
        *counts.entry(character).or_insert(0_u32) += 1;
    }
    sum(&mut counts.into_values())
}

#[cfg(test)]
mod tests {
    use super::shannon;

    #[test]
    fn even_texts_have_the_logarithm_of_their_alphabet() {
        assert!((shannon(b"abcd") - 2.0).abs() < 1e-9);
        assert!(shannon(b"aaaa").abs() < 1e-9 && shannon(b"").abs() < 1e-9);
        assert!((shannon("ää".as_bytes()) - 0.5).abs() < 1e-9);
    }
}
