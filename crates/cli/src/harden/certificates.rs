//! `seawall harden tls`.

use super::say;
use crate::arguments::TlsArguments;
use crate::clock;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result, bail};
use harden::tls::{
    Authority, CERTIFICATE_MODE, DropIn, Issued, KEY_MODE, Leaf, LeafKind, SubjectName, TlsPaths, Validity,
    drop_in, read_certificate,
};
use model::Redacted;
use repair::FileState;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Days of a revocation list.
const REVOCATION_DAYS: u32 = 30;

pub(super) fn run(arguments: &TlsArguments) -> Result<Outcome> {
    let places = Places::open(&arguments.directory)?;
    let has_authority = places.has("ca.pem")?;
    let asks_for_more = arguments.renew || !arguments.revoke.is_empty();
    let authority = match (has_authority, asks_for_more) {
        (false, true) => bail!(
            "there is no authority in {} (hint: without --renew one is made)",
            places.directory.display()
        ),
        (true, _) => places.authority()?,
        (false, false) => {
            let name = format!("Docker authority of {}", hostname());
            let (authority, issued) =
                Authority::generate(&name.chars().take(64).collect::<String>(), validity(arguments.ca_days))?;
            places.put("ca", &issued)?;
            remark(
                "ca-key.pem signs clients: whoever has it is root here; keep it on another machine once all is made",
            );
            authority
        }
    };
    if arguments.renew {
        renew(arguments, &places, &authority)?;
    } else {
        make(arguments, &places, &authority, has_authority)?;
    }
    if !arguments.revoke.is_empty() {
        revoke(arguments, &places, &authority)?;
    }
    if arguments.listen.is_some() {
        write_drop_in(arguments, &places)?;
    }
    Ok(Outcome::Clean)
}

fn make(arguments: &TlsArguments, places: &Places, authority: &Authority, has_authority: bool) -> Result<()> {
    if !places.has("server-cert.pem")? {
        places.put("server", &authority.sign(&server(arguments, Vec::new())?)?)?;
    } else if !arguments.name.is_empty() {
        bail!("there is a server certificate (hint: --renew --force makes one with these names)");
    }
    for client in &arguments.client {
        let stem = client_stem(client)?;
        if places.has(&format!("{stem}/cert.pem"))? {
            bail!("there is a certificate for client '{client}' (hint: --renew)");
        }
        put_client(places, authority, client, &stem, arguments.days)?;
    }
    if has_authority
        && arguments.client.is_empty()
        && arguments.name.is_empty()
        && arguments.listen.is_none()
        && arguments.revoke.is_empty()
    {
        remark("the certificates are there (hint: --client NAME makes one for a client, --renew renews)");
    }
    Ok(())
}

fn renew(arguments: &TlsArguments, places: &Places, authority: &Authority) -> Result<()> {
    let now = now();
    let is_due = |facts: &harden::tls::CertificateFacts| arguments.force || facts.is_due(now);
    let facts = read_certificate(&places.text("server-cert.pem")?)?;
    if is_due(&facts) || !arguments.name.is_empty() {
        let kept = if arguments.name.is_empty() { facts.names } else { Vec::new() };
        places.put("server", &authority.sign(&server(arguments, kept)?)?)?;
        remark("restart the daemon: it reads its certificate on start alone");
    } else {
        say("server-cert.pem: not due");
    }
    for client in places.clients()? {
        let stem = client_stem(&client)?;
        let facts = read_certificate(&places.text(&format!("{stem}/cert.pem"))?)?;
        if is_due(&facts) {
            put_client(places, authority, &client, &stem, arguments.days)?;
        } else {
            say(&format!("{stem}/cert.pem: not due"));
        }
    }
    Ok(())
}

fn server(arguments: &TlsArguments, kept: Vec<SubjectName>) -> Result<Leaf> {
    let mut names = kept;
    for name in &arguments.name {
        names.push(name.parse()?);
    }
    if names.is_empty() {
        // The name by which the host knows itself, when it can be one.
        names.extend(hostname().parse::<SubjectName>());
    }
    let name: String = hostname().chars().take(64).collect();
    Ok(Leaf { name, kind: LeafKind::Server { names }, validity: validity(arguments.days) })
}

fn put_client(places: &Places, authority: &Authority, client: &str, stem: &str, days: u32) -> Result<()> {
    let issued = authority.sign(&Leaf {
        name: client.to_owned(),
        kind: LeafKind::Client,
        validity: validity(days),
    })?;
    // Named as the docker command looks for them, so that DOCKER_CERT_PATH can be this directory.
    places.write(&format!("{stem}/ca.pem"), authority.certificate_pem(), CERTIFICATE_MODE)?;
    places.write(&format!("{stem}/cert.pem"), &issued.certificate_pem, CERTIFICATE_MODE)?;
    places.write(&format!("{stem}/key.pem"), issued.key_pem.reveal(), KEY_MODE)
}

