//! Private keys in every encoding, and what is none.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{check, der, ed25519, examine, integer, judge, pem, rsa, silent, ssh_text, told};

const RSA: &str = concat!("RSA PRIVATE", " KEY");
const PKCS8: &str = concat!("PRIVATE", " KEY");
const OPENSSH: &str = concat!("OPENSSH PRIVATE", " KEY");

#[test]
fn type_size_and_line_of_a_key_are_told() {
    check(
        "app/any",
        &format!("x\ny\n{}", pem(RSA, &rsa(2048))),
        &["high private-key 3 private key: RSA 2048 bits"],
    );
    let wrapped = der(
        0x30,
        &[
            &[2, 1, 0],
            &der(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]]),
            &der(4, &[&rsa(1024)]),
        ],
    );
    let hits = examine("app/any", pem(PKCS8, &wrapped).as_bytes());
    assert_eq!(told(&hits), ["high private-key 1 private key: RSA 1024 bits"]);
    assert!(hits[0].evidence.iter().any(|fact| fact.starts_with("weak")));
    let curve = der(0xa0, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]]);
    let point = der(0xa1, &[&der(3, &[&[0, 4], &[7; 64]])]);
    let ec = der(0x30, &[&[2, 1, 1], &der(4, &[&[9; 32]]), &curve, &point]);
    let hits = examine("app/any", pem(concat!("EC PRIVATE", " KEY"), &ec).as_bytes());
    assert_eq!(told(&hits), ["high private-key 1 private key: EC P-256"]);
    assert!(hits[0].evidence[1].starts_with("public half SHA256:"));
    let (p, q) = (integer(1024), integer(160));
    let dsa = der(0x30, &[&[2, 1, 0], &p, &q, &p, &p, &q]);
    check(
        "app/any",
        &pem(concat!("DSA PRIVATE", " KEY"), &dsa),
        &["high private-key 1 private key: DSA 1024 bits"],
    );
}

#[test]
fn the_public_half_of_ed25519_is_derived() {
    // RFC 8032, section 7.1, test 1: the public key of this seed, as ssh-keygen prints its fingerprint.
    let seed = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];
    let key = der(0x30, &[&[2, 1, 0], &der(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]), &der(4, &[&[4, 32], &seed])]);
    let hits = examine("app/any", pem(PKCS8, &key).as_bytes());
    let fingerprint = hits[0].evidence[1].strip_prefix("public half SHA256:").unwrap();
    assert_eq!(fingerprint.len(), 43);
    // The same key in OpenSSH's format has the same fingerprint: its public half is d75a9801….
    let public = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
        0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];
    let other = examine("app/any", pem(OPENSSH, &openssh("none", &public, "ann@example.com")).as_bytes());
    assert_eq!(other[0].evidence[1], hits[0].evidence[1]);
    assert_eq!(other[0].title, "private key of ann@example.com: Ed25519");
}

fn openssh(cipher: &str, public: &[u8], comment: &str) -> Vec<u8> {
    let blob = [ssh_text(b"ssh-ed25519"), ssh_text(public)].concat();
    let private = [
        vec![1; 8],
        ssh_text(b"ssh-ed25519"),
        ssh_text(public),
        ssh_text(&[3; 64]),
        ssh_text(comment.as_bytes()),
        vec![1, 2, 3],
    ]
    .concat();
    let parts = [
        ssh_text(cipher.as_bytes()),
        ssh_text(b"bcrypt"),
        ssh_text(b""),
        vec![0, 0, 0, 1],
        ssh_text(&blob),
        ssh_text(&private),
    ];
    [b"openssh-key-v1\0".to_vec(), parts.concat()].concat()
}

#[test]
fn encrypted_keys_are_told_apart() {
    let key = openssh("aes256-ctr", &[7; 32], "");
    check(
        "x",
        &pem(OPENSSH, &key),
        &["medium private-key-encrypted 1 encrypted private key (aes256-ctr with bcrypt): Ed25519"],
    );
    let scheme = der(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13, 0x30, 0]]);
    let encrypted = der(0x30, &[&scheme, &der(4, &[&[5; 64]])]);
    let label = concat!("ENCRYPTED PRIVATE", " KEY");
    check(
        "x",
        &pem(label, &encrypted),
        &["medium private-key-encrypted 1 encrypted private key (PBES2): of unknown type"],
    );
    let old = pem(RSA, &[1; 64]).replacen(
        "-----\n",
        "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
        1,
    );
    check("x", &old, &["medium private-key-encrypted 1 encrypted private key (AES-128-CBC): RSA"]);
}

