//! Swarm mode.

use crate::{
    Aspect,
    answers::Answers,
    rule::{Check, Subject, info},
};
use facts::{Fact, Swarm};
use model::{OutcomeState, Severity};

const SWARM: &str = "swarm";

macro_rules! swarm_check {
    ($id:literal, $title:literal, $severity:ident, $why:literal, $remedy:literal, $aliases:expr, $run:expr) => {
        Check {
            info: info($id, $title, Severity::$severity, $why, $remedy),
            aspect: Aspect::Network,
            aliases: $aliases,
            run: $run,
        }
    };
}

pub(crate) static CHECKS: &[Check] = &[
    swarm_check!(
        "audit/swarm-unused",
        "swarm mode is on and runs nothing",
        Medium,
        "Swarm opens ports and holds keys that nobody looks after when nobody uses it.",
        "docker swarm leave --force, when no service is to come.",
        &["CIS-Docker-5.1"],
        |subject, answers| with_swarm(
            subject,
            answers,
            OutcomeState::Passed,
            "swarm mode is off",
            |swarm, _, answers| {
                match swarm.services.get() {
                    Ok(0) => answers.failed(SWARM, "it has no service"),
                    Ok(number) => answers.passed(SWARM, format!("it runs {number} services")),
                    Err(missing) => answers.unknown(SWARM, missing),
                }
            }
        )
    ),
    swarm_check!(
        "audit/swarm-managers",
        "the number of swarm managers is not what it should be",
        Low,
        "Each manager holds all keys of the swarm; an even number or one alone loses the quorum with one machine.",
        "Three managers, five in large swarms: docker node demote the others.",
        &["CIS-Docker-7.1"],
        |subject, answers| in_swarm(subject, answers, |swarm, _, answers| {
            match swarm.managers.get() {
                Ok(number) if *number > 7 || (*number > 1 && number % 2 == 0) => {
                    answers.failed(SWARM, format!("there are {number}"));
                }
                Ok(number) => answers.passed(SWARM, format!("there are {number}")),
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/swarm-port-on-every-interface",
        "the swarm's port takes connections on every interface",
        Low,
        "The management port has no business in networks where no manager is.",
        "docker swarm init --listen-addr ADDRESS:2377 --advertise-addr ADDRESS.",
        &["CIS-Docker-7.2"],
        |subject, answers| in_swarm(subject, answers, |_, subject, answers| {
            match subject.facts.sockets.get() {
                Ok(sockets) => {
                    let open = sockets
                        .iter()
                        .filter(|socket| socket.port == 2377)
                        .find(|socket| socket.is_on_every_interface());
                    match open {
                        Some(socket) => {
                            answers.failed(SWARM, format!("port 2377 listens on {}", socket.address));
                        }
                        None => answers.passed(SWARM, "port 2377 listens on no wildcard address"),
                    }
                }
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/overlay-not-encrypted",
        "traffic between hosts is not encrypted",
        Medium,
        "What containers on different hosts say to each other can be read and changed on the way.",
        "docker network create --driver overlay --opt encrypted NAME; move the services.",
        &["CIS-Docker-7.3"],
        |subject, answers| in_swarm(subject, answers, overlays)
    ),
    swarm_check!(
        "audit/swarm-secrets-unused",
        "the swarm keeps no secrets",
        Low,
        "Services that need passwords then have them in their environment or image.",
        "docker secret create, and --secret for the service.",
        &["CIS-Docker-7.4"],
        |subject, answers| in_swarm(subject, answers, |swarm, _, answers| {
            match swarm.secrets.get() {
                Ok(0) => answers.failed(SWARM, "there are none"),
                Ok(number) => answers.passed(SWARM, format!("there are {number}")),
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/swarm-not-locked",
        "keys of the swarm lie on managers in clear",
        Medium,
        "Whoever gets the disk or a backup of a manager has the keys to the swarm's traffic and secrets.",
        "docker swarm update --autolock=true, and keep the key elsewhere.",
        &["CIS-Docker-7.5"],
        |subject, answers| in_swarm(subject, answers, |swarm, _, answers| {
            match swarm.is_auto_locked.get() {
                Ok(true) => answers.passed(SWARM, "managers are locked"),
                Ok(false) => answers.failed(SWARM, "managers are not locked"),
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/swarm-unlock-key-age",
        "how old the swarm's unlock key is",
        Low,
        "A key that was given out once is known for ever.",
        "docker swarm unlock-key --rotate on a schedule.",
        &["CIS-Docker-7.6"],
        |subject, answers| in_swarm(subject, answers, |swarm, _, answers| {
            if swarm.is_auto_locked.known() == Some(&false) {
                return answers.not_applicable(SWARM, "managers are not locked, so there is no key");
            }
            answers
                .manual(SWARM, "the engine does not tell when the key was rotated: look into your schedule");
        })
    ),
    swarm_check!(
        "audit/swarm-certificates-long",
        "certificates of swarm nodes last long",
        Low,
        "A stolen node certificate is good until it ends.",
        "docker swarm update --cert-expiry 720h.",
        &["CIS-Docker-7.7"],
        |subject, answers| in_swarm(subject, answers, |swarm, subject, answers| {
            let hours_max = subject.settings.swarm_certificate_hours_max;
            match swarm.certificate_expiry_secs.get() {
                Ok(seconds) if seconds / 3_600 > hours_max => answers
                    .failed(SWARM, format!("they last {} hours, {hours_max} are allowed", seconds / 3_600)),
                Ok(seconds) => answers.passed(SWARM, format!("they last {} hours", seconds / 3_600)),
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/swarm-authority-age",
        "the swarm's authority was never rotated",
        Low,
        "Its key signs every node; after a manager was lost or left, it has to be replaced.",
        "docker swarm ca --rotate.",
        &["CIS-Docker-7.8"],
        |subject, answers| in_swarm(subject, answers, |swarm, _, answers| {
            match swarm.authority_rotations.get() {
                Ok(0) => answers.manual(SWARM, "it was never rotated: decide whether it should be"),
                Ok(number) => answers.passed(SWARM, format!("it was rotated {number} times")),
                Err(missing) => answers.unknown(SWARM, missing),
            }
        })
    ),
    swarm_check!(
        "audit/swarm-planes-shared",
        "management and data of the swarm share a network",
        Low,
        "Containers' traffic then runs where managers talk.",
        "docker swarm init --data-path-addr ADDRESS of another interface.",
        &["CIS-Docker-7.9"],
        |subject, answers| in_swarm(subject, answers, |_, _, answers| {
            answers.manual(SWARM, "the engine does not tell the address of the data path: look into how the node joined (--data-path-addr)");
        })
    ),
];

fn in_swarm(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    judge: impl Fn(&Swarm, &Subject<'_>, &mut Answers<'_>),
) {
    with_swarm(subject, answers, OutcomeState::NotApplicable, "swarm mode is off", judge);
}

fn with_swarm(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    when_off: OutcomeState,
    why: &str,
    judge: impl Fn(&Swarm, &Subject<'_>, &mut Answers<'_>),
) {
    match &subject.facts.engine.swarm {
        Fact::Known(Some(swarm)) => judge(swarm, subject, answers),
        Fact::Known(None) => answers.outcome(SWARM, when_off, why, &[]),
        Fact::Missing(missing) => answers.unknown(SWARM, missing),
    }
}

fn overlays(_: &Swarm, subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let networks = match subject.facts.engine.networks.get() {
        Ok(networks) => networks,
        Err(missing) => return answers.unknown(SWARM, missing),
    };
    let mut overlays = networks.iter().filter(|network| network.driver == "overlay").peekable();
    if overlays.peek().is_none() {
        return answers.not_applicable(SWARM, "there is no overlay network");
    }
    for network in overlays {
        let object = format!("network {}", network.name);
        // The option counts when it is there, except when it says no.
        match network.options.get("encrypted").map(String::as_str) {
            Some("false" | "0") | None => answers.failed(&object, "it is not encrypted"),
            Some(_) => answers.passed(&object, "it is encrypted"),
        }
    }
}
