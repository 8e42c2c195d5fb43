//! Which control groups are those of containers, for the kernel's filters.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sensor::{Kind, Record, Sensor};

/// How long a group is remembered after its end: its last events may still come.
const GONE_FOR: Duration = Duration::from_secs(60);
const GROUPS_MAX: usize = 65_536;

/// What is known of groups, and what of it the kernel has not been told.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// Whether they are of containers; `None` for one that has processes of both.
    known: HashMap<u64, Option<bool>>,
    new: Vec<(u64, Option<bool>)>,
    gone: Vec<(Instant, u64)>,
}

impl Places {
    /// Learns from a process that starts in a group, and from the end of a group.
    pub(crate) fn learn(&mut self, record: &Record<'_>, is_container: Option<bool>) {
        let group = record.cgroup();
        match record.kind() {
            Kind::CgroupRemove => return self.gone.push((Instant::now(), group)),
            Kind::Exec | Kind::Fork | Kind::Task => {}
            _ => return,
        }
        let Some(is_container) = is_container else { return };
        let place = match self.known.get(&group) {
            None if self.known.len() >= GROUPS_MAX => return,
            None => Some(is_container),
            Some(Some(known)) if *known != is_container => None,
            Some(_) => return,
        };
        self.known.insert(group, place);
        self.new.push((group, place));
    }

    /// Tells the kernel what is new; `forget` is shown the groups that are no more.
    pub(crate) fn tell(&mut self, sensor: &mut Sensor, forget: &mut dyn FnMut(u64)) {
        for (group, place) in self.new.drain(..) {
            // Without a place the kernel tells what either may want: more than is needed, never less.
            let _ = sensor.set_place(group, place);
        }
        let old = self.gone.iter().take_while(|(since, _)| since.elapsed() > GONE_FOR).count();
        for (_, group) in self.gone.drain(..old) {
            self.known.remove(&group);
            sensor.clear_place(group);
            forget(group);
        }
    }
}
