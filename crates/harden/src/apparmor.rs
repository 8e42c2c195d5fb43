//! AppArmor profiles for containers: the engine's own profile, made narrower by a wish in bane's TOML format.
//!
//! The base is what the engine loads as `docker-default` (moby/profiles, apparmor/template.go, August 2026), which is
//! newer than the one that bane wrote: peers of signals and ptrace are named, firmware, powercap and the kernel's
//! crypto sockets are denied. A profile made here denies all that the base denies, in each mode.

mod bane;

pub use bane::{Capabilities, Filesystem, Wish, WishError, parse_bane};

/// How violations are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are logged and let through: the first stage. Explicit `deny` rules hold all the same.
    Complain,
    /// They are refused.
    Enforce,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, for `--security-opt apparmor=NAME`.
    pub name: String,
    /// Its text, for `/etc/apparmor.d/NAME`.
    pub text: String,
    /// What of the wish has no effect, or another than one might think.
    pub notes: Vec<String>,
}

/// The rules of the engine's own profile that deny, and those about peers; `NAME` stands for the profile.
const BASE: &str = r#"
  # The kernel's crypto sockets.
  deny network alg,

  umount,
  # Programs of the host, the runtime and the daemon may send signals (docker stop, docker kill); containers of one
  # profile among themselves.
  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer="NAME",

  # Of /proc, only what belongs to processes and /proc/sys/kernel/shm* can be written.
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9/],[^1-9/][^0-9/],[^1-9s/][^0-9y/][^0-9s/],[^1-9/][^0-9/][^0-9/][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,

  deny mount,

  # Of /sys, only control groups can be written.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,

  ptrace (trace,tracedby,read,readby) peer="NAME",
"#;

/// Writes a profile.
#[must_use]
pub fn profile(wish: &Wish, mode: Mode) -> Profile {
    // bane puts `docker-` in front, and so do those who use its files.
    let name = format!("docker-{}", wish.name.trim_start_matches("docker-"));
    let mut notes = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    network(wish, &mut lines);
    capabilities(wish, &mut lines);
    files(wish, &mut lines, &mut notes);
    let flags = match mode {
        Mode::Complain => "attach_disconnected,mediate_deleted,complain",
        Mode::Enforce => "attach_disconnected,mediate_deleted",
    };
    let own: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    let base = BASE.replace("NAME", &name);
    let text = format!(
        "# Written by seawall harden apparmor.\n\
         # Load with: apparmor_parser -r -W FILE; use with: docker run --security-opt apparmor={name}\n\
         #include <tunables/global>\n\n\
         profile {name} flags=({flags}) {{\n  #include <abstractions/base>\n\n{own}{base}}}\n"
    );
    Profile { name, text, notes }
}

fn network(wish: &Wish, lines: &mut Vec<String>) {
    if wish.network_protocols.is_empty() {
        lines.push("network,".to_owned());
    } else {
        // Without a family of its own a program cannot even talk to itself.
        lines.push("network unix,".to_owned());
        lines.push("network netlink,".to_owned());
        for protocol in &wish.network_protocols {
            lines.push(format!("network inet {protocol},"));
            // The parser knows ICMP in the older family alone.
            if protocol != "icmp" {
                lines.push(format!("network inet6 {protocol},"));
            }
        }
    }
    if !wish.allows_raw_network {
        lines.push("deny network raw,".to_owned());
    }
    if !wish.allows_packet_network {
        lines.push("deny network packet,".to_owned());
    }
}

fn capabilities(wish: &Wish, lines: &mut Vec<String>) {
    if wish.capabilities.deny.is_empty() {
        lines.extend(wish.capabilities.allow.iter().map(|name| format!("capability {name},")));
    } else {
        lines.push("capability,".to_owned());
        lines.extend(wish.capabilities.deny.iter().map(|name| format!("deny capability {name},")));
    }
}

fn files(wish: &Wish, lines: &mut Vec<String>, notes: &mut Vec<String>) {
    let filesystem = &wish.filesystem;
    if filesystem.allow_exec.is_empty() {
        lines.push("file,".to_owned());
    } else {
        // `file,` would allow every program to be run, and make the list mean nothing.
        lines.push("/{,**} rwlkm,".to_owned());
        lines.extend(filesystem.allow_exec.iter().map(|path| format!("{path} ix,")));
        notes.push(
            "AllowExec: only these programs can be run; bane's own profiles allowed all others too"
                .to_owned(),
        );
    }
    lines.extend(filesystem.read_only_paths.iter().map(|path| format!("deny {path} wl,")));
    lines.extend(filesystem.log_on_write_paths.iter().map(|path| format!("audit {path} w,")));
    lines.extend(filesystem.writable_paths.iter().map(|path| format!("{path} w,")));
    lines.extend(filesystem.deny_exec.iter().map(|path| format!("deny {path} mrwklx,")));
    for path in &filesystem.writable_paths {
        // AppArmor's deny always wins (apparmor.d(5)).
        let is_below = |above: &str| {
            let stem = above.trim_end_matches('*').trim_end_matches('{').trim_end_matches('/');
            above.ends_with('*')
                && (stem.is_empty() || path.strip_prefix(stem).is_some_and(|rest| rest.starts_with('/')))
        };
        if let Some(above) = filesystem.read_only_paths.iter().find(|above| is_below(above)) {
            notes.push(format!(
                "WritablePaths: {path} stays read-only, because ReadOnlyPaths has {above} and deny wins"
            ));
        }
    }
}
