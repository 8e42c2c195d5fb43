//! The systemd drop-in that starts the daemon with its certificates.

use super::TlsError;
use std::net::SocketAddr;

/// Where the daemon's three files lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsPaths {
    /// The authority's certificate.
    pub authority: String,
    /// The daemon's certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// What a drop-in is made of.
#[derive(Clone, Debug)]
pub struct DropIn<'a> {
    /// The command of the unit as it is (`systemctl cat docker.service`, the last `ExecStart=`).
    pub exec_start: &'a str,
    /// Where the daemon is to listen, besides where it does.
    pub listen: SocketAddr,
    /// The files.
    pub paths: &'a TlsPaths,
}

/// The text of `/etc/systemd/system/docker.service.d/seawall-tls.conf`.
///
/// `ExecStart=` is emptied before it is set, or systemd refuses a second one (systemd.service(5)). The present
/// command stays; addresses on the command line and `hosts` in `daemon.json` exclude each other (moby,
/// daemon/config), so the same file never sets `hosts`.
///
/// # Errors
/// When the command already listens with TLS, listens on TCP without, or is of more than one line.
pub fn drop_in(of: &DropIn<'_>) -> Result<String, TlsError> {
    let refuse =
        |reason: &str| TlsError::Malformed { what: "the unit's ExecStart", reason: reason.to_owned() };
    let command = of.exec_start.trim();
    if command.is_empty() || command.contains(['\n', '\r', '\0']) {
        return Err(refuse("it is not one line"));
    }
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some(program) = words.first().map(|word| word.trim_start_matches(['-', '@', ':', '+', '!'])) else {
        return Err(refuse("it is empty"));
    };
    if !program.starts_with('/') {
        return Err(refuse("it does not begin with the path of the daemon"));
    }
    if let Some(option) = words.iter().find(|word| word.starts_with("--tls")) {
        return Err(refuse(&format!("it sets {option} already (hint: renew the files in place)")));
    }
    if words.iter().any(|word| word.contains("tcp://")) {
        return Err(refuse(
            "it listens on tcp:// already, so clients without a certificate may use it (hint: remove that -H first)",
        ));
    }
    for path in [&of.paths.authority, &of.paths.certificate, &of.paths.key] {
        // `%` and `$` mean something to systemd, white space to its word splitting.
        if !path.starts_with('/')
            || path.contains(['%', '$', '"', '\'', '\\'])
            || path.contains(char::is_whitespace)
        {
            return Err(refuse(&format!("the path {path:?} cannot be written into it")));
        }
    }
    let has_address = words.iter().any(|word| word.starts_with("-H") || word.starts_with("--host"));
    // Without any address the daemon listens on its socket; with one on the command line, only there.
    let own_socket = if has_address { "" } else { " -H unix:///var/run/docker.sock" };
    Ok(format!(
        "# Written by seawall harden tls. The daemon takes clients with a certificate of its authority alone.\n\
         # After a change: systemctl daemon-reload && systemctl restart docker\n\
         [Service]\n\
         ExecStart=\n\
         ExecStart={command}{own_socket} -H tcp://{} --tlsverify --tlscacert={} --tlscert={} --tlskey={}\n",
        of.listen, of.paths.authority, of.paths.certificate, of.paths.key,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(exec_start: &str) -> Result<String, TlsError> {
        let paths = TlsPaths {
            authority: "/etc/docker/tls/ca.pem".to_owned(),
            certificate: "/etc/docker/tls/server-cert.pem".to_owned(),
            key: "/etc/docker/tls/server-key.pem".to_owned(),
        };
        drop_in(&DropIn { exec_start, listen: "192.0.2.1:2376".parse().unwrap(), paths: &paths })
    }

    #[test]
    fn the_present_command_stays_and_gets_tls() {
        let text = written("/usr/sbin/dockerd -H fd:// $DOCKER_OPTS").unwrap();
        assert!(text.contains(
            "ExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS -H tcp://192.0.2.1:2376 --tlsverify "
        ));
        assert!(written("/usr/bin/dockerd").unwrap().contains(" -H unix:///var/run/docker.sock -H tcp://"));
    }

    #[test]
    fn a_daemon_that_listens_on_tcp_already_is_not_added_to() {
        for command in
            ["/usr/bin/dockerd -H tcp://0.0.0.0:2375", "/usr/bin/dockerd --tls", "dockerd", "", "/a\n/b"]
        {
            assert!(written(command).is_err(), "{command}");
        }
    }
}
