//! Cut and changed files never panic, never take long, and hostile ones end with a reason.

mod common;

use common::{ed25519, judge, pem, rsa, ssh_text};

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let key = pem(concat!("PRIVATE", " KEY"), &ed25519(1));
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("x/key.pem", key.into_bytes()),
        ("x/key.der", rsa(1024)),
        ("x/.npmrc", text("//h/:_authToken=abcdef\n_auth=YTpi\n")),
        ("x/.docker/config.json", text("{\"auths\": {\"h\": {\"auth\": \"YTpi\"}}}")),
        ("x/.kube/config", text("users:\n- name: a\n  user: {token: abcdefg}\n  x: |\n    y\n")),
        (
            "x/settings.xml",
            text("<settings><server><id>a</id><password>&lt;b</password></server></settings>"),
        ),
        ("x/sitemanager.xml", text("<a><Pass encoding=\"base64\">YWJj</Pass></a>")),
        ("etc/shadow", text("root::1:\na:$6$aaaaaaaaaaaa:1:2:\n")),
        ("x/.bash_history", text("mysql -pabc\ncurl -u 'a:b' \"x\nexport A_TOKEN='x y'\n")),
        ("x/config.php", text("<?php define('DB_PASSWORD', \"a\\\"b\"); $x['password'] = 'ü';\n")),
        ("x/terraform.tfstate", text("{\"outputs\":{\"a\":{\"value\":\"b\",\"sensitive\":true}}}")),
        ("x/.mylogin.cnf", [&[0; 24][..], &[16, 0, 0, 0], &[1; 16], &[16, 0, 0, 0], &[1; 16]].concat()),
        (
            "x/a.ppk",
            text(
                "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nAAAA\n",
            ),
        ),
        ("x/a.jks", [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1][..], &[0; 60]].concat()),
        (
            "etc/dropbear/dropbear_rsa_host_key",
            [ssh_text(b"ssh-rsa"), ssh_text(&[3]), ssh_text(&[5; 64]), ssh_text(&[6; 64])].concat(),
        ),
        ("root/.ssh/authorized_keys", text("a b ssh-rsa AAAAB3NzaC1yc2E= c\n")),
        (
            "x/preseed.cfg",
            text("d-i passwd/root-password password abc\nuser --name=a --password=b\nrootpw x\n"),
        ),
    ]
}

#[test]
fn changed_and_cut_files_never_panic() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for (path, sample) in samples() {
        for cut in 0..sample.len() {
            let _ = judge(path, &sample[..cut], None);
        }
        for _ in 0..300 {
            let mut changed = sample.clone();
            for _ in 0..4 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = random as usize % changed.len();
                changed[at] = (random >> 40) as u8;
            }
            let _ = judge(path, &changed, None);
        }
    }
}

#[test]
fn repetitions_end_in_time_with_a_reason() {
    let mark = concat!("-----BEGIN ", "PRIVATE KEY-----");
    for (path, unit, is_bounded) in [
        ("x/any", mark, true),
        ("x/a.json", "[", false),
        ("x/.docker/config.json", "{\"auths\":", true),
        ("x/.kube/config", "- ", false),
        ("x/.bash_history", "mysql -pabc12345 ", false),
        ("x/.netrc", "machine a password abcdefg1 ", false),
        ("x/settings.xml", "<settings>", true),
        ("x/.npmrc", "_auth=abcdefg\n", true),
        ("x/.aws/credentials", "aws_secret_access_key=abcdefg\n", true),
        ("x/config.php", "$password = 'abcdefg1';\n", true),
        ("x/.kube/config", "- token: abcdefg\n", true),
        ("x/a.sql", "'$6$", false),
        ("x/config.php", "'a','b'", false),
        ("x/.env", "A_TOKEN=abcdefg\n", true),
    ] {
        let start = std::time::Instant::now();
        let (hits, end) = judge(path, unit.repeat(600_000 / unit.len()).as_bytes(), None);
        assert!(hits.len() <= 200, "{path}");
        assert!(start.elapsed().as_secs() < 30, "{path}: {:?}", start.elapsed());
        assert_eq!(end.is_err(), is_bounded, "{path}: {end:?}");
    }
}
