//! Reasons for refusals that no policy can take away: ids for messages and the log.

/// The request is not HTTP as it is read here.
pub(super) const MALFORMED_HTTP: &str = "guard/malformed-http";
/// The request is no call of the API, or one that can be understood in two ways.
pub(super) const MALFORMED_CALL: &str = "guard/malformed-call";
/// HTTP/2: BuildKit's sessions and gRPC.
pub(super) const BUILDKIT: &str = "guard/buildkit";
/// There is no policy that can be read.
pub(super) const NO_POLICY: &str = "guard/no-policy";
/// The audit log takes nothing.
pub(super) const NO_LOG: &str = "guard/audit-log-unwritable";
/// The guard itself went wrong.
pub(super) const INTERNAL: &str = "guard/internal-error";
/// The client asks too often.
pub(super) const RATE: &str = "guard/rate-limit";
/// The engine does not answer.
pub(super) const UPSTREAM: &str = "guard/engine-unreachable";

/// What to do about BuildKit.
pub(super) const BUILDKIT_HINT: &str = "BuildKit's sessions are not passed on, since what runs inside them cannot be judged; \
     hint: set DOCKER_BUILDKIT=0, which docker build and docker compose build obey, for the classic builder (docker buildx cannot be used)";
