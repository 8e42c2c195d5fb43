//! The files that make up a project: what is laid over the first, what it includes, what services extend
//! (compose-spec, `14-include.md`).

use super::merge::merge;
use super::{ComposeOptions, extend, interpolate};
use crate::node::{Entry, Node, Value, parse_documents};
use crate::read::engine::printable;
use crate::read::env_file::read_env_file;
use model::{Gap, GapReason};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Files that include files.
const DEPTH_MAX: usize = 16;
/// Files of one project.
const FILES_MAX: usize = 200;
/// Bytes of all of them.
const BYTES_MAX: usize = 32 << 20;

/// A file with what it says.
pub(super) struct File {
    pub(super) root: Node,
    /// Where it lies as seen from the first file: empty, or a path with a slash at its end.
    pub(super) directory: String,
}

/// All that was read for a project.
pub(super) struct Files<'a> {
    options: &'a ComposeOptions<'a>,
    /// Names of the files besides the first, as seen from it.
    pub(super) names: Vec<String>,
    pub(super) gaps: Vec<Gap>,
    /// Files that services extend, by name: many extend the same.
    extended: HashMap<String, Option<Rc<File>>>,
    bytes: usize,
    loaded: usize,
}

impl<'a> Files<'a> {
    pub(super) fn new(options: &'a ComposeOptions<'a>) -> Self {
        Self { options, names: Vec::new(), gaps: Vec::new(), extended: HashMap::new(), bytes: 0, loaded: 0 }
    }

