//! The fixtures of kubernetes/pod-security-admission as a judge, where a copy is at hand: which pods keep the standards of
//! the newest version, and which do not. Nothing of it is in this repository.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads a copy of other people's files")]

mod judges;

use judges::{Tally, checkout};
use kubernetes::{Level, read_objects, violations};
use workload::{DocumentLimits, PodContext, read_pod};

/// The version whose standards the lists of this crate are.
const VERSION: &str = "v1.37";

#[test]
fn pods_keep_the_standards_that_the_api_server_says_they_keep() {
    let copy = checkout("kubernetes+pod-security-admission", "SEAWALL_POD_SECURITY", "test/testdata");
    let Some(copy) = copy else { return };
    let mut tally = Tally::default();
    for (level, limit) in [("baseline", Level::Baseline), ("restricted", Level::Restricted)] {
        for (word, keeps) in [("pass", true), ("fail", false)] {
            let folder = copy.path().join("test/testdata").join(level).join(VERSION).join(word);
            let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|e| e.path()).collect();
            files.sort();
            for file in files {
                let text = std::fs::read_to_string(&file).unwrap();
                let name = format!("{level} {word} {}", file.file_name().unwrap().to_string_lossy());
                let read = read_objects(&text, None, &DocumentLimits::default());
                let pod = read.objects[0].pod().unwrap();
                let containers = read_pod(
                    pod.spec,
                    &PodContext { object: String::new(), metadata: pod.metadata, place: None },
                );
                let found: Vec<_> =
                    violations(pod, &containers).into_iter().filter(|v| v.level <= limit).collect();
                tally.add(&name, found.is_empty() == keeps, || format!("{found:?}"));
            }
        }
    }
    tally.report("kubernetes/pod-security-admission", 100.0, &[]);
}
