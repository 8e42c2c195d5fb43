//! Which entries of a file system a rule may want.

mod leftovers;
mod names;
mod programs;
mod traits;

pub(crate) use names::cache_of;
pub use traits::{Trait, Traits};

use crate::SeenKind;

/// An entry as a walker sees it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Path without a leading slash.
    pub path: &'a str,
    /// What it is.
    pub kind: SeenKind,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size of the content.
    pub size_bytes: u64,
    /// Whether it has the attribute `security.capability`.
    pub has_capability: bool,
}

/// That an entry is wanted, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Why.
    pub traits: Traits,
    /// Bytes of the content that are wanted as well; 0 wants none.
    pub content_bytes_max: usize,
}

/// Whether a rule may want an entry, by its name and attributes alone. Asked for every entry of an image, so it is
/// cheap: it looks at the mode and compares the name with few others.
#[must_use]
pub fn interesting(seen: &Seen<'_>) -> Option<Interest> {
    let mut interest = Interest::default();
    by_mode(seen, &mut interest.traits);
    match seen.kind {
        SeenKind::File | SeenKind::Symlink => names::of_file(seen, &mut interest),
        SeenKind::BlockDevice | SeenKind::CharacterDevice => interest.traits.insert(Trait::Device),
        SeenKind::Directory | SeenKind::Special => {}
    }
    (!interest.traits.is_empty()).then_some(interest)
}

fn by_mode(seen: &Seen<'_>, traits: &mut Traits) {
    const SET_ID: u32 = 0o6000;
    const WORLD_WRITABLE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    match seen.kind {
        SeenKind::File => {
            // The group bit without execution for the group once meant mandatory locking, not setgid.
            if seen.mode & SET_ID != 0 && seen.mode & 0o111 != 0 {
                traits.insert(Trait::SetId);
            }
            if seen.mode & WORLD_WRITABLE != 0 {
                traits.insert(Trait::WorldWritableFile);
            }
            if seen.has_capability {
                traits.insert(Trait::FileCapability);
            }
            if seen.uid != 0 && programs::is_system_program(seen.path) {
                traits.insert(Trait::UserOwnedProgram);
            }
        }
        SeenKind::Directory => {
            let is_pseudo = matches!(seen.path.split('/').next(), Some("proc" | "sys" | "dev"));
            if seen.mode & WORLD_WRITABLE != 0 && seen.mode & STICKY == 0 && !is_pseudo {
                traits.insert(Trait::WorldWritableDirectory);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sees(path: &str, mode: u32, expected: &[Trait]) {
        let seen =
            Seen { path, kind: SeenKind::File, mode, uid: 0, gid: 0, size_bytes: 10, has_capability: false };
        let found: Vec<Trait> =
            interesting(&seen).map_or_else(Vec::new, |interest| interest.traits.iter().collect());
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn ordinary_files_are_of_no_interest() {
        for path in [
            "usr/bin/ls",
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            "usr/share/doc/git/README",
            "app/main.js",
            "",
        ] {
            sees(path, 0o755, &[]);
        }
    }

    #[test]
    fn names_and_modes_are_recognised() {
        sees("usr/bin/su", 0o4755, &[Trait::SetId]);
        sees("usr/bin/sudo", 0o4755, &[Trait::SetId, Trait::Sudo]);
        sees("srv/a", 0o666, &[Trait::WorldWritableFile]);
        sees("etc/passwd", 0o644, &[Trait::AccountFile]);
        sees("app/.git/HEAD", 0o644, &[Trait::VersionControl]);
        sees("root/.ssh/authorized_keys", 0o600, &[Trait::AuthorizedKeys]);
        sees("var/lib/apt/lists/deb.example.com_dists", 0o644, &[Trait::Cache]);
        sees("usr/bin/x86_64-linux-gnu-gcc-12", 0o755, &[Trait::Compiler]);
        sees("usr/sbin/sshd", 0o755, &[Trait::SshServer]);
        sees("etc/nginx/nginx.conf.bak", 0o644, &[Trait::Leftover]);
        sees("root/.bash_history", 0o600, &[Trait::ShellHistory]);
    }
}
