//! Arguments of a program of the cluster.

use super::table::COMPONENTS;

/// The flags of a component, as Go's flag packages read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// `kube-apiserver`.
    pub component: String,
    /// Flags without their dashes, and values; the last of several counts.
    pub flags: Vec<(String, String)>,
}

impl Arguments {
    /// The flags of a command line whose first word is a component, or `hyperkube`, `k3s`-like wrappers with the
    /// component as the next word; none otherwise.
    #[must_use]
    pub fn of_component(words: &[String]) -> Option<Self> {
        let base = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
        let mut name = base(words.first()?);
        let mut rest = &words[1..];
        if name == "hyperkube" || name == "kube-proxy-wrapper" {
            name = base(rest.first()?);
            rest = &rest[1..];
        }
        let name = match name.as_str() {
            "apiserver" => "kube-apiserver".to_owned(),
            "controller-manager" => "kube-controller-manager".to_owned(),
            "scheduler" => "kube-scheduler".to_owned(),
            _ => name,
        };
        if !COMPONENTS.contains(&name.as_str()) {
            return None;
        }
        let mut flags = Vec::new();
        let mut at = 0;
        while at < rest.len() {
            let Some(flag) = rest[at].strip_prefix("--").or_else(|| rest[at].strip_prefix('-')) else {
                at += 1;
                continue;
            };
            at += 1;
            if let Some((flag, value)) = flag.split_once('=') {
                flags.push((flag.to_owned(), unquoted(value)));
            } else if let Some(value) = rest.get(at).filter(|next| !next.starts_with('-') && !is_switch(flag))
            {
                flags.push((flag.to_owned(), unquoted(value)));
                at += 1;
            } else {
                flags.push((flag.to_owned(), "true".to_owned()));
            }
        }
        Some(Self { component: name, flags })
    }

    /// The value of a flag.
    #[must_use]
    pub fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| name == flag).map(|(_, value)| value.as_str())
    }
}

/// Flags of etcd and the API server that take no value of their own when it is not behind `=`.
fn is_switch(flag: &str) -> bool {
    matches!(
        flag,
        "anonymous-auth"
            | "profiling"
            | "service-account-lookup"
            | "auto-tls"
            | "peer-auto-tls"
            | "client-cert-auth"
            | "peer-client-cert-auth"
            | "allow-privileged"
            | "use-service-account-credentials"
            | "leader-elect"
            | "rotate-certificates"
            | "protect-kernel-defaults"
            | "make-iptables-util-chains"
    )
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_every_form() {
        let words: Vec<String> =
            ["/usr/bin/kube-apiserver", "--a=1", "--b", "2", "-c", "--profiling", "x", "--a=3"]
                .map(str::to_owned)
                .to_vec();
        let arguments = Arguments::of_component(&words).unwrap();
        let values: Vec<_> = ["a", "b", "c", "profiling", "d"].map(|flag| arguments.value(flag)).to_vec();
        assert_eq!(values, [Some("3"), Some("2"), Some("true"), Some("true"), None]);
        assert!(Arguments::of_component(&["nginx".to_owned()]).is_none());
    }
}
