//! Certificates of the webhook: made, renewed with an overlap of authorities, and watched.

use crate::clock;
use crate::remark::remark;
use anyhow::{Context, Result, bail};
use harden::tls::{Authority, Leaf, LeafKind, SubjectName, Validity, read_certificate};
use model::Redacted;
use std::path::Path;

/// Days of a certificate: a year, which is the most that `harden` makes.
const DAYS: u32 = 365;
/// Days before the end from which it is told.
const WARNED_DAYS: i64 = 30;
/// Seconds of a day.
const DAY_SECS: i64 = 86_400;
const END: &str = "-----END CERTIFICATE-----";

/// What was made: the authority's key is gone.
pub(super) struct Issued {
    pub(super) authority_pem: String,
    pub(super) certificate_pem: String,
    pub(super) key_pem: Redacted<String>,
}

/// A certificate for the service in a namespace, of an authority made for it alone.
pub(super) fn issue(namespace: &str) -> Result<Issued> {
    let validity = Validity { from_unix_secs: clock::machine_unix_seconds(), days: DAYS };
    let (authority, _) = Authority::generate("Seawall admission", validity)?;
    let names = ["", ".svc", ".svc.cluster.local"]
        .map(|end| SubjectName::Dns(format!("seawall-admission.{namespace}{end}")))
        .to_vec();
    let kind = LeafKind::Server { names };
    let issued = authority.sign(&Leaf { name: "seawall-admission".to_owned(), kind, validity })?;
    Ok(Issued {
        authority_pem: authority.certificate_pem().to_owned(),
        certificate_pem: issued.certificate_pem,
        key_pem: issued.key_pem,
    })
}

/// The authorities that must be trusted while certificates are exchanged: the newest of those before, and the new one.
pub(super) fn overlap(before: &str, new: &str) -> Result<String> {
    let now = clock::machine_unix_seconds();
    let mut newest: Option<(i64, String)> = None;
    for block in before.split_inclusive(END).filter(|block| block.contains("-----BEGIN CERTIFICATE-----")) {
        let facts = read_certificate(block).context("an authority that is trusted now cannot be read")?;
        let is_newer = newest.as_ref().is_none_or(|(from, _)| *from <= facts.not_before_unix_secs);
        if facts.not_after_unix_secs > now && is_newer {
            newest = Some((facts.not_before_unix_secs, format!("{}\n", block.trim())));
        }
    }
    Ok(newest.map(|(_, block)| block).unwrap_or_default() + new)
}

pub(super) fn tell_end() {
    remark(&format!(
        "the certificate holds for {DAYS} days, and Seawall warns in the last {WARNED_DAYS}: renew it before with 'seawall \
         guard admission manifests --renew', else the webhooks refuse every pod"
    ));
}

/// How long the certificate in a file holds, in words, when that has to be told.
pub(super) fn warning(path: &Path) -> Result<Option<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let facts = read_certificate(&text)?;
    let left_secs = facts.not_after_unix_secs - clock::machine_unix_seconds();
    if left_secs <= 0 {
        return Ok(Some("the certificate has ended: the API server refuses every pod".to_owned()));
    }
    let days = left_secs / DAY_SECS;
    Ok((days < WARNED_DAYS).then(|| {
        format!(
            "the certificate ends in {days} days (hint: kubectl get validatingwebhookconfiguration seawall-admission -o yaml \
             | seawall guard admission manifests --renew - | kubectl apply -f -)"
        )
    }))
}

/// Refuses a certificate that has ended, since nobody would trust it.
pub(super) fn check(path: &Path) -> Result<()> {
    match warning(path)? {
        Some(text) if text.contains("has ended") => bail!("{text}"),
        Some(text) => remark(&format!("warning: {text}")),
        None => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(from_unix_secs: i64, days: u32) -> String {
        let validity = Validity { from_unix_secs, days };
        Authority::generate("test", validity).unwrap().0.certificate_pem().to_owned()
    }

    #[test]
    fn the_newest_authority_stays_trusted_beside_the_new_one() {
        let now = clock::machine_unix_seconds();
        let [ended, old, newer, new] = [
            authority(now - 40 * DAY_SECS, 30),
            authority(now - 20 * DAY_SECS, 365),
            authority(now - 10 * DAY_SECS, 365),
            authority(now, 365),
        ];
        let both = overlap(&[ended.as_str(), &newer, &old].concat(), &new).unwrap();
        assert_eq!(both, format!("{newer}{new}"));
        assert_eq!(overlap(&ended, &new).unwrap(), new);
        assert!(overlap("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &new).is_err());
    }

    #[test]
    fn a_certificate_is_warned_of_in_its_last_month_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let now = clock::machine_unix_seconds();
        let told = |from: i64, days: u32| {
            std::fs::write(file.path(), authority(from, days)).unwrap();
            warning(file.path()).unwrap()
        };
        assert_eq!(told(now, 365), None);
        assert!(told(now, 29).unwrap().contains("ends in 2"));
        assert!(told(now - 40 * DAY_SECS, 30).unwrap().contains("has ended"));
    }
}
