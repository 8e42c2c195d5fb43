//! Promise: subjects of an OIDC provider and people of an LDAP directory log in with their groups, and nobody else does.
//!
//! The provider is `oidc-provider` of npm, named by SEAWALL_OIDC_PROVIDER (`…/node_modules/oidc-provider`); the directory is
//! OpenLDAP's slapd with a database of its own.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

mod support_registry;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};
use support_registry::{Answer, Guarded, access, guarded_with};
use testkit::{Tls, find_program, registry, skip};

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn write(place: &Path, name: &str, content: &[u8]) -> String {
    std::fs::write(place.join(name), content).unwrap();
    place.join(name).display().to_string()
}

fn guarded(upstream: &str, more: &str) -> Guarded {
    guarded_with(&format!("http://{upstream}"), access(more), |options| options.judge = None)
}

/// Begins an upload with a name and a secret.
fn push(guard: &Guarded, name: &str, secret: &str, repository: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
    let target = format!("/v2/{repository}/blobs/uploads/");
    guard.send("", "POST", &target, &[("Authorization", &basic)], b"")
}

// ---- OIDC

/// Two sets of keys under one issuer; commands come line by line.
const PROVIDER: &str = r#"
import https from 'node:https';
import fs from 'node:fs';
import readline from 'node:readline';
import { generateKeyPairSync } from 'node:crypto';
const [module, port, certificate, key] = process.argv.slice(2);
const { default: Provider } = await import(module);
console.warn = console.info = console.error = () => {};
const issuer = `https://localhost:${port}`;
const jwk = (kind, options, more) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...more });
const make = (number) => new Provider(issuer, {
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, { kid: `rsa${number}`, alg: 'RS256' }), jwk('ec', { namedCurve: 'P-256' }, { kid: `ec${number}`, alg: 'ES256' })] },
  claims: { openid: ['sub', 'groups'] },
  clients: [['registry', 'RS256'], ['other', 'RS256'], ['curve', 'ES256']].map(([client_id, id_token_signed_response_alg]) => (
    { client_id, client_secret: 'not used', redirect_uris: ['https://client.example.com/back'], id_token_signed_response_alg })),
});
const providers = [make(1), make(2)];
let current = providers.shift();
const server = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, (request, answer) => current.callback()(request, answer));
server.listen(port, '127.0.0.1', () => console.log('ready'));
for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (asked.rotate) { current = providers.shift(); console.log('rotated'); continue; }
  const client = await current.Client.find(asked.client);
  const token = new current.IdToken({ sub: asked.subject, groups: asked.groups }, { client });
  token.scope = 'openid';
  console.log(await token.issue({ use: 'idtoken', expiresAt: Math.floor(Date.now() / 1000) + asked.seconds }));
}
"#;

struct Provider {
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    issuer: String,
    _ended: Ended,
}

impl Provider {
    fn start(place: &Path, tls: &Tls) -> Option<Self> {
        let (Some(module), Some(node)) = (std::env::var_os("SEAWALL_OIDC_PROVIDER"), find_program("node"))
        else {
            skip("no OIDC provider: SEAWALL_OIDC_PROVIDER names none, or node is not installed");
            return None;
        };
        let port = free_port();
        let script = write(place, "provider.mjs", PROVIDER.as_bytes());
        let mut child = Command::new(node)
            .arg(script)
            .arg(PathBuf::from(module).join("lib/index.js"))
            .arg(port.to_string())
            .arg(write(place, "server.pem", &tls.server_pem))
            .arg(write(place, "server.key", &tls.server_key_pem))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let input = child.stdin.take().unwrap();
        let mut provider =
            Self { input, lines, issuer: format!("https://localhost:{port}"), _ended: Ended(child) };
        assert_eq!(provider.lines.next().unwrap().unwrap(), "ready");
        Some(provider)
    }

    fn command(&mut self, command: &Value) -> String {
        writeln!(self.input, "{command}").unwrap();
        self.lines.next().unwrap().unwrap()
    }

