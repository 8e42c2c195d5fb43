//! How much is kept.

/// Bounds of memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads; further ones are not followed.
    pub threads_max: usize,
    /// Descriptors of one process.
    pub process_descriptors_max: usize,
    /// Descriptors of all processes.
    pub descriptors_max: usize,
    /// Bytes of arguments, and of the environment, of one process.
    pub list_bytes_max: usize,
    /// Bytes of any other text.
    pub text_bytes_max: usize,
    /// Bytes of all texts of threads; beyond, texts are cut to [`Limits::SHORT_BYTES`].
    pub texts_bytes_max: usize,
    /// Containers.
    pub containers_max: usize,
    /// Users, and groups.
    pub users_max: usize,
    /// Users, and groups, of one container.
    pub container_users_max: usize,
}

impl Limits {
    /// What is left of a text when there is too much of them.
    pub const SHORT_BYTES: usize = 64;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            threads_max: 131_072,
            process_descriptors_max: 4096,
            descriptors_max: 1 << 20,
            list_bytes_max: 32 << 10,
            text_bytes_max: 4096,
            texts_bytes_max: 512 << 20,
            containers_max: 10_000,
            users_max: 65_536,
            container_users_max: 1024,
        }
    }
}

/// What limits refused, and what could not be followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Threads that were not taken.
    pub threads: u64,
    /// Descriptors that were not taken.
    pub descriptors: u64,
    /// Texts that were cut.
    pub texts: u64,
    /// Containers that were not taken.
    pub containers: u64,
    /// Users and groups that were not taken.
    pub users: u64,
    /// Events of threads that nobody had seen before.
    pub unknown_threads: u64,
    /// Threads that began under a number that was still in use.
    pub reused_threads: u64,
}
