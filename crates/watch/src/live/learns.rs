//! What containers do, learned or compared beside the rules.

use profiles::Profile;
use sensor::{Record, Sensor, SensorError};

use super::{Live, Notice, Watcher};
use crate::Profiles;

impl Live {
    /// Learns profiles, or compares with them. [`super::LiveOptions::learns`] has to be set.
    ///
    /// # Errors
    /// When what runs cannot be read.
    pub fn keep_profiles(&mut self, profiles: Profiles) -> Result<(), SensorError> {
        self.watcher.profiles = Some(profiles);
        let tasks = self.sensor.tasks()?;
        Record::all(&tasks).for_each(|record| self.watcher.learn_group(&record));
        Ok(())
    }

    /// Gives the profiles back, for another watch to go on with.
    pub fn take_profiles(&mut self) -> Option<Profiles> {
        self.watcher.profiles.take()
    }

    /// The profiles, with what the kernel kept until now.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn finish_profiles(&mut self) -> Result<Vec<Profile>, SensorError> {
        ask(&mut self.sensor, &mut self.watcher, &mut |_| {})?;
        Ok(self.watcher.profiles.take().map(Profiles::finish).unwrap_or_default())
    }
}

impl Watcher {
    pub(super) fn note_doing(&mut self, record: &Record<'_>, notice: &mut dyn FnMut(&Notice)) {
        if let (Some(profiles), Some(container)) = (&mut self.profiles, self.groups.get(&record.cgroup())) {
            profiles.record(record, container, &self.state, notice);
        }
    }
}

/// Asks the kernel for system calls and capabilities of containers.
pub(super) fn ask(
    sensor: &mut Sensor,
    watcher: &mut Watcher,
    notice: &mut dyn FnMut(&Notice),
) -> Result<(), SensorError> {
    let Some(profiles) = &mut watcher.profiles else { return Ok(()) };
    for group in profiles.learned(&sensor.learned()?, &watcher.state, notice) {
        sensor.forget_learned(group);
    }
    Ok(())
}
