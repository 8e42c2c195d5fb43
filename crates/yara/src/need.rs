//! What a file must hold for a rule to match, derived from the rule's syntax tree.

use crate::literals::need_of_pattern;
use prefilter::Need;
use std::collections::HashMap;
use yara_x_parser::ast::{BinaryExpr, Expr, Iterable, OfItems, Pattern, PatternSet, Quantifier, Range, Rule};

/// Nested expressions that are followed; what lies deeper asks for nothing.
const DEPTH_MAX: usize = 40;
/// What a rule needs. `known` holds the needs of rules before it, which it may refer to.
pub(crate) fn need_of(rule: &Rule<'_>, known: &HashMap<String, Need>) -> Need {
    Derivation { patterns: rule.patterns.as_deref().unwrap_or_default(), known, each: None }
        .of(&rule.condition, 0)
}

#[derive(Clone, Copy)]
struct Derivation<'a, 'src> {
    patterns: &'a [Pattern<'src>],
    known: &'a HashMap<String, Need>,
    /// What `$` stands for inside of `for … of`.
    each: Option<&'a PatternSet<'src>>,
}

impl<'a, 'src> Derivation<'a, 'src> {
    fn of(self, expression: &'a Expr<'src>, depth: usize) -> Need {
        if depth > DEPTH_MAX {
            return Need::NONE;
        }
        match expression {
            Expr::False { .. } => Need::any([]),
            Expr::And(parts) => Need::all(parts.operands().map(|part| self.of(part, depth + 1))),
            Expr::Or(parts) => Need::any(parts.operands().map(|part| self.of(part, depth + 1))),
            Expr::PatternMatch(found) => self.pattern(found.identifier.name),
            Expr::Gt(sides) => self.compared(sides, 0),
            Expr::Ge(sides) | Expr::Eq(sides) => self.compared(sides, 1),
            Expr::Lt(sides) | Expr::Le(sides) => match (&sides.lhs, &sides.rhs) {
                (Expr::Filesize { .. }, Expr::LiteralInteger(limit)) => {
                    let is_equal_enough = matches!(expression, Expr::Le(_));
                    let limit = u64::try_from(limit.value).unwrap_or(0);
                    Need::Below(limit.saturating_add(u64::from(is_equal_enough)))
                }
                (left, right) => Need::all([self.place(left), self.place(right)]),
            },
            Expr::Of(of) if at_least_one(&of.quantifier) => {
                let needs: Vec<Need> = match &of.items {
                    OfItems::BoolExprTuple(parts) => {
                        parts.iter().map(|part| self.of(part, depth + 1)).collect()
                    }
                    OfItems::PatternSet(set) => self.set(set),
                };
                if matches!(of.quantifier, Quantifier::All { .. }) {
                    Need::all(needs)
                } else {
                    Need::any(needs)
                }
            }
            Expr::ForOf(each) if at_least_one(&each.quantifier) => {
                Self { each: Some(&each.pattern_set), ..self }.of(&each.body, depth + 1)
            }
            // One round at least must satisfy the body.
            Expr::ForIn(each) if matches!(each.quantifier, Quantifier::Any { .. }) => {
                let rounds = match &each.iterable {
                    Iterable::Range(Range {
                        upper_bound: Expr::PatternCount(count),
                        lower_bound: Expr::LiteralInteger(from),
                        ..
                    }) if from.value > 0 => self.pattern(count.identifier.name),
                    _ => Need::NONE,
                };
                Need::all([rounds, self.of(&each.body, depth + 1)])
            }
            Expr::Ident(name) => self.known.get(name.name).cloned().unwrap_or(Need::NONE),
            _ => Need::NONE,
        }
    }

    /// `#a >= 1`, `@a > 10`: a count that must reach `least` and a place that must exist.
    fn compared(self, sides: &'a BinaryExpr<'src>, least: i64) -> Need {
        if let (Expr::PatternCount(count), Expr::LiteralInteger(number)) = (&sides.lhs, &sides.rhs)
            && number.value >= least
        {
            return self.pattern(count.identifier.name);
        }
        Need::all([self.place(&sides.lhs), self.place(&sides.rhs)])
    }

