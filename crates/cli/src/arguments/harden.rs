//! Repairs and generators.

use clap::{Args, Subcommand, ValueEnum};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// `seawall harden …`.
#[derive(Subcommand)]
pub(crate) enum HardenCommand {
    /// Audit this host and show what would be changed; nothing is changed
    Plan(PlanArguments),
    /// Make changes of the plan by their ids, check them, and take them back when the daemon does not come back
    Apply(ApplyArguments),
    /// Look whether what was applied is still so
    Verify(JournalArguments),
    /// Take back what was applied
    Undo(JournalArguments),
    /// Make certificates for a daemon that listens on TCP: authority, server, clients, renewal, revocation list
    Tls(TlsArguments),
    /// Harden a daemon.json key by key for the installed engine
    DaemonJson(DaemonJsonArguments),
    /// Write audit rules for the engine's programs and files, where they really are
    AuditRules(OutputFile),
    /// Write firewall rules for published ports and for what containers may reach
    Firewall(FirewallArguments),
    /// Write seccomp and AppArmor profiles and arguments of docker run that allow what was learned, and no more
    Learned(super::LearnedArguments),
    /// Write an AppArmor profile from a wish in bane's TOML format
    Apparmor(ApparmorArguments),
    /// Write a seccomp profile from observed system calls, never wider than the engine's default
    Seccomp(SeccompArguments),
    /// Write a container as a hardened `docker run`, each line with its reason
    Run(ContainerArguments),
    /// Write a container as a hardened compose file
    Compose(ContainerArguments),
    /// Write a container as a hardened Quadlet unit
    Quadlet(ContainerArguments),
    /// Write a container as a hardened pod
    Kubernetes(ContainerArguments),
    /// Write patches for the security contexts of Kubernetes objects; nothing is sent to a cluster
    Patch(PatchArguments),
}

#[derive(Args)]
pub(crate) struct PatchArguments {
    /// Manifests, or what `kubectl get … -o yaml` answers; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) files: Vec<PathBuf>,
    /// Write each patch to a file in this directory [default: standard output]
    #[arg(long, value_name = "DIR")]
    pub(crate) write: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct OutputFile {
    /// File that is written by rename [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct PlanArguments {
    /// Plan from facts that `seawall audit --facts-out` recorded, instead of this host
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// Write the plan as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// Show the findings that no change repairs, too
    #[arg(long)]
    pub(crate) all: bool,
    /// Write the texts for containers that have to be made anew below this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) write: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ApplyArguments {
    /// Ids of changes, as `seawall harden plan` shows them
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// Show what would be done and check it, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Allow changes for which the daemon is restarted
    #[arg(long)]
    pub(crate) allow_restart: bool,
    /// Program that restarts the daemon, followed by its arguments in further uses [default: systemctl restart docker]
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub(crate) restart_command: Vec<String>,
    /// The daemon's program, which validates its configuration [default: the one that runs]
    #[arg(long, value_name = "FILE")]
    pub(crate) dockerd: Option<PathBuf>,
    /// Seconds that the daemon may take to come back
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
}

#[derive(Args)]
pub(crate) struct StateDirectory {
    /// Where journals and previous contents are kept
    #[arg(long, value_name = "DIR", default_value = "/var/lib/seawall/harden", env = "SEAWALL_HARDEN_STATE")]
    pub(crate) state_dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct JournalArguments {
    /// Number of the journal [default: the last]
    pub(crate) journal: Option<u32>,
    /// Allow changes for which the daemon is restarted
    #[arg(long)]
    pub(crate) allow_restart: bool,
    /// Program that restarts the daemon, followed by its arguments in further uses [default: systemctl restart docker]
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    pub(crate) restart_command: Vec<String>,
    /// Seconds that the daemon may take to come back
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) state: StateDirectory,
}

#[derive(Args)]
pub(crate) struct TlsArguments {
    /// Directory of the certificates, made if it is not there
    #[arg(long, value_name = "DIR", default_value = "/etc/docker/tls")]
    pub(crate) directory: PathBuf,
    /// Name or address by which clients reach the daemon (repeatable); localhost is always among them
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Make a certificate for this client (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) client: Vec<String>,
    /// Days of server and client certificates
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub(crate) days: u32,
    /// Days of the authority
    #[arg(long, value_name = "DAYS", default_value_t = 3650)]
    pub(crate) ca_days: u32,
    /// Make new certificates for those that have a third of their time left or less, by the authority that is there
    #[arg(long)]
    pub(crate) renew: bool,
    /// Renew also those that are not due
    #[arg(long, requires = "renew")]
    pub(crate) force: bool,
    /// Revoke the certificate of this client: write crl.pem, for proxies, since the daemon reads none (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) revoke: Vec<String>,
    /// Write a systemd drop-in that listens here with these certificates, such as 192.0.2.1:2376
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// The daemon's command as its unit has it, for the drop-in [default: asked of systemctl]
    #[arg(long, value_name = "COMMAND", requires = "listen")]
    pub(crate) exec_start: Option<String>,
    /// File of the drop-in
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/systemd/system/docker.service.d/seawall-tls.conf"
    )]
    pub(crate) drop_in: PathBuf,
}

