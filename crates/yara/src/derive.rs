//! Which files a condition can match, derived from its syntax tree.

use crate::head_class::{HeadClass, HeadClasses};
use std::collections::HashMap;
use yara_x_parser::ast::{
    BinaryExpr, Expr, FuncCall, HexToken, Iterable, MatchAnchor, OfItems, Pattern, PatternMatch, PatternSet,
    Quantifier, Rule,
};

/// Nested expressions that are followed; what lies deeper is taken to match anything.
const DEPTH_MAX: usize = 200;
/// Bytes of the beginning that are looked at.
const PREFIX_BYTES: usize = 8;

/// The classes of files that a rule can match: every class that it does match is in it, and maybe more. `known` holds
/// the classes of rules before it, which it may refer to.
pub(crate) fn classes_of(rule: &Rule<'_>, known: &HashMap<String, HeadClasses>) -> HeadClasses {
    Derivation { patterns: rule.patterns.as_deref().unwrap_or_default(), known }.of(&rule.condition, 0)
}

struct Derivation<'a, 'src> {
    patterns: &'a [Pattern<'src>],
    known: &'a HashMap<String, HeadClasses>,
}

impl Derivation<'_, '_> {
    fn of(&self, expression: &Expr<'_>, depth: usize) -> HeadClasses {
        if depth > DEPTH_MAX {
            return HeadClasses::ALL;
        }
        match expression {
            Expr::And(parts) => {
                parts.operands().fold(HeadClasses::ALL, |all, part| all.and(self.of(part, depth + 1)))
            }
            Expr::Or(parts) => {
                parts.operands().fold(HeadClasses::NONE, |any, part| any.or(self.of(part, depth + 1)))
            }
            Expr::Eq(sides) => self.equal(sides),
            Expr::Lt(sides) => compared(sides, |byte, limit| byte < limit),
            Expr::Gt(sides) => compared(sides, |byte, limit| byte > limit),
            Expr::Le(sides) => compared(sides, |byte, limit| byte <= limit),
            Expr::Ge(sides) => compared(sides, |byte, limit| byte >= limit),
            Expr::Ne(sides)
            | Expr::Contains(sides)
            | Expr::IContains(sides)
            | Expr::StartsWith(sides)
            | Expr::IStartsWith(sides)
            | Expr::EndsWith(sides)
            | Expr::IEndsWith(sides)
            | Expr::IEquals(sides)
            | Expr::Matches(sides) => module_field(&sides.lhs).and(module_field(&sides.rhs)),
            Expr::FieldAccess(_) | Expr::Lookup(_) => module_field(expression).and(module_call(expression)),
            Expr::FuncCall(_) => module_call(expression),
            Expr::PatternMatch(found) => self.pattern_at_start(found),
            Expr::Of(of) if at_least_one(&of.quantifier) => match &of.items {
                OfItems::BoolExprTuple(parts) => {
                    parts.iter().fold(HeadClasses::NONE, |any, part| any.or(self.of(part, depth + 1)))
                }
                OfItems::PatternSet(set) => match &of.anchor {
                    Some(MatchAnchor::At(at)) if is_zero(&at.expr) => self.any_pattern_at_start(set),
                    _ => HeadClasses::ALL,
                },
            },
            Expr::ForIn(each) if matches!(each.quantifier, Quantifier::Any { .. }) => match &each.iterable {
                // Nothing is in the lists of a module that did not recognise the file.
                Iterable::Expr(list) => module_field(list),
                _ => HeadClasses::ALL,
            },
            Expr::Ident(name) => self.known.get(name.name).copied().unwrap_or(HeadClasses::ALL),
            _ => HeadClasses::ALL,
        }
    }

    fn equal(&self, sides: &BinaryExpr<'_>) -> HeadClasses {
        let fields = module_field(&sides.lhs).and(module_field(&sides.rhs));
        for (call, value) in [(&sides.lhs, &sides.rhs), (&sides.rhs, &sides.lhs)] {
            match (call, value) {
                (Expr::FuncCall(call), Expr::LiteralInteger(number)) if call.object.is_none() => {
                    if let Some(prefix) = prefix_of_read(call, number.value) {
                        return HeadClasses::beginning_with(&prefix);
                    }
                }
                // A module function tells nothing, nought or false of a file that the module did not recognise.
                (Expr::FuncCall(_) | Expr::FieldAccess(_), Expr::LiteralInteger(number))
                    if number.value > 0 =>
                {
                    return module_call(call).and(fields);
                }
                (Expr::FuncCall(_) | Expr::FieldAccess(_), Expr::LiteralString(text))
                    if !text.value.is_empty() =>
                {
                    return module_call(call).and(fields);
                }
                _ => {}
            }
        }
        fields
    }