#[test]
fn keys_are_found_in_strings_yaml_json_base64_and_binaries() {
    let key = pem(PKCS8, &ed25519(1));
    let one = ["high private-key 1 private key: Ed25519"];
    check("a.json", &format!("{{\"key\": \"{}\"}}", key.replace('\n', "\\n")), &one);
    check("a.env", &format!("SIGNING=\"{}\"", key.replace('\n', "\\n")), &one);
    check("a.txt", &key.replace('\n', " "), &one);
    check(
        "a.yaml",
        &format!("k: |\n  {}", key.replace('\n', "\n  ")),
        &["high private-key 2 private key: Ed25519"],
    );
    check("secret.yaml", &format!("  tls.key: {}\n", STANDARD.encode(&key)), &one);
    let binary = [b"\x7fELF\x02\0\0\0".as_slice(), &[0; 5000], key.as_bytes(), &[0; 50]].concat();
    assert_eq!(told(&examine("usr/bin/tool", &binary)), ["high private-key - private key: Ed25519"]);
    assert_eq!(
        told(&examine("etc/tls/server.key", &ed25519(1))),
        ["high private-key - private key: Ed25519"]
    );
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(key.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(told(&examine("a.txt", &wide)), one);
}

#[test]
fn marks_at_the_borders_of_parts_are_found_once() {
    let key = pem(PKCS8, &ed25519(1));
    for before in (131_072 - 12)..(131_072 + 2) {
        let text = format!("{}{key}", "\n".repeat(before));
        assert_eq!(examine("any", text.as_bytes()).len(), 1, "{before}");
    }
}

#[test]
fn two_keys_of_one_file_have_two_identities() {
    let text = format!("{}{}", pem(PKCS8, &ed25519(1)), pem(PKCS8, &ed25519(2)));
    let hits = examine("any", text.as_bytes());
    assert_eq!(hits.len(), 2);
    assert_ne!(hits[0].identity, hits[1].identity);
    let moved = examine("any", format!("\n\n{}", pem(PKCS8, &ed25519(1))).as_bytes());
    assert_eq!(moved[0].identity, hits[0].identity);
}

#[test]
fn headers_public_halves_and_cut_keys_are_none() {
    let key = pem(PKCS8, &ed25519(1));
    silent("lib.so", &format!("{}\n{}\n", &key[..27], &key[key.len() - 26..]));
    silent("doc.txt", &format!("{}...\n", &key[..27]));
    silent("doc.txt", &key.replace(&key[60..70], "<redacted>"));
    silent("x.pem", &pem("CERTIFICATE", &rsa(1024)));
    silent("x.pem", &pem("PUBLIC KEY", &rsa(1024)));
    silent("x.pem", &pem(RSA, &rsa(1024)[..200]));
    silent(
        "root/.ssh/id_ed25519.pub",
        &format!(
            "ssh-ed25519 {}\n",
            STANDARD.encode([ssh_text(b"ssh-ed25519"), ssh_text(&[7; 32])].concat())
        ),
    );
}

#[test]
fn baked_host_keys_have_a_rule_of_their_own() {
    let key = pem(OPENSSH, &openssh("none", &[7; 32], "root@build"));
    check("etc/ssh/ssh_host_ed25519_key", &key, &["high ssh-host-key 1 SSH host key: Ed25519"]);
    let dropbear = [ssh_text(b"ssh-ed25519"), ssh_text(&[7; 64])].concat();
    assert_eq!(
        told(&examine("etc/dropbear/dropbear_ed25519_host_key", &dropbear)),
        ["high ssh-host-key - SSH host key: Ed25519"]
    );
}

#[test]
fn keys_that_everybody_has_are_low() {
    let key = pem(PKCS8, &ed25519(1));
    check(
        "etc/ssl/private/ssl-cert-snakeoil.key",
        &key,
        &["low test-private-key 1 placeholder private key of the machine that built the image: Ed25519"],
    );
    check("app/node_modules/x/test/key.pem", &key, &["low private-key 1 private key: Ed25519"]);
    let (hits, _) =
        judge("usr/share/x/wp-config.php", b"define('DB_PASSWORD', 'k3pt-s3cr3t');\n", Some("wordpress"));
    assert_eq!(told(&hits), ["low hardcoded-login 1 password"]);
    assert!(hits[0].evidence.iter().any(|fact| fact.contains("wordpress")));
}

#[test]
fn service_accounts_are_named() {
    let key = pem(PKCS8, &rsa_pkcs8()).replace('\n', "\\n");
    let text = format!(
        "{{\n\"type\": \"service_account\",\n\"private_key\": \"{key}\",\n\"client_email\": \"robot@p.example.com\"\n}}"
    );
    check("srv/robot.json", &text, &["high gcp-key 3 private key of service account robot@p.example.com"]);
}

fn rsa_pkcs8() -> Vec<u8> {
    let id = der(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]]);
    der(0x30, &[&[2, 1, 0], &id, &der(4, &[&rsa(2048)])])
}

#[test]
fn putty_keys_are_decoded() {
    let blob = STANDARD.encode([ssh_text(b"ssh-ed25519"), ssh_text(&[7; 32])].concat());
    let file = |encryption: &str| {
        format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {encryption}\nComment: laptop\nPublic-Lines: 1\n{blob}\n\
             Private-Lines: 1\n{}\nPrivate-MAC: 00\n",
            STANDARD.encode([1; 36])
        )
    };
    check("a.ppk", &file("none"), &["high private-key 1 private key of laptop: Ed25519"]);
    check(
        "a.ppk",
        &file("aes256-cbc"),
        &["medium private-key-encrypted 1 encrypted private key (aes256-cbc): Ed25519"],
    );
    silent("a.ppk", &file("none").replace("Private-Lines: 1", "Private-Lines: 0"));
}

