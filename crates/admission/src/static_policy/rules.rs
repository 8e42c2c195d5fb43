//! What the rules are in CEL. A setting of a container counts before that of its pod, as the API server has it.

use super::conditions::{
    NOT_PRIVILEGED, WRITABLE, added, capability, dropped, effective, fits, limited, mounts, no_ssh,
    of_container, of_pod, quoted,
};
use model::Severity;
use workload::{
    DEFAULT_CAPABILITIES, HostPathPatterns, SAFE_SYSCTLS, dangerous_capabilities, host_path_patterns,
};

/// A rule as a condition that must hold.
#[derive(Clone, Debug)]
pub struct StaticRule {
    /// The rule.
    pub id: &'static str,
    /// The condition in CEL: of `c`, each container in turn, or of `variables.spec`, the pod.
    pub condition: String,
    /// The variable whose containers are each asked; without one the pod is.
    pub list: Option<&'static str>,
    /// What is wrong when it does not hold.
    pub message: &'static str,
}

impl StaticRule {
    /// The whole expression.
    #[must_use]
    pub fn expression(&self) -> String {
        match self.list {
            Some(list) => format!("variables.{list}.all(c, {})", self.condition),
            None => self.condition.clone(),
        }
    }
}

/// Every rule that an API server is given to judge alone, sorted by id: what it says when hits below a severity count as
/// none. A rule none of whose hits is that bad is not there.
#[must_use]
pub fn static_rules(least: Severity) -> Vec<StaticRule> {
    let mut rules = [confinement(least), privileges(least), host_files(least), fixed(least)].concat();
    rules.sort_by_key(|rule| rule.id);
    rules
}

fn pod(id: &'static str, condition: impl Into<String>, message: &'static str) -> StaticRule {
    StaticRule { id, condition: condition.into(), list: None, message }
}

fn each(id: &'static str, condition: impl Into<String>, message: &'static str) -> StaticRule {
    StaticRule { id, condition: condition.into(), list: Some("containers"), message }
}

/// The API server takes no limits of ephemeral containers (API reference, `EphemeralContainer` v1).
fn lasting(id: &'static str, condition: impl Into<String>, message: &'static str) -> StaticRule {
    StaticRule { id, condition: condition.into(), list: Some("lasting"), message }
}

/// Those whose hits are all as bad as the rule says.
fn kept(rules: Vec<StaticRule>, least: Severity) -> Vec<StaticRule> {
    let severity = |id: &str| workload::RULES.iter().find(|info| info.id == id).map(|info| info.severity);
    rules.into_iter().filter(|rule| severity(rule.id).is_some_and(|severity| severity >= least)).collect()
}

fn confinement(least: Severity) -> Vec<StaticRule> {
    let annotation = "container.apparmor.security.beta.kubernetes.io/";
    let by_annotation = format!(
        "(!(('{annotation}' + c.name) in variables.annotations) || variables.annotations['{annotation}' + c.name] != \
         'unconfined')"
    );
    let mut rules = kept(
        vec![
            each(
                "container/apparmor-unconfined",
                effective("appArmorProfile", "$.type != 'Unconfined'", &by_annotation),
                "AppArmor is switched off for a container",
            ),
            each(
                "container/selinux-disabled",
                effective(
                    "seLinuxOptions",
                    "(!has($.type) || !($.type in ['spc_t', 'unconfined_t', 'container_runtime_t']))",
                    "true",
                ),
                "the SELinux type of a container confines nothing",
            ),
            each(
                "container/unmasked-system-paths",
                format!("{} && {NOT_PRIVILEGED}", of_container("procMount", "$ != 'Unmasked'", "true")),
                "a container sees /proc unmasked",
            ),
            pod(
                "container/unsafe-sysctl",
                of_pod("sysctls", &format!("$.all(s, s.name in [{}])", quoted(SAFE_SYSCTLS)), "true"),
                "the pod changes a kernel setting that is not its own alone",
            ),
        ],
        least,
    );
    // A profile that is not asked for is less bad than one that is switched off.
    let (condition, absent) = if least <= Severity::Medium {
        ("$.type in ['RuntimeDefault', 'Localhost']", "false")
    } else {
        ("$.type != 'Unconfined'", "true")
    };
    if least <= Severity::High {
        rules.push(each(
            "container/seccomp-unconfined",
            format!("{NOT_PRIVILEGED} && {}", effective("seccompProfile", condition, absent)),
            "no seccomp filter confines a container: set seccompProfile.type to RuntimeDefault",
        ));
    }
    rules
}

