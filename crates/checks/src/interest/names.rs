//! Names that rules ask for.

use super::{Interest, Seen, Trait, leftovers, programs};
use crate::SeenKind;

/// Bytes of account files, configurations and certificates that are read.
const CONTENT_BYTES_MAX: usize = 256 << 10;

/// Marks what the name of a file tells.
pub(super) fn of_file(seen: &Seen<'_>, interest: &mut Interest) {
    let path = seen.path;
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.is_empty() {
        return;
    }
    if let Some(one) = programs::of_program(directory, name) {
        interest.traits.insert(one);
    }
    if cache_of(path).is_some() {
        interest.traits.insert(Trait::Cache);
    }
    if let Some(one) = of_system_file(path, directory, name) {
        // A certificate that is linked to lies elsewhere; the link adds nothing.
        if one == Trait::Certificate && seen.kind == SeenKind::Symlink {
            return;
        }
        interest.traits.insert(one);
        interest.content_bytes_max = CONTENT_BYTES_MAX;
    } else if seen.size_bytes > 0
        && let Some(one) = of_user_file(path, directory, name)
    {
        interest.traits.insert(one);
    }
}

/// The cache that a file lies in: one that its program makes anew.
pub(crate) fn cache_of(path: &str) -> Option<&'static str> {
    const ROOTS: [(&str, &str); 11] = [
        ("var/lib/apt/lists/", "package lists of apt"),
        ("var/cache/apt/archives/", "downloads of apt"),
        ("var/cache/apk/", "cache of apk"),
        ("var/cache/yum/", "cache of yum"),
        ("var/cache/dnf/", "cache of dnf"),
        ("var/cache/libdnf5/", "cache of dnf"),
        ("var/cache/zypp/", "cache of zypper"),
        ("var/cache/pacman/pkg/", "downloads of pacman"),
        ("var/cache/tdnf/", "cache of tdnf"),
        ("usr/local/share/.cache/yarn/", "cache of yarn"),
        ("etc/apk/cache/", "cache of apk"),
    ];
    const INSIDE: [(&str, &str); 9] = [
        ("/.cache/pip/", "cache of pip"),
        ("/.npm/_cacache/", "cache of npm"),
        ("/.cache/yarn/", "cache of yarn"),
        ("/.cache/go-build/", "cache of go"),
        ("/.composer/cache/", "cache of composer"),
        ("/.cache/composer/", "cache of composer"),
        ("/.cargo/registry/cache/", "downloads of cargo"),
        ("/.gradle/caches/", "cache of gradle"),
        ("/.cache/uv/", "cache of uv"),
    ];
    if matches!(path.as_bytes().first()?, b'v' | b'u' | b'e')
        && let Some((root, name)) = ROOTS.iter().find(|(root, _)| path.starts_with(root))
    {
        let rest = &path[root.len()..];
        let is_placeholder = rest.is_empty() || rest == "lock" || rest == ".keep" || rest.ends_with("/lock");
        return (!is_placeholder).then_some(name);
    }
    // Hidden directories of users: searched only where there is one.
    let at = path.find("/.")?;
    INSIDE.iter().find(|(inside, _)| path[at..].contains(inside)).map(|(_, name)| *name)
}

fn of_system_file(path: &str, directory: &str, name: &str) -> Option<Trait> {
    Some(match path {
        "etc/passwd" | "etc/shadow" | "etc/group" | "etc/gshadow" => Trait::AccountFile,
        "etc/sudoers" | "usr/local/etc/sudoers" | "etc/doas.conf" => Trait::Sudoers,
        "etc/resolv.conf" | "etc/hosts" => Trait::NameResolution,
        "etc/ssh/sshd_config" => Trait::SshServerConfiguration,
        "etc/apt/sources.list"
        | "etc/yum.conf"
        | "etc/dnf/dnf.conf"
        | "etc/pip.conf"
        | "etc/gitconfig"
        | "etc/wgetrc"
        | "etc/npmrc"
        | "usr/local/etc/npmrc" => Trait::ClientConfiguration,
        _ => match directory {
            "etc/sudoers.d" | "etc/doas.d" => Trait::Sudoers,
            "etc/ssh/sshd_config.d" => Trait::SshServerConfiguration,
            "etc/apt/sources.list.d" | "etc/apt/apt.conf.d" | "etc/yum.repos.d" | "etc/zypp/repos.d" => {
                Trait::ClientConfiguration
            }
            "etc/ssl/certs"
            | "etc/pki/ca-trust/source/anchors"
            | "usr/share/pki/ca-trust-source/anchors"
            | "etc/ca-certificates/trust-source/anchors"
            | "etc/pki/trust/anchors" => Trait::Certificate,
            _ if directory.starts_with("usr/local/share/ca-certificates") => Trait::Certificate,
            _ if directory.ends_with("/.ssh") && matches!(name, "authorized_keys" | "authorized_keys2") => {
                Trait::AuthorizedKeys
            }
            _ if is_home(directory)
                && matches!(
                    name,
                    ".npmrc" | ".curlrc" | ".wgetrc" | ".gitconfig" | ".pip.conf" | ".condarc" | ".gemrc"
                ) =>
            {
                Trait::ClientConfiguration
            }
            _ => return None,
        },
    })
}

fn is_home(directory: &str) -> bool {
    directory == "root" || (directory.starts_with("home/") && directory.matches('/').count() == 1)
}

/// Whether a path lies in what others wrote and an image only brings along.
fn is_dependency(path: &str) -> bool {
    const INSIDE: [&str; 7] = [
        "node_modules/",
        "site-packages/",
        "dist-packages/",
        "/vendor/",
        "/gems/",
        "/testdata/",
        "/go/pkg/mod/",
    ];
    const FRONT: [&str; 8] = [
        "usr/share/",
        "usr/lib/",
        "usr/lib64/",
        "lib/",
        "usr/local/lib/",
        "usr/local/go/",
        "usr/src/linux",
        "var/lib/dpkg/",
    ];
    FRONT.iter().any(|front| path.starts_with(front)) || INSIDE.iter().any(|inside| path.contains(inside))
}

fn of_user_file(path: &str, directory: &str, name: &str) -> Option<Trait> {
    let folder = directory.rsplit('/').next().unwrap_or_default();
    let is_host_key = (directory == "etc/ssh" && name.starts_with("ssh_host_") && name.ends_with("_key"))
        || (name.starts_with("dropbear_") && name.ends_with("_host_key"));
    if is_host_key {
        return Some(Trait::SshHostKey);
    }
    if is_shell_history(name) {
        return Some(Trait::ShellHistory);
    }
    let is_marked = matches!(
        (folder, name),
        (".git", "HEAD")
            | (".hg", "requires")
            | (".svn", "wc.db" | "entries")
            | (".bzr", "branch-format")
            | ("CVS", "Root")
    );
    if !is_marked && !leftovers::may_be(folder, name) {
        return None;
    }
    if is_dependency(path) {
        return None;
    }
    if is_marked {
        return Some(Trait::VersionControl);
    }
    leftovers::of(path, folder, name)
}

fn is_shell_history(name: &str) -> bool {
    matches!(
        name,
        ".bash_history"
            | ".ash_history"
            | ".sh_history"
            | ".zsh_history"
            | ".mysql_history"
            | ".psql_history"
            | ".python_history"
            | ".node_repl_history"
            | ".rediscli_history"
            | ".sqlite_history"
            | ".dbshell"
            | ".irb_history"
    )
}
