//! The guard, and its log.

use super::{
    AdmissionCommand, ContentArguments, DatabaseArguments, GuardRegistryArguments, JudgeArguments,
    ReadArguments, TrustArguments,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `seawall guard …`.
#[derive(Subcommand)]
pub(crate) enum GuardCommand {
    /// Stand before a Docker engine: who asks, what exactly, and what the policy says
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        long_about = "Stand before a Docker engine.\n\nListens for clients, finds out who they are (process, container, or \
        certificate), reads each call strictly, judges it by the policy, records the decision, and passes on a call written \
        anew. What goes wrong refuses the call; /_ping is always answered. BuildKit is not passed on: DOCKER_BUILDKIT=0 \
        builds.\n\nThe policy is read again by SIGHUP and when its file changes; sessions stay. Exit status: 0 after \
        SIGTERM, 2 when it cannot start."
    )]
    Docker(Box<GuardDockerArguments>),
    /// Stand before an OCI registry: rights per repository, and nothing leaves whose image did not pass
    #[command(
        long_about = "Stand before an OCI registry.\n\nClients log in with a name and a secret, a token of the guard's own service, \
        an OIDC ID token, a directory's password or a certificate; the access file says what they may do in which repository. \
        A manifest or blob leaves when its image, by digest, passed the policy as `seawall scan --policy` judges it, \
        signatures included; a first pull waits for that. Every decision is recorded.\n\nThe access file is read again by \
        SIGHUP; advisories and policy when they change. Exit status: 0 after SIGTERM, 2 when it cannot start."
    )]
    Registry(Box<GuardRegistryArguments>),
    /// Stand before a cluster: the same policy for pods, as a webhook of the API server
    #[command(subcommand)]
    Admission(AdmissionCommand),
    /// Explain what a policy says of recorded requests
    Test(GuardTestArguments),
    /// Write the smallest policy that the clients of a log need
    #[command(
        long_about = "Write the smallest policy that the clients of a log need.\n\nLet a guard run with the profile observe, \
        then read its log. Each client gets the calls that it made and no other; rules that would have refused or changed \
        a call are listed beside it."
    )]
    Learn(GuardLearnArguments),
    /// Print the text of a built-in policy, of one for a known client, or of docker-socket-proxy's variables
    Policy(GuardPolicyArguments),
}

/// `seawall guard docker …`.
#[derive(Args)]
pub(crate) struct GuardDockerArguments {
    #[command(subcommand)]
    pub(crate) task: Option<GuardDockerTask>,
    /// Where clients connect: unix:///PATH, or tcp://ADDRESS:PORT with mutual TLS 1.3 (repeatable)
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub(crate) listen: Vec<String>,
    /// The engine's socket
    #[arg(long, value_name = "unix:///PATH", required = true)]
    pub(crate) upstream: Option<String>,
    /// The policy: a file, or a name that `seawall guard policy` knows: observe, warn, guarded, strict; a client such as traefik;
    /// socket-proxy, which reads docker-socket-proxy's variables
    #[arg(long, value_name = "FILE|NAME", required = true)]
    pub(crate) policy: Option<String>,
    /// The audit log
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) ledger: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) log: LedgerArguments,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// The server's certificate with its chain, PEM (`seawall harden tls` makes it)
    #[arg(long, value_name = "FILE", requires_all = ["tls_key", "tls_client_ca"])]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// The authority whose clients may connect
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// Answer the engine as an authorization plugin too (dockerd --authorization-plugin=NAME), a second line only
    #[arg(long, value_name = "unix:///run/docker/plugins/NAME.sock")]
    pub(crate) authz_plugin: Option<String>,
    /// Group of the listening socket, by name or number [default: docker, where there is such a group]
    #[arg(long, value_name = "GROUP")]
    pub(crate) socket_group: Option<String>,
    /// Calls a second for each client of whom the policy says nothing; twice as many at once [default: no limit]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) rate_limit: Option<u32>,
    /// Connections at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4096)]
    pub(crate) connections_max: usize,
    /// The host's file system, for a guard in a container with the host's processes: /proc/1/root
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(crate) host_root: PathBuf,
    #[command(flatten)]
    pub(crate) read: ReadArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    #[command(flatten)]
    pub(crate) content: ContentArguments,
    #[command(flatten)]
    pub(crate) judge: JudgeArguments,
}

