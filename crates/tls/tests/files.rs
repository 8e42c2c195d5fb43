//! Files of certificates and keys, and what is said of wrong ones.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests write the files that are read")]

use std::{error::Error as _, path::PathBuf};
use testkit::Tls;
use tls::{Authorities, Identity};

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[track_caller]
    fn authorities_are_refused(&self, bytes: &[u8], expected: &str) {
        let message = Authorities::read(&self.write("ca.pem", bytes)).unwrap_err().to_string();
        assert!(message.contains("ca.pem") && message.contains(expected), "{message}");
    }

    #[track_caller]
    fn identity_is_refused(&self, chain: &[u8], key: &[u8], expected: &[&str]) {
        let identity = Identity::read(&self.write("cert.pem", chain), &self.write("key.pem", key));
        let message = identity.unwrap_err().to_string();
        assert!(expected.iter().all(|words| message.contains(words)), "{message}");
    }
}

#[test]
fn authorities_are_read_with_words_and_damaged_blocks_between() {
    let (one, two, files) = (Tls::new(), Tls::new(), Files::new());
    let damaged = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    let text = [b"# ours\n", &one.ca_pem[..], damaged, b"words\n", &two.ca_pem].concat();
    let mut authorities = Authorities::read(&files.write("ca.pem", &text)).unwrap();
    assert_eq!(authorities.certificates().len(), 2);
    authorities.extend(&Authorities::from_pem(&Tls::new().ca_pem, "third").unwrap());
    assert_eq!(authorities.certificates().len(), 3);
}

#[test]
fn what_holds_no_authority_is_told_by_its_file() {
    let (tls, files) = (Tls::new(), Files::new());
    files.authorities_are_refused(b"", "holds no PEM certificate");
    files.authorities_are_refused(&tls.client_key_pem, "-----BEGIN CERTIFICATE-----");
    let authorities = Authorities::from_pem(&tls.ca_pem, "x").unwrap();
    files.authorities_are_refused(&authorities.certificates()[0], "openssl x509 -inform der");
    files.authorities_are_refused(&tls.ca_pem[..tls.ca_pem.len() - 30], "a PEM block has no end");
    let no_certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    files.authorities_are_refused(no_certificate, "no block in it is an X.509 certificate");
    let missing = Authorities::read(&files.0.path().join("none.pem")).unwrap_err();
    assert!(missing.to_string().ends_with("none.pem") && missing.source().is_some());
}

#[test]
fn a_certificate_and_its_key_may_lie_in_one_file() {
    let (tls, files) = (Tls::new(), Files::new());
    let both = files.write("both.pem", &[&tls.client_key_pem[..], &tls.client_pem, &tls.ca_pem].concat());
    let identity = Identity::read(&both, &both).unwrap();
    assert_eq!(identity.chain().len(), 2);
    assert!(format!("{identity:?}").contains("[redacted]"));
}

#[test]
fn what_does_not_belong_together_is_told_before_any_connection() {
    let (one, other, files) = (Tls::new(), Tls::new(), Files::new());
    let together = ["cert.pem and", "key.pem do not belong together"];
    files.identity_is_refused(&one.client_pem, &other.client_key_pem, &together);
    files.identity_is_refused(&one.client_pem, &one.client_pem, &["key.pem holds no PEM key"]);
    files.identity_is_refused(&one.client_key_pem, &one.client_key_pem, &["cert.pem holds no PEM cert"]);
    let block = |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
    let encrypted = block(&["ENCRYPTED", "PRIVATE", "KEY"].join(" "), "AAAA");
    files.identity_is_refused(&one.client_pem, encrypted.as_bytes(), &["encrypted", "openssl pkey"]);
    let older = block(&["EC", "PRIVATE", "KEY"].join(" "), "Proc-Type: 4,ENCRYPTED\n\nAAAA");
    files.identity_is_refused(&one.client_pem, older.as_bytes(), &["encrypted"]);
    let damaged = block(&["PRIVATE", "KEY"].join(" "), "!");
    files.identity_is_refused(&one.client_pem, damaged.as_bytes(), &["key.pem is damaged", "not base64"]);
}

#[test]
fn files_that_never_end_are_given_up() {
    let message = Authorities::read(std::path::Path::new("/dev/zero")).unwrap_err().to_string();
    assert!(message.contains("/dev/zero has more than"), "{message}");
}

#[test]
fn mutated_files_never_panic() {
    let tls = Tls::new();
    for at in 0..tls.client_key_pem.len() {
        let mut key = tls.client_key_pem.clone();
        key[at] ^= 1 << (at % 8);
        let _ = Identity::from_pem((&tls.client_pem, "chain"), (&key, "key"));
        let _ = Identity::from_pem((&tls.client_pem, "chain"), (&key[..at], "key"));
        let _ = Authorities::from_pem(&tls.ca_pem[..at.min(tls.ca_pem.len())], "ca");
    }
}
