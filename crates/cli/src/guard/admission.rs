//! `seawall guard admission`: the webhook of Kubernetes, and what it is made of.

mod certificates;
mod images;
mod record;
mod serve;

use super::edition::{file_state, states};
use super::{ledger_options, policy, read, say};
use crate::arguments::{
    AdmissionCommand, AdmissionManifestsArguments, AdmissionPolicyArguments, AdmissionReviewArguments,
};
use crate::clock;
use crate::exit::Outcome;
use crate::remark::remark;
use admission::{
    Answer, ByPolicy, Deployment, Review, is_namespace, manifests, mutate, renewal, static_policy, validate,
};
use anyhow::{Context, Result, anyhow, bail};
use control::{Date, Policy};

pub(super) fn run(command: &AdmissionCommand) -> Result<Outcome> {
    match command {
        AdmissionCommand::Serve(arguments) => serve::run(arguments),
        AdmissionCommand::Review(arguments) => review(arguments),
        AdmissionCommand::Manifests(arguments) => write_manifests(arguments),
        AdmissionCommand::Policy(arguments) => write_policy(arguments),
    }
}

/// The answer to a question.
fn answer(
    review: &Review,
    policy: &Policy,
    images: &dyn admission::Images,
    is_mutated: bool,
) -> Result<Answer> {
    let rules = ByPolicy { policy, today: today()? };
    Ok(if is_mutated { mutate(review, &rules, images) } else { validate(review, &rules, images) })
}

fn today() -> Result<Date> {
    clock::today().parse().map_err(|_| anyhow!("the clock of this machine is off"))
}

fn review(arguments: &AdmissionReviewArguments) -> Result<Outcome> {
    let policy = policy(&arguments.policy)?;
    let images = images::images(&arguments.images)?;
    let answer = match Review::read(&read(&arguments.review)?) {
        Ok(review) => answer(&review, &policy, &*images, arguments.mutate)?,
        Err(error) => Answer::refusal("", &error.to_string()),
    };
    say(&answer.to_json());
    for judged in &answer.judged {
        let matched = &judged.matched;
        let place = if judged.container.is_empty() { "" } else { ": " };
        let waived = matched.waived.as_ref().map(|why| format!(", waived: {why}")).unwrap_or_default();
        remark(&format!(
            "{} {}{place}{} ({}{waived})",
            matched.mode.as_str(),
            judged.container,
            matched.message,
            matched.rule
        ));
    }
    Ok(if answer.is_allowed { Outcome::Clean } else { Outcome::Findings })
}

fn write_manifests(arguments: &AdmissionManifestsArguments) -> Result<Outcome> {
    if let Some(path) = &arguments.renew {
        let text = String::from_utf8(read(path)?).context("what is installed is not UTF-8")?;
        let installed = admission::Installed::read(&text)
            .with_context(|| format!("cannot renew what {} holds", path.display()))?;
        let issued = certificates::issue(&installed.namespace)?;
        let authorities = certificates::overlap(&installed.authorities, &issued.authority_pem)?;
        say(renewal(&installed, &authorities, &issued.certificate_pem, issued.key_pem.reveal()).trim_end());
        certificates::tell_end();
        return Ok(Outcome::Clean);
    }
    let AdmissionManifestsArguments { namespace, replicas, exempt, .. } = arguments;
    let (Some(name), Some(image)) = (&arguments.policy, &arguments.image) else {
        bail!("--policy and --image are needed");
    };
    if !image.contains("@sha256:") {
        bail!(
            "'{image}' is not named by digest (hint: the webhook is trusted with every pod: IMAGE@sha256:…)"
        );
    }
    for name in exempt.iter().chain([namespace]) {
        if !is_namespace(name) {
            bail!("'{name}' is no name of a namespace");
        }
    }
    let text = match Policy::profile(name) {
        Some(_) => format!("version: 1\nprofile: {name}\n"),
        None => {
            policy(name)?;
            String::from_utf8(read(name.as_ref())?).context("the policy is not UTF-8")?
        }
    };
    let issued = certificates::issue(namespace)?;
    say(manifests(&Deployment {
        namespace,
        image,
        replicas: *replicas,
        policy: &text,
        certificate: &issued.certificate_pem,
        key: issued.key_pem.reveal(),
        authority: &issued.authority_pem,
        exempt,
    })
    .trim_end());
    certificates::tell_end();
    Ok(Outcome::Clean)
}

fn write_policy(arguments: &AdmissionPolicyArguments) -> Result<Outcome> {
    let policy = policy(&arguments.policy)?;
    let (text, left_out) = static_policy(&policy.general(), &arguments.exempt);
    say(text.trim_end());
    if !left_out.is_empty() {
        remark(&format!("not in it, and judged by the webhook alone: {}", left_out.join(", ")));
    }
    Ok(Outcome::Clean)
}
