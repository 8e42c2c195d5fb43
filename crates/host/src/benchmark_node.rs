//! What benchmarks of Kubernetes ask of a node: processes with their words, and the files that the benchmark names.

use crate::{
    Roots, accounts,
    collect::names,
    files::{self, Names},
    processes, read,
};
use facts::{BenchmarkFile, BenchmarkNode, BenchmarkProcess, Fact, FileFact, FileKind};
use model::GapReason;
use std::collections::{BTreeMap, BTreeSet};
use workload::{mask_secret, setting};

/// Files that are looked at, and how deep below a directory.
const FILES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 4;
/// Bytes of a configuration.
const TEXT_BYTES_MAX: u64 = 1 << 20;
/// Words of a process (`proc_pid_cmdline(5)`).
const WORDS_BYTES_MAX: u64 = 256 << 10;
/// Programs whose words count: components of Kubernetes in all distributions.
const COMPONENTS: [&str; 9] =
    ["kube", "etcd", "hyperkube", "apiserver", "k3s", "rke2", "openshift", "controller", "flanneld"];
/// Keys of kubeconfigs whose names do not say what they hold.
const HIDDEN: [&str; 2] = ["client-key-data", "client-certificate-data"];

/// Looks at the paths that a benchmark names, at those that components name in their words, and at the components.
#[must_use]
pub fn collect_benchmark_node(roots: &Roots, wanted: &[String]) -> BenchmarkNode {
    let names = names(&accounts::collect(roots));
    let processes = processes(roots);
    let mut paths: BTreeSet<String> = wanted.iter().map(|path| normal(path)).collect();
    for process in processes.known().into_iter().flatten() {
        let values = process
            .arguments
            .iter()
            .skip(1)
            .map(|word| word.split_once('=').map_or(word.as_str(), |(_, value)| value));
        paths.extend(values.filter(|value| value.starts_with('/')).map(normal));
    }
    let mut files = BTreeMap::new();
    for path in paths {
        // A pattern stands for what lies in its directory.
        let path = match path.find('*') {
            Some(at) => path[..at].rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()),
            None => path,
        };
        if path.len() > 1 {
            look(roots, &path, &names, 0, &mut files);
        }
    }
    BenchmarkNode { processes, files }
}

