//! The asynchronous client behind ordinary calls.

use std::future::Future;
use std::io;
use std::sync::mpsc::sync_channel;
use std::thread::{self, JoinHandle};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// One thread that drives the client: it answers the server's pings also while the worker scans for minutes.
pub(crate) struct NatsRuntime {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl NatsRuntime {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            // Dropping the sender stops, too.
            let _ = runtime.block_on(stopped);
        };
        let thread = thread::Builder::new().name("nats".to_owned()).spawn(run)?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Waits for something; None when the thread is gone.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = sync_channel(1);
        self.handle.spawn(async move {
            let answer = work.await;
            // Nobody waits any more when the caller's thread ended.
            let _ = sender.send(answer);
        });
        receiver.recv().ok()
    }
}

impl Drop for NatsRuntime {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic in it was reported by the call that met it.
            let _ = thread.join();
        }
    }
}