    /// The place or length of a pattern that is not there is undefined, and so is what it is compared with: not true.
    fn place(self, expression: &'a Expr<'src>) -> Need {
        match expression {
            Expr::PatternOffset(place) | Expr::PatternLength(place) => self.pattern(place.identifier.name),
            _ => Need::NONE,
        }
    }

    fn pattern(self, name: &str) -> Need {
        if let ("$" | "#" | "@" | "!", Some(set)) = (name, self.each) {
            return Need::any(self.set(set));
        }
        let named = |pattern: &&Pattern<'_>| same_pattern(pattern.identifier().name, name);
        self.patterns.iter().find(named).map_or(Need::NONE, need_of_pattern)
    }

    fn set(self, set: &PatternSet<'_>) -> Vec<Need> {
        let in_set = |pattern: &&Pattern<'_>| match set {
            PatternSet::Them { .. } => true,
            PatternSet::Set(items) => items.iter().any(|item| item.matches(pattern.identifier())),
        };
        self.patterns.iter().filter(in_set).map(need_of_pattern).collect()
    }
}

/// `$a`, `#a`, `@a` and `!a` name the same pattern.
fn same_pattern(left: &str, right: &str) -> bool {
    let bare = |name: &str| name.strip_prefix(['$', '#', '@', '!']).unwrap_or(name).to_owned();
    let name = bare(left);
    !name.is_empty() && name == bare(right)
}

fn at_least_one(quantifier: &Quantifier<'_>) -> bool {
    match quantifier {
        Quantifier::Any { .. } | Quantifier::All { .. } => true,
        Quantifier::Expr(Expr::LiteralInteger(number)) => number.value > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yara_x_parser::ast::AST;

    fn bytes(text: &str) -> Need {
        Need::Bytes(text.as_bytes().to_vec())
    }

    fn need(condition: &str) -> Need {
        let source = format!(
            "rule r {{ strings: $a1 = \"alpha-one\" $a2 = \"alpha-two\" nocase $b = /beta\\d+(left|right)/ $c = \"xy\" \
             condition: {condition} }}"
        );
        let tree = AST::from(source.as_str());
        assert!(tree.errors().is_empty(), "{condition}: {:?}", tree.errors());
        let known = HashMap::from([("other".to_owned(), bytes("other-need"))]);
        need_of(tree.rules().next().unwrap(), &known)
    }

    #[test]
    fn what_must_be_there_is_needed() {
        let both = Need::Any(vec![bytes("alpha-one"), bytes("alpha-two")]);
        for condition in ["any of ($a*)", "$a1 or $a2 at 10", "2 of ($a*)", "1 of ($a1, $a2)"] {
            assert_eq!(need(condition), both, "{condition}");
        }
        for condition in [
            "$a1",
            "$a1 and $c and filesize > 3",
            "#a1 > 0",
            "#a1 >= 2 and not $a2",
            "#a1 == 3",
            "@a1 < 100",
            "!a1[1] == 3",
            "for any i in (1..#a1) : (@a1[i] > 5)",
            "for all of ($a1) : ($ in (0..100))",
            "all of ($a1)",
            "$a1 or false",
        ] {
            assert_eq!(need(condition), bytes("alpha-one"), "{condition}");
        }
        assert_eq!(need("other and $c"), bytes("other-need"));
        assert_eq!(need("filesize < 2KB and $a1"), Need::All(vec![bytes("alpha-one"), Need::Below(2_048)]));
        assert_eq!(need("filesize <= 10"), Need::Below(11));
        let Need::All(parts) = need("all of ($a*)") else { panic!("both are needed") };
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn what_may_be_absent_is_not_needed() {
        for condition in [
            "not $a1",
            "$a1 or filesize > 10",
            "$a1 or $c",
            "any of them",
            "none of ($a*)",
            "0 of ($a*)",
            "10% of ($a*)",
            "#a1 == 0",
            "#a1 >= 0",
            "#a1 < 3",
            "#a1 != 3",
            "for all i in (1..#a1) : (@a1[i] > 5)",
            "for any of ($a*) : (# == 0)",
            "filesize of ($a*)",
            "unknown",
            "defined @a1",
        ] {
            assert!(need(condition).is_none(), "{condition}: {:?}", need(condition));
        }
    }
}
