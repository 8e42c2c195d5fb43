//! Stores of keys: Java's JKS and JCEKS, Bouncy Castle's BKS, PKCS#12.
//!
//! Stores with certificates alone (`cacerts`) are no finding.

mod bks;
mod java;
mod pkcs12;

use crate::rules::{KEYSTORE, KEYSTORE_DEFAULT_PASSWORD, TEST_PRIVATE_KEY};
use crate::sink::{Sink, identity};
use content::Hit;

/// Passwords that everybody tries first: those of documentation and of build tools.
const PASSWORDS: &[&str] = &[
    "changeit",
    "password",
    "",
    "changeme",
    "123456",
    "secret",
    "android",
    "storepass",
    "notasecret",
    "admin",
    "keystore",
    "test",
];

/// What is known of a store.
struct Store {
    /// Its format.
    format: &'static str,
    /// How many private and secret keys it has, when that can be seen.
    keys: usize,
    /// Names of the keys.
    names: Vec<String>,
    /// The password that opens it, when it is one of the first to try, or when it needs none.
    password: Option<&'static str>,
}

/// As many bytes of the beginning as [`may_be`] looks at.
pub(crate) const HEAD_BYTES: usize = 8;

/// The formats by their first bytes.
enum Format {
    Java,
    Pkcs12,
    Bks,
}

impl Format {
    const fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some(Self::Java),
            [0x30, 0x80..=0x84, ..] => Some(Self::Pkcs12),
            [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..] => Some(Self::Bks),
            _ => None,
        }
    }
}

/// Whether a file that begins so may be a store.
pub(crate) const fn may_be(head: &[u8]) -> bool {
    Format::of(head).is_some()
}

/// Reports a store with keys.
pub(crate) fn examine(bytes: &[u8], sink: &mut Sink<'_>) {
    let store = match Format::of(bytes) {
        Some(Format::Java) => java::read(bytes),
        Some(Format::Pkcs12) => pkcs12::read(bytes, sink.budget),
        Some(Format::Bks) => bks::read(bytes),
        None => None,
    };
    let Some(store) = store.filter(|store| store.keys > 0) else { return };
    let (rule, state) = match store.password {
        Some("") => (&KEYSTORE_DEFAULT_PASSWORD, "without a password".to_owned()),
        Some(password) => (&KEYSTORE_DEFAULT_PASSWORD, format!("with the default password {password}")),
        None => (&KEYSTORE, "with a password".to_owned()),
    };
    let id = identity(bytes);
    let (rule, state) = match crate::keys::known_origin(&id) {
        Some(origin) => (&TEST_PRIVATE_KEY, format!("{state}, that everybody has ({origin})")),
        None => (rule, state),
    };
    let keys =
        if store.keys == 1 { "a private key".to_owned() } else { format!("{} private keys", store.keys) };
    let mut hit = Hit::of(rule, format!("{} store with {keys}, {state}", store.format));
    if !store.names.is_empty() {
        let names: Vec<String> = store.names.iter().take(10).map(|name| crate::naming::shown(name)).collect();
        hit.evidence.push(format!("keys: {}", names.join(", ")));
    }
    hit.identity = id;
    sink.push(hit);
}