    pub(super) fn gap(&mut self, what: &str, reason: GapReason, detail: String) {
        // Services that are extended many times tell the same each time.
        let gap = Gap::new(what, reason, detail);
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The project of a text: what is laid over it, and what all of them include. None when nothing is in it;
    /// `Some(None)` when it cannot be read.
    pub(super) fn project(&mut self, text: &str) -> Option<Option<Node>> {
        let options = self.options;
        let before = self.gaps.len();
        let mut root = self.layers(text, "", 0, &options.variables);
        if root.is_none() {
            return (self.gaps.len() > before).then_some(None);
        }
        for overlay in &options.overlays {
            let number = self.number(&overlay.name);
            let over = self.layers(&overlay.text, "", number, &options.variables);
            root = laid_over(root, over);
        }
        let mut root = root?;
        self.include(&mut root, "", &options.variables, 0);
        Some(Some(root))
    }

    /// The documents of a text, laid over each other like files, each with its variables and with all that it extends.
    fn layers(
        &mut self,
        text: &str,
        directory: &str,
        number: u16,
        variables: &BTreeMap<String, String>,
    ) -> Option<Node> {
        let mut whole: Option<Node> = None;
        for document in parse_documents(text, &self.options.limits) {
            let file = self.name_of(number);
            for problem in document.problems {
                self.gap(&file, GapReason::Malformed, problem);
            }
            let Some(mut root) = document.root else { continue };
            number_places(&mut root, number);
            interpolate::apply(&mut root, variables, &mut self.gaps);
            let mut file = File { root, directory: directory.to_owned() };
            extend::resolve(&mut file, self);
            whole = laid_over(whole, Some(file.root));
        }
        whole
    }

    /// A file that a service extends, its own services not resolved yet.
    pub(super) fn extended(&mut self, directory: &str, name: &str) -> Option<Rc<File>> {
        let path = beside(directory, name);
        if let Some(file) = self.extended.get(&path) {
            return file.clone();
        }
        let file = self.load(&path).and_then(|text| {
            let number = self.number(&path);
            let mut root = parse_documents(&text, &self.options.limits).into_iter().next()?.root?;
            number_places(&mut root, number);
            interpolate::apply(&mut root, &self.options.variables, &mut self.gaps);
            Some(Rc::new(File { root, directory: directory_of(&path).to_owned() }))
        });
        self.extended.insert(path, file.clone());
        file
    }

    /// Brings in what a file includes: projects of their own, whose services, volumes and networks join.
    fn include(
        &mut self,
        root: &mut Node,
        directory: &str,
        variables: &BTreeMap<String, String>,
        depth: usize,
    ) {
        let Some(included) = root.get("include").map(|node| node.items().to_vec()) else { return };
        for item in included {
            if depth >= DEPTH_MAX {
                let detail = format!("more than {DEPTH_MAX} files include each other");
                self.gap(INCLUDED, GapReason::LimitReached, detail);
                return;
            }
            let paths = match item.text() {
                Some(path) => vec![path.to_owned()],
                None => texts(item.get("path")),
            };
            let Some(first) = paths.first() else {
                self.gap(INCLUDED, GapReason::Malformed, "'include' names no file".to_owned());
                continue;
            };
            let own = item.get("project_directory").and_then(Node::text).map(|own| beside(directory, own));
            let own = own.map_or_else(|| directory_of(&beside(directory, first)).to_owned(), |own| own + "/");
            let variables = self.variables(&item, directory, &own, variables);
            let mut project: Option<Node> = None;
            for path in &paths {
                let path = beside(directory, path);
                let Some(text) = self.load(&path) else {
                    let detail = format!("'{}' was not given or cannot be read", printable(&path));
                    self.gap(INCLUDED, GapReason::Unreadable, detail);
                    continue;
                };
                let number = self.number(&path);
                let over = self.layers(&text, &own, number, &variables);
                project = laid_over(project, over);
            }
            if let Some(mut project) = project {
                self.include(&mut project, &own, &variables, depth + 1);
                self.join(root, &project);
            }
        }
    }

    /// The variables of an included project: its files of variables, and over them those of whoever includes it.
    fn variables(
        &mut self,
        item: &Node,
        directory: &str,
        own: &str,
        outer: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let named = texts(item.get("env_file"));
        let paths: Vec<String> = match named.is_empty() {
            true => vec![beside(own, ".env")],
            false => named.iter().map(|name| beside(directory, name)).collect(),
        };
        let mut variables = BTreeMap::new();
        for path in paths {
            match self.load(&path) {
                Some(text) => variables.extend(read_env_file(&text, outer)),
                None if named.is_empty() => {}
                None => {
                    let detail = format!("'{}' was not given or cannot be read", printable(&path));
                    self.gap("variables of an included project", GapReason::Unreadable, detail);
                }
            }
        }
        variables.extend(outer.iter().map(|(name, value)| (name.clone(), value.clone())));
        variables
    }

    fn join(&mut self, root: &mut Node, project: &Node) {
        let Value::Map(entries) = &mut root.value else { return };
        let mut doubled = Vec::new();
        for kind in ["services", "volumes", "networks", "secrets", "configs"] {
            let Some(new) = project.entry(kind).filter(|entry| entry.value.is_map()) else { continue };
            let Some(own) = entries.iter_mut().find(|entry| entry.key == kind && entry.value.is_map()) else {
                entries.retain(|entry| entry.key != kind);
                entries.push(new.clone());
                continue;
            };
            let Value::Map(own) = &mut own.value.value else { continue };
            for entry in new.value.entries() {
                match own.iter().find(|other| other.key == entry.key) {
                    Some(other) if is_same(&other.value, &entry.value) => {}
                    Some(_) => doubled.push(format!("{kind}.{}", printable(&entry.key))),
                    None => own.push(Entry { key: entry.key.clone(), ..entry.clone() }),
                }
            }
        }
        for name in doubled.into_iter().take(20) {
            let detail =
                format!("{name} is described here too, which compose refuses; the included one is left out");
            self.gap(INCLUDED, GapReason::Malformed, detail);
        }
    }

    fn load(&mut self, path: &str) -> Option<String> {
        if self.loaded >= FILES_MAX || self.bytes >= BYTES_MAX {
            let detail = format!("only the first {FILES_MAX} files and {BYTES_MAX} bytes are read");
            self.gap("files of the project", GapReason::LimitReached, detail);
            return None;
        }
        self.loaded += 1;
        let text = self.options.load?(path)?;
        self.bytes = self.bytes.saturating_add(text.len());
        Some(text)
    }

    /// The number of another file.
    fn number(&mut self, name: &str) -> u16 {
        let at = self.names.iter().position(|other| other == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(u16::MAX)
    }

    fn name_of(&self, number: u16) -> String {
        let other = usize::from(number).checked_sub(1).and_then(|at| self.names.get(at));
        other.map_or_else(|| "compose file".to_owned(), |name| format!("compose file {}", printable(name)))
    }
}

const INCLUDED: &str = "included compose files";

fn laid_over(base: Option<Node>, over: Option<Node>) -> Option<Node> {
    match (base, over) {
        (Some(base), Some(over)) => Some(merge(&base, &over, "")),
        (base, over) => base.or(over),
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    match node.text() {
        Some(text) => vec![text.to_owned()],
        None => node.items().iter().filter_map(Node::text).map(str::to_owned).collect(),
    }
}

/// A path as seen from the first file, `.` and what `..` undoes taken out.
fn beside(directory: &str, name: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if directory.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

fn directory_of(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// Whether two nodes say the same, wherever they stand.
fn is_same(a: &Node, b: &Node) -> bool {
    let without_places = |node: &Node| {
        let mut node = node.clone();
        each_place(&mut node, &mut |place| *place = None);
        node
    };
    without_places(a) == without_places(b)
}

fn number_places(node: &mut Node, file: u16) {
    if file != 0 {
        each_place(node, &mut |place| {
            if let Some(place) = place {
                place.file = file;
            }
        });
    }
}

fn each_place(node: &mut Node, change: &mut impl FnMut(&mut Option<crate::spec::Place>)) {
    change(&mut node.place);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| each_place(item, change)),
        Value::Map(entries) => {
            for entry in entries {
                change(&mut entry.key_place);
                each_place(&mut entry.value, change);
            }
        }
        _ => {}
    }
}
