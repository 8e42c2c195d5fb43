//! From a tree of OVAL criteria to tests of single packages.

use super::tables::Tables;
use crate::platform::{self, Platform};
use model::{Ecosystem, Status};

/// A node of the tree.
#[derive(Debug)]
pub(super) enum Node {
    Criteria { operator: Operator, is_negated: bool, children: Vec<Node> },
    Criterion { test: String, comment: String, is_negated: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
}

/// "This package of this release, older than this version."
#[derive(Clone, Debug)]
pub(super) struct PackageTest {
    pub platform: Platform,
    pub package: String,
    pub status: Status,
    /// The fixed version; empty unless `status` is `Fixed`.
    pub version: String,
    pub module: String,
    pub arches: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Tests {
    pub tests: Vec<PackageTest>,
    /// Names of platforms that are not scanned.
    pub unsupported: Vec<String>,
    pub not_understood: Vec<String>,
}

/// What all tests below a node have in common.
#[derive(Clone, Default)]
struct Context {
    platforms: Option<Vec<Platform>>,
    arches: Vec<String>,
    module: String,
}

/// What a leaf says.
enum Leaf<'a> {
    Platform(&'a str),
    Arch(String),
    Module(&'a str),
    Package {
        name: &'a str,
        status: Status,
        version: String,
        arches: Vec<String>,
    },
    /// Signature keys and such.
    Other,
}

// quick-xml's reader bounds the depth already; this bounds the recursion once more.
const DEPTH_MAX: usize = 64;

/// All package tests of a tree. `affected` are the platform names of the metadata, used when the tree tests none.
pub(super) fn package_tests(root: &Node, affected: &[String], tables: &Tables) -> Tests {
    let mut out = Tests::default();
    collect(root, &Context::default(), affected, tables, &mut out, 0);
    out.unsupported.sort();
    out.unsupported.dedup();
    out.not_understood.truncate(5);
    out
}

fn collect(
    node: &Node,
    context: &Context,
    affected: &[String],
    tables: &Tables,
    out: &mut Tests,
    depth: usize,
) {
    if depth > DEPTH_MAX {
        out.not_understood.push("criteria nested too deep".to_owned());
        return;
    }
    match node {
        Node::Criterion { is_negated: true, .. } | Node::Criteria { is_negated: true, .. } => {}
        Node::Criterion { test, comment, .. } => {
            let Leaf::Package { name, status, version, arches } = leaf(test, comment, tables) else { return };
            let platforms = match &context.platforms {
                Some(platforms) => platforms.clone(),
                None => platforms_of(affected.iter().map(String::as_str), out),
            };
            for platform in platforms {
                out.tests.push(PackageTest {
                    platform,
                    package: name.to_owned(),
                    status,
                    version: version.clone(),
                    module: context.module.clone(),
                    arches: if arches.is_empty() { context.arches.clone() } else { arches.clone() },
                });
            }
        }
        Node::Criteria { operator, children, .. } => {
            let mut inner = context.clone();
            if *operator == Operator::And {
                for child in children {
                    narrow(child, &mut inner, tables, out);
                }
            }
            for child in children {
                collect(child, &inner, affected, tables, out, depth + 1);
            }
        }
    }
}

/// Takes over what one part of a conjunction demands of the machine.
fn narrow(child: &Node, context: &mut Context, tables: &Tables, out: &mut Tests) {
    let mut names = Vec::new();
    if platform_names(child, tables, &mut names, 0) && !names.is_empty() {
        context.platforms = Some(platforms_of(names.into_iter(), out));
        return;
    }
    if let Node::Criterion { test, comment, .. } = child {
        match leaf(test, comment, tables) {
            Leaf::Arch(arch) => context.arches = vec![arch],
            Leaf::Module(module) => module.clone_into(&mut context.module),
            _ => {}
        }
    }
}

/// Whether a node tests for platforms alone; gathers their names.
fn platform_names<'a>(node: &'a Node, tables: &'a Tables, names: &mut Vec<&'a str>, depth: usize) -> bool {
    match node {
        Node::Criterion { test, comment, is_negated: false } => match leaf(test, comment, tables) {
            Leaf::Platform(name) => {
                names.push(name);
                true
            }
            _ => false,
        },
        Node::Criteria { operator: Operator::Or, is_negated: false, children } if depth < DEPTH_MAX => {
            children.iter().all(|child| platform_names(child, tables, names, depth + 1))
        }
        _ => false,
    }
}

fn platforms_of<'a>(names: impl Iterator<Item = &'a str>, out: &mut Tests) -> Vec<Platform> {
    let mut platforms = Vec::new();
    for name in names {
        match platform_by_name(name) {
            Some(platform) if platforms.contains(&platform) => {}
            Some(platform) => platforms.push(platform),
            None => out.unsupported.push(name.to_owned()),
        }
    }
    platforms
}

fn platform_by_name(name: &str) -> Option<Platform> {
    let version_after = |prefix: &str| {
        let rest = name.strip_prefix(prefix)?.trim_start();
        let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        platform::is_version(&version).then_some(version)
    };
    if let Some(version) = version_after("Oracle Linux") {
        return Some(Platform::new(Ecosystem::Rpm, "ol", &version));
    }
    if let Some(version) = version_after("Photon OS").or_else(|| version_after("Photon")) {
        return Some(Platform::new(Ecosystem::Rpm, "photon", &version));
    }
    platform::suse(name)
}

fn leaf<'a>(test: &str, comment: &'a str, tables: &'a Tables) -> Leaf<'a> {
    let comment = comment.trim();
    if let Some(name) = comment.strip_suffix(" is enabled").and_then(|rest| rest.strip_prefix("Module ")) {
        return Leaf::Module(name);
    }
    if let Some(at) = comment.rfind(" arch is ") {
        return Leaf::Arch(comment[at + " arch is ".len()..].to_owned());
    }
    let resolved = tables.test(test);
    if let Some((package, state)) = &resolved {
        let is_release = package.ends_with("-release");
        if is_release && let Some(name) = comment.strip_suffix(" is installed") {
            return Leaf::Platform(name);
        }
        if state.evr.is_empty() {
            return Leaf::Other;
        }
        let is_zero = matches!(state.evr.as_str(), "0:0-0" | "0:0" | "0");
        let status = match (state.operation.as_str(), is_zero) {
            ("less than", false) => Status::Fixed,
            // SUSE: `greater than 0:0-0` is "every version", with no fix yet.
            ("greater than" | "greater than or equal" | "not equal", true) => Status::Affected,
            ("equals" | "less than", true) => Status::NotAffected,
            _ => return Leaf::Other,
        };
        let version = if status == Status::Fixed { without_zero_epoch(&state.evr) } else { "" };
        return Leaf::Package {
            name: package,
            status,
            version: version.to_owned(),
            arches: state.arches.clone(),
        };
    }
    // A document without the tables still says it in words: `bind is earlier than 32:9.11.4-26.el7`.
    if let Some((name, version)) = comment.split_once(" is earlier than ") {
        let version = without_zero_epoch(version.trim()).to_owned();
        return Leaf::Package { name: name.trim(), status: Status::Fixed, version, arches: Vec::new() };
    }
    match comment.strip_suffix(" is installed") {
        Some(name) => Leaf::Platform(name),
        None => Leaf::Other,
    }
}

fn without_zero_epoch(evr: &str) -> &str {
    evr.strip_prefix("0:").unwrap_or(evr)
}
