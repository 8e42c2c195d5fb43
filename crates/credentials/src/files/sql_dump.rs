//! Password hashes in dumps of databases.

use super::htpasswd::hash_kind;
use super::{Family, Place, Source};
use crate::rules::SQL_DUMP_HASH;
use crate::sink::{self, Sink};
use content::Hit;

pub(super) const FAMILY: Family =
    Family { places: &[Place::Extension("sql"), Place::Extension("dump"), Place::Name("mysqldump")], read };

/// So many hashes are told one by one; the rest is counted.
const TOLD_MAX: usize = 20;

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let bytes = source.bytes;
    let (mut line, mut counted_to, mut count) = (1_u32, 0, 0_usize);
    for (step, at) in memchr::memchr_iter(b'$', bytes).enumerate() {
        if step % 4_096 == 0 && sink.budget.check().is_err() {
            sink.halt(model::GapReason::LimitReached, "the time for one file was used up".to_owned());
            return;
        }
        // A hash is quoted, or stands between the tabs of COPY.
        if at == 0 || !matches!(bytes[at - 1], b'\'' | b'"' | b'\t') {
            continue;
        }
        let end =
            bytes[at..].iter().take(256).position(|b| matches!(b, b'\'' | b'"' | b'\t' | b'\n')).unwrap_or(0);
        let Ok(value) = std::str::from_utf8(&bytes[at..at + end]) else { continue };
        let Some(kind) = hash_kind(value).filter(|_| value.len() >= 28 && !value.contains(' ')) else {
            continue;
        };
        line = line.saturating_add(content::line_at(&bytes[counted_to..], at - counted_to) - 1);
        counted_to = at;
        count += 1;
        if count <= TOLD_MAX {
            sink.secret(&SQL_DUMP_HASH, line, format!("{kind} password hash in a dump of a database"), value);
        }
    }
    if count > TOLD_MAX {
        let mut hit = Hit::of(
            &SQL_DUMP_HASH,
            format!("{} further password hashes in a dump of a database", count - TOLD_MAX),
        );
        hit.line = Some(line);
        hit.identity = sink::identity(b"further password hashes");
        sink.push(hit);
    }
}
