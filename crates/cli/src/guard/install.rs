//! `seawall guard docker install` and `uninstall`: the engine moves to a socket of root's own, the guard takes its place.

use super::say;
use crate::arguments::{GuardInstallArguments, GuardUninstallArguments};
use crate::exit::Outcome;
use anyhow::{Context, Result, bail};
use control::Policy;
use repair::FileState;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The engine's socket once the guard stands before it, in a directory that is root's alone.
pub(super) const ENGINE_SOCKET: &str = "/run/seawall-guard/docker.sock";
const DROP_IN: &str = "etc/systemd/system/docker.socket.d/50-seawall-guard.conf";
const SERVICE: &str = "etc/systemd/system/seawall-guard.service";
const POLICY: &str = "etc/seawall/guard.yaml";
const STATE: &str = "var/lib/seawall/guard-install.json";
/// Where packages put the engine's units.
const UNIT_DIRECTORIES: [&str; 3] = ["etc/systemd/system", "lib/systemd/system", "usr/lib/systemd/system"];

/// What was there before, to put it back.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    files: Vec<KeptFile>,
}

#[derive(Serialize, Deserialize)]
struct KeptFile {
    path: PathBuf,
    /// None when there was none.
    before: Option<String>,
    after: String,
}

pub(super) fn install(arguments: &GuardInstallArguments) -> Result<Outcome> {
    let root = &arguments.place.root;
    check_host(root)?;
    let state = root.join(STATE);
    if state.exists() {
        bail!("the guard is installed already (hint: seawall guard docker uninstall)");
    }
    let program = std::env::current_exe().context("cannot tell where this program lies")?;
    let mut files =
        vec![(root.join(DROP_IN), drop_in()), (root.join(SERVICE), service(&program, &format!("/{POLICY}")))];
    let text = policy_text(&arguments.policy)?;
    if root.join(POLICY).exists() {
        say(&format!("/{POLICY} is there and stays as it is."));
    } else {
        files.push((root.join(POLICY), text));
    }
    for (path, text) in &files {
        say(&format!("--- {}\n{}", path.display(), text.trim_end()));
    }
    if arguments.apply {
        apply(&state, &files)?;
        say("\nWritten. To put it into effect (containers go on where the engine's live-restore is on):");
    } else {
        say("\nNothing was written (--apply does). To put it into effect afterwards:");
    }
    say(
        "  systemctl daemon-reload\n  systemctl restart docker.socket docker.service\n  systemctl enable --now seawall-guard.service",
    );
    Ok(Outcome::Clean)
}

pub(super) fn uninstall(arguments: &GuardUninstallArguments) -> Result<Outcome> {
    let state = arguments.place.root.join(STATE);
    let Some(kept) = kept(&state)? else {
        bail!("the guard was not installed by this command: there is no {}", state.display());
    };
    for file in &kept.files {
        let now = repair::read(&file.path)?.map(|content| content.bytes);
        let is_ours = now.as_deref() == Some(file.after.as_bytes());
        let what = match (&file.before, is_ours, now.is_some()) {
            (_, false, true) => "was changed since, and stays as it is",
            (None, ..) => "is removed",
            (Some(_), ..) => "becomes what it was",
        };
        say(&format!("{}: {what}", file.path.display()));
        if arguments.apply && (is_ours || now.is_none()) {
            match &file.before {
                Some(before) => repair::replace(&file.path, before.as_bytes(), STATE_OF_FILES)?,
                None if now.is_some() => repair::remove(&file.path)?,
                None => {}
            }
        }
    }
    if arguments.apply {
        repair::remove(&state)?;
        say("\nDone. To put it into effect:");
    } else {
        say("\nNothing was changed (--apply does). To put it into effect afterwards:");
    }
    say(
        "  systemctl disable --now seawall-guard.service\n  systemctl daemon-reload\n  systemctl restart docker.socket docker.service",
    );
    Ok(Outcome::Clean)
}

/// What install wrote, and what became of it; none when it did not run.
pub(super) fn written(root: &Path) -> Result<Option<Vec<(PathBuf, &'static str)>>> {
    let Some(kept) = kept(&root.join(STATE))? else { return Ok(None) };
    let mut written = Vec::new();
    for file in kept.files {
        let state = match repair::read(&file.path)? {
            Some(content) if content.bytes == file.after.as_bytes() => "as written",
            Some(_) => "changed since",
            None => "gone",
        };
        written.push((file.path, state));
    }
    Ok(Some(written))
}