fn normal(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

fn processes(roots: &Roots) -> Fact<Vec<BenchmarkProcess>> {
    processes::entries(roots)
        .map(|entries| entries.iter().filter_map(|entry| process(roots, entry.pid)).collect())
}

fn process(roots: &Roots, pid: u32) -> Option<BenchmarkProcess> {
    let words = |file: &str| -> Option<Vec<String>> {
        let bytes = read::bytes(&roots.proc_at(&format!("{pid}/{file}")), WORDS_BYTES_MAX).ok()?;
        let parts = bytes.split(|byte| *byte == 0).filter(|part| !part.is_empty());
        Some(parts.map(|part| String::from_utf8_lossy(part).into_owned()).collect())
    };
    let mut arguments = words("cmdline").filter(|words| !words.is_empty())?;
    // The first word is whatever the process says; the program is what the kernel says.
    if let Some(executable) = processes::executable(roots, pid) {
        arguments[0] = executable;
    }
    let program = arguments[0].rsplit('/').next().unwrap_or_default();
    if !COMPONENTS.iter().any(|name| program.contains(name)) {
        return None;
    }
    let masked = |word: String| match word.split_once('=') {
        Some((name, value)) => match mask_secret(name.trim_start_matches('-'), value) {
            Some(mask) => format!("{name}={mask}"),
            None => word,
        },
        None => word,
    };
    let environment = words("environ").unwrap_or_default();
    Some(BenchmarkProcess {
        arguments: arguments.into_iter().map(masked).collect(),
        environment: environment.into_iter().map(masked).collect(),
    })
}

fn look(
    roots: &Roots,
    path: &str,
    names: &Names,
    depth: usize,
    files: &mut BTreeMap<String, Fact<Option<BenchmarkFile>>>,
) {
    if files.contains_key(path) {
        return;
    }
    if files.len() >= FILES_MAX {
        let detail = format!("more than {FILES_MAX} files");
        files.insert(path.to_owned(), Fact::missing(GapReason::LimitReached, detail));
        return;
    }
    let fact = files::look(roots, path, names);
    let is_directory = matches!(&fact, Fact::Known(Some(file)) if file.kind == FileKind::Directory);
    // What lies in a directory that was named counts, not what happens to lie beside a file.
    let is_plain = matches!(&fact, Fact::Known(Some(file)) if file.kind == FileKind::File);
    let text = (is_plain && depth == 0).then(|| text(roots, path)).flatten();
    files.insert(path.to_owned(), fact.map(|file| file.map(|file| benchmark_file(file, text))));
    if is_directory && depth < DEPTH_MAX {
        for name in read::names(&roots.at(path)).unwrap_or_default() {
            look(roots, &format!("{path}/{name}"), names, depth + 1, files);
        }
    }
}

fn benchmark_file(file: FileFact, text: Option<String>) -> BenchmarkFile {
    BenchmarkFile {
        mode: file.mode,
        owner: file.user.unwrap_or_else(|| file.uid.to_string()),
        group: file.group.unwrap_or_else(|| file.gid.to_string()),
        text,
    }
}

/// The text of a configuration, its credentials masked. Keys and data are left.
fn text(roots: &Roots, path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if [".key", ".crt", ".pem", ".db", ".jks"].iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let text = String::from_utf8(read::bytes(&roots.at(path), TEXT_BYTES_MAX).ok()?).ok()?;
    if text.contains("-----BEGIN") {
        return None;
    }
    let line = |line: &str| -> String {
        let masked = setting(line).and_then(|(key, value)| {
            let mask = mask_secret(key, value)
                .or_else(|| HIDDEN.contains(&key).then(|| mask_secret("token", "x1").unwrap_or_default()))?;
            let indent = &line[..line.len() - line.trim_start().len()];
            Some(format!("{indent}{key}: '{mask}'"))
        });
        masked.unwrap_or_else(|| line.to_owned()) + "\n"
    };
    Some(text.lines().map(line).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests write their own files")]
    use super::*;

    #[test]
    fn files_and_components_are_seen_without_credentials() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &[u8]| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("proc/7/cmdline", b"kubelet\0--config=/etc/k/kubelet.yaml\0--token=hunter2\0");
        write("proc/7/environ", b"A=b\0DB_PASSWORD=hunter2\0");
        write("proc/7/cgroup", b"0::/\n");
        write("proc/8/cmdline", b"sleep\x001\0");
        write("proc/8/cgroup", b"0::/\n");
        write("etc/k/kubelet.yaml", b"readOnlyPort: 0\npassword: hunter2\nclient-key-data: hunter2\n");
        write("etc/pki/a.key", b"hunter2");
        let wanted = ["/etc/pki/".to_owned(), "/etc/none".to_owned(), "/etc/certs/*.crt".to_owned()];
        let node = collect_benchmark_node(&Roots::below(folder.path()), &wanted);
        let processes = node.processes.known().unwrap();
        assert_eq!(processes.len(), 1);
        assert_eq!(processes[0].arguments[1], "--config=/etc/k/kubelet.yaml");
        let file = |path: &str| node.files[path].known().unwrap().clone();
        assert!(file("/etc/k/kubelet.yaml").unwrap().text.unwrap().starts_with("readOnlyPort: 0\n"));
        assert!(file("/etc/pki/a.key").unwrap().text.is_none());
        assert!(file("/etc/none").is_none() && file("/etc/certs").is_none());
        assert!(!format!("{node:?}").contains("hunter2"), "{node:?}");
    }
}