    fn pattern_at_start(&self, found: &PatternMatch<'_>) -> HeadClasses {
        match &found.anchor {
            Some(MatchAnchor::At(at)) if is_zero(&at.expr) => self
                .patterns
                .iter()
                .find(|pattern| pattern.identifier().name == found.identifier.name)
                .map_or(HeadClasses::ALL, |pattern| HeadClasses::beginning_with(&prefix_of_pattern(pattern))),
            _ => HeadClasses::ALL,
        }
    }

    fn any_pattern_at_start(&self, set: &PatternSet<'_>) -> HeadClasses {
        self.patterns
            .iter()
            .filter(|pattern| match set {
                PatternSet::Them { .. } => true,
                PatternSet::Set(items) => items.iter().any(|item| item.matches(pattern.identifier())),
            })
            .fold(HeadClasses::NONE, |any, pattern| {
                any.or(HeadClasses::beginning_with(&prefix_of_pattern(pattern)))
            })
    }
}

fn at_least_one(quantifier: &Quantifier<'_>) -> bool {
    match quantifier {
        Quantifier::Any { .. } => true,
        Quantifier::Expr(Expr::LiteralInteger(number)) => number.value > 0,
        // `all` of an empty set is true, but the grammar knows no empty set.
        Quantifier::All { .. } => true,
        _ => false,
    }
}

fn is_zero(expression: &Expr<'_>) -> bool {
    matches!(expression, Expr::LiteralInteger(number) if number.value == 0)
}

/// What `uint8(0) < 0x7f` says of the first byte, or what a module's field says.
fn compared(sides: &BinaryExpr<'_>, holds: fn(i64, i64) -> bool) -> HeadClasses {
    if let (Expr::FuncCall(call), Expr::LiteralInteger(limit)) = (&sides.lhs, &sides.rhs)
        && call.object.is_none()
        && call.identifier.name == "uint8"
        && call.args.len() == 1
        && call.args.first().is_some_and(is_zero)
    {
        return (0..=u8::MAX)
            .filter(|byte| holds(i64::from(*byte), limit.value))
            .fold(HeadClasses::NONE, |any, byte| any.or(HeadClasses::beginning_with(&[Some(byte)])));
    }
    module_field(&sides.lhs).and(module_field(&sides.rhs))
}

/// What `uint32be(4) == 0x…` says of the beginning.
fn prefix_of_read(call: &FuncCall<'_>, value: i64) -> Option<Vec<Option<u8>>> {
    let (width, is_big_endian) = match call.identifier.name {
        "uint8" | "int8" | "uint8be" | "int8be" => (1, false),
        "uint16" | "int16" => (2, false),
        "uint16be" | "int16be" => (2, true),
        "uint32" | "int32" => (4, false),
        "uint32be" | "int32be" => (4, true),
        _ => return None,
    };
    let [Expr::LiteralInteger(offset)] = call.args.as_slice() else { return None };
    let at = usize::try_from(offset.value).ok().filter(|at| at + width <= PREFIX_BYTES)?;
    // Unsigned numbers of the file never equal a wider or negative one; such a condition is left alone.
    if value < 0 || value >= 1 << (8 * width) {
        return None;
    }
    let mut prefix = vec![None; PREFIX_BYTES];
    let bytes = value.to_le_bytes();
    for index in 0..width {
        prefix[at + index] = Some(bytes[if is_big_endian { width - 1 - index } else { index }]);
    }
    Some(prefix)
}

/// The first bytes of what a pattern matches; empty when that is not certain.
fn prefix_of_pattern(pattern: &Pattern<'_>) -> Vec<Option<u8>> {
    match pattern {
        Pattern::Text(text) => {
            let changed = &text.modifiers;
            if changed.wide().is_some()
                || changed.nocase().is_some()
                || changed.xor().is_some()
                || changed.base64().is_some()
                || changed.base64wide().is_some()
            {
                return Vec::new();
            }
            text.text.value.iter().take(PREFIX_BYTES).map(|byte| Some(*byte)).collect()
        }
        Pattern::Hex(hex) => hex
            .sub_patterns
            .iter()
            .take(PREFIX_BYTES)
            .map_while(|token| match token {
                HexToken::Byte(byte) => Some((byte.mask == 0xff).then_some(byte.value)),
                HexToken::NotByte(_) => Some(None),
                HexToken::Alternative(_) | HexToken::Jump(_) => None,
            })
            .collect(),
        Pattern::Regexp(_) => Vec::new(),
    }
}

/// The classes for which a field of a module is defined: comparing an undefined one is false, whatever the operator.
fn module_field(expression: &Expr<'_>) -> HeadClasses {
    let parts = match expression {
        Expr::FieldAccess(path) => path.as_slice(),
        Expr::Lookup(lookup) => return module_field(&lookup.primary),
        _ => return HeadClasses::ALL,
    };
    let (Some(first), Some(Expr::Ident(last))) = (parts.first(), parts.last()) else {
        return HeadClasses::ALL;
    };
    // Constants and the answer to "is it one" are there for every file.
    let is_constant = !last.name.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_constant || last.name.starts_with("is_") {
        return HeadClasses::ALL;
    }
    if parts.iter().any(|part| matches!(part, Expr::FuncCall(_))) {
        return HeadClasses::ALL;
    }
    module_of(first)
}