    fn token(&mut self, client: &str, groups: &[&str], seconds: i64) -> String {
        let asked = json!({"client": client, "subject": "ann", "groups": groups, "seconds": seconds});
        self.command(&asked)
    }
}

#[test]
fn subjects_of_an_oidc_provider_have_the_rights_of_their_groups() {
    let place = tempfile::tempdir().unwrap();
    let tls = Tls::new();
    let Some(mut provider) = Provider::start(place.path(), &tls) else { return };
    let Some(registry) = registry() else { return };
    let (issuer, ca) = (provider.issuer.clone(), write(place.path(), "ca.pem", &tls.ca_pem));
    let guard = guarded(
        registry.address(),
        &format!(
            "  - {{principals: ['group:makers'], repositories: ['team-a/**'], allow: [pull, push]}}\n\
             groups:\n  makers: ['oidc-group:company/developers']\noidc:\n  \
             - {{name: company, issuer: '{issuer}', audience: registry, keys: '{issuer}/jwks', ca: '{ca}'}}\n  \
             - {{name: curves, issuer: '{issuer}', audience: curve, keys: '{issuer}/jwks', ca: '{ca}'}}\n"
        ),
    );
    let good = provider.token("registry", &["developers", "others"], 300);
    let begun = push(&guard, "company", &good, "team-a/app");
    assert_eq!(begun.status, 202, "{}", begun.text());
    assert_eq!(push(&guard, "company", &good, "team-b/app").status, 403);
    let outside = provider.token("registry", &["others"], 300);
    assert_eq!(push(&guard, "company", &outside, "team-a/app").status, 403);
    // The guard's own token says in which groups he is.
    let basic = format!("Basic {}", STANDARD.encode(format!("company:{good}")));
    let scope = "/token?service=registry.test&scope=repository:team-a/app:pull,push";
    let own = guard.send("", "GET", scope, &[("Authorization", &basic)], b"").json();
    let bearer = format!("Bearer {}", own["token"].as_str().unwrap());
    let target = "/v2/team-a/app/blobs/uploads/";
    assert_eq!(guard.send("", "POST", target, &[("Authorization", &bearer)], b"").status, 202);
    let curve = provider.token("curve", &[], 300);
    assert_eq!(push(&guard, "curves", &curve, "team-a/app").status, 403, "known, without a group");

    let refused = |token: &str, why: &str| {
        let answer = push(&guard, "company", token, "team-a/app");
        assert!(answer.status == 401 && answer.text().contains(why), "{why}: {}", answer.text());
    };
    refused(&provider.token("other", &["developers"], 300), "another audience");
    refused(&provider.token("registry", &["developers"], -600), "expired");
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let with = |name: &str, value: &str| {
        let mut head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
        head[name] = value.into();
        URL_SAFE_NO_PAD.encode(head.to_string())
    };
    refused(&format!("{}.{claims}.", with("alg", "none")), "another algorithm");
    refused(&format!("{}.{claims}.{signature}", with("alg", "HS256")), "another algorithm");
    refused(&format!("{}.{claims}.{signature}", with("kid", "unknown")), "key is not known");
    let mut more: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    more["sub"] = "root".into();
    refused(
        &format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(more.to_string())),
        "signature is wrong",
    );

    // Keys are changed: the new ones count at once.
    assert_eq!(provider.command(&json!({"rotate": true})), "rotated");
    let new = provider.token("registry", &["developers"], 300);
    let begun = push(&guard, "company", &new, "team-a/app");
    assert_eq!(begun.status, 202, "{}", begun.text());
    refused(&good, "key is not known");
}

// ---- LDAP

const PEOPLE: &str = "\
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: uid=ann,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: Example
userPassword: ann's own secret

dn: uid=ben,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: ben
cn: Ben
sn: Example
userPassword: ben's own secret

dn: cn=developers,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: developers
member: uid=ann,ou=people,dc=example,dc=com

