/// What a sensor is to tell.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names of system calls to tell of, as [`crate::calls`] names them. Attached for these alone: a call that no rule asks
    /// for costs nothing.
    pub calls: Vec<&'static str>,
    /// Whether to tell of files mapped for execution that did not come with the image.
    pub maps: bool,
    /// Whether to tell of files of the image that containers map for execution ([`crate::Kind::Used`]), and of the loaders of programs.
    pub uses: bool,
    /// Whether to keep which system calls and capabilities each container used ([`crate::Learned`]).
    pub learns: bool,
    /// Whether to tell when TCP sockets begin to connect or to listen, and what becomes of it ([`crate::Kind::Socket`]).
    pub sockets: bool,
    /// Whether to tell of every opening for writing of the files of [`crate::Sensor::set_inode`], whatever [`filters`](Self::filters)
    /// say of the call.
    pub inodes: bool,
    /// Size of the ring in bytes; a power of two and a multiple of the page size.
    pub ring_bytes: u32,
    /// How many bytes of buffers (of `write`, `sendto` …) are kept; at most 255.
    pub bytes_max: u32,
    /// Records of system calls that one cgroup may cause in a second; 0 for any number. What is above is counted as lost.
    pub rate_max: u32,
    /// Mount namespace of the host (the inode of `/proc/1/ns/mnt`), in which no policy kills: run times start containers from
    /// there. 0 for none.
    pub host_mount_namespace: u32,
    /// The policy of every container that has none of its own, from its first program on.
    pub container_policy: crate::Policy,
    /// Whether this process is told of too.
    pub with_self: bool,
    /// Which of the calls are told.
    pub filters: crate::Filters,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            calls: Vec::new(),
            maps: false,
            uses: false,
            learns: false,
            sockets: false,
            inodes: false,
            ring_bytes: 8 << 20,
            bytes_max: 80,
            rate_max: 0,
            host_mount_namespace: 0,
            container_policy: crate::Policy::default(),
            with_self: false,
            filters: crate::Filters::default(),
        }
    }
}
