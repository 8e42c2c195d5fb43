//! Simple binds at LDAP directories, over TLS, and the groups of whoever was let in.

use super::{connection::Connection, tls::SYSTEM_AUTHORITIES};
use crate::channel::Channel;
use access::{Directory, Groups, LdapError, bind_request, bind_result, groups_result};
use rustls::{ClientConnection, pki_types::ServerName};
use std::{
    io,
    net::{TcpStream, ToSocketAddrs as _},
    path::Path,
    time::Duration,
};

/// A directory must answer within this time.
const TIME_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The groups of somebody whom a directory takes with a secret; `None` when it does not take them.
///
/// # Errors
/// The directory cannot be asked, or does not tell the groups: a rule that denies them something would not be found.
pub(crate) fn groups_of(directory: &Directory, name: &str, secret: &str) -> io::Result<Option<Groups>> {
    let Some(bind) = directory.dn_of(name).and_then(|dn| bind_request(&dn, secret)) else { return Ok(None) };
    let mut connection = connect(directory)?;
    match ask(&mut connection, &bind, bind_result) {
        Err(error) if is_refusal(&error) => return Ok(None),
        result => result?,
    }
    match directory.groups_request(name) {
        None => Ok(Some(Groups::new())),
        Some(search) => ask(&mut connection, &search, groups_result).map(Some),
    }
}

/// Whether a directory says of a bind that name or secret are wrong (RFC 4511, section 4.1.9: noSuchObject, invalidDNSyntax,
/// inappropriateAuthentication, invalidCredentials, unwillingToPerform).
fn is_refusal(error: &io::Error) -> bool {
    let code = error.get_ref().and_then(|error| error.downcast_ref::<LdapError>());
    matches!(code, Some(LdapError::Code(32 | 34 | 48 | 49 | 53)))
}

fn connect(directory: &Directory) -> io::Result<Connection> {
    let authorities = directory.ca.as_deref().unwrap_or(SYSTEM_AUTHORITIES);
    let tls = super::tls::registry_client_config(Path::new(authorities), None).map_err(io::Error::other)?;
    let address = (directory.host.as_str(), directory.port).to_socket_addrs()?.next();
    let socket = TcpStream::connect_timeout(&address.ok_or(io::ErrorKind::NotFound)?, TIME_MAX)?;
    let host = ServerName::try_from(directory.host.clone()).map_err(io::Error::other)?;
    let session = ClientConnection::new(tls, host).map_err(io::Error::other)?;
    Connection::new(Channel::tls(socket, session, TIME_MAX)?, TIME_MAX)
}

fn ask<T>(
    connection: &mut Connection,
    request: &[u8],
    read: impl Fn(&[u8]) -> Result<T, LdapError>,
) -> io::Result<T> {
    connection.write(request)?;
    let mut answer = Vec::new();
    loop {
        let part = connection.bytes()?;
        let is_end = part.is_empty();
        answer.extend_from_slice(part);
        match read(&answer) {
            Err(LdapError::Incomplete) if !is_end && answer.len() < ANSWER_BYTES_MAX => {}
            result => return result.map_err(io::Error::other),
        }
    }
}
