//! Who is at the other end: by the kernel's word or a certificate, never by an address.

use nix::sys::socket::{getsockopt, sockopt::PeerPidfd};
use rustix::{
    event::PollFlags,
    net::sockopt::socket_peercred,
    process::{PidfdFlags, pidfd_open},
};
use sha2::{Digest as _, Sha256};
use std::{
    io,
    os::{
        fd::{AsFd, AsRawFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
    time::Duration,
};

/// What the kernel says of the process that connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) uid: u32,
    /// The first is its own, the others its supplementary ones.
    pub(crate) gids: Vec<u32>,
    pub(crate) pid: Option<u32>,
    pub(crate) home: Home,
}

/// Where a process lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// On the host.
    Host,
    /// In a container: ids that its control group names, the outermost first.
    Containers(Vec<String>),
    /// It could not be told: it has ended, or it is not in sight.
    Unknown,
}

/// Asks the kernel about the other end of a unix socket.
pub(crate) fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = socket_peercred(stream)?;
    let (uid, gid) = (credentials.uid.as_raw(), credentials.gid.as_raw());
    // The process as it was when it connected, whatever has its number now. Kernels before 6.5 know only the number.
    let pidfd: Option<OwnedFd> =
        getsockopt(stream, PeerPidfd).ok().or_else(|| pidfd_open(credentials.pid, PidfdFlags::empty()).ok());
    let unknown = |pid| Peer { uid, gids: vec![gid], pid, home: Home::Unknown };
    let Some(pidfd) = pidfd else { return Ok(unknown(None)) };
    let Some(pid) = number_of(&pidfd) else { return Ok(unknown(None)) };
    let group = std::fs::read_to_string(format!("/proc/{pid}/cgroup"));
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    // Both texts are of that process only if it was still alive after they were read.
    let has_ended = crate::channel::wait(pidfd.as_fd(), PollFlags::IN, Some(Duration::ZERO))?;
    let (Ok(group), Ok(status)) = (group, status) else { return Ok(unknown(Some(pid))) };
    if !has_ended.is_empty() {
        return Ok(unknown(Some(pid)));
    }
    let mut gids = vec![gid];
    gids.extend(supplementary_groups(&status).filter(|other| *other != gid));
    Ok(Peer { uid, gids, pid: Some(pid), home: home(&group) })
}

// proc(5): the entry of a pidfd says which process it is, as this namespace numbers it; -1 when it has ended or is not in it.
fn number_of(pidfd: &OwnedFd) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd())).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    line.trim().parse().ok().filter(|pid| *pid > 0)
}

fn supplementary_groups(status: &str) -> impl Iterator<Item = u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Groups:")).unwrap_or_default();
    line.split_whitespace().filter_map(|group| group.parse().ok())
}

/// Reads `/proc/PID/cgroup`: ids are 64 hexadecimal digits, alone (`/docker/ID`) or in the name of a scope
/// (`docker-ID.scope`, `cri-containerd-ID.scope`).
fn home(text: &str) -> Home {
    let mut ids: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some(path) = line.splitn(3, ':').nth(2) else { return Home::Unknown };
        for part in path.split('/') {
            let name = part.strip_suffix(".scope").unwrap_or(part);
            let id = name.rsplit(['-', ':']).next().unwrap_or(name);
            let is_id = id.len() == 64
                && id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase());
            if is_id && !ids.iter().any(|other| other == id) {
                ids.push(id.to_owned());
            }
        }
        // A process outside the subtree of this namespace is shown as `/..`: where it lives cannot be told.
        if path.starts_with("/..") && ids.is_empty() {
            return Home::Unknown;
        }
    }
    match (ids.is_empty(), text.is_empty()) {
        (false, _) => Home::Containers(ids),
        (true, true) => Home::Unknown,
        (true, false) => Home::Host,
    }
}

/// What a verified certificate says.
pub(crate) fn certificate(der: &[u8]) -> Option<control::ClientCertificate> {
    use x509_parser::extensions::GeneralName;
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let common_name = certificate.subject().iter_common_name().next();
    let common_name = common_name.and_then(|name| Some(name.as_str().ok()?.to_owned()));
    let mut found = control::ClientCertificate {
        common_name: common_name.unwrap_or_default(),
        sha256: Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect(),
        ..control::ClientCertificate::default()
    };
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        for name in &names.value.general_names {
            match name {
                GeneralName::DNSName(text) | GeneralName::RFC822Name(text) => {
                    found.names.push((*text).to_owned());
                }
                GeneralName::URI(text) => found.uris.push((*text).to_owned()),
                _ => {}
            }
        }
    }
    Some(found)
}

/// Device and inode: the same file by whatever name.
pub(crate) fn file_identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|there| (there.dev(), there.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_tell_containers_from_the_host() {
        let id = "0123456789abcdef".repeat(4);
        let other = "f".repeat(64);
        let containers = |ids: &[&String]| Home::Containers(ids.iter().map(|id| (*id).clone()).collect());
        for (text, expected) in [
            (format!("0::/docker/{id}\n"), containers(&[&id])),
            (format!("0::/system.slice/docker-{id}.scope\n"), containers(&[&id])),
            (format!("12:pids:/docker/{id}\n0::/docker/{id}\n"), containers(&[&id])),
            (format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"), containers(&[&id])),
            (format!("0::/docker/{id}/docker/{other}/init\n"), containers(&[&id, &other])),
            (format!("0::/system.slice:docker:{id}"), containers(&[&id])),
            ("0::/user.slice/user-1000.slice/session-1.scope\n".to_owned(), Home::Host),
            ("0::/../../elsewhere\n".to_owned(), Home::Unknown),
            ("".to_owned(), Home::Unknown),
            ("nonsense".to_owned(), Home::Unknown),
        ] {
            assert_eq!(home(&text), expected, "{text}");
        }
    }

    #[test]
    fn own_process_is_seen_at_the_other_end() {
        let (one, _two) = UnixStream::pair().unwrap();
        let peer = peer(&one).unwrap();
        assert_eq!(peer.pid, Some(std::process::id()));
        assert_eq!(peer.uid, rustix::process::geteuid().as_raw());
        assert_ne!(peer.home, Home::Unknown);
    }
}
