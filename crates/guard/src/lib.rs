//! x
mod buffer;
mod channel;
mod direction;
mod exchange;
pub mod wire;
pub use channel::Channel;
