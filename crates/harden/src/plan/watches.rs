//! Audit rules for what is not watched.

use super::{Action, Change, Class, Pending, Situation, diff::unified};
use crate::audit_rules::{PROGRAMS, RULES_FILE, Watched, audit_rules};
use facts::FileRole;
use std::collections::BTreeSet;

const RULE: &str = "audit/file-not-watched";

pub(super) fn plan(pending: &mut Pending, situation: &Situation<'_>) {
    let objects = pending.take(RULE);
    let Some(object) = objects.first().cloned() else { return };
    let watched = watched(situation);
    if watched.is_empty() {
        return pending.leave(RULE, &object, "the facts hold no file of the engine that is there");
    }
    let rules = audit_rules(&watched);
    pending.plan.changes.push(Change {
        id: "audit-rules".to_owned(),
        title: format!(
            "{RULES_FILE}: {} watches for what belongs to the engine",
            rules.text.matches("\n-w ").count()
        ),
        rules: vec![RULE.to_owned()],
        object: "host".to_owned(),
        class: Class::None,
        diff: unified(RULES_FILE, "", &rules.text),
        action: Action::WriteFile {
            path: RULES_FILE.to_owned(),
            text: rules.text,
            mode: 0o640,
            load: vec!["augenrules".to_owned(), "--load".to_owned()],
        },
        side_effects: vec![
            "every change of these files and every start of these programs makes a record".to_owned(),
            "records are made only while auditd and the kernel's audit system are on".to_owned(),
        ],
    });
}

/// What of the engine's is there, at the place where it is.
#[must_use]
pub(super) fn watched(situation: &Situation<'_>) -> Vec<Watched> {
    let mut all: BTreeSet<Watched> = BTreeSet::new();
    for file in situation.facts.files.known().into_iter().flatten() {
        let Some(Some(fact)) = file.state.known() else { continue };
        // A watch sees no connections, and mount sources are somebody's own.
        if matches!(file.role, FileRole::EngineSocket | FileRole::ContainerdSocket | FileRole::MountSource) {
            continue;
        }
        let path = fact.resolved.clone().unwrap_or_else(|| file.path.clone());
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_program = PROGRAMS.contains(&name)
            && matches!(
                file.role,
                FileRole::EngineBinary
                    | FileRole::ContainerdBinary
                    | FileRole::ShimBinary
                    | FileRole::ShimRuncV1Binary
                    | FileRole::ShimRuncV2Binary
                    | FileRole::RuncBinary
            );
        all.insert(Watched { path, is_program });
    }
    if let Some(Some(process)) = situation.facts.daemon_process.known()
        && let Some(path) = &process.executable
    {
        all.insert(Watched { path: path.clone(), is_program: true });
    }
    all.into_iter().collect()
}