/// How the log is kept.
#[derive(Args, Clone)]
pub(crate) struct LedgerArguments {
    /// The node's private key, Ed25519 in PEM; made when there is none [default: the log's name with .key]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger_key: Option<PathBuf>,
    /// The node's name in records and signatures [default: the host name]
    #[arg(long, value_name = "NAME")]
    pub(crate) node: Option<String>,
    /// Size in MiB at which a file of the log is followed by the next
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub(crate) ledger_size: u64,
    /// Copy each record to syslog (/dev/log)
    #[arg(long)]
    pub(crate) syslog: bool,
    /// Copy each record to systemd's journal
    #[arg(long)]
    pub(crate) journald: bool,
}

/// Setting the guard up on a host.
#[derive(Subcommand)]
pub(crate) enum GuardDockerTask {
    /// Move the engine to a socket of root's own and put the guard in its place; shows what it would write unless --apply
    Install(GuardInstallArguments),
    /// Put everything back as it was before install; shows what it would do unless --apply
    Uninstall(GuardUninstallArguments),
    /// Tell whether the guard stands before the engine: who listens where, policy, engine, audit log, counters
    #[command(
        long_about = "Tell whether the guard stands before the engine.\n\nLooks at what install wrote, at who listens on the \
        public socket and on the engine's own, and asks the guard itself about its policy, its engine, its audit log and \
        what it did so far, which it tells root of the host alone. Exit status: 0 it stands there, 1 something is not as it \
        should be, 2 it cannot be told."
    )]
    Status(GuardStatusArguments),
}

#[derive(Args)]
pub(crate) struct GuardInstallArguments {
    /// The policy that the guard starts with: a file, or a built-in profile
    #[arg(long, value_name = "FILE|PROFILE", default_value = "observe")]
    pub(crate) policy: String,
    /// Write the files
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) place: GuardPlaceArguments,
}

#[derive(Args)]
pub(crate) struct GuardUninstallArguments {
    /// Put the files back
    #[arg(long)]
    pub(crate) apply: bool,
    #[command(flatten)]
    pub(crate) place: GuardPlaceArguments,
}

#[derive(Args)]
pub(crate) struct GuardStatusArguments {
    /// The socket that clients use
    #[arg(long, value_name = "unix:///PATH", default_value = "unix:///run/docker.sock")]
    pub(crate) socket: String,
    /// Write it as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: GuardPlaceArguments,
}

#[derive(Args)]
pub(crate) struct GuardPlaceArguments {
    /// Root of the file system that is looked at or changed
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub(crate) root: PathBuf,
}

#[derive(Args)]
pub(crate) struct GuardTestArguments {
    /// The policy: a file, or a name that `seawall guard policy` knows
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// Recorded requests: text of HTTP/1 (head, empty line, body), or JSON objects, one a line, with method, target, body,
    /// client and facts; `-` reads standard input
    #[arg(value_name = "REQUEST", required = true)]
    pub(crate) requests: Vec<PathBuf>,
    /// Who asks, as JSON: {"uid": 1000} [default: root of the host]
    #[arg(long, value_name = "JSON")]
    pub(crate) client: Option<String>,
    /// What is known of containers, images, volumes and paths, as JSON; the rest is taken as plain
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct GuardPolicyArguments {
    /// observe, warn, guarded, strict; a client (act, compose, github-runner, gitlab-runner, monitoring, portainer, testcontainers,
    /// traefik, watchtower); socket-proxy for the variables of this process, socket-proxy:FILE for those of a file
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Args)]
pub(crate) struct GuardLearnArguments {
    /// The log of a guard
    #[arg(value_name = "LEDGER")]
    pub(crate) ledger: PathBuf,
}

/// `seawall ledger …`.
#[derive(Subcommand)]
pub(crate) enum LedgerCommand {
    /// Find edits, deletions, reordering, truncation and forks of a log
    #[command(
        long_about = "Find edits, deletions, reordering, truncation and forks of a log, with its rotated files and \
        checkpoints.\n\nA log alone cannot tell whether its end was cut off together with its checkpoints, or whether \
        whoever holds the node's key wrote another one: keep checkpoints elsewhere and give them with --checkpoint. Exit \
        status: 0 whole, 1 not, 2 it cannot be read."
    )]
    Verify(LedgerVerifyArguments),
}

#[derive(Args)]
pub(crate) struct LedgerVerifyArguments {
    /// The log
    #[arg(value_name = "LEDGER")]
    pub(crate) file: PathBuf,
    /// The node's public key, NAME+ID+BASE64 [default: what the log says of itself]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Checkpoints that were kept elsewhere (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Vec<PathBuf>,
    /// Older files were removed on purpose
    #[arg(long)]
    pub(crate) pruned: bool,
    /// Write the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
