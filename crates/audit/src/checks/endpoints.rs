//! What a handshake with the engine shows.

use super::ENGINE;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
    time,
};
use facts::{EndpointAnswer, EngineEndpoint, Fact, ServerCertificate, TlsFacts};
use model::Severity;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/engine-certificate-unsound",
            "the engine's certificate is out of date, about to be, or of no use to clients that verify",
            Severity::Medium,
            "Clients that cannot verify the engine are told to skip it, and then talk to whoever stands in between.",
            "Make a new set with seawall harden tls --renew, with the names that clients use.",
        ),
        aspect: Aspect::Network,
        aliases: &[],
        run: certificates,
    },
    Check {
        info: info(
            "audit/engine-speaks-old-tls",
            "the engine's port speaks TLS 1.0 or 1.1",
            Severity::Medium,
            "Both were withdrawn (RFC 8996): what they protect can be read and changed by known attacks.",
            "Update the engine, or set the proxy before it to TLS 1.2 and later.",
        ),
        aspect: Aspect::Network,
        aliases: &[],
        run: versions,
    },
];

/// Days before the end that are told.
const DAYS_LEFT_MIN: i64 = 30;

fn each(subject: &Subject<'_>, answers: &mut Answers<'_>, judge: impl Fn(&str, &TlsFacts, &mut Answers<'_>)) {
    let endpoints = match subject.facts.engine_endpoints.get() {
        Ok(endpoints) => endpoints,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    if endpoints.is_empty() {
        return answers.not_applicable(ENGINE, "it listens on no port");
    }
    for endpoint in endpoints {
        let object = name(endpoint);
        match endpoint.answer.get() {
            Ok(EndpointAnswer::Plain) => answers.not_applicable(&object, "it speaks no TLS"),
            Ok(EndpointAnswer::Tls(facts)) => judge(&object, facts, answers),
            Err(missing) => answers.unknown(&object, missing),
        }
    }
}

/// The object of answers about an endpoint.
pub(crate) fn name(endpoint: &EngineEndpoint) -> String {
    let address = &endpoint.address;
    if address.contains(':') {
        format!("endpoint [{address}]:{}", endpoint.port)
    } else {
        format!("endpoint {address}:{}", endpoint.port)
    }
}

fn certificates(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let now = subject.facts.collected.known().and_then(|now| time::seconds(now));
    each(subject, answers, |object, facts, answers| match (&facts.certificate, now) {
        (Fact::Known(certificate), Some(now)) => match fault(certificate, now) {
            Some(failure) => answers.fails(object, failure.seen(seen(certificate)), &[]),
            None => answers.passed(object, seen(certificate)),
        },
        (Fact::Missing(missing), _) => answers.unknown(object, missing),
        (_, None) => answers.unknown_because(
            object,
            model::GapReason::Unsupported,
            "when the facts were collected is not known",
        ),
    });
}

fn fault(certificate: &ServerCertificate, now: i64) -> Option<Failure> {
    let days_left = (certificate.not_after_secs - now).div_euclid(86_400);
    if days_left < 0 {
        return Some(Failure::new(format!("it ended {} days ago", -days_left)));
    }
    if certificate.not_before_secs > now {
        return Some(Failure::new("it is not valid yet"));
    }
    if certificate.names.is_empty() {
        return Some(Failure::new("it has no subject alternative name: clients of today refuse it"));
    }
    if days_left < DAYS_LEFT_MIN {
        return Some(Failure::new(format!("it ends in {days_left} days")).severity(Severity::Low));
    }
    certificate.is_self_issued.then(|| {
        Failure::new("it is its own issuer: there is no authority that clients could verify it by")
            .severity(Severity::Low)
    })
}

fn seen(certificate: &ServerCertificate) -> String {
    format!("{}, for {}", certificate.subject, certificate.names.join(", "))
}

fn versions(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    each(subject, answers, |object, facts, answers| {
        let spoken = facts.versions.join(", ");
        if facts.versions.iter().any(|version| version == "1.0" || version == "1.1") {
            answers.failed(object, format!("it speaks TLS {spoken}"));
        } else {
            answers.passed(object, format!("it speaks TLS {spoken}"));
        }
    });
}
