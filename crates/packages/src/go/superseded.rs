//! Which of two Go files counts.

use super::go_mod::LEAVES_OUT_INDIRECT;
use model::{Gap, LayerPath, Package};
use std::collections::HashSet;

/// Drops what was found in a `go.sum`, unless the `go.mod` beside it leaves out indirect modules, which a gap of
/// its parser tells: `go.sum` also names modules and versions that are not part of the build.
pub fn drop_superseded_go_sums(packages: &mut Vec<Package>, gaps: &[Gap]) {
    let incomplete: HashSet<LayerPath> = gaps
        .iter()
        .filter(|gap| gap.detail.contains(LEAVES_OUT_INDIRECT))
        .map(|gap| LayerPath::new(&gap.what))
        .collect();
    packages.retain(|package| {
        let path = &package.path;
        path.file_name() != "go.sum"
            || incomplete.contains(&LayerPath::new(path.parent().unwrap_or("")).join("go.mod"))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::go::{go_mod, go_sum};
    use crate::testing::parse;

    #[test]
    fn go_sum_counts_only_beside_an_incomplete_go_mod() {
        let mut packages = Vec::new();
        let mut gaps = Vec::new();
        for (directory, version) in [("old/", "1.16"), ("new/", "1.17"), ("", "1.22")] {
            let path = format!("{directory}go.mod");
            let found = parse(&go_mod::FORMAT, &path, format!("go {version}\nrequire a.b/c v1.0.0\n"));
            packages.extend(found.packages);
            // A scan puts the format before the detail.
            gaps.extend(found.problems.iter().map(|problem| {
                Gap::new(
                    LayerPath::new(&path).to_string(),
                    problem.reason,
                    format!("golang/go-mod: {}", problem.detail),
                )
            }));
            packages.extend(
                parse(&go_sum::FORMAT, &format!("{directory}go.sum"), "d.e/f v1.0.0 h1:x\n").packages,
            );
        }
        drop_superseded_go_sums(&mut packages, &gaps);
        let sums: Vec<_> = packages
            .iter()
            .map(|package| package.path.as_str())
            .filter(|path| path.ends_with("go.sum"))
            .collect();
        assert_eq!(sums, ["old/go.sum"]);
        assert_eq!(packages.len(), 4);
    }
}
