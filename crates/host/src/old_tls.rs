//! Whether a server still speaks TLS 1.0 or 1.1 (RFC 2246, RFC 4346), which rustls does not: one ClientHello is sent, and the
//! first record that comes back says it.

use crate::endpoints::Timed;
use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
};

/// The old versions that are spoken.
pub(crate) fn spoken(address: SocketAddr) -> Vec<String> {
    [("1.0", 1_u8), ("1.1", 2)]
        .into_iter()
        .filter(|(_, minor)| speaks(address, *minor).unwrap_or(false))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn speaks(address: SocketAddr, minor: u8) -> std::io::Result<bool> {
    let mut stream = Timed::connect(address)?;
    stream.write_all(&client_hello(minor))?;
    // Record: type, version, length; then the handshake message: type, length, version.
    let mut answer = [0; 11];
    stream.read_exact(&mut answer)?;
    Ok(is_server_hello(&answer, minor))
}

fn is_server_hello(answer: &[u8; 11], minor: u8) -> bool {
    answer[0] == 22 && answer[5] == 2 && answer[9..11] == [3, minor]
}

/// A ClientHello for one version, with the suites that servers of that time and of today have in common.
fn client_hello(minor: u8) -> Vec<u8> {
    /// `TLS_ECDHE_{ECDSA,RSA}_WITH_AES_{128,256}_CBC_SHA`, `TLS_RSA_WITH_AES_{128,256}_CBC_SHA`, `…_3DES_EDE_CBC_SHA`.
    const SUITES: [u16; 7] = [0xc009, 0xc00a, 0xc013, 0xc014, 0x002f, 0x0035, 0x000a];
    /// `supported_groups` with secp256r1, secp384r1 and x25519, and `ec_point_formats` (RFC 8422).
    const EXTENSIONS: [u8; 18] = [0, 10, 0, 8, 0, 6, 0, 23, 0, 24, 0, 29, 0, 11, 0, 2, 1, 0];
    let mut body = vec![3, minor];
    // No secret follows, so that any value serves as random.
    body.extend([0x5e; 32]);
    body.push(0);
    body.extend(u16::try_from(SUITES.len() * 2).expect("few").to_be_bytes());
    body.extend(SUITES.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    body.extend(u16::try_from(EXTENSIONS.len()).expect("few").to_be_bytes());
    body.extend(EXTENSIONS);
    let length = u16::try_from(body.len()).expect("some hundred bytes");
    let mut hello = vec![22, 3, 1];
    hello.extend((length + 4).to_be_bytes());
    hello.extend([1, 0]);
    hello.extend(length.to_be_bytes());
    hello.extend(body);
    hello
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_hello_of_the_version_asked_for_counts_and_an_alert_does_not() {
        assert!(is_server_hello(&[22, 3, 1, 0, 50, 2, 0, 0, 46, 3, 1], 1));
        assert!(!is_server_hello(&[22, 3, 1, 0, 50, 2, 0, 0, 46, 3, 3], 1));
        assert!(!is_server_hello(&[21, 3, 1, 0, 2, 2, 70, 0, 0, 3, 1], 1));
        let hello = client_hello(2);
        assert_eq!(usize::from(hello[4]) + 5, hello.len());
        assert_eq!(usize::from(hello[8]) + 9, hello.len());
    }
}
