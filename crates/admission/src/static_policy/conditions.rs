//! Pieces of conditions in CEL: of `c`, a container, and of `variables`, what its pod says. In a condition on a setting, `$`
//! stands for its value; `absent` is what holds without the setting.

/// A condition on a setting of the container.
pub(super) fn of_container(setting: &str, condition: &str, absent: &str) -> String {
    let value = condition.replace('$', &format!("c.securityContext.{setting}"));
    format!("(has(c.securityContext) && has(c.securityContext.{setting}) ? {value} : {absent})")
}

/// A condition on a setting of the pod.
pub(super) fn of_pod(setting: &str, condition: &str, absent: &str) -> String {
    let value = condition.replace('$', &format!("variables.spec.securityContext.{setting}"));
    format!(
        "(has(variables.spec.securityContext) && has(variables.spec.securityContext.{setting}) ? {value} : {absent})"
    )
}

/// A condition on a setting of the container, or else of its pod.
pub(super) fn effective(setting: &str, condition: &str, absent: &str) -> String {
    of_container(setting, condition, &of_pod(setting, condition, absent))
}

/// Words as members of a list in CEL.
pub(super) fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

/// Whether the container is not privileged.
pub(super) const NOT_PRIVILEGED: &str =
    "(!has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)";

/// A condition on every capability that is added.
pub(super) fn added(condition: &str) -> String {
    format!(
        "(!has(c.securityContext) || !has(c.securityContext.capabilities) || !has(c.securityContext.capabilities.add) || \
         c.securityContext.capabilities.add.all(a, {condition}))"
    )
}

/// Whether one of them is dropped, by a name of the list.
pub(super) fn dropped(names: &str) -> String {
    format!(
        "(has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && \
         c.securityContext.capabilities.drop.exists(d, d.matches('{}')))",
        capability([names])
    )
}

/// An expression for names of capabilities, which are written in any case, with and without `CAP_`.
pub(super) fn capability<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    format!("^(?i)(CAP_)?({})$", names.into_iter().collect::<Vec<_>>().join("|"))
}

/// Whether a mount is writable.
pub(super) const WRITABLE: &str = "(!has(m.readOnly) || !m.readOnly)";

/// A condition on every mount of the container that is a path of the node.
pub(super) fn mounts(condition: &str) -> String {
    format!(
        "(!has(c.volumeMounts) || !has(variables.spec.volumes) || c.volumeMounts.all(m, variables.spec.volumes.all(v, \
         v.name != m.name || !has(v.hostPath) || {condition})))"
    )
}

/// Whether its path fits.
pub(super) fn fits(expression: &str) -> String {
    format!("(v.hostPath.path + (has(m.subPath) ? '/' + m.subPath : '')).matches('{expression}')")
}

/// Within a limit of the container, or of its whole pod; 0 is none. What the container says counts.
pub(super) fn limited(what: &str) -> String {
    let has = |owner: &str| {
        format!(
            "has({owner}.resources) && has({owner}.resources.limits) && '{what}' in {owner}.resources.limits"
        )
    };
    let is_some = |owner: &str| format!("string({owner}.resources.limits['{what}']).matches('[1-9]')");
    let (own, pods) = ("c", "variables.spec");
    format!("({} ? {} : {} && {})", has(own), is_some(own), has(pods), is_some(pods))
}

/// Whether no word of a list of the container starts an SSH server.
pub(super) fn no_ssh(list: &str) -> String {
    format!(
        "(!has(c.{list}) || !c.{list}.exists(w, w.matches('(^|[[:space:];&|])([^[:space:];&|]*/)?(sshd|dropbear)($|[[:space:];&|])')))"
    )
}
