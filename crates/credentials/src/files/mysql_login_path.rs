//! The login path file of MySQL (mysql_config_editor; mysys/my_default.cc): four unused bytes, twenty bytes that the
//! AES key is folded from, then lines, each a length and whole cipher blocks.

use super::{Family, Place, Source};
use crate::rules::DATABASE_PASSWORD;
use crate::sink::{self, Sink};
use content::Hit;

pub(super) const FAMILY: Family = Family { places: &[Place::Name(".mylogin.cnf")], read };

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let Some(lines) = lines(source.bytes).filter(|lines| *lines > 1) else { return };
    let mut hit = Hit::of(&DATABASE_PASSWORD, "logins of MySQL in a login path file");
    hit.evidence =
        vec![format!("{lines} lines, encrypted with a key that stands at the beginning of the file")];
    hit.identity = sink::identity(source.bytes);
    sink.push(hit);
}

/// How many encrypted lines there are; nothing when it is no such file.
fn lines(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.get(24..)?;
    let mut count = 0;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if length == 0 || length % 16 != 0 {
            return None;
        }
        rest = after.get(length..)?;
        count += 1;
    }
    Some(count)
}
