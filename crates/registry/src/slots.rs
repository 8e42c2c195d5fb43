//! A bound on things done at the same time.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Condvar, Mutex},
};

/// A number of places; who finds none waits.
pub(crate) struct Slots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place that was taken; dropping it frees it.
pub(crate) struct Slot(Arc<Slots>);

impl Slots {
    pub(crate) fn new(count: NonZeroUsize) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(count.get()), freed: Condvar::new() })
    }

    pub(crate) fn take(self: &Arc<Self>) -> Slot {
        let mut free = self.free.lock().expect("no thread panics while it holds this lock");
        while *free == 0 {
            free = self.freed.wait(free).expect("no thread panics while it holds this lock");
        }
        *free -= 1;
        Slot(Arc::clone(self))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *self.0.free.lock().expect("no thread panics while it holds this lock") += 1;
        self.0.freed.notify_one();
    }
}
