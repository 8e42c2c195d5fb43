//! What the advisories at hand say of packaged components.

use advisories::{Database, Shard};
use audit::{Advised, AdvisedStatus, Tables};
use facts::HostFacts;
use model::Status;

/// Asks the advisories of the host's distribution about what upstream's ranges would blame. A shard that cannot be read
/// says nothing, and what nothing says is not known to the audit.
pub(super) fn ask(facts: &HostFacts, tables: &Tables, database: &Database) -> Vec<Advised> {
    let Some(release) = facts.os_release.known() else { return Vec::new() };
    let mut advised = Vec::new();
    for (package, ids) in audit::candidates(facts, tables) {
        for shard_name in shard_names(&release.id, &release.version) {
            let Some(shard) = database.shard(&shard_name) else { continue };
            for id in &ids {
                if let Ok(Some(status)) = status(&shard, &package.source, id) {
                    advised.push(Advised { source: package.source.clone(), id: id.clone(), status });
                }
            }
        }
    }
    advised
}

// `debian:12`, `alpine:v3.20`: shards are named after the release as its publisher writes it.
fn shard_names(id: &str, version: &str) -> Vec<String> {
    let major = version.split('.').next().unwrap_or(version);
    let minor = version.split('.').take(2).collect::<Vec<_>>().join(".");
    let mut names = vec![
        format!("{id}:{version}"),
        format!("{id}:{minor}"),
        format!("{id}:v{minor}"),
        format!("{id}:{major}"),
    ];
    names.dedup();
    names
}

fn status(
    shard: &Shard<'_>,
    source: &str,
    id: &str,
) -> Result<Option<AdvisedStatus>, advisories::ShardError> {
    let wanted = shard.advisories_of(id)?;
    if wanted.is_empty() {
        return Ok(None);
    }
    for row in shard.rows(source)? {
        if !wanted.contains(&row.advisory) {
            continue;
        }
        let fixed = shard.ranges(&row)?.into_iter().map(|range| range[1]).find(|fixed| !fixed.is_empty());
        return Ok(match (row.quality.status, fixed) {
            (Status::NotAffected, _) => Some(AdvisedStatus::NotAffected),
            (_, Some(fixed)) => Some(AdvisedStatus::FixedIn(fixed.to_owned())),
            (Status::Affected | Status::WillNotFix | Status::Deferred, None) => Some(AdvisedStatus::Unfixed),
            _ => None,
        });
    }
    Ok(None)
}
