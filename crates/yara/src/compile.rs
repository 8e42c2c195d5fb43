//! Text to compiled rules.

use crate::plan::{Plan, PlannedText};
use crate::source::{RuleProblem, Syntax};
use std::collections::BTreeSet;
use yara_x::errors::CompileError;
use yara_x::{Compiler, IgnoredRuleReason, Rules, SourceCode};

/// Variables that public rule sets expect besides YARA's own (signature-base, README; defined for each file by LOKI
/// and THOR).
pub(crate) const VARIABLES: [&str; 5] = ["filename", "filepath", "extension", "filetype", "owner"];

/// Modules of yara-x that are not built in, and one that only YARA's users with an Android sandbox have: rules that
/// use them are left out and reported, the others of the file are used.
const MODULES_ABSENT: [&str; 8] = ["magic", "vt", "crx", "zip", "msi", "olecf", "vba", "androguard"];

/// Problems that are kept of one pack.
const PROBLEMS_MAX: usize = 10_000;

/// Compiles what can be compiled.
pub(crate) fn compile(texts: &[PlannedText], plan: &Plan, syntax: Syntax) -> (Rules, BTreeSet<RuleProblem>) {
    let mut compiler = Compiler::new();
    // Warnings cost more than the compilation (yara-x issue 658) and nobody reads those of foreign rules.
    compiler.switch_all_warnings(false);
    // Files are included by Plan, among those given.
    compiler.enable_includes(false);
    compiler.relaxed_re_syntax(syntax == Syntax::Relaxed);
    for module in MODULES_ABSENT {
        compiler.ignore_module(module);
    }
    for variable in VARIABLES {
        compiler.define_global(variable, "").expect("the name is valid and new");
    }
    let mut problems = BTreeSet::new();
    for text in texts {
        compiler.new_namespace(&text.namespace);
        let known = compiler.errors().len();
        if compiler.add_source(SourceCode::from(text.text.as_str()).with_origin(&text.file)).is_ok() {
            continue;
        }
        for error in compiler.errors().iter().skip(known) {
            if problems.len() < PROBLEMS_MAX {
                problems.insert(problem(error, text, plan));
            }
        }
    }
    for (rule, reason) in compiler.ignored_rules() {
        let message = match reason {
            IgnoredRuleReason::IgnoredModule(module) => {
                format!("it needs the module '{module}', which is not built in")
            }
            IgnoredRuleReason::IgnoredRule(used) => format!("it uses rule {used}, which is left out"),
            // Among the errors above, with its place.
            IgnoredRuleReason::CompileError(_) => continue,
        };
        if problems.len() < PROBLEMS_MAX {
            let (file, line) = plan.place_of(rule);
            problems.insert(RuleProblem { file, line, rule: Some(rule.to_owned()), message });
        }
    }
    (compiler.build(), problems)
}

fn problem(error: &CompileError, text: &PlannedText, plan: &Plan) -> RuleProblem {
    let place = error.labels().next().map(|label| label.span().start());
    let detail = error.labels().map(|label| label.text().to_owned()).find(|text| !text.is_empty());
    let mut message = error.title().replace('\n', " ");
    if let Some(detail) = detail.filter(|detail| *detail != message) {
        message = format!("{message}: {}", detail.replace('\n', " "));
    }
    if message.len() > 400 {
        message = format!("{}…", message.chars().take(390).collect::<String>());
    }
    RuleProblem {
        file: text.file.clone(),
        line: place.map_or(1, |place| content::line_at(text.text.as_bytes(), place)),
        rule: place.and_then(|place| plan.rule_at(&text.file, place)).map(str::to_owned),
        message: format!("{message} [{}]", error.code()),
    }
}
