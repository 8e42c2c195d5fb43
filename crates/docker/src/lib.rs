//! Docker Engine client and in-place layer access.
