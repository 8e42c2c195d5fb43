//! The scan engine: one pass over an image, packages matched to advisories.
