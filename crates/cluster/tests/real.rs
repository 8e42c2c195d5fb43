//! A real cluster, where one is named: `SEAWALL_KUBECONFIG=FILE cargo test -p cluster --test real`. Its current context
//! must be allowed to list everything.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use cluster::{Bounds, Cluster, Options};
use facts::{ClusterFacts, Fact};
use std::path::PathBuf;

#[test]
fn every_kind_of_a_real_cluster_is_listed_in_pages_of_any_size() {
    let Some(kubeconfig) = std::env::var_os("SEAWALL_KUBECONFIG").map(PathBuf::from) else {
        println!("skipped: no cluster (hint: SEAWALL_KUBECONFIG=<kubeconfig>)");
        return;
    };
    let options = Options { kubeconfig: Some(kubeconfig), ..Options::from_env() };
    let collect = |page_objects| -> ClusterFacts {
        let bounds = Bounds { page_objects, ..Bounds::default() };
        Cluster::find(&options).unwrap().collect(&bounds).unwrap()
    };
    let (small, large) = (collect(7), collect(500));
    let names = |facts: &ClusterFacts| -> Vec<String> {
        let name = |object: &workload::Node| {
            let text =
                |path: &[&str]| object.at(path).and_then(workload::Node::text).unwrap_or_default().to_owned();
            format!(
                "{} {}/{}",
                text(&["kind"]),
                text(&["metadata", "namespace"]),
                text(&["metadata", "name"])
            )
        };
        facts.objects().iter().map(name).collect()
    };
    assert_eq!(names(&small), names(&large));
    assert!(matches!(&large.version, Fact::Known(_)));
    for (kind, fact) in &large.kinds {
        // Nodes may be out of reach.
        assert!(fact.known().is_some() || kind == "nodes/proxy", "{kind}: {fact:?}");
    }
    println!("{}: {} objects of {} kinds", large.server, large.objects().len(), large.kinds.len());
}
