//! Bytes that whatever matches a pattern holds.

use prefilter::Need;
use yara_x_parser::ast::{HexSubPattern, HexToken, Pattern, PatternModifier, PatternModifiers};

/// Nesting of alternatives that is followed.
const DEPTH_MAX: usize = 60;

/// What a file must hold for a pattern to match.
pub(crate) fn need_of_pattern(pattern: &Pattern<'_>) -> Need {
    match pattern {
        Pattern::Text(text) => {
            let (bytes, modifiers) = (&text.text.value, &text.modifiers);
            for modifier in modifiers.iter() {
                match modifier {
                    PatternModifier::Xor { start, end, .. } if modifiers.wide().is_none() => {
                        let masked =
                            |key| Need::bytes(&bytes.iter().map(|byte| byte ^ key).collect::<Vec<_>>());
                        return Need::any((*start..=*end).map(masked));
                    }
                    PatternModifier::Base64 { alphabet: None, .. } if modifiers.base64wide().is_none() => {
                        return encoded(bytes);
                    }
                    PatternModifier::Xor { .. }
                    | PatternModifier::Base64 { .. }
                    | PatternModifier::Base64Wide { .. } => return Need::NONE,
                    _ => {}
                }
            }
            widths(Need::bytes(bytes), modifiers)
        }
        Pattern::Regexp(regexp) => widths(Need::of_regex(regexp.regexp.src), &regexp.modifiers),
        Pattern::Hex(hex) => of_hex(&hex.sub_patterns, 0),
    }
}

/// The need as bytes, as UTF-16 little-endian, or both, as the modifiers of the pattern ask.
fn widths(need: Need, modifiers: &PatternModifiers<'_>) -> Need {
    match (modifiers.ascii().is_some(), modifiers.wide().is_some()) {
        (_, false) => need,
        (false, true) => need.widened(),
        (true, true) => Need::any([need.clone().widened(), need]),
    }
}

/// A text as it may stand within base64: from each of the three places where it may begin, the characters that its
/// neighbours have no part in (RFC 4648, section 4).
fn encoded(text: &[u8]) -> Need {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let from = |before: usize| {
        let bits = |at: usize| (text[at / 8] >> (7 - at % 8)) & 1;
        let first = (6 - (before * 8) % 6) % 6;
        let characters: Vec<u8> = (first..text.len() * 8)
            .step_by(6)
            .take_while(|at| at + 6 <= text.len() * 8)
            .map(|at| ALPHABET[usize::from((at..at + 6).fold(0, |value, bit| value << 1 | bits(bit)))])
            .collect();
        Need::bytes(&characters)
    };
    Need::any([from(0), from(1), from(2)])
}

fn of_hex(pattern: &HexSubPattern, depth: usize) -> Need {
    if depth > DEPTH_MAX {
        return Need::NONE;
    }
    let mut needs = Vec::new();
    let mut run = Vec::new();
    for token in pattern.iter() {
        match token {
            HexToken::Byte(byte) if byte.mask == 0xff => {
                run.push(byte.value);
                continue;
            }
            HexToken::Alternative(alternative) => {
                needs.push(Need::any(alternative.alternatives.iter().map(|one| of_hex(one, depth + 1))));
            }
            HexToken::Byte(_) | HexToken::NotByte(_) | HexToken::Jump(_) => {}
        }
        needs.push(Need::bytes(&std::mem::take(&mut run)));
    }
    needs.push(Need::bytes(&run));
    Need::all(needs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yara_x_parser::ast::AST;

    fn bytes(text: &str) -> Need {
        Need::Bytes(text.as_bytes().to_vec())
    }

    fn need(pattern: &str) -> Need {
        let source = format!("rule r {{ strings: $a = {pattern} condition: $a }}");
        let tree = AST::from(source.as_str());
        assert!(tree.errors().is_empty(), "{pattern}: {:?}", tree.errors());
        let rule = tree.rules().next().unwrap();
        need_of_pattern(&rule.patterns.as_ref().unwrap()[0])
    }

    #[test]
    fn literals_of_patterns_are_needed() {
        assert_eq!(need("\"Stratum+TCP\""), bytes("stratum+tcp"));
        assert_eq!(need("\"stratum\" wide"), bytes("s\0t\0r\0a\0t\0u\0m"));
        assert_eq!(
            need("\"stratum\" wide ascii"),
            Need::Any(vec![bytes("s\0t\0r\0a\0t\0u\0m"), bytes("stratum")])
        );
        assert_eq!(need("{ 7f 45 4c 46 ?? 01 }"), bytes("\x7felf"));
        assert_eq!(need("{ 01 [2] ( 80 81 82 83 | 84 85 86 87 ) 00 }"), {
            Need::Any(vec![
                Need::Bytes(vec![0x80, 0x81, 0x82, 0x83]),
                Need::Bytes(vec![0x84, 0x85, 0x86, 0x87]),
            ])
        });
        assert_eq!(need("/(?i)webhook\\.site\\b\\/x/"), bytes("webhook.site/x"));
        assert_eq!(need("/mining/ wide"), bytes("m\0i\0n\0i\0n\0g"));
        assert_eq!(need("\"KKKKK\" xor(0x20)"), bytes("kkkkk"));
        assert!(matches!(need("\"stratum\" xor"), Need::Any(keys) if keys.len() > 200));
    }

    #[test]
    fn encoded_texts_are_needed_as_they_stand_from_each_place() {
        use base64::Engine as _;
        let Need::Any(parts) = need("\"bash -i >& /dev\" base64") else { panic!("three texts") };
        for before in ["", "x", "xy", "xyz", "Z"] {
            for after in ["", "q", "qq", "qqq"] {
                let text = format!("{before}bash -i >& /dev{after}");
                let text = base64::engine::general_purpose::STANDARD.encode(text).to_ascii_lowercase();
                let is_there = |part: &Need| matches!(part, Need::Bytes(b) if text.contains(std::str::from_utf8(b).unwrap()));
                assert!(parts.iter().any(is_there), "{text}: {parts:?}");
            }
        }
    }

    #[test]
    fn patterns_without_certain_literals_need_nothing() {
        for pattern in [
            "\"stratum\" xor wide",
            "\"stratum\" base64wide",
            "\"stratum\" base64(\"ZZCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\")",
            "/(stratum)?[a-z]{20}/",
            "/(stratum|.{9})/",
            "/\\d{9}/",
            "\"set\"",
            "{ ?? 45 4? }",
            "/a{,3}stratum/",
        ] {
            assert!(need(pattern).is_none(), "{pattern}: {:?}", need(pattern));
        }
    }
}
