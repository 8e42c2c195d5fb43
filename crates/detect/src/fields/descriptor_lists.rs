//! What `fdlist.*` says: the descriptors that `poll` waits for.

use super::descriptor::DescriptorField;
use crate::{Value, View};
use state::Descriptor;
use std::io::Write as _;

pub(crate) fn value<'v>(field: DescriptorField, view: &'v View<'_>, room: &'v mut Vec<u8>) -> Value<'v> {
    use DescriptorField as F;
    let (Some(events::Value::Fds(list)), Some(thread)) = (view.event.parameter("fds"), view.thread()) else {
        return Value::Missing;
    };
    for (fd, _) in list.iter() {
        let start = room.len();
        if start > 0 {
            room.push(b',');
        }
        let descriptor = view.state.descriptor(thread, fd);
        let ends = descriptor.and_then(Descriptor::ends);
        let before = room.len();
        let _ = match (field, ends) {
            (F::ListNumbers, _) => write!(room, "{fd}"),
            (F::ListNames, _) => {
                room.extend_from_slice(descriptor.map_or(b"<NA>", |descriptor| descriptor.name()));
                Ok(())
            }
            (F::ListClientIps, Some((client, _))) => write!(room, "{}", client.ip),
            (F::ListServerIps, Some((_, server))) => write!(room, "{}", server.ip),
            (F::ListClientPorts, Some((client, _))) => write!(room, "{}", client.port),
            (F::ListServerPorts, Some((_, server))) => write!(room, "{}", server.port),
            _ => Ok(()),
        };
        if room.len() == before {
            room.truncate(start);
        }
    }
    if room.is_empty() { Value::Missing } else { Value::Text(room) }
}
