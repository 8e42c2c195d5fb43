//! Which calls need not be told, for the kernel: `bpf/filter.h` is the other half.
//!
//! The kernel knows little of a call: whether it failed, whether a container made it, how a file was opened, what a descriptor is.
//! For each combination of these somebody who knows the rules says whether such a call is wanted. What the kernel does not know
//! counts as both.

use crate::paths::PathPattern;

/// What the kernel knows of a call. `None`: a call of this kind does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// It failed.
    pub failed: bool,
    /// A process of a container made it.
    pub in_container: bool,
    /// A file is opened for reading.
    pub reads: Option<bool>,
    /// A file is opened for writing.
    pub writes: Option<bool>,
    /// The flags ask for a file to be made.
    pub creates: Option<bool>,
    /// What the descriptor is: nothing but a file or a socket of these families.
    pub socket: Option<SocketFamily>,
    /// The socket's protocol is TCP.
    pub is_tcp: Option<bool>,
    /// One of [`Filters::paths`] is in the path, or it is not plain.
    pub has_path_part: Option<bool>,
}

/// What a descriptor is, as far as filters tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketFamily {
    /// No socket.
    None,
    /// `AF_UNIX`.
    Unix,
    /// `AF_INET` or `AF_INET6`.
    Internet,
}

/// Of one call the combinations that are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its name.
    pub call: &'static str,
    /// A bit for each combination.
    pub told: u64,
}

/// What is told of calls. By default everything.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Calls that are not here are told always.
    pub calls: Vec<Filter>,
    /// What paths of opened files are looked through for.
    pub paths: Vec<PathPattern>,
}

/// `enum family`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Family {
    Opens = 1,
    Sockets = 2,
    Others = 3,
}

/// The family of a call, and the arguments that it is about.
pub(crate) fn family(call: &str) -> (Family, u8, u8) {
    match call {
        "open" => (Family::Opens, 0, 1),
        "openat" => (Family::Opens, 1, 2),
        "connect" | "bind" | "listen" | "dup" | "dup2" | "dup3" | "read" | "write" | "recvfrom"
        | "recvmsg" | "sendto" | "sendmsg" => (Family::Sockets, 0, 0),
        _ => (Family::Others, 0, 0),
    }
}

/// Number and circumstances of every combination that a call can have.
pub fn combinations(call: &str) -> impl Iterator<Item = (u32, Circumstances)> + use<> {
    let family = family(call).0;
    (0..64_u32).filter_map(move |number| {
        let bit = |at: u32| number & 1 << at != 0;
        let common = Circumstances { failed: bit(0), in_container: bit(1), ..Circumstances::default() };
        let all = match family {
            // Whatever is opened is opened for something.
            Family::Opens if !bit(2) && !bit(3) => return None,
            Family::Opens => Circumstances {
                writes: Some(bit(2)),
                reads: Some(bit(3)),
                creates: Some(bit(4)),
                has_path_part: Some(bit(5)),
                ..common
            },
            Family::Sockets => Circumstances {
                is_tcp: Some(bit(2)),
                socket: Some(match (bit(3), bit(4), bit(5)) {
                    (false, false, false) => SocketFamily::None,
                    (true, false, false) => SocketFamily::Unix,
                    (false, true, false) => SocketFamily::Internet,
                    _ => return None,
                }),
                ..common
            },
            Family::Others if number >= 4 => return None,
            Family::Others => common,
        };
        Some((number, all))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_have_numbers_of_their_own_and_say_what_their_calls_can_say() {
        for (call, count) in [("openat", 48), ("connect", 24), ("setns", 4)] {
            let all: Vec<_> = combinations(call).collect();
            assert_eq!(all.len(), count, "{call}");
            for (index, (_, one)) in all.iter().enumerate() {
                assert!(all[..index].iter().all(|(_, other)| other != one), "{call}: {one:?}");
            }
        }
    }
}
