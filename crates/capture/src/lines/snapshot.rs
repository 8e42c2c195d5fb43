//! What was there, as events.

use std::io;

use events::snapshot::{Snapshot, Target};
use events::{Event, EventBuilder, Kind};

pub(super) fn events(
    snapshot: &Snapshot,
    write: &mut dyn FnMut(&Event<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let machine = &snapshot.machine;
    let event = EventBuilder::new(Kind::MACHINE)
        .number("cpus", machine.cpus.into())
        .number("memory", machine.memory_bytes.cast_signed())
        .number("process_max", machine.process_max.cast_signed())
        .text("hostname", &machine.hostname)
        .number("boot_time", machine.boot_time_ns.cast_signed());
    write(&event.build().event())?;
    let interfaces = snapshot.interfaces.iter().map(events::snapshot::Interface::event);
    let users = snapshot.users.iter().map(events::snapshot::User::event);
    let groups = snapshot.groups.iter().map(events::snapshot::Group::event);
    for event in interfaces.chain(users).chain(groups) {
        write(&event.build().event())?;
    }
    for leads in [true, false] {
        for told in snapshot.threads.iter().filter(|told| (told.thread == told.process) == leads) {
            write(&told.event().build().event())?;
        }
    }
    // What listens first: it says on which side of a connection a process is.
    for listens in [true, false] {
        for told in
            snapshot.descriptors.iter().filter(|told| matches!(told.target, Target::Server { .. }) == listens)
        {
            if let Some(event) = told.event() {
                write(&event.build().event())?;
            }
        }
    }
    Ok(())
}
