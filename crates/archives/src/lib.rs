//! Archives inside images, opened within limits.
