//! Simple binds at LDAP directories, over TLS.

use access::{Directory, LdapError, bind_request, bind_result};
use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};
use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    path::Path,
    time::Duration,
};

/// A directory must answer within this time.
const TIME_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Where systems keep the authorities that they trust.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Whether a directory takes a name with a secret. What goes wrong is a no.
pub(crate) fn binds(directory: &Directory, name: &str, secret: &str) -> bool {
    let request = directory.dn_of(name).and_then(|dn| bind_request(&dn, secret));
    request.is_some_and(|request| ask(directory, &request).is_ok())
}

fn ask(directory: &Directory, request: &[u8]) -> io::Result<()> {
    let authorities = directory.ca.as_deref().unwrap_or(SYSTEM_AUTHORITIES);
    let tls = super::tls::registry_client_config(Path::new(authorities), None).map_err(io::Error::other)?;
    let address = (directory.host.as_str(), directory.port).to_socket_addrs()?.next();
    let socket = TcpStream::connect_timeout(&address.ok_or(io::ErrorKind::NotFound)?, TIME_MAX)?;
    socket.set_read_timeout(Some(TIME_MAX))?;
    socket.set_write_timeout(Some(TIME_MAX))?;
    let host = ServerName::try_from(directory.host.clone()).map_err(io::Error::other)?;
    let session = ClientConnection::new(tls, host).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, socket);
    stream.write_all(request)?;
    stream.flush()?;
    let mut answer = Vec::new();
    loop {
        let mut part = [0; 4096];
        let size = stream.read(&mut part)?;
        answer.extend_from_slice(&part[..size]);
        match bind_result(&answer) {
            Err(LdapError::Incomplete) if size > 0 && answer.len() < ANSWER_BYTES_MAX => {}
            result => return result.map_err(io::Error::other),
        }
    }
}
