//! Repairs of containers of pods.

use super::{CAPABILITIES, PRIVILEGES, READ_ONLY, Repair, SETUID, gains_nothing, is_unconfined, pinned};
use crate::amend::New;
use crate::node::Node;
use crate::spec::{ContainerSpec, Stated};
use std::collections::BTreeMap;

pub(super) fn repair(rule: &str, spec: &ContainerSpec, digests: &BTreeMap<String, String>) -> Option<Repair> {
    let repair = match rule {
        "container/new-privileges-allowed" => {
            // The API server refuses it beside `privileged` and beside SYS_ADMIN (API reference, `SecurityContext` v1).
            let adds_admin = match &spec.capabilities_added {
                Stated::Given(added) => added.iter().any(|name| name == "SYS_ADMIN" || name == "ALL"),
                Stated::Absent => false,
                Stated::Unknown(_) => true,
            };
            let is_open = spec.security.no_new_privileges == Stated::Absent && !is_unconfined(spec);
            let repair = Repair::set(
                "let no program gain privileges",
                &["securityContext", "allowPrivilegeEscalation"],
                New::plain("false"),
            );
            let is_open = is_open && !adds_admin;
            is_open.then(|| if gains_nothing(spec) { repair } else { repair.but(SETUID) })?
        }
        "container/capabilities-not-dropped" if !is_unconfined(spec) => {
            Repair::append("drop all capabilities", &["securityContext", "capabilities", "drop"], "ALL")
                .but(CAPABILITIES)
        }
        "container/writable-root" => Repair::set(
            "make the root file system read-only",
            &["securityContext", "readOnlyRootFilesystem"],
            New::plain("true"),
        )
        .but(READ_ONLY),
        "container/privileged" => {
            Repair::set("take the privileges away", &["securityContext", "privileged"], New::plain("false"))
                .but(PRIVILEGES)
        }
        "container/seccomp-unconfined" if spec.security.seccomp.is_absent() && !is_unconfined(spec) => {
            let profile = New::Map(vec![("type".to_owned(), New::text("RuntimeDefault"))]);
            Repair::set("use the runtime's seccomp filter", &["securityContext", "seccompProfile"], profile)
                .but("rare system calls (kernel keyrings, tracing, namespaces) are refused then")
        }
        "container/image-without-digest" | "container/image-tag-latest" => {
            Repair::set("pin the digest", &["image"], New::text(&pinned(spec, digests)?))
        }
        _ => return None,
    };
    Some(repair)
}

/// Whether the pod runs on Windows.
pub(super) fn is_windows(pod: &Node) -> bool {
    let named = |node: Option<&Node>| node.and_then(Node::text) == Some("windows");
    named(pod.at(&["os", "name"])) || named(pod.at(&["nodeSelector", "kubernetes.io/os"]))
}
