//! One budget for the bytes of files that are in memory, over all layers and threads.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of a buffer for small files.
pub(crate) const BUFFER_BYTES: usize = 2 << 20;
/// Bytes of files that are in memory at a time, at least; a larger file is there alone.
const HELD_BYTES_MIN: u64 = 16 << 20;
/// Buffers of each thread, where there are many: one that is filled, one that is judged.
const BUFFERS_EACH: u64 = 2;
/// How long a thread that has nothing else to do waits before it looks for work again.
const WAIT: Duration = Duration::from_millis(5);

/// The budget.
#[derive(Debug, Default)]
pub(crate) struct HeldBytes {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: u64,
    /// Buffers of [`BUFFER_BYTES`] that nobody uses: their pages are there, and reading into new ones would cost more than
    /// reading.
    idle: Vec<Vec<u8>>,
}

/// A share of the budget, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    budget: &'a HeldBytes,
    share: u64,
    buffer: Vec<u8>,
}

impl HeldBytes {
    /// Takes a share. While there is none, this thread judges files that wait; their shares are then given back. Whoever
    /// calls it must hold no share that nobody else gives back.
    pub(crate) fn take(&self, bytes: u64) -> Held<'_> {
        self.wait(bytes, 0)
    }

    /// A buffer of at least [`BUFFER_BYTES`], with its share; as [`Self::take`].
    pub(crate) fn buffer(&self, bytes: usize) -> Held<'_> {
        let bytes = bytes.max(BUFFER_BYTES);
        self.wait(bytes as u64, bytes)
    }

    fn wait(&self, share: u64, buffer_bytes: usize) -> Held<'_> {
        loop {
            if let Some(held) = self.try_take(share, buffer_bytes) {
                return held;
            }
            if rayon::yield_now() != Some(rayon::Yield::Executed) {
                let state = self.lock();
                drop(self.released.wait_timeout(state, WAIT));
            }
        }
    }

    fn try_take(&self, share: u64, buffer_bytes: usize) -> Option<Held<'_>> {
        let for_threads = BUFFERS_EACH * BUFFER_BYTES as u64 * rayon::current_num_threads() as u64;
        let bytes_max = HELD_BYTES_MIN.max(for_threads);
        let mut state = self.lock();
        if state.held > 0 && state.held + share > bytes_max {
            return None;
        }
        state.held += share;
        let kept = (buffer_bytes == BUFFER_BYTES).then(|| state.idle.pop()).flatten();
        let idle_max = usize::try_from(bytes_max.saturating_sub(state.held)).unwrap_or(0) / BUFFER_BYTES;
        state.idle.truncate(idle_max);
        drop(state);
        let buffer = kept.unwrap_or_else(|| vec![0; buffer_bytes]);
        Some(Held { budget: self, share, buffer })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held<'_> {
    /// The buffer; what it holds at first is of no meaning.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The same, to be filled.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        let mut state = self.budget.lock();
        state.held -= self.share;
        if buffer.len() == BUFFER_BYTES {
            state.idle.push(buffer);
        }
        drop(state);
        self.budget.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn many_threads_never_hold_more_than_the_budget_and_a_large_file_is_alone() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let (budget, held, most) = (HeldBytes::default(), AtomicU64::new(0), AtomicU64::new(0));
        let sizes = [1 << 20, 12 << 20, 3, HELD_BYTES_MIN * 3, 15 << 20, 0];
        let (budget, held, most) = (&budget, &held, &most);
        pool.scope(|scope| {
            for round in 0..200 {
                scope.spawn(move |inner| {
                    let size = sizes[round % sizes.len()];
                    let share = budget.take(size);
                    let now = held.fetch_add(size, Ordering::SeqCst) + size;
                    assert!(now <= HELD_BYTES_MIN || now == size, "{now}");
                    most.fetch_max(now, Ordering::SeqCst);
                    inner.spawn(move |_| {
                        held.fetch_sub(size, Ordering::SeqCst);
                        drop(share);
                    });
                });
            }
        });
        assert_eq!((held.load(Ordering::SeqCst), budget.lock().held), (0, 0));
        assert_eq!(most.load(Ordering::SeqCst), HELD_BYTES_MIN * 3);
    }

    #[test]
    fn buffers_are_used_again_and_go_when_others_need_the_memory() {
        let budget = HeldBytes::default();
        let mut first = budget.buffer(10);
        first.bytes_mut()[0] = 7;
        assert_eq!(
            (first.bytes().len(), budget.buffer(BUFFER_BYTES + 1).bytes().len()),
            (BUFFER_BYTES, BUFFER_BYTES + 1)
        );
        drop(first);
        assert_eq!(budget.lock().idle.len(), 1);
        let again = budget.buffer(0);
        assert_eq!(again.bytes()[0], 7);
        drop(again);
        let large = budget.take(1 << 40);
        assert!(budget.lock().idle.is_empty());
        drop(large);
    }
}