/// An identity of age in Bech32 (BIP 173): 52 values of five bits and the checksum.
fn age_identity(values: &[u8]) -> String {
    let prefix = concat!("age-secret-", "key-");
    let sum = |values: &[u8]| {
        values.iter().fold(1_u32, |sum, value| {
            let next = (sum & 0x01ff_ffff) << 5 ^ u32::from(*value);
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
                .iter()
                .enumerate()
                .filter(|(bit, _)| sum >> (25 + bit) & 1 == 1)
                .fold(next, |next, (_, part)| next ^ part)
        })
    };
    let mut all: Vec<u8> =
        prefix.bytes().map(|b| b >> 5).chain([0]).chain(prefix.bytes().map(|b| b & 31)).collect();
    all.extend(values);
    let checksum = sum(&[&all[..], &[0; 6]].concat()) ^ 1;
    let checksum: Vec<u8> = (0..6).map(|at| (checksum >> (5 * (5 - at)) & 31) as u8).collect();
    let alphabet = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let data: String =
        values.iter().chain(&checksum).map(|value| char::from(alphabet[usize::from(*value)])).collect();
    format!("{prefix}1{data}").to_uppercase()
}

#[test]
fn age_identities_need_a_right_checksum() {
    let key = age_identity(&[7; 52]);
    check("keys.txt", &format!("# created\n{key}\n"), &["high private-key 2 private key: age X25519"]);
    silent("keys.txt", &key.replacen("888", "889", 1));
}

#[test]
fn openpgp_keys_are_decoded() {
    let number = |bytes: &[u8]| [&u16::try_from(bytes.len() * 8).unwrap().to_be_bytes()[..], bytes].concat();
    let packet = |usage: &[u8]| {
        let body =
            [&[4, 0, 0, 0, 1, 1][..], &number(&[0xb1; 128]), &number(&[1, 0, 1]), usage, &[9; 40]].concat();
        let user = b"Ann <ann@example.com>";
        [
            &[0x95][..],
            &u16::try_from(body.len()).unwrap().to_be_bytes(),
            &body,
            &[0xb4, user.len() as u8],
            user,
        ]
        .concat()
    };
    let label = concat!("PGP PRIVATE", " KEY BLOCK");
    let armored = |usage: &[u8]| pem(label, &packet(usage)).replacen("-----\n", "-----\nVersion: x\n\n", 1);
    check(
        "a.asc",
        &armored(&[0]),
        &["high private-key 1 private key of Ann <ann@example.com>: OpenPGP RSA 1024 bits"],
    );
    check(
        "a.asc",
        &armored(&[254, 9, 3]),
        &["medium private-key-encrypted 1 encrypted private key (passphrase): OpenPGP RSA 1024 bits"],
    );
    // A stub of GnuPG: the key is on a card.
    silent("a.asc", &armored(&[255, 0, 101]));
}

#[test]
fn keys_that_may_log_in_are_told_with_options() {
    let blob = STANDARD.encode([ssh_text(b"ssh-ed25519"), ssh_text(&[7; 32])].concat());
    let text = format!(
        "# comment\nssh-ed25519 {blob} ann@laptop\nno-pty,command=\"x y\" ssh-ed25519 {blob}\nbroken AAAA\n"
    );
    let hits = examine("root/.ssh/authorized_keys", text.as_bytes());
    assert_eq!(
        told(&hits),
        [
            "high authorized-key 2 an SSH key may log in as root",
            "high authorized-key 3 an SSH key may log in as root"
        ]
    );
    assert_eq!(hits[0].evidence[1], "comment: ann@laptop");
    assert_eq!(hits[1].evidence[1], "options: no-pty,command=\"x y\"");
    check(
        "home/bob/.ssh/authorized_keys",
        &format!("ssh-ed25519 {blob}\n"),
        &["medium authorized-key 1 an SSH key may log in as bob"],
    );
}

#[test]
fn a_key_in_a_large_program_is_found_wherever_it_stands() {
    let key = pem(RSA, &rsa(2048));
    let step = 1 << 20;
    for at in
        [4, step - 700, step - 7, step, step - (64 << 10) - 3, 2 * step - (32 << 10) - 3, 2 * step + 90_000]
    {
        let mut bytes = vec![0; 2 * step + 100_000];
        bytes[..4].copy_from_slice(b"\x7fELF");
        // Programs that read keys hold these.
        bytes[300..330].copy_from_slice(b"-----BEGIN PRIVATE KEY-----\0\0\0");
        assert_eq!(told(&examine("app/any", &bytes)), [""; 0]);
        assert_eq!(common::sift_of("app/any", &bytes), content::Sifted::Judged);
        bytes[at..at + key.len()].copy_from_slice(key.as_bytes());
        let expected = "high private-key - private key: RSA 2048 bits";
        assert_eq!(told(&examine("app/any", &bytes)), [expected], "{at}");
    }
}