dn: cn=operators,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: operators
member: uid=ann,ou=people,dc=example,dc=com
member: uid=ben,ou=people,dc=example,dc=com
";

/// A directory with [`PEOPLE`]; its port.
fn slapd(place: &Path, tls: &Tls) -> Option<(Ended, u16)> {
    let (Some(program), Some(add)) = (find_program("slapd"), find_program("slapadd")) else {
        skip("no LDAP directory: slapd is not installed");
        return None;
    };
    let schemas: String = ["core", "cosine", "inetorgperson"]
        .map(|name| format!("include /etc/ldap/schema/{name}.schema\n"))
        .concat();
    std::fs::create_dir(place.join("database")).unwrap();
    let settings = format!(
        "{schemas}pidfile {}\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
         database mdb\nmaxsize 10485760\nsuffix dc=example,dc=com\nrootdn cn=root,dc=example,dc=com\ndirectory {}\n",
        place.join("pid").display(),
        write(place, "server.pem", &tls.server_pem),
        write(place, "server.key", &tls.server_key_pem),
        place.join("database").display(),
    );
    let settings = write(place, "slapd.conf", settings.as_bytes());
    let people = write(place, "people.ldif", PEOPLE.as_bytes());
    let added = Command::new(add).args(["-f", &settings, "-l", &people]).output().unwrap();
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let port = free_port();
    let child = Command::new(program)
        .args(["-f", &settings, "-h", &format!("ldaps://127.0.0.1:{port}"), "-d", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ended = Ended(child);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(ended.0.try_wait().unwrap().is_none(), "slapd ended");
        assert!(begun.elapsed() < Duration::from_secs(20), "slapd does not start");
        std::thread::yield_now();
    }
    Some((ended, port))
}

#[test]
fn people_of_a_directory_have_the_rights_of_their_groups() {
    let place = tempfile::tempdir().unwrap();
    let tls = Tls::new();
    let Some((directory, port)) = slapd(place.path(), &tls) else { return };
    let Some(registry) = registry() else { return };
    let ca = write(place.path(), "ca.pem", &tls.ca_pem);
    let guard = guarded(
        registry.address(),
        &format!(
            "  - {{principals: ['ldap-group:staff/developers'], repositories: ['team-a/**'], allow: [pull, push]}}\n  \
             - {{principals: ['ldap:staff/*'], repositories: ['common/**'], allow: [push]}}\n  \
             - {{principals: ['ldap-group:staff/operators'], repositories: ['common/secret'], deny: [push]}}\n  \
             - {{principals: ['ldap:staff/Ben'], repositories: ['common/hers'], deny: [push]}}\n\
             ldap:\n  - name: staff\n    address: 'ldaps://127.0.0.1:{port}'\n    ca: '{ca}'\n    \
             dn: 'uid={{user}},ou=people,dc=example,dc=com'\n    groups: {{base: 'ou=groups,dc=example,dc=com'}}\n"
        ),
    );
    let status = |name: &str, secret: &str, repository: &str| push(&guard, name, secret, repository).status;
    let (ann, ben) = ("ann's own secret", "ben's own secret");
    assert_eq!(status("ann", ann, "team-a/app"), 202);
    assert_eq!(status("ben", ben, "team-a/app"), 403);
    assert_eq!(status("ben", ben, "common/app"), 202);
    assert_eq!(status("ann", ann, "common/secret"), 403, "what a group denies counts too");
    // To the directory they are one person.
    for name in ["ben", "Ben", "BEN"] {
        assert_eq!(status(name, ben, "common/hers"), 403, "{name}");
        assert_eq!(status(name, ben, "common/app"), 202, "{name}");
    }
    for (name, secret) in
        [("ann", "wrong"), ("ann", ""), ("nobody", ann), ("ann,ou=people", ann), ("*", ann), ("", ann)]
    {
        assert_eq!(status(name, secret, "team-a/app"), 401, "{name}");
    }
    drop(directory);
    assert_eq!(status("ann", ann, "team-a/app"), 503, "the secret may be right");
}
