//! What is found in an output, and how it compares (`check/test.go`).

use super::file::TestItem;
use regex::RegexBuilder;
use workload::{DocumentLimits, Node, Value, parse_documents, parse_json};

/// Where an item looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Command,
    Config,
    Environment,
}

/// What an item says of one output: whether the thing was found, and whether it is as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) is_found: bool,
    pub(super) is_good: bool,
}

/// Judges an output, each of its lines when there are several values.
pub(super) fn judge(item: &TestItem, output: &str, source: Source, has_lines: bool) -> Found {
    let output = output.trim_end_matches([' ', '\n']);
    let lines: Vec<&str> = if has_lines { output.split('\n').collect() } else { vec![output] };
    let mut last = Found { is_found: false, is_good: false };
    for line in lines {
        last = one(item, line, source);
        if !last.is_good {
            break;
        }
    }
    last
}

fn one(item: &TestItem, output: &str, source: Source) -> Found {
    let found = match source {
        Source::Command => flag(&item.flag, output),
        Source::Environment => environment(&item.env, output),
        Source::Config => match path(&item.path, output) {
            Ok(found) => found,
            // What cannot be read is no answer, also not to "must not be there".
            Err(()) => return Found { is_found: false, is_good: false },
        },
    };
    let is_good = match &found {
        Some(value) if item.set && !item.operator.is_empty() => compare(&item.operator, value, &item.value),
        Some(_) => item.set,
        None => !item.set,
    };
    Found { is_found: found.is_some(), is_good }
}

/// The value behind a flag: `--flag=value`, `flag: value`, or the flag itself.
fn flag(name: &str, output: &str) -> Option<String> {
    if output.is_empty() || name.is_empty() || !output.contains(name) {
        return None;
    }
    let pattern = format!(r"({})(=|: *)*([^\s]*) *", regex::escape(name));
    let regex = RegexBuilder::new(&pattern).size_limit(1 << 20).build().ok()?;
    let groups = regex.captures(output)?;
    let value = groups.get(3).map_or("", |group| group.as_str());
    Some(match value {
        "" if name.starts_with("--") => "true".to_owned(),
        "" => name.to_owned(),
        value => value.to_owned(),
    })
}

fn environment(name: &str, output: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let prefix = format!("{name}=");
    let line = output.lines().find(|line| line.contains(&prefix))?;
    let value = line.split_once(&prefix)?.1;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The value at a path of the kind `{.a.b[0].c}` in YAML or JSON.
fn path(path: &str, output: &str) -> Result<Option<String>, ()> {
    if path.is_empty() {
        return Ok(None);
    }
    let root = match parse_json(output.as_bytes()) {
        Ok(root) => root,
        Err(_) => {
            let document = parse_documents(output, &DocumentLimits::default()).into_iter().next();
            document.and_then(|document| document.root).ok_or(())?
        }
    };
    let inner = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    let mut nodes = vec![&root];
    for step in steps(inner) {
        let mut next = Vec::new();
        for node in nodes {
            match (&step, &node.value) {
                (Step::All, Value::List(items)) => next.extend(items.iter()),
                (Step::All, Value::Map(entries)) => next.extend(entries.iter().map(|entry| &entry.value)),
                (Step::Index(at), Value::List(items)) => next.extend(items.get(*at)),
                (Step::Key(key), _) => next.extend(node.get(key)),
                _ => {}
            }
        }
        nodes = next;
    }
    let text = nodes.iter().map(|node| shown(node)).collect::<Vec<_>>().join(" ");
    Ok((!text.is_empty()).then_some(text))
}

enum Step {
    Key(String),
    Index(usize),
    All,
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() && steps.len() < 64 {
        if let Some(inner) = rest.strip_prefix('[') {
            let Some((index, after)) = inner.split_once(']') else { break };
            let index = index.trim_matches(['\'', '"']);
            steps.push(match index.parse() {
                _ if index == "*" => Step::All,
                Ok(number) => Step::Index(number),
                Err(_) => Step::Key(index.to_owned()),
            });
            rest = after;
        } else {
            rest = rest.trim_start_matches('.');
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end > 0 {
                steps.push(if &rest[..end] == "*" { Step::All } else { Step::Key(rest[..end].to_owned()) });
            }
            rest = &rest[end..];
        }
    }
    steps
}

/// A value as the templates of `kubectl` print it: lists and mappings as JSON.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::List(items) => format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let pairs: Vec<_> =
                entries.iter().map(|entry| format!("\"{}\":{}", entry.key, inner(&entry.value))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        _ => node.text().unwrap_or_default().to_owned(),
    }
}

fn inner(node: &Node) -> String {
    match &node.value {
        Value::Quoted(text) => format!("\"{text}\""),
        Value::Plain(text) if node.boolean().is_none() && node.integer().is_none() => format!("\"{text}\""),
        _ => shown(node),
    }
}

