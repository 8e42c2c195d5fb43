//! What the language tools of this machine say is installed is what the parsers find.
#![allow(clippy::disallowed_methods, reason = "a test that reads what is installed on this machine")]

use model::{LayerPath, Limits, Package};
use packages::{Context, FORMATS, FormatKind, OwnedFile, Problem, Sink};
use std::{collections::BTreeSet, path::Path, process::Command};

#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    problems: Vec<(String, Problem)>,
    path: String,
}

impl Sink for Found {
    fn package(&mut self, package: Package) {
        self.packages.push(package);
    }
    fn owns(&mut self, _package: &str, _file: OwnedFile<'_>) {}
    fn problem(&mut self, problem: Problem) {
        self.problems.push((self.path.clone(), problem));
    }
}

impl Found {
    /// Looks at a file as a scan does: every format of installed metadata that its path matches.
    fn look_at(&mut self, file: &Path) {
        let path = LayerPath::new(&file.to_string_lossy());
        for format in
            FORMATS.iter().filter(|format| format.kind == FormatKind::Installed && (format.matches)(&path))
        {
            let Ok(bytes) = std::fs::read(file) else { continue };
            self.path = path.to_string();
            (format.parse)(&Context { path: &path, limits: &Limits::default() }, &bytes, self);
        }
    }

    fn names(&self) -> BTreeSet<String> {
        self.packages.iter().map(|package| format!("{}@{}", package.name, package.version)).collect()
    }
}

/// The lines that a tool prints; `None`, loudly, where the machine does not have it.
fn lines_of(program: &str, arguments: &[&str]) -> Option<BTreeSet<String>> {
    match Command::new(program).args(arguments).output() {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
        }
        other => {
            eprintln!("skipped: {program} {arguments:?} does not work here: {other:?}");
            None
        }
    }
}

fn visit(directory: &Path, depth: usize, each: &mut dyn FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth > 0 {
            visit(&entry.path(), depth - 1, each);
        } else if kind.is_file() {
            each(&entry.path());
        }
    }
}

#[test]
fn python_distributions_are_those_of_importlib() {
    let names = "import importlib.metadata as m, re\nfor d in m.distributions():\n print(re.sub(r'[-_.]+', '-', d.metadata['Name']).lower() + '@' + d.version)";
    let Some(expected) = lines_of("python3", &["-c", names]) else { return };
    let Some(directories) = lines_of("python3", &["-c", "import sys\nfor p in sys.path: print(p)"]) else {
        return;
    };
    let mut found = Found::default();
    for directory in directories.iter().filter(|directory| directory.ends_with("-packages")) {
        visit(Path::new(directory), 1, &mut |file| found.look_at(file));
    }
    assert_eq!(found.names(), expected);
    assert_eq!(found.problems, []);
    eprintln!("compared {} Python distributions", expected.len());
}

#[test]
fn node_packages_are_those_that_node_would_load() {
    let script = r#"
        const fs = require("fs"), path = require("path");
        function visit(modules) {
          for (const name of fs.readdirSync(modules)) {
            const folders = name.startsWith("@") ? fs.readdirSync(path.join(modules, name)).map(n => path.join(modules, name, n)) : [path.join(modules, name)];
            for (const folder of folders) {
              try { const p = JSON.parse(fs.readFileSync(path.join(folder, "package.json"))); if (p.name && p.version) console.log(p.name + "@" + p.version); } catch {}
              if (fs.existsSync(path.join(folder, "node_modules"))) visit(path.join(folder, "node_modules"));
            }
          }
        }
        visit(process.argv[1]);"#;
    let Some(root) = lines_of("npm", &["root", "-g"]).and_then(|lines| lines.into_iter().next()) else {
        return;
    };
    let Some(expected) = lines_of("node", &["-e", script, &root]) else { return };
    let mut found = Found::default();
    visit(Path::new(&root), 24, &mut |file| found.look_at(file));
    assert_eq!(found.names(), expected);
    assert_eq!(found.problems, []);
    eprintln!("compared {} Node.js packages", expected.len());
}

#[test]
fn java_archives_have_the_coordinates_that_maven_stored_them_under() {
    let Some(home) = std::env::var_os("HOME") else { return };
    let repository = Path::new(&home).join(".m2/repository");
    let mut found = Found::default();
    let (mut archives, mut exact) = (0, 0);
    visit(&repository, 24, &mut |file| {
        // GROUP/ARTIFACT/VERSION/ARTIFACT-VERSION.jar, without a classifier.
        let relative = file.strip_prefix(&repository).expect("the walk began there").to_string_lossy();
        let parts: Vec<&str> = relative.split('/').collect();
        let [group @ .., artifact, version, name] = &parts[..] else { return };
        if *name != format!("{artifact}-{version}.jar") {
            return;
        }
        archives += 1;
        let before = found.packages.len();
        found.look_at(file);
        let coordinates = format!("{}:{artifact}", group.join("."));
        exact += usize::from(
            found.packages[before..]
                .iter()
                .any(|package| package.name == coordinates && package.version == *version),
        );
    });
    if archives < 20 {
        eprintln!("skipped: Maven's repository {} has only {archives} archives", repository.display());
        return;
    }
    eprintln!("{exact} of {archives} archives have exact coordinates; problems: {:?}", found.problems);
    assert!(exact * 10 >= archives * 8, "{exact} of {archives}");
}
