//! Simple binds of LDAP (RFC 4511, sections 4.1.9 and 4.2): the two messages, nothing else. The caller has the connection.

use crate::file::{Ldap, LdapGroups};

/// A directory of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Its name in the file.
    pub name: String,
    /// `ldaps://HOST[:PORT]`.
    pub host: String,
    /// The port.
    pub port: u16,
    /// A file with the authorities to trust.
    pub ca: Option<String>,
    dn: (String, String),
    pub(crate) groups: Option<LdapGroups>,
}

/// Why an answer is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LdapError {
    /// Not an answer to a bind.
    #[error("the directory's answer cannot be read")]
    Malformed,
    /// More of it must come.
    #[error("the directory's answer is not complete")]
    Incomplete,
    /// The directory says no (RFC 4511, appendix A: 49 is invalidCredentials).
    #[error("the directory answers {0}")]
    Code(u32),
}

/// An answer is at most so long.
const ANSWER_BYTES_MAX: usize = 64 << 10;
const NAME_BYTES_MAX: usize = 256;

impl Directory {
    pub(crate) fn new(raw: &Ldap) -> Result<Self, String> {
        let rest = raw.address.strip_prefix("ldaps://");
        let rest =
            rest.ok_or("an address is ldaps://HOST[:PORT]: names and secrets do not travel in clear")?;
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            None => (rest, 636),
            Some((host, port)) => (host, port.parse().map_err(|_| format!("'{port}' is no port"))?),
        };
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        {
            return Err(format!("'{host}' is no host"));
        }
        let (before, after) = raw
            .dn
            .split_once("{user}")
            .ok_or("'dn' has no {user}, as in uid={user},ou=people,dc=example,dc=org")?;
        let dn = (before.to_owned(), after.to_owned());
        if let Some(groups) = &raw.groups
            && !matches!(groups.member.split_once('='), Some((_, "{dn}" | "{user}")))
        {
            return Err("'member' is ATTRIBUTE={dn} or ATTRIBUTE={user}".to_owned());
        }
        let (name, host, ca) = (raw.name.clone(), host.to_owned(), raw.ca.clone());
        Ok(Self { name, host, port, ca, dn, groups: raw.groups.clone() })
    }

    /// The distinguished name of somebody; none for names that none has. What is special in such names is escaped (RFC 4514, 2.4).
    #[must_use]
    pub fn dn_of(&self, user: &str) -> Option<String> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
        let is_name = !user.is_empty() && user.len() <= NAME_BYTES_MAX && user.chars().all(is_plain);
        is_name.then(|| format!("{}{user}{}", self.dn.0, self.dn.1))
    }
}

/// The request of a simple bind. `None` for an empty secret: directories take that for an anonymous bind and answer with success
/// (RFC 4513, section 5.1.2).
#[must_use]
pub fn bind_request(dn: &str, secret: &str) -> Option<Vec<u8>> {
    if secret.is_empty() || dn.is_empty() || secret.len() > 1_024 || dn.len() > 2_048 {
        return None;
    }
    let version = [0x02, 0x01, 0x03];
    let bind = [&version[..], &element(0x04, dn.as_bytes()), &element(0x80, secret.as_bytes())].concat();
    Some(message(1, &element(0x60, &bind)))
}

/// Reads the answer to it.
///
/// # Errors
/// When it is not a success, or not complete yet.
pub fn bind_result(bytes: &[u8]) -> Result<(), LdapError> {
    let (tag, message, _) = read(bytes)?;
    if tag != 0x30 {
        return Err(LdapError::Malformed);
    }
    let inner = |bytes| match read(bytes) {
        // What is inside is complete or wrong.
        Err(LdapError::Incomplete) => Err(LdapError::Malformed),
        result => result,
    };
    let (tag, id, rest) = inner(message)?;
    if tag != 0x02 || id != [1] {
        return Err(LdapError::Malformed);
    }
    let (tag, response, _) = inner(rest)?;
    if tag != 0x61 {
        return Err(LdapError::Malformed);
    }
    let (tag, code, rest) = inner(response)?;
    if tag != 0x0a || code.is_empty() || code.len() > 4 {
        return Err(LdapError::Malformed);
    }
    // matchedDN and diagnosticMessage must be there too.
    let (tag, _, rest) = inner(rest)?;
    let (other, _, _) = inner(rest)?;
    if (tag, other) != (0x04, 0x04) {
        return Err(LdapError::Malformed);
    }
    match code.iter().fold(0_u32, |code, byte| code << 8 | u32::from(*byte)) {
        0 => Ok(()),
        code => Err(LdapError::Code(code)),
    }
}

/// A message with its number (RFC 4511, section 4.1.1).
pub(crate) fn message(number: u8, operation: &[u8]) -> Vec<u8> {
    element(0x30, &[&[0x02, 0x01, number][..], operation].concat())
}

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match content.len() {
        length @ 0..=0x7f => bytes.push(length as u8),
        length => {
            bytes.push(0x82);
            bytes.extend_from_slice(
                &u16::try_from(length).expect("names and secrets are short").to_be_bytes(),
            );
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// Tag, content and the rest of one element of definite length (RFC 4511, section 5.1).
pub(crate) fn read(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), LdapError> {
    let [tag, first, rest @ ..] = bytes else { return Err(LdapError::Incomplete) };
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = rest.get(..count).ok_or(LdapError::Incomplete)?;
            let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
            (length, &rest[count..])
        }
        _ => return Err(LdapError::Malformed),
    };
    if length > ANSWER_BYTES_MAX {
        return Err(LdapError::Malformed);
    }
    let content = rest.get(..length).ok_or(LdapError::Incomplete)?;
    Ok((*tag, content, &rest[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUCCESS: &[u8] =
        &[0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00];

    #[test]
    fn request_is_that_of_the_specification() {
        let request = bind_request("cn=a", "b").unwrap();
        let expected = b"\x30\x11\x02\x01\x01\x60\x0c\x02\x01\x03\x04\x04cn=a\x80\x01b";
        assert_eq!(request, expected);
        assert_eq!(bind_request("cn=a", ""), None, "an empty secret is an anonymous bind");
    }

    #[test]
    fn answers_count_when_complete_and_zero() {
        assert_eq!(bind_result(SUCCESS), Ok(()));
        let mut refused = SUCCESS.to_vec();
        refused[9] = 49;
        assert_eq!(bind_result(&refused), Err(LdapError::Code(49)));
        for at in 0..SUCCESS.len() {
            assert_eq!(bind_result(&SUCCESS[..at]), Err(LdapError::Incomplete), "{at}");
            for bit in 0..8 {
                let mut changed = SUCCESS.to_vec();
                changed[at] ^= 1 << bit;
                let _ = bind_result(&changed);
            }
        }
    }
}