/// The operators.
pub(super) fn compare(operator: &str, value: &str, wanted: &str) -> bool {
    let folded = value.to_lowercase();
    let own = if matches!(folded.as_str(), "true" | "false") { folded.as_str() } else { value };
    let numbers = || Some((value.trim().parse::<i64>().ok()?, wanted.trim().parse::<i64>().ok()?));
    match operator {
        "eq" => own == wanted,
        "noteq" => own != wanted,
        "gt" => numbers().is_some_and(|(a, b)| a > b),
        "gte" => numbers().is_some_and(|(a, b)| a >= b),
        "lt" => numbers().is_some_and(|(a, b)| a < b),
        "lte" => numbers().is_some_and(|(a, b)| a <= b),
        "has" => value.contains(wanted),
        "nothave" => !value.contains(wanted),
        "regex" => {
            RegexBuilder::new(wanted).size_limit(1 << 20).build().is_ok_and(|regex| regex.is_match(value))
        }
        "valid_elements" => valid_elements(value, wanted),
        "bitmask" => {
            let octal = |text: &str| i64::from_str_radix(text, 8).ok();
            matches!((octal(value), octal(wanted)), (Some(own), Some(most)) if most & own == own)
        }
        _ => false,
    }
}

fn valid_elements(value: &str, wanted: &str) -> bool {
    let split = |text: &str| -> Vec<String> {
        let text = text.trim().trim_end_matches(',');
        if text.is_empty() {
            Vec::new()
        } else {
            text.split(',').map(|item| item.trim().to_owned()).collect()
        }
    };
    let (own, all) = (split(value), split(wanted));
    own.is_empty() == all.is_empty() && own.iter().all(|item| all.contains(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(flag: &str, path: &str, set: bool, operator: &str, value: &str) -> TestItem {
        TestItem {
            flag: flag.into(),
            path: path.into(),
            env: flag.into(),
            set,
            operator: operator.into(),
            value: value.into(),
        }
    }

    /// The cases of kube-bench's own tests, by behaviour: flag, set, operator, value, output, expected.
    #[test]
    fn flags_are_found_and_compared() {
        for (name, set, operator, value, output, good) in [
            (
                "--allow-privileged",
                true,
                "",
                "",
                "2:45 ../kubernetes/kube-apiserver --allow-privileged=false",
                true,
            ),
            ("--basic-auth", false, "", "", "2:45 kube-apiserver --option1=v", true),
            ("--insecure-port", true, "eq", "0", "2:45 kube-apiserver --insecure-port=0", true),
            ("--audit-log-maxage", true, "gte", "30", "kube-apiserver --audit-log-maxage=40 --x", true),
            ("--max-backlog", true, "gt", "30", "kube-apiserver --max-backlog=30", false),
            ("--max-backlog", true, "gt", "30", "kube-apiserver --max-backlog=many", false),
            (
                "--admission-control",
                true,
                "nothave",
                "AlwaysAdmit",
                "x --admission-control=Webhook,RBAC ---audit-log-maxage=40",
                true,
            ),
            ("--admission-control", true, "has", "RBAC", "x --admission-control=Webhook,RBAC", true),
            ("--profiling", true, "eq", "true", "x --profiling", true),
            ("permissions", true, "bitmask", "644", "permissions=640", true),
            ("permissions", true, "bitmask", "644", "permissions=622", false),
            ("permissions", true, "bitmask", "644", "permissions=xyz", false),
            ("root:root", true, "", "", "root:root", true),
            ("root:root", true, "", "", "root:docker", false),
            ("--ciphers", true, "valid_elements", "A,B,C", "x --ciphers=A,C", true),
            ("--ciphers", true, "valid_elements", "A,B,C", "x --ciphers=A,D", false),
            ("--r", true, "regex", "^a.c$", "--r=abc", true),
            ("authMode", true, "noteq", "AlwaysAllow", "authMode: Webhook", true),
        ] {
            let found = judge(&item(name, "", set, operator, value), output, Source::Command, false);
            assert_eq!(found.is_good, good, "{name} {operator} {value} on {output}");
        }
    }

    #[test]
    fn each_of_several_values_must_hold() {
        let permissions = item("permissions", "", true, "bitmask", "600");
        assert!(judge(&permissions, "permissions=600\npermissions=400\n", Source::Command, true).is_good);
        assert!(!judge(&permissions, "permissions=600\npermissions=644\n", Source::Command, true).is_good);
    }

    #[test]
    fn paths_lead_into_yaml_and_json() {
        let enabled = item("", "{.authentication.anonymous.enabled}", true, "eq", "false");
        let yaml = "authentication:\n  anonymous:\n    enabled: false\n";
        assert!(judge(&enabled, yaml, Source::Config, false).is_good);
        let json = "{\"authentication\":{\"anonymous\":{\"enabled\":true}}}";
        assert_eq!(judge(&enabled, json, Source::Config, false), Found { is_found: true, is_good: false });
        assert!(!judge(&enabled, "{}", Source::Config, false).is_found);
        let list = item("", "{.a[0].b}", true, "eq", "1");
        assert!(judge(&list, "a: [{b: 1}]", Source::Config, false).is_good);
        let gone = item("", "{.x}", false, "", "");
        assert!(!judge(&gone, "a: [", Source::Config, false).is_good);
    }
}
