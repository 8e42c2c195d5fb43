//! What containers use, noted beside the rules.

use sensor::{Kind, Loss, Record, SensorError};

use super::{Live, Watcher};
use crate::Used;

impl Live {
    /// Keeps a record of what containers use of their images, beginning with what runs. [`LiveOptions::uses`] has to be set.
    ///
    /// # Errors
    /// When what runs cannot be read.
    pub fn keep_use(&mut self, used: Used) -> Result<(), SensorError> {
        let tasks = self.sensor.tasks()?;
        self.watcher.used = Some(used);
        for record in Record::all(&tasks) {
            self.watcher.learn_group(&record);
            self.watcher.note_use(&record);
        }
        Ok(())
    }

    /// Gives the record of use back, for another watch to go on with.
    pub fn take_use(&mut self) -> Option<Used> {
        self.watcher.used.take()
    }

    /// Writes the record of use, and waits until it is on the disk.
    pub fn finish_use(&mut self) {
        if let Some(used) = &mut self.watcher.used {
            used.finish(&self.watcher.state);
        }
    }
}

impl Watcher {
    pub(super) fn note_use(&mut self, record: &Record<'_>) {
        if let (Some(used), Some(container)) = (&mut self.used, self.groups.get(&record.cgroup())) {
            used.record(record, container, &self.state);
        }
    }

    pub(super) fn note_losses(&mut self, losses: &[(Option<String>, Loss)]) {
        for (container, loss) in losses {
            let (Some(id), true) = (container, is_of_use(loss.kind)) else { continue };
            if let Some(used) = &mut self.used {
                used.lost(id, loss.records);
            }
            if let Some(profiles) = &mut self.profiles {
                profiles.lost(id, loss.records);
            }
        }
    }
}

/// Whether lost records of a kind may have told of use.
fn is_of_use(kind: Option<Kind>) -> bool {
    matches!(kind, None | Some(Kind::Exec | Kind::Call | Kind::Used | Kind::Mapped))
}
