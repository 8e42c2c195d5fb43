//! What the audit log says of calls of a registry.

use distribution::{Call, Refusal};
use ledger::{Durability, Entry};
use model::Digest;
use std::time::Duration;

/// What is known of a call when it ends.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) principal: String,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) route: &'static str,
    pub(crate) method: String,
    pub(crate) repository: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) digest: Option<Digest>,
    pub(crate) from: Option<String>,
    pub(crate) status: u16,
    pub(crate) upstream_status: Option<u16>,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) warnings: Vec<String>,
    pub(crate) notes: Vec<&'static str>,
}

impl Record {
    pub(crate) fn of_call(&mut self, call: &Call) {
        self.route = call.route();
        self.repository = call.repository().map(ToString::to_string);
        match call {
            Call::Manifest(_, _, reference)
            | Call::ManifestPut(_, reference, _)
            | Call::ManifestDelete(_, reference) => {
                self.reference = Some(reference.to_string());
                self.digest = reference.digest().cloned();
            }
            Call::Blob(_, _, digest)
            | Call::BlobDelete(_, digest)
            | Call::Referrers(_, digest, _)
            | Call::UploadEnd(_, _, digest) => self.digest = Some(digest.clone()),
            Call::UploadStart { digest, mount, .. } => {
                let mounted = mount.as_ref().map(|mount| mount.digest.clone());
                self.digest = mounted.or_else(|| digest.clone());
                self.from = mount.as_ref().and_then(|mount| mount.from.as_ref()).map(ToString::to_string);
            }
            _ => {}
        }
    }

    /// The entry of a call that was let through or not.
    pub(crate) fn entry(&self, refusal: Option<&Refusal>, took: Duration) -> Entry {
        let decision = match refusal {
            Some(_) => "deny",
            None if self.warnings.is_empty() => "allow",
            None => "warn",
        };
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut entry =
            self.base().with("decision", decision).with("status", self.status).with("dur_us", took);
        if let Some(refusal) = refusal {
            entry.set("rule", refusal.reason);
            entry.set("message", short(&refusal.message));
        }
        if let Some(status) = self.upstream_status {
            entry.set("upstream_status", status);
        }
        if self.bytes_in > 0 {
            entry.set("bytes_in", self.bytes_in);
        }
        if self.bytes_out > 0 {
            entry.set("bytes_out", self.bytes_out);
        }
        if !self.warnings.is_empty() {
            entry.set("warnings", self.warnings.iter().map(|text| short(text)).collect::<Vec<_>>());
        }
        if !self.notes.is_empty() {
            entry.set("notes", self.notes.clone());
        }
        entry
    }

    /// The entry that stands before something is changed in the registry.
    pub(crate) fn intent(&self) -> Entry {
        self.base().with("decision", "allow").with("status", 0)
    }

    fn base(&self) -> Entry {
        let mut entry = Entry::new("decision")
            .with("component", "registry")
            .with("principal", self.principal.as_str())
            .with("address", self.address.as_str())
            .with("route", self.route)
            .with("method", self.method.as_str());
        let texts = [
            ("repository", self.repository.clone()),
            ("reference", self.reference.clone()),
            ("digest", self.digest.as_ref().map(ToString::to_string)),
            ("from", self.from.clone()),
            ("token", self.token.clone()),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                entry.set(name, short(&value));
            }
        }
        entry
    }

    /// Refusals are on the disk before the client hears of them.
    pub(crate) fn durability(refusal: Option<&Refusal>) -> Durability {
        match refusal {
            // Questions who somebody is come before every pull.
            Some(refusal) if refusal.status != 401 => Durability::BeforeReturn,
            _ => Durability::Soon,
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(1_000).collect()
}
