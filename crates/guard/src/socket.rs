//! The socket that clients connect to.

use rustix::fs::{Gid, Mode};
use std::{
    io::{self, ErrorKind},
    os::unix::{
        fs::FileTypeExt as _,
        net::{UnixListener, UnixStream},
    },
    path::Path,
};

/// Makes a unix socket for clients: nobody may use it before its mode and group are set. A socket that nobody listens on any more
/// is removed first.
///
/// # Errors
/// When somebody listens there already, something else has that name, or it cannot be made.
pub fn bind(path: &Path, mode: u32, group: Option<u32>) -> io::Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                "something that is no socket has that name",
            ));
        }
        Ok(_) => match UnixStream::connect(path) {
            Ok(_) => return Err(io::Error::new(ErrorKind::AddrInUse, "somebody listens there already")),
            Err(_) => std::fs::remove_file(path)?,
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let before = rustix::process::umask(Mode::from_raw_mode(0o777));
    let listener = UnixListener::bind(path);
    rustix::process::umask(before);
    let listener = listener?;
    rustix::fs::chown(path, None, group.map(Gid::from_raw))?;
    rustix::fs::chmod(path, Mode::from_raw_mode(mode & 0o666))?;
    Ok(listener)
}

/// The number of a group, by name or number, from `/etc/group`.
#[must_use]
pub fn group_number(name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn left_over_socket_is_replaced_and_one_in_use_is_not() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let _listener = bind(&path, 0o660, None).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert_eq!(bind(&path, 0o660, None).unwrap_err().kind(), ErrorKind::AddrInUse);
        std::fs::write(place.path().join("file"), "x").unwrap();
        assert!(bind(&place.path().join("file"), 0o660, None).is_err());
        assert_eq!(group_number("root"), Some(0));
    }
}
