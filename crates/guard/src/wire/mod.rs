//! HTTP/1, read strictly and written anew: nothing of a client's bytes but what was understood goes further.
//!
//! Whatever two readers could understand differently is refused (RFC 9112, sections 2.2, 3, 5 and 6): a length and a transfer
//! coding together, repeated lengths, hosts or content types, lines that end without a carriage return, folded lines, spaces
//! before colons, control bytes, absolute targets, other versions.

mod body;
mod fields;
mod head;
mod refusal;
mod response;
mod target;

pub use body::{BodyDecoder, Decoded, Framing};
pub use fields::Fields;
pub use head::{RequestHead, head_length};
pub use refusal::WireRefusal;
pub use response::{ResponseFraming, ResponseHead};

/// A head is at most so long.
pub const HEAD_BYTES_MAX: usize = 64 << 10;
/// A head has at most so many fields.
pub const FIELDS_MAX: usize = 100;
/// A target is at most so long.
pub const TARGET_BYTES_MAX: usize = 16 << 10;
