//! Security modules, seccomp and privileges that the engine gives by default.

use super::{ENGINE, HOST, setting};
use crate::{
    Aspect,
    answers::Answers,
    rule::{Check, Subject, info},
};
use model::{GapReason, Severity};
use serde_json::Value;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/no-security-module",
            "neither AppArmor nor SELinux confines containers",
            Severity::Medium,
            "Capabilities and seccomp limit calls, not files. A security module is what still stands when a container \
             becomes root of the host.",
            "Enable AppArmor or SELinux in the kernel (lsm= or security= on its command line) and install the engine's \
             policy.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: security_module,
    },
    Check {
        info: info(
            "audit/engine-ignores-selinux",
            "the host has SELinux and the engine does not use it",
            Severity::Medium,
            "Containers then run without a label of their own, and SELinux does not keep them from each other or from \
             the host.",
            "Set \"selinux-enabled\": true in daemon.json, install container-selinux, restart the engine.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: engine_selinux,
    },
    Check {
        info: info(
            "audit/default-seccomp-off",
            "the engine starts containers without a seccomp filter",
            Severity::High,
            "The filter keeps about sixty calls away from containers, among them those of most kernel escapes. Without it \
             each container reaches the whole kernel.",
            "Remove \"seccomp-profile\": \"unconfined\" from daemon.json; use a kernel with CONFIG_SECCOMP_FILTER.",
        ),
        aspect: Aspect::Kernel,
        aliases: &["CIS-Docker-2.17"],
        run: seccomp,
    },
    Check {
        info: info(
            "audit/new-privileges-by-default",
            "processes in containers may gain privileges through setuid programs",
            Severity::Medium,
            "A setuid program in an image turns a taken-over service into root of the container. Few images need that.",
            "Set \"no-new-privileges\": true in daemon.json and restart the engine; containers that need sudo or su say \
             no-new-privileges=false themselves.",
        ),
        aspect: Aspect::Kernel,
        aliases: &["CIS-Docker-2.14"],
        run: no_new_privileges,
    },
    Check {
        info: info(
            "audit/no-user-namespaces",
            "root in a container is root of the host",
            Severity::Medium,
            "Without a user namespace the only thing between root in a container and root of the host are other \
             protections: one hole is enough.",
            "Set \"userns-remap\": \"default\" in daemon.json (images are pulled again, host-network containers need \
             --userns=host), or run the engine rootless.",
        ),
        aspect: Aspect::Kernel,
        aliases: &["CIS-Docker-2.9"],
        run: user_namespaces,
    },
    Check {
        info: info(
            "audit/engine-runs-as-root",
            "the engine runs as root",
            Severity::Low,
            "An engine that runs as an ordinary user gives away that user, not the host, when it or its socket falls.",
            "Where published low ports and overlay networks are not needed, run dockerd-rootless-setuptool.sh install.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-2.1"],
        run: rootless,
    },
    Check {
        info: info(
            "audit/cgroup-parent-changed",
            "containers are put into another control group than the engine's own",
            Severity::Medium,
            "A parent of one's own shares its limits with whatever else is there, and escapes those of docker's slice.",
            "Remove \"cgroup-parent\" from daemon.json unless the group is made for this and limited.",
        ),
        aspect: Aspect::Kernel,
        aliases: &["CIS-Docker-2.10"],
        run: cgroup_parent,
    },
];

fn security_module(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let kernel = &subject.facts.kernel;
    // The engine runs on another machine: then it alone can tell.
    let options = subject.facts.engine.info.known();
    if let Some(info) = options
        && (info.security_option("apparmor").is_some() || info.security_option("selinux").is_some())
    {
        let name = if info.security_option("apparmor").is_some() { "AppArmor" } else { "SELinux" };
        return answers.passed(HOST, format!("the engine uses {name}"));
    }
    match kernel.lsm.get() {
        Ok(modules) => {
            let found = modules.iter().find(|module| *module == "apparmor" || *module == "selinux");
            match found {
                Some(name) if options.is_some() => {
                    answers.failed(HOST, format!("{name} is active and the engine does not use it"));
                }
                Some(name) => {
                    let detail = format!("{name} is active; whether the engine uses it is not known");
                    answers.unknown_because(HOST, GapReason::Unreadable, &detail);
                }
                None => answers.failed(HOST, format!("active modules: {}", modules.join(", "))),
            }
        }
        Err(_) if options.is_some() => answers.failed(HOST, "the engine uses neither"),
        Err(missing) => answers.unknown(HOST, missing),
    }
}

fn engine_selinux(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let enforcing = match subject.facts.kernel.selinux_enforcing.get() {
        Ok(None) => return answers.not_applicable(ENGINE, "the host has no SELinux"),
        Ok(Some(enforcing)) => *enforcing,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    match subject.facts.engine.info.get() {
        Ok(info) if info.security_option("selinux").is_none() => {
            answers.failed(ENGINE, "the engine does not use SELinux");
        }
        Ok(_) if !enforcing => {
            answers.failed(ENGINE, "the engine uses SELinux, which only warns (permissive)");
        }
        Ok(_) => answers.passed(ENGINE, "the engine uses SELinux, which enforces"),
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn seccomp(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let info = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    match info.security_option("seccomp") {
        None => answers.failed(ENGINE, "the engine has no seccomp"),
        // Engines call their own profile `default`, newer ones `builtin`.
        Some(option) => match option.value("profile") {
            Some("unconfined") => answers.failed(ENGINE, "the engine's profile is unconfined"),
            Some(profile @ ("builtin" | "default")) => {
                answers.passed(ENGINE, format!("the profile is the engine's own ({profile})"));
            }
            Some(profile) => answers.manual(
                ENGINE,
                format!("compare {profile} with the engine's own profile: it should not be wider"),
            ),
            None => answers.passed(ENGINE, "the engine has seccomp"),
        },
    }
}

fn no_new_privileges(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let told = subject.facts.engine.info.known().and_then(|info| info.security_option("no-new-privileges"));
    if told.is_some() {
        return answers.passed(ENGINE, "the engine says so");
    }
    match setting(subject.facts, "no-new-privileges") {
        Ok(Some(Value::Bool(true))) => answers.passed(ENGINE, "it is switched on"),
        Ok(_) => answers.failed(ENGINE, "it is not switched on"),
        Err(missing) => answers.unknown(ENGINE, &missing),
    }
}

fn user_namespaces(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    match subject.facts.engine.info.get() {
        Ok(info) if info.security_option("userns").is_some() => answers.passed(ENGINE, "ids are remapped"),
        Ok(info) if info.security_option("rootless").is_some() => {
            answers.passed(ENGINE, "the engine is rootless");
        }
        Ok(_) => answers.failed(ENGINE, "ids are not remapped and the engine is not rootless"),
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn rootless(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    match subject.facts.engine.info.get() {
        Ok(info) if info.security_option("rootless").is_some() => {
            answers.passed(ENGINE, "the engine is rootless");
        }
        Ok(_) => answers.failed(ENGINE, "the engine is not rootless"),
        Err(missing) => answers.unknown(ENGINE, missing),
    }
}

fn cgroup_parent(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    match setting(subject.facts, "cgroup-parent") {
        Ok(Some(Value::String(parent))) if !parent.is_empty() => {
            answers.failed(ENGINE, format!("it is {parent}"));
        }
        Ok(_) => answers.passed(ENGINE, "it is the engine's own"),
        Err(missing) => answers.unknown(ENGINE, &missing),
    }
}
