//! A new certificate for webhooks that are there, without a moment in which the API server trusts neither.

use crate::webhooks::{secret, webhooks};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use workload::{DocumentLimits, Node};

/// What an API server has been told before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The namespace that Seawall lives in.
    pub namespace: String,
    /// Namespaces besides it that are not judged.
    pub exempt: Vec<String>,
    /// The certificates that the API server trusts, PEM.
    pub authorities: String,
}

/// Why what is installed cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstalledError {
    /// There is no such object.
    #[error(
        "there is no ValidatingWebhookConfiguration seawall-admission in it (hint: kubectl get \
         validatingwebhookconfiguration seawall-admission -o yaml)"
    )]
    NoWebhook,
    /// Something in it is not as it was written.
    #[error("the webhook configuration has no {0} that can be read")]
    Missing(&'static str),
}

impl Installed {
    /// Reads the webhook configuration: of manifests that were written before, or as `kubectl get` tells it.
    ///
    /// # Errors
    ///
    /// When it is not there, or was changed so that it is not Seawall's.
    pub fn read(text: &str) -> Result<Self, InstalledError> {
        let read = kubernetes::read_objects(text, None, &DocumentLimits::default());
        let object = read.objects.iter().find(|object| {
            object.kind == "ValidatingWebhookConfiguration"
                && object.node.at(&["metadata", "name"]).and_then(Node::text) == Some("seawall-admission")
        });
        let hooks = object.ok_or(InstalledError::NoWebhook)?.node.at(&["webhooks"]);
        let hook = hooks.and_then(|hooks| hooks.items().first()).ok_or(InstalledError::NoWebhook)?;
        let at = |path: &[&str]| hook.at(path).and_then(Node::text);
        let namespace = at(&["clientConfig", "service", "namespace"])
            .filter(|name| is_namespace(name))
            .ok_or(InstalledError::Missing("namespace of a service"))?;
        let authorities = at(&["clientConfig", "caBundle"])
            .and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok())
            .filter(|text| text.contains("-----BEGIN CERTIFICATE-----"))
            .ok_or(InstalledError::Missing("caBundle"))?;
        let expressions = hook.at(&["namespaceSelector", "matchExpressions"]).map_or(&[][..], Node::items);
        let [expression] = expressions else {
            return Err(InstalledError::Missing("namespaceSelector with one expression"));
        };
        let values = expression.get("values").map_or(&[][..], Node::items).iter();
        let exempt: Vec<String> = values.filter_map(Node::text).map(str::to_owned).collect();
        if expression.get("operator").and_then(Node::text) != Some("NotIn")
            || !exempt.iter().all(|name| is_namespace(name))
        {
            return Err(InstalledError::Missing("list of namespaces that are left out"));
        }
        let exempt = exempt.into_iter().filter(|name| name != namespace).collect();
        Ok(Self { namespace: namespace.to_owned(), exempt, authorities })
    }
}

/// Whether a text can name a namespace (RFC 1123, section 2.1, as Kubernetes reads it).
#[must_use]
pub fn is_namespace(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What is applied to renew: first the webhooks, which trust the authorities before and the new one (`authorities`, all in
/// one PEM text), then the secret. Replicas read their files again by themselves, each when its kubelet brings them, and
/// whichever certificate they show meanwhile is trusted.
#[must_use]
pub fn renewal(installed: &Installed, authorities: &str, certificate: &str, key: &str) -> String {
    let Installed { namespace, exempt, .. } = installed;
    format!(
        "# Written by 'seawall guard admission manifests --renew'. Apply with 'kubectl apply -f'; nothing restarts.\n{}{}",
        webhooks(namespace, authorities, exempt),
        secret(namespace, certificate, key),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn installed() -> Installed {
        let exempt = vec!["kube-system".to_owned(), "edge".to_owned()];
        Installed { namespace: "seawall".to_owned(), exempt, authorities: OLD.to_owned() }
    }

    #[test]
    fn what_was_written_is_read_again_and_renewed_with_both_authorities() {
        let both = format!("{OLD}{}", OLD.replace("AAAA", "BBBB"));
        let text = renewal(&installed(), &both, "CERTIFICATE", "KEY");
        let again = Installed::read(&text).unwrap();
        assert_eq!(again, Installed { authorities: both, ..installed() });
        let read = kubernetes::read_objects(&text, None, &DocumentLimits::default());
        let kinds: Vec<&str> = read.objects.iter().map(|object| object.kind.as_str()).collect();
        assert_eq!(kinds, ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "Secret"]);
    }

    #[test]
    fn what_is_not_seawalls_is_refused() {
        let text = renewal(&installed(), OLD, "CERTIFICATE", "KEY");
        for (from, to) in [
            ("name: seawall-admission\nwebhooks", "name: other\nwebhooks"),
            ("operator: NotIn", "operator: In"),
            ("caBundle: ", "caBundle: '' #"),
            ("namespace: seawall\n", "namespace: Sea_wall\n"),
            ("\"edge\"", "\"{edge}\""),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Installed::read(&text.replace(from, to)).is_err(), "{to}");
        }
        assert_eq!(Installed::read(""), Err(InstalledError::NoWebhook));
    }
}
