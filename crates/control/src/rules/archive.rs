//! Rules about archives that go into containers.

use model::{RuleInfo, Severity};

pub(super) const DEVICE: RuleInfo = RuleInfo {
    id: "guard/archive-device",
    title: "an archive holds a device or a pipe",
    severity: Severity::High,
    why: "A device node is a way to disks and memory of the host for whoever can open it, and whoever reads a pipe of a build context waits for ever.",
    remedy: "Leave it out; containers get devices by --device, where the policy allows it.",
    references: &[],
};

pub(super) const DOCKERFILE_FINDING: RuleInfo = RuleInfo {
    id: "guard/dockerfile-finding",
    title: "the Dockerfile of a build breaks rules",
    severity: Severity::Medium,
    why: "What is built here runs here: credentials in its layers, programs fetched without being verified, services that run as root are cheapest to stop before the image exists. Comments of the Dockerfile that switch rules off do not count here.",
    remedy: "Repair the Dockerfile (seawall lint shows each line and how), or allow the rules that need not hold ('allowed').",
    references: &["https://docs.docker.com/build/building/best-practices/"],
};

pub(super) const ESCAPES: RuleInfo = RuleInfo {
    id: "guard/archive-escapes",
    title: "an entry of an archive leads out of its directory",
    severity: Severity::High,
    why: "Names that climb, links that lead elsewhere, and entries behind such links write where the call did not say; engines have followed them as root (CVE-2018-15664, CVE-2019-14271).",
    remedy: "Copy what the link leads to (docker cp -L), or allow where links may lead ('allowed').",
    references: &[],
};

pub(super) const PRIVILEGED_FILE: RuleInfo = RuleInfo {
    id: "guard/archive-privileged-file",
    title: "a file that is copied gives rights to whoever starts it",
    severity: Severity::Medium,
    why: "The bits for user and group, and file capabilities, make every process that starts the file its owner, or more.",
    remedy: "Clear them before copying (chmod ug-s, setcap -r), or build an image.",
    references: &[],
};

pub(super) const READ: RuleInfo = RuleInfo {
    id: "guard/archive-read",
    title: "files are read out of a container",
    severity: Severity::Medium,
    why: "Secrets, keys and data leave with them.",
    remedy: "Give this right to those who need it.",
    references: &[],
};

pub(super) const TO_SYSTEM_PATH: RuleInfo = RuleInfo {
    id: "guard/archive-to-system-path",
    title: "files are copied into a system directory of the container",
    severity: Severity::Low,
    why: "Whoever writes to /etc, /usr or /bin of a container decides what its processes run next.",
    remedy: "Copy into a directory for data, or build an image.",
    references: &[],
};
