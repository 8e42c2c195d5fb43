//! kube-bench's tests (aquasecurity/kube-bench, check/test.go, read for its behaviour): items joined by `and` or `or`, each
//! asks for a value by path and compares it.

use regex::RegexBuilder;
use serde::Deserialize;
use serde_json::Value;

const ITEMS_MAX: usize = 200;

/// Items and how they are joined.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tests {
    #[serde(default)]
    bin_op: Join,
    test_items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Join {
    #[default]
    And,
    Or,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    /// `kernel.release.known`, `tags[0]`, `networks[*]`.
    path: String,
    #[serde(default = "yes")]
    set: bool,
    #[serde(default)]
    compare: Option<Compare>,
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compare {
    op: Operator,
    value: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operator {
    Eq,
    Noteq,
    Gt,
    Gte,
    Lt,
    Lte,
    Has,
    Nothave,
    Regex,
    ValidElements,
    Bitmask,
}

impl Tests {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.test_items.is_empty() || self.test_items.len() > ITEMS_MAX {
            return Err(format!("tests have between 1 and {ITEMS_MAX} test_items"));
        }
        for item in &self.test_items {
            if let Some(compare) = &item.compare {
                compare.holds("0").map_err(|error| format!("{}: {error}", item.path)).or_else(|error| {
                    // A number is wanted of the value, not of the pattern.
                    if matches!(compare.op, Operator::Regex) { Err(error) } else { Ok(true) }
                })?;
            }
        }
        Ok(())
    }

    /// Whether they hold, with the item that decided; an error when a value is not known.
    pub(crate) fn hold(&self, value: &Value) -> Result<(bool, String), String> {
        let mut last = (true, String::new());
        for item in &self.test_items {
            let (holds, detail) = item.holds(value)?;
            match (self.bin_op, holds) {
                (Join::And, false) | (Join::Or, true) => return Ok((holds, detail)),
                _ => last = (holds, detail),
            }
        }
        Ok(last)
    }
}

impl Item {
    fn holds(&self, value: &Value) -> Result<(bool, String), String> {
        let found = select(value, &self.path)?;
        if found.is_empty() {
            return Ok((!self.set, format!("{} is not set", self.path)));
        }
        let Some(compare) = self.compare.as_ref().filter(|_| self.set) else {
            return Ok((self.set, format!("{} is set", self.path)));
        };
        for value in found {
            let text = text_of(value);
            if !compare.holds(&text)? {
                return Ok((
                    false,
                    format!(
                        "{} is {text}, {:?} {} is wanted",
                        self.path,
                        compare.op,
                        text_of(&compare.value)
                    ),
                ));
            }
        }
        Ok((true, format!("{} is as wanted", self.path)))
    }
}

impl Compare {
    fn holds(&self, seen: &str) -> Result<bool, String> {
        let wanted = text_of(&self.value);
        let numbers = || -> Result<(f64, f64), String> {
            let number =
                |text: &str| text.trim().parse::<f64>().map_err(|_| format!("'{text}' is no number"));
            Ok((number(seen)?, number(&wanted)?))
        };
        Ok(match self.op {
            // As kube-bench: numbers and truth values by value, else texts without regard to case of truth values.
            Operator::Eq => {
                seen == wanted
                    || (seen.eq_ignore_ascii_case(&wanted)
                        && matches!(wanted.to_ascii_lowercase().as_str(), "true" | "false"))
            }
            Operator::Noteq => {
                seen != wanted
                    && !(seen.eq_ignore_ascii_case(&wanted)
                        && matches!(wanted.to_ascii_lowercase().as_str(), "true" | "false"))
            }
            Operator::Gt => numbers().map(|(a, b)| a > b)?,
            Operator::Gte => numbers().map(|(a, b)| a >= b)?,
            Operator::Lt => numbers().map(|(a, b)| a < b)?,
            Operator::Lte => numbers().map(|(a, b)| a <= b)?,
            Operator::Has => seen.contains(&wanted),
            Operator::Nothave => !seen.contains(&wanted),
            Operator::Regex => {
                let pattern = RegexBuilder::new(&wanted)
                    .size_limit(1 << 20)
                    .build()
                    .map_err(|error| error.to_string())?;
                pattern.is_match(seen)
            }
            Operator::ValidElements => {
                let valid: Vec<&str> = wanted.split(',').map(str::trim).collect();
                seen.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .all(|part| valid.contains(&part))
            }
            Operator::Bitmask => {
                let octal = |text: &str| {
                    u32::from_str_radix(text.trim_start_matches("0o"), 8)
                        .map_err(|_| format!("'{text}' is no mode"))
                };
                let (seen, allowed) = (octal(seen)?, octal(&wanted)?);
                seen & !allowed == 0
            }
        })
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The values at a dotted path; an error when a fact on the way is missing.
fn select<'v>(value: &'v Value, path: &str) -> Result<Vec<&'v Value>, String> {
    if value.is_null() {
        return Err("the facts do not hold it".to_owned());
    }
    let mut current = vec![value];
    for step in path.split('.') {
        let (name, index) = match step.split_once('[') {
            Some((name, rest)) => (name, Some(rest.trim_end_matches(']'))),
            None => (step, None),
        };
        let mut next = Vec::new();
        for value in current {
            if let Some(missing) = value.get("missing").filter(|_| name == "known") {
                let detail = missing.get("detail").and_then(Value::as_str).unwrap_or("it is missing");
                return Err(format!("{path}: {detail}"));
            }
            let Some(child) = (if name.is_empty() { Some(value) } else { value.get(name) }) else { continue };
            match index {
                None => next.push(child),
                Some("*") => next.extend(child.as_array().into_iter().flatten()),
                Some(index) => next.extend(index.parse::<usize>().ok().and_then(|at| child.get(at))),
            }
        }
        current = next;
    }
    current.retain(|value| !value.is_null());
    Ok(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(op: &str, seen: &str, wanted: &str, expected: bool) {
        let compare: Compare = serde_json::from_value(json!({"op": op, "value": wanted})).unwrap();
        assert_eq!(compare.holds(seen), Ok(expected), "{seen} {op} {wanted}");
    }

    #[test]
    fn operators_mean_what_they_mean_in_kube_bench() {
        check("eq", "true", "True", true);
        check("eq", "a", "A", false);
        check("noteq", "a", "b", true);
        check("gt", "5", "4", true);
        check("gte", "4", "4", true);
        check("lt", "5", "4", false);
        check("lte", "4", "4", true);
        check("has", "RBAC,Node", "RBAC", true);
        check("nothave", "RBAC,Node", "AlwaysAllow", true);
        check("regex", "v1.2", r"^v\d", true);
        check("valid_elements", "a, b", "a,b,c", true);
        check("valid_elements", "a,x", "a,b,c", false);
        check("bitmask", "600", "644", true);
        check("bitmask", "622", "644", false);
        check("bitmask", "444", "400", false);
    }

    #[test]
    fn paths_select_and_tell_what_is_missing() {
        let value = json!({"a": {"known": [{"b": 1}, {"b": 2}]}, "c": {"missing": {"detail": "not read"}}});
        assert_eq!(select(&value, "a.known[*].b").unwrap().len(), 2);
        assert_eq!(select(&value, "a.known[1].b").unwrap(), [&json!(2)]);
        assert!(select(&value, "c.known").unwrap_err().contains("not read"));
        assert!(select(&value, "x.y").unwrap().is_empty());
    }
}