fn revoke(arguments: &TlsArguments, places: &Places, authority: &Authority) -> Result<()> {
    let mut gone = Vec::new();
    for client in &arguments.revoke {
        let stem = client_stem(client)?;
        let pem = places
            .text(&format!("{stem}/cert.pem"))
            .with_context(|| format!("there is no client '{client}'"))?;
        let serial: String =
            read_certificate(&pem)?.serial.iter().map(|byte| format!("{byte:02x}")).collect();
        places.write(&format!("revoked/{serial}.pem"), &pem, CERTIFICATE_MODE)?;
    }
    // A list names all that were ever revoked, or the next one would let the earlier ones in again.
    for name in places.names("revoked")? {
        gone.push(places.text(&format!("revoked/{name}"))?);
    }
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    let number = u64::try_from(now()).unwrap_or(0);
    let list = authority.revoke(&gone, number, validity(REVOCATION_DAYS))?;
    places.write("crl.pem", &list, CERTIFICATE_MODE)?;
    remark(
        "the daemon itself reads no revocation list: put crl.pem into the proxy before it, or make a new authority",
    );
    Ok(())
}

fn write_drop_in(arguments: &TlsArguments, places: &Places) -> Result<()> {
    let listen = arguments.listen.context("no address to listen at")?;
    let exec_start = match &arguments.exec_start {
        Some(command) => command.clone(),
        None => exec_start().context(
            "the daemon's command is not known (hint: --exec-start \"/usr/bin/dockerd -H fd://\")",
        )?,
    };
    let at = |name: &str| places.directory.join(name).display().to_string();
    let paths =
        TlsPaths { authority: at("ca.pem"), certificate: at("server-cert.pem"), key: at("server-key.pem") };
    let text = drop_in(&DropIn { exec_start: &exec_start, listen, paths: &paths })?;
    let directory = arguments.drop_in.parent().context("the drop-in has no directory")?;
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    crate::output::write_file(&arguments.drop_in, text.as_bytes())?;
    say(&format!("{}", arguments.drop_in.display()));
    remark(
        "it counts after systemctl daemon-reload and a restart of the daemon; `hosts` must not be in daemon.json",
    );
    Ok(())
}

/// The last `ExecStart=` of the unit as systemd joins it.
fn exec_start() -> Option<String> {
    let systemctl = repair::find_program("systemctl")?;
    let finished = repair::run(&systemctl, &["cat", "docker.service"], Duration::from_secs(10)).ok()?;
    let last = finished
        .said
        .lines()
        .filter_map(|line| line.trim().strip_prefix("ExecStart="))
        .rfind(|line| !line.is_empty());
    last.filter(|line| finished.is_success && !line.ends_with('\\')).map(str::to_owned)
}

fn client_stem(client: &str) -> Result<String> {
    let is_char = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if client.is_empty() || client.len() > 60 || client.starts_with('.') || !client.chars().all(is_char) {
        bail!(
            "'{}' is no name of a client (hint: letters, digits, '-', '_' and '.')",
            report::neutral(client)
        );
    }
    Ok(format!("client-{client}"))
}

fn hostname() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = text.trim().to_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

fn now() -> i64 {
    clock::machine_unix_seconds()
}

fn validity(days: u32) -> Validity {
    Validity { from_unix_secs: now(), days }
}

/// The directory of the certificates.
struct Places {
    directory: PathBuf,
}

impl Places {
    fn open(directory: &Path) -> Result<Self> {
        repair::make_directory(directory)?;
        let directory = std::fs::canonicalize(directory)
            .with_context(|| format!("cannot open {}", directory.display()))?;
        Ok(Self { directory })
    }

    fn has(&self, name: &str) -> Result<bool> {
        Ok(repair::read(&self.directory.join(name))?.is_some())
    }

    fn text(&self, name: &str) -> Result<String> {
        let path = self.directory.join(name);
        let content = repair::read(&path)?.with_context(|| format!("there is no {}", path.display()))?;
        String::from_utf8(content.bytes).with_context(|| format!("{} is not text", path.display()))
    }

    fn authority(&self) -> Result<Authority> {
        let key = self
            .text("ca-key.pem")
            .context("the authority's key is needed (hint: put ca-key.pem beside ca.pem while this runs)")?;
        Ok(Authority::open(&self.text("ca.pem")?, &Redacted::new(key))?)
    }

    fn put(&self, stem: &str, issued: &Issued) -> Result<()> {
        let certificate = if stem == "ca" { "ca.pem".to_owned() } else { format!("{stem}-cert.pem") };
        self.write(&format!("{stem}-key.pem"), issued.key_pem.reveal(), KEY_MODE)?;
        self.write(&certificate, &issued.certificate_pem, CERTIFICATE_MODE)
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let path = self.directory.join(name);
        if let Some(parent) = path.parent().filter(|parent| *parent != self.directory) {
            repair::make_directory(parent)?;
        }
        let own = repair::state(&self.directory)?;
        repair::replace(&path, text.as_bytes(), FileState { mode, ..own })?;
        say(&format!("{} {mode:04o}", path.display()));
        Ok(())
    }

    fn names(&self, below: &str) -> Result<Vec<String>> {
        let directory = self.directory.join(below);
        let mut names = Vec::new();
        for entry in
            std::fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?
        {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    fn clients(&self) -> Result<Vec<String>> {
        let names = self.names(".")?;
        Ok(names.iter().filter_map(|name| name.strip_prefix("client-")).map(str::to_owned).collect())
    }
}