/// The classes for which a module's function, or its answer to "is it one", can be true.
fn module_call(expression: &Expr<'_>) -> HeadClasses {
    match expression {
        Expr::FuncCall(call) => match &call.object {
            Some(Expr::Ident(_)) => call.object.as_ref().map_or(HeadClasses::ALL, module_of),
            _ => HeadClasses::ALL,
        },
        Expr::FieldAccess(path) => match path.as_slice() {
            [module, Expr::Ident(field)] if field.name.bytes().any(|byte| byte.is_ascii_lowercase()) => {
                module_of(module)
            }
            _ => HeadClasses::ALL,
        },
        _ => HeadClasses::ALL,
    }
}

fn module_of(expression: &Expr<'_>) -> HeadClasses {
    let root = match expression {
        Expr::Ident(name) => name.name,
        Expr::Lookup(lookup) => return module_of(&lookup.primary),
        Expr::FieldAccess(path) => return path.as_slice().first().map_or(HeadClasses::ALL, module_of),
        _ => return HeadClasses::ALL,
    };
    match root {
        "pe" | "dotnet" => HeadClasses::only(HeadClass::Pe),
        "elf" => HeadClasses::only(HeadClass::Elf),
        "macho" => HeadClasses::only(HeadClass::MachO),
        _ => HeadClasses::ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yara_x_parser::ast::AST;

    #[track_caller]
    fn check(condition: &str, expected: &[HeadClass]) {
        let source = format!(
            "rule r {{ strings: $mz = \"MZ\" $elf = {{ 7f 45 4c 46 [2] 01 }} $wide = \"MZ\" wide $low = \"mz\" nocase \
             $re = /MZ/ condition: {condition} }}"
        );
        let tree = AST::from(source.as_str());
        assert!(tree.errors().is_empty(), "{condition}: {:?}", tree.errors());
        let known = HashMap::from([("is_elf".to_owned(), HeadClasses::only(HeadClass::Elf))]);
        let classes = classes_of(tree.rules().next().unwrap(), &known);
        let found: Vec<HeadClass> =
            HeadClass::ALL.into_iter().filter(|class| classes.contains(*class)).collect();
        assert_eq!(found, expected, "{condition}");
    }

    #[test]
    fn conditions_that_ask_for_a_beginning_are_assigned_to_it() {
        use HeadClass::{Elf, MachO, Pe, Text, Zip};
        for condition in [
            "uint16(0) == 0x5a4d and any of them",
            "0x4d5a == uint16be(0)",
            "$mz at 0 and filesize < 1MB",
            "any of ($mz) at 0",
            "pe.number_of_sections > 2",
            "pe.is_dll() and $re",
            "pe.imphash() == \"00\" or pe.exports(\"x\")",
            "pe.sections[0].name == \".text\"",
            "pe.is_pe",
            "dotnet.version != \"x\"",
            "for any section in pe.sections : (section.name == \"x\")",
            "uint16(0) == 0x5a4d and (uint32(0) == 1 or not $re or $mz)",
        ] {
            check(condition, &[Pe]);
        }
        check("uint32(0) == 0x464c457f", &[Elf]);
        check("$elf at 0 or elf.type == elf.ET_EXEC", &[Elf]);
        check("is_elf and $re", &[Elf]);
        check("1 of (is_elf, pe.is_pe)", &[Elf, Pe]);
        check("uint32(0) == 0xfeedfacf or uint32be(0) == 0xcafebabe", &[MachO]);
        check("uint16(0) == 0x4b50", &[Zip]);
        check("uint32be(0) == 0x3c3f7068", &[Text]);
        check("uint8(0) == 0x4d", &[Pe, Text]);
        check("uint8(0) < 0x7f and $re", &[Pe, Zip, Text, HeadClass::Binary]);
    }

    #[test]
    fn what_is_not_certain_matches_every_class() {
        for condition in [
            "any of them",
            "not uint16(0) == 0x5a4d",
            "uint16(0) != 0x5a4d",
            "not pe.is_pe",
            "pe.is_pe == pe.is_dll()",
            "pe.MACHINE_I386 == 0x14c",
            "pe.sections.len() == 0",
            "pe.imports(/x/, /y/) == 0",
            "$wide at 0",
            "$low at 0",
            "$re at 0",
            "$mz at 1",
            "none of ($mz) at 0",
            "for all section in pe.sections : (section.name == \"x\")",
            "uint16(uint32(60)) == 0x4550",
            "uint16(0) == 0x5a4d or filesize < 10",
            "hash.md5(0, 10) == \"00\"",
            "unknown_rule",
        ] {
            check(condition, &HeadClass::ALL);
        }
    }
}
