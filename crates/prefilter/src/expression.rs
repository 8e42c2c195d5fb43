//! What a regular expression needs.

use crate::need::Need;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::BTreeSet;

/// Nesting of expressions that is followed.
const NESTING_MAX: u32 = 60;
/// Texts that a part of an expression may stand for and still be told as texts.
const TEXTS_MAX: usize = 256;
/// Bytes of a class that are told one by one.
const CLASS_MAX: usize = 12;

pub(crate) fn need_of(expression: &str) -> Need {
    let parsed = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .dot_matches_new_line(true)
        .nest_limit(NESTING_MAX)
        .build()
        .parse(expression);
    parsed.map_or(Need::NONE, |hir| of(&hir))
}

fn of(hir: &Hir) -> Need {
    let mut sequence = Sequence::default();
    sequence.add(hir);
    sequence.finish()
}

type Texts = BTreeSet<Vec<u8>>;

/// The parts of a concatenation. Those that follow one another and stand for few texts are joined.
struct Sequence {
    run: Texts,
    needs: Vec<Need>,
}

impl Default for Sequence {
    fn default() -> Self {
        Self { run: Texts::from([Vec::new()]), needs: Vec::new() }
    }
}

impl Sequence {
    fn add(&mut self, hir: &Hir) {
        if let Some(texts) = texts_of(hir) {
            if let Some(joined) = product(&self.run, &texts) {
                self.run = joined;
            } else {
                self.end_run();
                self.run = texts;
            }
            return;
        }
        match hir.kind() {
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.add(part)),
            HirKind::Capture(capture) => self.add(&capture.sub),
            HirKind::Alternation(parts) => {
                self.end_run();
                self.needs.push(Need::any(parts.iter().map(of)));
            }
            HirKind::Repetition(repetition) => {
                self.end_run();
                if repetition.min > 0 {
                    self.needs.push(of(&repetition.sub));
                }
            }
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => self.end_run(),
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::replace(&mut self.run, Texts::from([Vec::new()]));
        self.needs.push(Need::any(run.iter().map(|text| Need::bytes(text))));
    }

    fn finish(mut self) -> Need {
        self.end_run();
        Need::all(self.needs)
    }
}

/// Every text, in lower case, that an expression stands for; `None` when they are many.
fn texts_of(hir: &Hir) -> Option<Texts> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Texts::from([Vec::new()])),
        HirKind::Literal(literal) => Some(Texts::from([literal.0.to_ascii_lowercase()])),
        HirKind::Class(Class::Bytes(class)) => {
            let size: usize = class.ranges().iter().map(|range| range.len()).sum();
            (size <= CLASS_MAX).then(|| {
                let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end());
                bytes.map(|byte| vec![byte.to_ascii_lowercase()]).collect()
            })
        }
        HirKind::Class(Class::Unicode(_)) => None,
        HirKind::Capture(capture) => texts_of(&capture.sub),
        HirKind::Concat(parts) => {
            let mut texts = Texts::from([Vec::new()]);
            for part in parts {
                texts = product(&texts, &texts_of(part)?)?;
            }
            Some(texts)
        }
        HirKind::Alternation(parts) => {
            let mut texts = Texts::new();
            for part in parts {
                texts.extend(texts_of(part)?);
            }
            (texts.len() <= TEXTS_MAX).then_some(texts)
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.filter(|most| *most <= 4)?;
            let once = texts_of(&repetition.sub)?;
            let mut texts = Texts::new();
            let mut repeated = Texts::from([Vec::new()]);
            for times in 0..=most {
                if times >= repetition.min {
                    texts.extend(repeated.iter().cloned());
                }
                if times < most {
                    repeated = product(&repeated, &once)?;
                }
            }
            (texts.len() <= TEXTS_MAX).then_some(texts)
        }
    }
}

/// Each text of the one followed by each of the other.
fn product(left: &Texts, right: &Texts) -> Option<Texts> {
    if left.len() * right.len() > TEXTS_MAX {
        return None;
    }
    Some(
        left.iter()
            .flat_map(|first| right.iter().map(|second| [first.as_slice(), second].concat()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Need {
        Need::Bytes(text.as_bytes().to_vec())
    }

    fn any<const N: usize>(texts: [&str; N]) -> Need {
        Need::Any(texts.map(bytes).to_vec())
    }

    #[test]
    fn literals_of_expressions_are_needed() {
        for (expression, expected) in [
            (r"os\.(Popen|system)[ (]", any(["os.popen ", "os.popen(", "os.system ", "os.system("])),
            (r"(?i)webhook\.site\b/x", bytes("webhook.site/x")),
            ("(abc){2,3}x?", bytes("abcabc")),
            ("(abcdef)+x", bytes("abcdef")),
            (r"/dev/(tcp|udp)/\S+", any(["/dev/tcp/", "/dev/udp/"])),
            ("(ba|z)?shell-code", bytes("shell-code")),
            ("a.cryptonight", bytes("cryptonight")),
            (r"-e\x20sh$", bytes("-e sh")),
            (r"k{2}ompress\W", bytes("kkompress")),
        ] {
            assert_eq!(need_of(expression), expected, "{expression}");
        }
        let Need::All(parts) = need_of("(?s)stratum.*cryptonight") else { panic!("both are needed") };
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn expressions_without_certain_literals_need_nothing() {
        for expression in [
            "(stratum)?[a-z]{20}",
            "(stratum|.{9})",
            r"\d{9}",
            "a{0,3}",
            "set",
            "",
            "(",
            r"\p{Greek}+",
            "(stratum)*",
        ] {
            assert!(need_of(expression).is_none(), "{expression}: {:?}", need_of(expression));
        }
    }

    #[test]
    fn an_expression_of_many_texts_ends_in_bounded_time() {
        let deep = format!("{}stratum{}", "(".repeat(50), "){2}".repeat(50));
        let _ = need_of(&deep);
        let wide = (0..500).map(|n| format!("word-{n}")).collect::<Vec<_>>().join("|");
        assert!(matches!(need_of(&format!("({wide})")), Need::Any(parts) if parts.len() > 50));
    }
}
