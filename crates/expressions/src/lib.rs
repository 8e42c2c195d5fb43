//! Expressions in CEL (Common Expression Language, language definition), as Kubernetes' admission policies have them.
//!
//! ```
//! let expression = expressions::Expression::compile("call.route.startsWith('exec.')").unwrap();
//! let call = serde_json::json!({"route": "exec.start"});
//! assert_eq!(expression.is_true(&[("call", &call)]), Ok(true));
//! ```
//!
//! Invariants: no I/O and no clock; length, depth and loops of an expression are bounded; nothing panics on any text.

use cel::{Context, Program, Value as CelValue};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};

const LENGTH_MAX: usize = 4_000;
const DEPTH_MAX: usize = 24;
/// Loops over lists in one expression: each multiplies the time.
const LOOPS_MAX: usize = 3;

/// An expression that was compiled.
pub struct Expression {
    text: String,
    program: Program,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// It is no expression, or too long or deep; one line.
    pub fn compile(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("an expression has more than {LENGTH_MAX} characters"));
        }
        if depth(text) > DEPTH_MAX {
            return Err(format!("an expression nests deeper than {DEPTH_MAX}"));
        }
        let loops: usize = [".all(", ".exists(", ".exists_one(", ".map(", ".filter("]
            .iter()
            .map(|l| text.matches(l).count())
            .sum();
        if loops > LOOPS_MAX {
            return Err(format!("an expression has more than {LOOPS_MAX} loops"));
        }
        // The parser is generated; what it does with any text is not ours to promise.
        let compiled = catch_unwind(AssertUnwindSafe(|| Program::compile(text)));
        match compiled {
            Ok(Ok(program)) => Ok(Self { text: text.to_owned(), program }),
            Ok(Err(error)) => Err(format!("'{text}' is no expression: {error}").chars().take(400).collect()),
            Err(_) => Err(format!("'{text}' cannot be compiled")),
        }
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds, with these variables.
    ///
    /// # Errors
    /// It asks for what the variables do not have, or is no truth value; one line.
    pub fn is_true(&self, variables: &[(&str, &Value)]) -> Result<bool, String> {
        let mut context = Context::default();
        for (name, value) in variables {
            context.add_variable(*name, *value).map_err(|error| error.to_string())?;
        }
        let result = catch_unwind(AssertUnwindSafe(|| self.program.execute(&context)));
        match result {
            Ok(Ok(CelValue::Bool(value))) => Ok(value),
            Ok(Ok(_)) => Err(format!("'{}' is neither true nor false", self.text)),
            Ok(Err(error)) => Err(format!("'{}': {error}", self.text).chars().take(400).collect()),
            Err(_) => Err(format!("'{}' cannot be evaluated", self.text)),
        }
    }
}

fn depth(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut operators = 0;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            // Chains of these nest in the tree without brackets.
            '!' | '-' => operators += 1,
            _ => operators = 0,
        }
        deepest = deepest.max(depth + operators);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_hold_fail_or_are_not_known() {
        let facts = json!({"kernel": {"release": {"known": "6.1"}, "lsm": {"missing": {}}}});
        let check = |text: &str| Expression::compile(text).unwrap().is_true(&[("facts", &facts)]);
        assert_eq!(check("facts.kernel.release.known.startsWith('6.')"), Ok(true));
        assert_eq!(check("facts.kernel.release.known == '5'"), Ok(false));
        assert!(check("facts.kernel.lsm.known == 'x'").is_err());
        assert!(check("facts.kernel.release.known").is_err());
    }

    #[test]
    fn hostile_expressions_are_refused() {
        for text in [
            "(".repeat(200),
            "!".repeat(300),
            "1 +".to_owned(),
            "[1].map(a,[1].map(b,[1].map(c,[1].map(d,d))))".to_owned(),
            "a".repeat(5_000),
        ] {
            assert!(Expression::compile(&text).is_err(), "{text}");
        }
    }
}
