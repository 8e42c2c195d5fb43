//! The groups of somebody in a directory (RFC 4511, section 4.5): one search, and the names that it finds.

use crate::ldap::{Directory, LdapError, element, message, read};
use crate::oidc::{GROUPS_MAX, is_group};
use crate::principal::Groups;

/// The number of the search; the bind before it has 1.
const NUMBER: u8 = 2;
/// Directories stop after so many seconds.
const TIME_MAX_SECS: u8 = 5;

impl Directory {
    /// The search for somebody's groups; `None` when the file names no place where they are.
    #[must_use]
    pub fn groups_request(&self, user: &str) -> Option<Vec<u8>> {
        let groups = self.groups.as_ref()?;
        let dn = self.dn_of(user)?;
        let (attribute, of) = groups.member.split_once('=')?;
        let value = if of == "{dn}" { dn.as_str() } else { user };
        let filter = [element(0x04, attribute.as_bytes()), element(0x04, value.as_bytes())].concat();
        let count = u16::try_from(GROUPS_MAX).ok()?.to_be_bytes();
        let search = [
            element(0x04, groups.base.as_bytes()),
            // The whole subtree; aliases as they are.
            vec![0x0a, 1, 2, 0x0a, 1, 0],
            element(0x02, &count),
            vec![0x02, 1, TIME_MAX_SECS, 0x01, 1, 0],
            element(0xa3, &filter),
            element(0x30, &element(0x04, groups.name.as_bytes())),
        ];
        Some(message(NUMBER, &element(0x63, &search.concat())))
    }
}

/// The names in the answer to it.
///
/// # Errors
/// When it is no success, or not complete yet.
pub fn groups_result(bytes: &[u8]) -> Result<Groups, LdapError> {
    let mut groups = Groups::new();
    let mut rest = bytes;
    loop {
        let (tag, content, next) = read(rest)?;
        let (number_tag, number, operation) = inner(content)?;
        if (tag, number_tag, number) != (0x30, 0x02, &[NUMBER][..]) {
            return Err(LdapError::Malformed);
        }
        let (kind, content, _) = inner(operation)?;
        match kind {
            0x64 => groups.extend(values(content)?),
            // References to other directories are not followed.
            0x73 => {}
            0x65 => {
                let (tag, code, _) = inner(content)?;
                return match code {
                    _ if tag != 0x0a || code.is_empty() || code.len() > 4 => Err(LdapError::Malformed),
                    [0] => Ok(groups),
                    _ => Err(LdapError::Code(code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)))),
                };
            }
            _ => return Err(LdapError::Malformed),
        }
        if groups.len() > GROUPS_MAX {
            return Err(LdapError::Malformed);
        }
        rest = next;
    }
}

/// All values of all attributes of an entry; one attribute was asked for.
fn values(entry: &[u8]) -> Result<Vec<String>, LdapError> {
    let (_, _, rest) = inner(entry)?;
    let (tag, mut attributes, _) = inner(rest)?;
    if tag != 0x30 {
        return Err(LdapError::Malformed);
    }
    let mut found = Vec::new();
    while !attributes.is_empty() {
        let (_, attribute, next) = inner(attributes)?;
        let (_, _, rest) = inner(attribute)?;
        let (_, mut values, _) = inner(rest)?;
        while !values.is_empty() {
            let (_, value, next) = inner(values)?;
            found.extend(std::str::from_utf8(value).ok().filter(|name| is_group(name)).map(str::to_owned));
            values = next;
        }
        attributes = next;
    }
    Ok(found)
}

/// What is inside is complete or wrong.
fn inner(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), LdapError> {
    read(bytes).map_err(|_| LdapError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(names: &[&str], code: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            let set = element(0x31, &element(0x04, name.as_bytes()));
            let attribute = element(0x30, &[element(0x04, b"cn"), set].concat());
            let entry = [element(0x04, b"cn=x"), element(0x30, &attribute)].concat();
            bytes.extend(message(NUMBER, &element(0x64, &entry)));
        }
        bytes.extend(message(NUMBER, &element(0x65, &[0x0a, 1, code, 0x04, 0, 0x04, 0])));
        bytes
    }

    #[test]
    fn names_of_all_entries_are_read_and_failures_are_none() {
        let whole = answer(&["developers", "operators"], 0);
        assert_eq!(groups_result(&whole), Ok(["developers".to_owned(), "operators".to_owned()].into()));
        assert_eq!(groups_result(&answer(&["developers"], 4)), Err(LdapError::Code(4)), "the size limit");
        for at in 0..whole.len() {
            assert_eq!(groups_result(&whole[..at]), Err(LdapError::Incomplete), "{at}");
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                let _ = groups_result(&changed);
            }
        }
    }
}