fn kept(state: &Path) -> Result<Option<Kept>> {
    let Some(content) = repair::read(state)? else { return Ok(None) };
    let kept = serde_json::from_slice(&content.bytes);
    kept.map(Some).with_context(|| format!("{} is damaged", state.display()))
}

const STATE_OF_FILES: FileState = FileState { mode: 0o644, uid: 0, gid: 0 };

fn apply(state: &Path, files: &[(PathBuf, String)]) -> Result<()> {
    let mut kept = Kept { version: 1, files: Vec::new() };
    for (path, after) in files {
        let before = repair::read(path)?
            .map(|content| {
                String::from_utf8(content.bytes).with_context(|| format!("{} is no text", path.display()))
            })
            .transpose()?;
        kept.files.push(KeptFile { path: path.clone(), before, after: after.clone() });
    }
    // What was there is kept before anything is changed.
    write(state, &format!("{}\n", serde_json::to_string_pretty(&kept).context("cannot write the state")?))?;
    for (path, text) in files {
        write(path, text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    let owner = rustix::process::geteuid().as_raw();
    let state = FileState { uid: owner, gid: rustix::process::getegid().as_raw(), ..STATE_OF_FILES };
    repair::replace(path, text.as_bytes(), state)?;
    Ok(())
}

/// The guard takes the place of a socket that systemd makes; an engine that makes its own would take it back.
fn check_host(root: &Path) -> Result<()> {
    let unit = |name: &str| {
        UNIT_DIRECTORIES.iter().map(|directory| root.join(directory).join(name)).find(|path| path.is_file())
    };
    if unit("docker.socket").is_none() {
        bail!(
            "docker.socket is no unit of this host (hint: give dockerd another --host and run `seawall guard docker --listen …` yourself)"
        );
    }
    if let Some(path) = unit("docker.service") {
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let starts = text.lines().filter(|line| line.trim_start().starts_with("ExecStart="));
        for line in starts {
            if line.contains("unix://") || !line.contains("fd://") {
                bail!(
                    "{} starts the engine with a socket of its own (hint: ExecStart=… -H fd://, so that docker.socket decides)",
                    path.display()
                );
            }
        }
    }
    let config = root.join("etc/docker/daemon.json");
    if let Ok(text) = std::fs::read_to_string(&config) {
        let value: serde_json::Value =
            serde_json::from_str(&text).with_context(|| format!("{} is no JSON", config.display()))?;
        if value.get("hosts").is_some() {
            bail!(
                "{} names 'hosts', which the guard would not stand before (hint: take the key out)",
                config.display()
            );
        }
    }
    Ok(())
}

fn policy_text(name: &str) -> Result<String> {
    if Policy::profile(name).is_some() {
        return Ok(format!("# seawall explain RULE tells what a rule means.\nversion: 1\nprofile: {name}\n"));
    }
    super::policy(name)?;
    super::policies::text(name)
}

fn drop_in() -> String {
    format!(
        "# Written by `seawall guard docker install`: the engine listens where root alone can connect.\n\
         [Socket]\nListenStream=\nListenStream={ENGINE_SOCKET}\nSocketMode=0600\nSocketUser=root\nSocketGroup=root\nDirectoryMode=0700\n"
    )
}

fn service(program: &Path, policy: &str) -> String {
    format!(
        "# Written by `seawall guard docker install`.\n\
         [Unit]\nDescription=Seawall guard before the Docker engine\nRequires=docker.socket\nAfter=docker.socket\n\n\
         [Service]\nExecStart={} guard docker --listen unix:///run/docker.sock --upstream unix://{ENGINE_SOCKET} \
         --policy {policy} --ledger /var/log/seawall/guard.jsonl --journald\n\
         ExecReload=/bin/kill -HUP $MAINPID\nRestart=always\nRestartSec=1\nLogsDirectory=seawall\nLogsDirectoryMode=0700\n\
         LimitNOFILE=65536\nTasksMax=16384\n\
         # The guard needs root for the engine's socket and to see which container a client lives in; nothing else.\n\
         NoNewPrivileges=yes\nCapabilityBoundingSet=CAP_CHOWN CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_SYS_PTRACE\n\
         ProtectSystem=strict\nReadWritePaths=/run\nProtectHome=read-only\nPrivateDevices=no\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n\
         RestrictNamespaces=yes\nLockPersonality=yes\nMemoryDenyWriteExecute=yes\nSystemCallArchitectures=native\n\n\
         [Install]\nWantedBy=multi-user.target\n",
        program.display()
    )
}
