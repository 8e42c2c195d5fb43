//! `seawall guard admission`: the webhook of Kubernetes, and what it is made of.

mod images;
mod serve;

use super::{policy, read, say, tell};
use crate::arguments::{
    AdmissionCommand, AdmissionManifestsArguments, AdmissionPolicyArguments, AdmissionReviewArguments,
};
use crate::clock;
use crate::exit::Outcome;
use admission::{Answer, ByPolicy, Deployment, Review, manifests, mutate, static_policy, validate};
use anyhow::{Context, Result, anyhow, bail};
use control::{Date, Policy};
use harden::tls::{Authority, Leaf, LeafKind, SubjectName, Validity};

/// Days of the certificate: a year, which is the most that `harden` makes.
const CERTIFICATE_DAYS: u32 = 365;

pub(super) fn run(command: &AdmissionCommand) -> Result<Outcome> {
    match command {
        AdmissionCommand::Serve(arguments) => serve::run(arguments),
        AdmissionCommand::Review(arguments) => review(arguments),
        AdmissionCommand::Manifests(arguments) => write_manifests(arguments),
        AdmissionCommand::Policy(arguments) => write_policy(arguments),
    }
}

/// The answer to a body; a body that cannot be read is refused.
fn answer(body: &[u8], policy: &Policy, images: &dyn admission::Images, is_mutated: bool) -> Result<Answer> {
    let rules = ByPolicy { policy, today: today()? };
    Ok(match Review::read(body) {
        Ok(review) if is_mutated => mutate(&review, &rules, images),
        Ok(review) => validate(&review, &rules, images),
        Err(error) => Answer::refusal("", &error.to_string()),
    })
}

fn today() -> Result<Date> {
    clock::today().parse().map_err(|_| anyhow!("the clock of this machine is off"))
}

fn review(arguments: &AdmissionReviewArguments) -> Result<Outcome> {
    let policy = policy(&arguments.policy)?;
    let images = images::images(&arguments.images)?;
    let answer = answer(&read(&arguments.review)?, &policy, &*images, arguments.mutate)?;
    say(&answer.to_json());
    for judged in &answer.judged {
        let matched = &judged.matched;
        let place = if judged.container.is_empty() { "" } else { ": " };
        let waived = matched.waived.as_ref().map(|why| format!(", waived: {why}")).unwrap_or_default();
        tell(&format!(
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
    let AdmissionManifestsArguments { image, namespace, replicas, exempt, .. } = arguments;
    if !image.contains("@sha256:") {
        bail!(
            "'{image}' is not named by digest (hint: the webhook is trusted with every pod: IMAGE@sha256:…)"
        );
    }
    for name in exempt.iter().chain([namespace]) {
        // RFC 1123, section 2.1, as Kubernetes reads it.
        let is_label = !name.is_empty()
            && name.len() <= 63
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if !is_label {
            bail!("'{name}' is no name of a namespace");
        }
    }
    let text = match Policy::profile(&arguments.policy) {
        Some(_) => format!("version: 1\nprofile: {}\n", arguments.policy),
        None => {
            policy(&arguments.policy)?;
            String::from_utf8(read(arguments.policy.as_ref())?).context("the policy is not UTF-8")?
        }
    };
    let validity = Validity { from_unix_secs: clock::unix_seconds(), days: CERTIFICATE_DAYS };
    let (authority, _) = Authority::generate("Seawall admission", validity)?;
    let names = ["", ".svc", ".svc.cluster.local"]
        .map(|end| SubjectName::Dns(format!("seawall-admission.{namespace}{end}")))
        .to_vec();
    let kind = LeafKind::Server { names };
    let issued = authority.sign(&Leaf { name: "seawall-admission".to_owned(), kind, validity })?;
    say(manifests(&Deployment {
        namespace,
        image,
        replicas: *replicas,
        policy: &text,
        certificate: &issued.certificate_pem,
        key: issued.key_pem.reveal(),
        authority: authority.certificate_pem(),
        exempt,
    })
    .trim_end());
    tell(&format!(
        "the certificate holds for {CERTIFICATE_DAYS} days: write and apply again before, else the webhooks refuse every pod"
    ));
    Ok(Outcome::Clean)
}

fn write_policy(arguments: &AdmissionPolicyArguments) -> Result<Outcome> {
    let policy = policy(&arguments.policy)?;
    let (text, left_out) = static_policy(&policy.modes(), &arguments.exempt);
    say(text.trim_end());
    if !left_out.is_empty() {
        tell(&format!(
            "{} rules need more than the object and are not in it; they are listed at its top",
            left_out.len()
        ));
    }
    Ok(Outcome::Clean)
}
