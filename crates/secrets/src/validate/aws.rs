//! Key ids of Amazon Web Services.

use super::Verdict;

/// Refuses ids that no key can have and tells the account: the 16 characters after the kind are base 32, and bits 1
/// to 40 of the number are the account (A. Lukashenkov, "AWS Access Key ID formats", 2023).
pub(super) fn check(id: &[u8]) -> Verdict {
    let Some(body) = id.get(4..20) else { return Verdict::Refused };
    let mut number = 0_u128;
    for byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Verdict::Refused,
        };
        number = number << 5 | u128::from(digit);
    }
    if !body.iter().any(u8::is_ascii_digit) && !super::token::is_random(id) {
        return Verdict::Refused;
    }
    // 80 bits: the first 48 hold a flag, the account in 40 bits, and 7 bits of what follows.
    let account = (number >> 32 >> 7) & ((1 << 40) - 1);
    let kind = match &id[..4] {
        b"ASIA" => "temporary key (expires by itself)",
        _ => "long-lived key",
    };
    let mut facts = vec![kind.to_owned()];
    // Ids from before 2019 do not hold the account; those begin with I or J.
    if account < 1_000_000_000_000 && !matches!(body[0], b'I' | b'J') {
        facts.push(format!("of AWS account {account:012}"));
    }
    Verdict::with(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_told() {
        // The example of the publication.
        let Verdict::Checked(checked) = check(concat!("ASIA", "QNZGKIQY56JQ7WML").as_bytes()) else {
            panic!()
        };
        assert_eq!(checked.facts[1], "of AWS account 029608264753");
    }

    #[test]
    fn characters_outside_base_32_are_refused() {
        assert_eq!(check(b"AKIA0189ABCDEFGHIJKL"), Verdict::Refused);
        assert_eq!(check(b"AKIA"), Verdict::Refused);
    }
}
