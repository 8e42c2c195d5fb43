//! Limits on what is read.

/// Bytes of a review. The API server keeps objects of 3 MiB at most (`--max-request-body-bytes` of etcd's gRPC gateway is
/// 1.5 MiB, that of the API server 3 MiB), and a review holds an old and a new one.
pub const BODY_BYTES_MAX: usize = 8 << 20;
/// Containers of one object that are judged; the API server itself has no limit.
pub(crate) const CONTAINERS_MAX: usize = 1_000;
/// Warnings of one answer: the API server cuts each at 256 bytes and all of them at 4,096 (`k8s.io/apiserver`,
/// `pkg/warning`).
pub(crate) const WARNING_BYTES_MAX: usize = 250;
pub(crate) const WARNINGS_MAX: usize = 15;
/// Bytes of a refusal: people read it in a terminal.
pub(crate) const MESSAGE_BYTES_MAX: usize = 2_000;
