//! Which answers are reported: profile, `--only`, `--skip`.

use crate::arguments::AuditArguments;
use anyhow::Result;
use audit::Profile;
use model::Report;

/// Which answers are reported.
pub(super) struct Selection<'a> {
    profile: Profile,
    only: &'a [String],
    skip: &'a [String],
}

impl<'a> Selection<'a> {
    pub(super) fn new(arguments: &'a AuditArguments) -> Result<Self> {
        Ok(Self { profile: arguments.profile.parse()?, only: &arguments.only, skip: &arguments.skip })
    }

    /// Takes out what was not asked for. Gaps that name a rule go with it; all others stay.
    pub(super) fn apply(&self, report: &mut Report) {
        report.outcomes.retain(|outcome| self.holds(&outcome.rule, &outcome.aliases));
        report.findings.retain(|finding| self.holds(&finding.rule, &finding.aliases));
        let all: Vec<String> = crate::rules::all().iter().map(|rule| rule.id.to_owned()).collect();
        report.gaps.retain(|gap| {
            let Some(rule) = all.iter().find(|id| gap.what.starts_with(&format!("{id} "))) else {
                return true;
            };
            report.outcomes.iter().any(|outcome| outcome.rule == *rule)
        });
    }

    fn holds(&self, rule: &str, aliases: &[String]) -> bool {
        let fits = |pattern: &String| {
            let by_beginning = pattern.strip_suffix('*').is_some_and(|start| rule.starts_with(start));
            let item = format!("CIS-Docker-{pattern}");
            by_beginning || pattern == rule || aliases.iter().any(|alias| alias == pattern || *alias == item)
        };
        self.profile.holds_rule(rule, aliases)
            && (self.only.is_empty() || self.only.iter().any(fits))
            && !self.skip.iter().any(fits)
    }
}
