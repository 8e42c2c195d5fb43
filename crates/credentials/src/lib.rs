//! Credential files and private keys, parsed.
//!
//! Files that programs keep logins in (`.npmrc`, `config.json` of Docker, `shadow`, `kubeconfig` …) are read in
//! their own format, so that a finding tells whose password it is and for what; private keys are decoded, so that a
//! header in the strings of a library is none.
//!
//! ```
//! use content::{Budget, Detector, FileClass, FileView};
//! use credentials::Credentials;
//! use model::LayerPath;
//!
//! let path = LayerPath::new("root/.netrc");
//! let bytes = b"machine db.example.com login deploy password k3pt-in-cl34r\n";
//! let file = FileView {
//!     path: &path, nested: &[], class: FileClass::Config, size: bytes.len() as u64,
//!     mode: 0o600, uid: 0, package: None, is_verified: false,
//! };
//! let detector = Credentials::new();
//! assert!(detector.wants(&file));
//! let mut hits = Vec::new();
//! detector.examine(&file, bytes, &Budget::new(std::time::Duration::from_secs(1)), &mut hits).unwrap();
//! assert_eq!(hits[0].title, "password of user deploy for db.example.com");
//! ```
//!
//! Invariants: no I/O; a credential in clear stands in [`content::Hit::clear`] alone; values that are plainly
//! placeholders (`${PASSWORD}`, `<password>`, `changeme`) are no finding; a private key is reported only when its
//! body decodes; every bound that is reached is a [`content::Halt`].

mod detector;
mod document;
mod files;
mod keys;
mod keystores;
mod naming;
mod placeholder;
mod rules;
mod secret_name;
mod sink;
mod syntax;
mod url_login;

pub use detector::Credentials;
pub use rules::RULES;
