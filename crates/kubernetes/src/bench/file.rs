//! The form of a benchmark file (`check/controls.go`, `check/check.go`).

use workload::{DocumentLimits, Node, parse_documents};

/// Checks of one benchmark file.
const CHECKS_MAX: usize = 5_000;

/// A benchmark file.
#[derive(Clone, Debug, Default)]
pub struct BenchFile {
    /// `cis-1.12`.
    pub version: String,
    /// Number of the chapter.
    pub id: String,
    /// Its heading.
    pub text: String,
    /// `master`, `etcd`, `controlplane`, `node`, `policies`, `managedservices`.
    pub kind: String,
    /// Its groups.
    pub groups: Vec<BenchGroup>,
}

/// A group of checks.
#[derive(Clone, Debug, Default)]
pub struct BenchGroup {
    /// `1.1`.
    pub id: String,
    /// Its heading.
    pub text: String,
    /// Its checks.
    pub checks: Vec<BenchCheck>,
}

/// One check.
#[derive(Clone, Debug, Default)]
pub struct BenchCheck {
    /// `1.1.1`.
    pub id: String,
    /// What it asks for.
    pub text: String,
    /// The command whose output is looked at.
    pub audit: String,
    /// The command that prints a configuration file.
    pub audit_config: String,
    /// The command that prints the environment.
    pub audit_env: String,
    /// `manual`, `skip`, or empty.
    pub kind: String,
    /// What the outputs should be.
    pub tests: Option<BenchTests>,
    /// How to repair it.
    pub remediation: String,
    /// Whether it counts.
    pub scored: bool,
    /// Whether each line of the output is looked at.
    pub has_lines: bool,
}

/// Items, all of which or one of which must hold.
#[derive(Clone, Debug, Default)]
pub struct BenchTests {
    /// `and`, `or`, or empty, which is `and`.
    pub operator: String,
    /// The items.
    pub items: Vec<TestItem>,
}

/// One item.
#[derive(Clone, Debug, Default)]
pub struct TestItem {
    /// What is looked for in the output of `audit`.
    pub flag: String,
    /// What is looked for in the environment.
    pub env: String,
    /// Where to look in a configuration file (`{.a.b}`).
    pub path: String,
    /// Whether it must be there.
    pub set: bool,
    /// How its value is compared; empty is not at all.
    pub operator: String,
    /// With what.
    pub value: String,
}

/// A text that is no benchmark file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchError(pub String);

impl std::fmt::Display for BenchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no benchmark of kube-bench: {}", self.0)
    }
}

impl std::error::Error for BenchError {}

/// Reads a benchmark file.
///
/// # Errors
/// It is not YAML, or has no groups of checks.
pub fn parse_bench(text: &str) -> Result<BenchFile, BenchError> {
    let document = parse_documents(text, &DocumentLimits::default()).into_iter().next();
    let document = document.ok_or_else(|| BenchError("it is empty".to_owned()))?;
    let root = document.root.ok_or_else(|| BenchError(document.problems.join("; ")))?;
    // Some files of managed clusters have a heading alone.
    if root.get("groups").is_none() && root.entry("controls").is_none() {
        return Err(BenchError("it has neither 'controls' nor 'groups'".to_owned()));
    }
    let empty = Node::default();
    let groups = root.get("groups").unwrap_or(&empty);
    let mut file = BenchFile {
        version: string(&root, "version"),
        id: string(&root, "id"),
        text: string(&root, "text"),
        kind: string(&root, "type"),
        groups: Vec::new(),
    };
    let mut count = 0;
    for group in groups.items() {
        let checks = group.get("checks").map_or(&[][..], Node::items);
        count += checks.len();
        if count > CHECKS_MAX {
            return Err(BenchError(format!("more than {CHECKS_MAX} checks")));
        }
        file.groups.push(BenchGroup {
            id: string(group, "id"),
            text: string(group, "text"),
            checks: checks.iter().map(check).collect(),
        });
    }
    Ok(file)
}

fn check(node: &Node) -> BenchCheck {
    BenchCheck {
        id: string(node, "id"),
        text: string(node, "text"),
        audit: string(node, "audit").trim().to_owned(),
        audit_config: string(node, "audit_config").trim().to_owned(),
        audit_env: string(node, "audit_env").trim().to_owned(),
        kind: string(node, "type"),
        tests: node.get("tests").filter(|tests| tests.is_map()).map(tests),
        remediation: string(node, "remediation"),
        scored: node.get("scored").and_then(Node::boolean) == Some(true),
        has_lines: node.get("use_multiple_values").and_then(Node::boolean) == Some(true),
    }
}

fn tests(node: &Node) -> BenchTests {
    let items = node.get("test_items").map_or(&[][..], Node::items);
    BenchTests {
        operator: string(node, "bin_op"),
        items: items
            .iter()
            .map(|item| TestItem {
                flag: string(item, "flag"),
                env: string(item, "env"),
                path: string(item, "path"),
                set: item.get("set").and_then(Node::boolean) != Some(false),
                operator: item.at(&["compare", "op"]).and_then(Node::text).unwrap_or_default().to_owned(),
                value: item.at(&["compare", "value"]).and_then(Node::text).unwrap_or_default().to_owned(),
            })
            .collect(),
    }
}

fn string(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::text).unwrap_or_default().to_owned()
}
