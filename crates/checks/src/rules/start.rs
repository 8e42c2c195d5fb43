//! How the process is started.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit, hit_at_step},
};
use dockerfile::Keyword;
use model::{RuleInfo, Severity};

/// Entry point in shell form.
pub(super) static SHELL_FORM: Rule = Rule {
    info: RuleInfo {
        id: "image/shell-form-entrypoint",
        title: "the entry point runs under a shell",
        severity: Severity::Low,
        why: "The shell is process 1 and passes no signals on, so a stop waits and then kills; arguments given to the \
              container are lost, and the image needs a shell.",
        remedy: "Write ENTRYPOINT as a JSON array, or let a script end with exec.",
        references: &["https://docs.docker.com/reference/dockerfile/#shell-form-entrypoint-example"],
    },
    aliases: &["DL3025", "JSONArgsRecommended"],
    bad: "entrypoint /bin/sh -c app",
    good: "entrypoint /app serve",
};

/// Instructions for the images built on this one.
pub(super) static ON_BUILD: Rule = Rule {
    info: RuleInfo {
        id: "image/onbuild-instruction",
        title: "the image holds instructions that run in the builds of others",
        severity: Severity::Low,
        why: "ONBUILD runs unseen in every build that starts from this image: a COPY . brings secrets of the build \
              folder along, a RUN does what the Dockerfile does not show.",
        remedy: "Move the instructions to the Dockerfiles that need them.",
        references: &["https://docs.docker.com/reference/dockerfile/#onbuild"],
    },
    aliases: &[],
    bad: "onbuild COPY . /app",
    good: "cmd /app",
};

/// Debugging that is left on.
pub(super) static DEBUGGING: Rule = Rule {
    info: RuleInfo {
        id: "image/debugging-enabled",
        title: "the process starts with a debugger open or in debugging mode",
        severity: Severity::Medium,
        why: "A debugging port runs any code for whoever reaches it, and debugging pages show source, settings and \
              sometimes a console.",
        remedy: "Switch it off in the image and on only where it is needed, bound to 127.0.0.1.",
        references: &["https://nodejs.org/en/learn/getting-started/debugging#security-implications"],
    },
    aliases: &[],
    bad: "cmd node --inspect=0.0.0.0:9229 app.js",
    good: "cmd node --inspect=127.0.0.1:9229 app.js\nenv FLASK_DEBUG=0",
};

const SHELLS: [&str; 8] =
    ["/bin/sh", "sh", "/bin/bash", "bash", "/bin/ash", "/usr/bin/bash", "/bin/dash", "/usr/bin/sh"];

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let config = &subject.facts.config;
    if let [shell, option, text, ..] = config.entrypoint.as_slice()
        && SHELLS.contains(&shell.as_str())
        && option == "-c"
        && !text.trim_start().starts_with("exec ")
    {
        let mut hit = hit(&SHELL_FORM, SHELL_FORM.info.title);
        hit.history_index = subject
            .steps
            .iter()
            .rev()
            .find(|step| step.keyword == Keyword::Entrypoint)
            .map(|step| step.index);
        hits.push(hit.with_evidence(format!("{shell} -c …")));
    }
    for trigger in &config.on_build {
        let step =
            subject.steps.iter().rev().find(|step| step.keyword == Keyword::Onbuild && step.text == *trigger);
        let title = ON_BUILD.info.title;
        let found = step.map_or_else(|| hit(&ON_BUILD, title), |step| hit_at_step(&ON_BUILD, step, title));
        hits.push(found.with_evidence(format!("ONBUILD {trigger}")).with_identity(trigger.as_str()));
    }
    let started = config.entrypoint.iter().chain(&config.cmd).flat_map(|text| text.split_ascii_whitespace());
    for word in started {
        if opens_debugger(word) {
            hits.push(
                hit(&DEBUGGING, "the process opens a debugging port to everybody")
                    .with_evidence(word)
                    .with_identity(word),
            );
        }
    }
    for pair in &config.env {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_on = matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on");
        if is_on
            && matches!(
                name,
                "FLASK_DEBUG" | "DJANGO_DEBUG" | "WERKZEUG_DEBUG_PIN_OFF" | "RAILS_DEBUG" | "APP_DEBUG"
            )
        {
            hits.push(
                hit(&DEBUGGING, format!("{name} is on"))
                    .with_evidence(format!("ENV {pair}"))
                    .with_identity(name),
            );
        }
        if value.split_ascii_whitespace().any(opens_debugger) {
            hits.push(
                hit(&DEBUGGING, format!("{name} opens a debugging port to everybody")).with_identity(name),
            );
        }
    }
}

fn opens_debugger(word: &str) -> bool {
    let is_node = ["--inspect=", "--inspect-brk="].iter().any(|option| {
        word.strip_prefix(option)
            .is_some_and(|address| address.starts_with("0.0.0.0") || address.starts_with("[::]"))
    });
    let is_java = word.contains("jdwp") && (word.contains("address=*") || word.contains("address=0.0.0.0"));
    is_node || is_java
}
