//! Texts that an expression matches, for tests: no token stands in the repository.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A generator of numbers; the same seed gives the same texts.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// A text that the expression matches when nothing stands round it.
pub(crate) fn sample(hir: &Hir, numbers: &mut Numbers, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => out.push(byte_of(class, numbers)),
        HirKind::Capture(capture) => sample(&capture.sub, numbers, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, numbers, out)),
        HirKind::Alternation(parts) => sample(&parts[numbers.below(parts.len())], numbers, out),
        HirKind::Repetition(repetition) => {
            let spread = repetition.max.map_or(20, |max| (max - repetition.min).min(20)) as usize;
            for _ in 0..repetition.min as usize + numbers.below(spread + 1) {
                sample(&repetition.sub, numbers, out);
            }
        }
    }
}

/// A letter or digit when the class has one.
fn byte_of(class: &Class, numbers: &mut Numbers) -> u8 {
    let mut bytes = Vec::new();
    match class {
        Class::Bytes(class) => {
            for range in class.iter() {
                bytes.extend(range.start()..=range.end());
            }
        }
        Class::Unicode(class) => {
            for range in class.iter() {
                let numbers = range.start() as u32..=range.end() as u32;
                bytes.extend(numbers.filter_map(|number| u8::try_from(number).ok()));
            }
        }
    }
    let of = |is_wanted: fn(&u8) -> bool| bytes.iter().copied().filter(is_wanted).collect::<Vec<u8>>();
    let groups = [of(u8::is_ascii_alphanumeric), of(|byte| (b' '..=b'~').contains(byte)), of(|_| true)];
    let from = groups.iter().find(|group| !group.is_empty()).expect("a class that matches something");
    from[numbers.below(from.len())]
}
