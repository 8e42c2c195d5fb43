//! Requests that are being answered: a guard that ends lets them end first.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Requests that are being answered.
#[derive(Default)]
pub(crate) struct Running {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    count: usize,
    ends: bool,
}

/// One of them, until it is dropped.
pub(crate) struct Request<'a>(&'a Running);

impl Running {
    /// Counts a request; none when no more are taken.
    pub(crate) fn begin(&self) -> Option<Request<'_>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.ends {
            return None;
        }
        state.count += 1;
        Some(Request(self))
    }

    /// Takes no more, and waits for those that run. How many still run when the time is over.
    pub(crate) fn end(&self, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ends = true;
        while state.count > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.count
    }
}

impl Drop for Request<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).count -= 1;
        self.0.changed.notify_all();
    }
}