fn privileges(least: Severity) -> Vec<StaticRule> {
    let dangerous = capability(dangerous_capabilities());
    let known = capability(dangerous_capabilities().chain(DEFAULT_CAPABILITIES));
    let mut rules = kept(
        vec![
            each(
                "container/added-capability",
                added(&format!("a.matches('{known}')")),
                "a container adds a capability beyond the default ones",
            ),
            each(
                "container/capabilities-not-dropped",
                format!("{} && {NOT_PRIVILEGED}", dropped("ALL")),
                "a container keeps capabilities that it does not name: drop ALL",
            ),
            each(
                "container/dangerous-capability",
                added(&format!("!a.matches('{dangerous}')")),
                "a container adds a capability that reaches out of it",
            ),
            each(
                "container/net-raw-kept",
                format!(
                    "{NOT_PRIVILEGED} && {} && ({} || {} && {})",
                    added(&format!("!a.matches('{}')", capability(["NET_RAW"]))),
                    dropped("NET_RAW"),
                    dropped("ALL"),
                    added(&format!("!a.matches('{}')", capability(["ALL"]))),
                ),
                "a container may forge packets: drop NET_RAW",
            ),
            each(
                "container/new-privileges-allowed",
                of_container("allowPrivilegeEscalation", "!$", "false"),
                "programs in a container may gain privileges: set allowPrivilegeEscalation to false",
            ),
            each("container/privileged", NOT_PRIVILEGED, "a container is privileged: nothing confines it"),
            each(
                "container/root-group",
                format!(
                    "(!{} || {} || !{}) && {}",
                    effective("runAsUser", "true", "false"),
                    effective("runAsUser", "$ == 0", "false"),
                    effective("runAsGroup", "$ == 0", "false"),
                    of_pod("supplementalGroups", "$.all(g, g != 0)", "true"),
                ),
                "a container has the group of root",
            ),
        ],
        least,
    );
    // Root of a pod with users of its own is less bad.
    let own_users = "has(variables.spec.hostUsers) && !variables.spec.hostUsers";
    let not_root = effective("runAsUser", "$ != 0", &effective("runAsNonRoot", "$", "false"));
    let condition = if least <= Severity::Low { not_root } else { format!("({own_users} || {not_root})") };
    if least <= Severity::Medium {
        rules.push(each(
            "container/runs-as-root",
            condition,
            "a container runs as root: set runAsNonRoot, or runAsUser to another user than 0",
        ));
    }
    rules
}

fn host_files(least: Severity) -> Vec<StaticRule> {
    let HostPathPatterns {
        sensitive_writable,
        harmless_writable,
        sensitive_read_only,
        harmless_read_only,
        engine_socket,
        system_socket,
        control_groups,
    } = host_path_patterns(least);
    let mut rules = kept(
        vec![
            each(
                "container/engine-socket-mounted",
                mounts(&format!("!{}", fits(&engine_socket))),
                "a container has the socket of a container engine: it is root of the node",
            ),
            each(
                "container/shared-mount-propagation",
                "!has(c.volumeMounts) || c.volumeMounts.all(m, !has(m.mountPropagation) || m.mountPropagation != \
                 'Bidirectional')",
                "mounts that a container makes appear on the node",
            ),
            each(
                "container/system-socket-mounted",
                mounts(&format!("!{}", fits(&system_socket))),
                "a container has a socket of the node's services",
            ),
            each(
                "container/writable-cgroups",
                mounts(&format!("!({WRITABLE} && {})", fits(&control_groups))),
                "a container may write the node's control groups",
            ),
        ],
        least,
    );
    rules.push(each(
        "container/sensitive-directory-mounted",
        mounts(&format!(
            "({WRITABLE} ? !{} || {} : !{} || {})",
            fits(&sensitive_writable),
            fits(&harmless_writable),
            fits(&sensitive_read_only),
            fits(&harmless_read_only)
        )),
        "a container has a sensitive directory of the node",
    ));
    rules
}

fn fixed(least: Severity) -> Vec<StaticRule> {
    let rules = vec![
        pod(
            "container/host-ipc-namespace",
            "!has(variables.spec.hostIPC) || !variables.spec.hostIPC",
            "the pod shares the host's IPC namespace",
        ),
        pod(
            "container/host-network",
            "!has(variables.spec.hostNetwork) || !variables.spec.hostNetwork",
            "the pod shares the host's network",
        ),
        pod(
            "container/host-pid-namespace",
            "!has(variables.spec.hostPID) || !variables.spec.hostPID",
            "the pod sees the host's processes",
        ),
        each(
            "container/host-port",
            "!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)",
            "a container takes a port of the node",
        ),
        each(
            "container/image-tag-latest",
            "!has(c.image) || c.image.contains('@') || c.image.startsWith('sha256:') || \
             c.image.matches(':[^/]*$') && !c.image.matches('(^|/)[^/:]*:latest$')",
            "an image is named without a version",
        ),
        each(
            "container/image-without-digest",
            "!has(c.image) || c.image.startsWith('sha256:') || \
             c.image.matches('^[^@]*@(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$')",
            "an image is named without its digest",
        ),
        lasting("container/no-cpu-limit", limited("cpu"), "a container may take all CPU time of the node"),
        StaticRule {
            list: Some("main"),
            ..each(
                "container/no-health-check",
                "has(c.livenessProbe) || has(c.readinessProbe) || has(c.startupProbe)",
                "nothing tells whether a container works",
            )
        },
        lasting(
            "container/no-memory-limit",
            limited("memory"),
            "a container may take all memory of the node",
        ),
        each(
            "container/no-storage-quota",
            format!(
                "{} || has(c.resources) && has(c.resources.limits) && 'ephemeral-storage' in c.resources.limits",
                of_container("readOnlyRootFilesystem", "$", "false")
            ),
            "a container may fill the disk of the node",
        ),
        each(
            "container/privileged-port",
            "!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0 || p.hostPort >= 1024)",
            "a container takes a port of the node below 1024",
        ),
        each(
            "container/ssh-port-published",
            "!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0 || p.containerPort != 22 || \
             has(p.protocol) && p.protocol == 'UDP')",
            "the port for SSH of a container is a port of the node",
        ),
        each(
            "container/starts-ssh-server",
            format!("{} && {}", no_ssh("command"), no_ssh("args")),
            "a container starts an SSH server",
        ),
        each(
            "container/writable-root",
            of_container("readOnlyRootFilesystem", "$", "false"),
            "a container may write to its root file system",
        ),
    ];
    kept(rules, least)
}