#[derive(Args)]
pub(crate) struct DaemonJsonArguments {
    /// The present file; one that is not there counts as empty
    #[arg(default_value = "/etc/docker/daemon.json")]
    pub(crate) file: PathBuf,
    /// Version of the engine it is for [default: asked of the engine]
    #[arg(long, value_name = "VERSION")]
    pub(crate) engine: Option<String>,
    /// Map users of containers to others of the host; moves the data root
    #[arg(long)]
    pub(crate) userns_remap: bool,
    /// Publish ports at this address unless a container says otherwise
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) publish_at: Option<IpAddr>,
    /// Log driver that takes logs off the host
    #[arg(long, value_name = "NAME")]
    pub(crate) log_driver: Option<String>,
    /// Option of that driver, as NAME=VALUE (repeatable)
    #[arg(long, value_name = "NAME=VALUE", requires = "log_driver")]
    pub(crate) log_opt: Vec<String>,
    /// Authorization plugin to ask (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) authorization_plugin: Vec<String>,
    /// The oldest API that clients may speak
    #[arg(long, value_name = "VERSION")]
    pub(crate) min_api_version: Option<String>,
    /// Program that validates the result [default: dockerd, when it knows --validate]
    #[arg(long, value_name = "FILE")]
    pub(crate) dockerd: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputFile,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FirewallForm {
    /// For nft -f
    Nftables,
    /// For iptables-restore --noflush
    Iptables,
    /// For ip6tables-restore --noflush
    Ip6tables,
}

#[derive(Args)]
pub(crate) struct FirewallArguments {
    /// Which program's rules
    #[arg(long, value_enum, default_value_t = FirewallForm::Nftables)]
    pub(crate) form: FirewallForm,
    /// Interface behind which strangers are
    #[arg(long, value_name = "INTERFACE", default_value = "eth0")]
    pub(crate) external: String,
    /// A published port and who may reach it: PORT[/PROTOCOL][=NETWORK,…] (repeatable)
    #[arg(long, value_name = "PORT")]
    pub(crate) allow: Vec<String>,
    /// Where containers of a bridge may go, and nowhere else: BRIDGE[=NETWORK,…] (repeatable)
    #[arg(long, value_name = "BRIDGE")]
    pub(crate) egress: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputFile,
}

#[derive(Args)]
pub(crate) struct ApparmorArguments {
    /// The wish
    pub(crate) file: PathBuf,
    /// Log violations and let them through, as a first stage
    #[arg(long)]
    pub(crate) complain: bool,
    #[command(flatten)]
    pub(crate) output: OutputFile,
}

#[derive(Args)]
pub(crate) struct SeccompArguments {
    /// Lists of system calls: names, strace's output, audit records of type SECCOMP (repeatable; - is standard input)
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// First stage: allow what the default allows, and log what was not seen
    #[arg(long)]
    pub(crate) log_only: bool,
    /// Leave out older machines that this one can run (32-bit programs)
    #[arg(long)]
    pub(crate) native_only: bool,
    #[command(flatten)]
    pub(crate) output: OutputFile,
}

#[derive(Args)]
pub(crate) struct ContainerArguments {
    /// A container of the engine, or a file that `docker inspect` wrote
    pub(crate) container: String,
    /// The user to run as, when the image's is root
    #[arg(long, value_name = "UID[:GID]")]
    pub(crate) user: Option<String>,
    /// Capability that it needs (repeatable); `none` when it needs none
    #[arg(long, value_name = "NAME")]
    pub(crate) capability: Vec<String>,
    /// Where ports are published that name no address
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) publish_at: Option<IpAddr>,
    /// A seccomp profile's file
    #[arg(long, value_name = "FILE")]
    pub(crate) seccomp: Option<String>,
    /// An AppArmor profile's name
    #[arg(long, value_name = "NAME")]
    pub(crate) apparmor: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputFile,
}
