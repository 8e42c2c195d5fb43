//! The kernel that runs.

use super::{ENGINE, HOST};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use model::{GapReason, Severity};
use versions::{Scheme, compare};

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/reboot-pending",
            "a newer kernel is installed than the one that runs",
            Severity::Medium,
            "Containers share the kernel. Its fixes count only after a reboot or a live patch, however up to date the \
             packages are.",
            "Plan a reboot: drain the containers, or let live patches bridge the time until then.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: reboot_pending,
    },
    Check {
        info: info(
            "audit/kernel-crypto-sockets-exposed",
            "containers can open AF_ALG sockets of a kernel that is not known to be fixed",
            Severity::High,
            "CVE-2026-31431 lets a process in a container become root of the host through the kernel's crypto sockets. \
             Engines before 29.4.3 allow such sockets in their default seccomp profile.",
            "Update the engine to 29.4.3 or later and recreate the containers, or install the fixed kernel and reboot.",
        ),
        aspect: Aspect::Kernel,
        aliases: &["CVE-2026-31431"],
        run: crypto_sockets,
    },
    Check {
        info: info(
            "audit/cgroup-version-1",
            "the host uses version 1 of control groups",
            Severity::Low,
            "Version 1 has no safe delegation and no single hierarchy, its release agent was a way out of containers \
             more than once, and the engine drops it by May 2029.",
            "Boot with systemd.unified_cgroup_hierarchy=1 on a distribution that still defaults to version 1.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: cgroup_version,
    },
    Check {
        info: info(
            "audit/cgroup-controller-missing",
            "a control group controller that limits need is not there",
            Severity::Medium,
            "Without the controller the limit is accepted or ignored with a warning, and nothing holds the container \
             back.",
            "Enable it: cgroup_enable=memory swapaccount=1 on the kernel's command line for memory, or a kernel built \
             with it.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: controllers,
    },
    Check {
        info: info(
            "audit/kernel-option-missing",
            "the kernel was built without a protection for containers",
            Severity::Medium,
            "What the kernel does not have, the engine cannot use: it starts containers without that protection.",
            "Run a kernel of the distribution, or build yours with the option.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: build_options,
    },
    Check {
        info: info(
            "audit/host-not-hardened",
            "the host itself has to be hardened by a benchmark of its distribution",
            Severity::Medium,
            "Whoever takes the host has all containers. A benchmark of the distribution covers what is not Docker's.",
            "Follow the benchmark of the distribution; the answers about kernel settings, services and files here are a \
             part of it.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-1.2.1"],
        run: |_, answers| {
            answers.manual(HOST, "audit the distribution with its own benchmark; kernel settings, services and files are answered by other rules here");
        },
    },
];

fn reboot_pending(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let kernel = &subject.facts.kernel;
    if kernel.is_reboot_required.known() == Some(&true) {
        return answers.failed(HOST, "the package manager asks for a reboot");
    }
    let (running, installed) = match (kernel.release.get(), kernel.installed.get()) {
        (Ok(running), Ok(installed)) => (running, installed),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(HOST, missing),
    };
    // Other flavours (cloud, rt, lts) have versions of their own.
    let flavour = |release: &str| release.rsplit_once('-').map(|(_, flavour)| flavour.to_owned());
    let same: Vec<&String> =
        installed.iter().filter(|release| flavour(release) == flavour(running)).collect();
    let newest = same.iter().max_by(|a, b| compare(Scheme::Dpkg, a, b));
    match newest {
        None => answers.unknown_because(
            HOST,
            GapReason::Unsupported,
            &format!("the running kernel {running} is not among those installed"),
        ),
        Some(newest) if compare(Scheme::Dpkg, newest, running).is_gt() => {
            let patches = kernel.live_patches.known().map_or(0, Vec::len);
            if patches > 0 {
                answers.passed(
                    HOST,
                    format!("{running} runs, {newest} is installed, {patches} live patches are loaded"),
                );
            } else {
                answers.failed(HOST, format!("{running} runs, {newest} is installed"));
            }
        }
        Some(_) => answers.passed(HOST, format!("{running} is the newest that is installed")),
    }
}

fn crypto_sockets(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let engine = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    // Docker's announcement of 27 May 2026: from 29.4.3 on the default profile denies the sockets.
    if compare(Scheme::Semver, &engine.version, "29.4.3").is_ge() {
        return answers.passed(ENGINE, format!("engine {} denies the sockets by default", engine.version));
    }
    let kernel = &subject.facts.kernel;
    if let Some(options) = kernel.build_options.known()
        && !options.contains_key("CONFIG_CRYPTO_USER_API_AEAD")
    {
        return answers.passed(ENGINE, "the kernel was built without these sockets");
    }
    let fixed = subject.facts.components.known().into_iter().flatten().find_map(|component| {
        let package =
            component.package.as_ref().filter(|_| component.kind == facts::ComponentKind::Kernel)?;
        package.changelog_fixes.get("CVE-2026-31431").cloned()
    });
    if let Some(version) = fixed {
        return answers.passed(ENGINE, format!("the kernel's package names the fix since {version}"));
    }
    if kernel.build_options.known().is_some()
        || kernel.modules.known().is_some_and(|m| m.iter().any(|m| m == "algif_aead"))
    {
        let failure = Failure::new(format!("engine {} allows AF_ALG sockets by default", engine.version))
            .seen("the kernel has the sockets, and nothing says that it is fixed");
        return answers.fails(ENGINE, failure, &[]);
    }
    let detail = format!(
        "engine {} allows AF_ALG sockets; whether the kernel has or fixed them is not known",
        engine.version
    );
    answers.unknown_because(ENGINE, GapReason::Unsupported, &detail);
}

fn cgroup_version(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let told = subject.facts.engine.info.known().and_then(|info| info.cgroup_version.parse::<u8>().ok());
    let seen = subject.facts.kernel.cgroup_version.get();
    match told.map_or(seen.copied(), Ok) {
        Ok(1) => answers.failed(HOST, "control groups are version 1"),
        Ok(version) => answers.passed(HOST, format!("control groups are version {version}")),
        Err(missing) => answers.unknown(HOST, missing),
    }
}

fn controllers(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let controllers = match subject.facts.kernel.cgroup_controllers.get() {
        Ok(controllers) => controllers,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    for name in ["cpu", "cpuset", "memory", "pids"] {
        let object = format!("controller {name}");
        if controllers.iter().any(|controller| controller == name) {
            answers.passed(&object, "it is there");
        } else {
            answers.failed(&object, format!("there are {}", controllers.join(", ")));
        }
    }
}

fn build_options(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let options = match subject.facts.kernel.build_options.get() {
        Ok(options) => options,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    // moby, contrib/check-config.sh, what is needed in general; and self-protection that containers rest on.
    for name in [
        "CONFIG_CGROUP_PIDS",
        "CONFIG_HARDENED_USERCOPY",
        "CONFIG_MEMCG",
        "CONFIG_NAMESPACES",
        "CONFIG_PID_NS",
        "CONFIG_RANDOMIZE_BASE",
        "CONFIG_SECCOMP_FILTER",
        "CONFIG_STACKPROTECTOR_STRONG",
        "CONFIG_STRICT_KERNEL_RWX",
        "CONFIG_USER_NS",
    ] {
        let object = format!("kernel option {name}");
        match options.get(name) {
            Some(value) => answers.passed(&object, format!("it is {value}")),
            None => answers.failed(&object, "it is not set"),
        }
    }
}
