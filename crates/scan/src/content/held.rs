//! One budget for the bytes of files that are in memory, over all layers and threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of files that are in memory at a time; a larger file is there alone.
const HELD_BYTES_MAX: u64 = 24 << 20;
/// How long a thread that has nothing else to do waits before it looks for work again.
const WAIT: Duration = Duration::from_millis(5);

/// The budget.
#[derive(Debug, Default)]
pub(crate) struct HeldBytes {
    bytes: Mutex<u64>,
    released: Condvar,
}

/// A share of the budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    budget: &'a HeldBytes,
    bytes: u64,
}

impl HeldBytes {
    /// Takes a share if there is one.
    pub(crate) fn try_take(&self, bytes: u64) -> Option<Held<'_>> {
        let mut held = self.lock();
        if *held > 0 && *held + bytes > HELD_BYTES_MAX {
            return None;
        }
        *held += bytes;
        Some(Held { budget: self, bytes })
    }

    /// Takes a share. While there is none, this thread judges files that wait; their shares are then given back. Whoever
    /// calls it must hold no share that nobody else gives back.
    pub(crate) fn take(&self, bytes: u64) -> Held<'_> {
        loop {
            if let Some(held) = self.try_take(bytes) {
                return held;
            }
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                let held = self.lock();
                drop(self.released.wait_timeout(held, WAIT));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.budget.lock() -= self.bytes;
        self.budget.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn many_threads_never_hold_more_than_the_budget_and_a_large_file_is_alone() {
        let (budget, held, most) = (HeldBytes::default(), AtomicU64::new(0), AtomicU64::new(0));
        let sizes = [1 << 20, 20 << 20, 3, HELD_BYTES_MAX * 3, 23 << 20, 0];
        let (budget, held, most) = (&budget, &held, &most);
        rayon::scope(|scope| {
            for round in 0..200 {
                scope.spawn(move |inner| {
                    let size = sizes[round % sizes.len()];
                    let share = budget.take(size);
                    let now = held.fetch_add(size, Ordering::SeqCst) + size;
                    assert!(now <= HELD_BYTES_MAX || now == size, "{now}");
                    most.fetch_max(now, Ordering::SeqCst);
                    inner.spawn(move |_| {
                        held.fetch_sub(size, Ordering::SeqCst);
                        drop(share);
                    });
                });
            }
        });
        assert_eq!((held.load(Ordering::SeqCst), *budget.lock()), (0, 0));
        assert_eq!(most.load(Ordering::SeqCst), HELD_BYTES_MAX * 3);
    }
}
