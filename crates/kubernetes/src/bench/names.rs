//! Names of programs and files (`cfg/config.yaml`): which of many candidates a node has.

use super::BenchFacts;
use std::collections::BTreeMap;
use workload::{DocumentLimits, Node, parse_documents};

/// What variables of commands may stand for.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Candidates by variable (`apiserverbin`), best first.
    candidates: BTreeMap<String, Vec<String>>,
    /// What holds when no candidate is there.
    defaults: BTreeMap<String, String>,
}

/// The endings of variables, with the keys of their candidates and of their default.
const KINDS: [(&str, &str, &str); 6] = [
    ("bin", "bins", "defaultbin"),
    ("conf", "confs", "defaultconf"),
    ("svc", "svc", "defaultsvc"),
    ("kubeconfig", "kubeconfig", "defaultkubeconfig"),
    ("cafile", "cafile", "defaultcafile"),
    ("datadir", "datadirs", "defaultdatadir"),
];

/// Reads `config.yaml` of kube-bench, and that of one benchmark over it, for one kind of file (`master`, `node` …).
#[must_use]
pub fn parse_names(texts: &[&str], kind: &str) -> Names {
    let mut names = Names::default();
    for text in texts {
        let root =
            parse_documents(text, &DocumentLimits::default()).into_iter().find_map(|document| document.root);
        let Some(section) = root.as_ref().and_then(|root| root.get(kind)) else { continue };
        for component in section.entries().iter().filter(|entry| entry.value.is_map()) {
            for (ending, list, default) in KINDS {
                let variable = format!("{}{ending}", component.key);
                let found = component.value.get(list).map_or(&[][..], Node::items);
                let found: Vec<String> = found.iter().filter_map(Node::text).map(str::to_owned).collect();
                if !found.is_empty() {
                    names.candidates.insert(variable.clone(), found);
                }
                if let Some(text) = component.value.get(default).and_then(Node::text) {
                    names.defaults.insert(variable, text.to_owned());
                }
            }
        }
    }
    names
}

impl Names {
    /// The command with each variable as what the node has.
    pub(super) fn fill(&self, command: &str, facts: &BenchFacts) -> String {
        let mut variables: Vec<&String> = self.candidates.keys().chain(self.defaults.keys()).collect();
        // `$kubeletkubeconfig` before `$kubeletkube`.
        variables.sort_by_key(|name| std::cmp::Reverse(name.len()));
        variables.dedup();
        let mut filled = command.to_owned();
        for variable in variables {
            let name = format!("${variable}");
            if filled.contains(&name) {
                filled = filled.replace(&name, &self.resolve(variable, facts));
            }
        }
        filled
    }

    fn resolve(&self, variable: &str, facts: &BenchFacts) -> String {
        let empty = Vec::new();
        let candidates = self.candidates.get(variable).unwrap_or(&empty);
        let is_there = |candidate: &&String| {
            if variable.ends_with("bin") {
                facts.processes.iter().any(|process| process.is_called(candidate))
            } else {
                facts.files.get(candidate.as_str()).is_some_and(Option::is_some)
            }
        };
        let found =
            candidates.iter().find(is_there).or_else(|| self.defaults.get(variable)).or(candidates.first());
        found.cloned().unwrap_or_default()
    }

    /// Whether some component that the variables name runs; nothing when they name none.
    pub(super) fn runs_here(&self, facts: &BenchFacts) -> Option<bool> {
        let mut programs = self
            .candidates
            .iter()
            .filter(|(name, _)| name.ends_with("bin"))
            .flat_map(|(_, list)| list)
            .peekable();
        programs.peek()?;
        Some(programs.any(|program| facts.processes.iter().any(|process| process.is_called(program))))
    }

    /// Every path that a variable may stand for: what a collector should look at.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let candidates = self.candidates.values().flatten().chain(self.defaults.values());
        let mut paths: Vec<String> = candidates.filter(|path| path.starts_with('/')).cloned().collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// Every path that the commands of a file read: what a collector should look at. Paths that end in `/` are directories
/// whose files count too.
#[must_use]
pub fn wanted_paths(file: &super::BenchFile, names: &Names) -> Vec<String> {
    let mut paths = names.paths();
    for check in file.groups.iter().flat_map(|group| &group.checks) {
        for command in [&check.audit, &check.audit_config] {
            let separators = |letter: char| {
                letter.is_whitespace() || matches!(letter, '\'' | '"' | ';' | '|' | '=' | '(' | ')')
            };
            let words = command.split(separators).filter(|word| {
                ["/etc/", "/var/", "/usr/lib/", "/opt/", "/lib/"].iter().any(|start| word.starts_with(start))
                    && !word.contains('$')
            });
            paths.extend(words.map(str::to_owned));
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

impl super::NodeProcess {
    /// Whether it runs this program: its name, and the words behind it (`hyperkube apiserver`). That a name stands
    /// somewhere in the arguments is not enough: anybody can write it there.
    pub(super) fn is_called(&self, program: &str) -> bool {
        let mut words = program.split_whitespace();
        let Some(first) = words.next() else { return false };
        let own = self.arguments.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
        own == first.rsplit('/').next().unwrap_or(first)
            && words
                .zip(self.arguments.iter().skip(1).map(Some).chain(std::iter::repeat(None)))
                .all(|(word, own)| own.is_some_and(|own| own == word))
    }
}
