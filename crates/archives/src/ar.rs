//! Members of an ar archive: Debian packages and static libraries.
//!
//! ar(5) of FreeBSD for the GNU and BSD ways of long names; deb(5).

use crate::meter::{Fault, read_all, skip};
use crate::walk::{MemberHead, Over, Step, Walk};
use crate::{ProblemKind, sized};
use std::io::BufRead;

const WHAT: &str = "the ar archive";
const LONG_NAMES_BYTES_MAX: u64 = 16 << 20;

/// Shows the members, but not the tables of symbols and of long names.
pub(crate) fn walk(walk: &mut Walk<'_>, input: &mut (dyn BufRead + Send)) -> Step {
    let mut magic = [0; 8];
    if let Err(fault) = read_all(input, &mut magic, WHAT) {
        return walk.fault(&fault);
    }
    let mut long_names = Vec::new();
    loop {
        match input.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(_) => {}
            Err(error) => return walk.fault(&Fault::of(&error)),
        }
        match entry(walk, input, &mut long_names)? {
            Ok(()) => {}
            Err(fault) => return walk.fault(&fault),
        }
    }
}

fn entry(
    walk: &mut Walk<'_>,
    input: &mut (dyn BufRead + Send),
    long_names: &mut Vec<u8>,
) -> Result<Result<(), Fault>, Over> {
    walk.check_time()?;
    let mut header = [0; 60];
    if let Err(fault) = read_all(input, &mut header, WHAT) {
        return Ok(Err(fault));
    }
    let bad = || Fault::new(ProblemKind::Malformed, "a header of the ar archive is broken");
    let (Some(mut size), b"`\n") = (number(&header[48..58], 10), &header[58..60]) else {
        return Ok(Err(bad()));
    };
    let padding = size % 2;
    let name = header[..16].trim_ascii_end();
    if matches!(name, b"/" | b"/SYM64/" | b"__.SYMDEF" | b"__.SYMDEF SORTED") {
        return Ok(skip(input, size + padding, WHAT));
    }
    if name == b"//" {
        if size > LONG_NAMES_BYTES_MAX {
            return Ok(Err(Fault::new(ProblemKind::Limit, "the table of names is too long")));
        }
        *long_names = vec![0; usize::try_from(size).unwrap_or(0)];
        return Ok(read_all(input, long_names, WHAT).and_then(|()| skip(input, padding, WHAT)));
    }
    let name = match (name.strip_prefix(b"#1/"), name.strip_prefix(b"/")) {
        (Some(length), _) => {
            let Some(length) = number(length, 10).filter(|length| *length <= size.min(4_096)) else {
                return Ok(Err(bad()));
            };
            let mut long = vec![0; usize::try_from(length).unwrap_or(0)];
            if let Err(fault) = read_all(input, &mut long, WHAT) {
                return Ok(Err(fault));
            }
            size -= length;
            long.truncate(memchr::memchr(0, &long).unwrap_or(long.len()));
            long
        }
        (None, Some(at)) => {
            let at = number(at, 10).and_then(|at| usize::try_from(at).ok());
            let rest = at.and_then(|at| long_names.get(at..)).unwrap_or_default();
            rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].to_vec()
        }
        (None, None) => name.to_vec(),
    };
    let name = name.strip_suffix(b"/").unwrap_or(&name);
    let mode = number(&header[40..48], 8).and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0);
    let head = MemberHead::new(name, Some(size), mode);
    Ok(sized::member(walk, &head, input, (size, padding), WHAT)?.map(|_| ()))
}

fn number(field: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(field).ok()?.trim(), radix).ok()
}
