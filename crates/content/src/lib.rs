//! What content detectors are given and what they answer.
//!
//! The scan engine opens a file once and shows it, as a [`FileView`] and its bytes, to every [`Detector`] that
//! wants it. A detector answers with [`Hit`]s; the engine adds path, layer and visibility and makes findings of
//! them. A detector that panics or exceeds its [`Budget`] costs one gap, never the scan.
//!
//! ```
//! use content::{FileClass, classify};
//! use model::LayerPath;
//! assert_eq!(classify(&LayerPath::new("usr/bin/x"), b"\x7fELF\x02\x01"), FileClass::Elf);
//! assert_eq!(classify(&LayerPath::new("srv/a.png"), b"GIF89a<?php system(1);"), FileClass::Image);
//! assert_eq!(classify(&LayerPath::new("opt/run"), b"#!/usr/bin/env python3\n"), FileClass::Script);
//! ```
//!
//! Invariants: no I/O; classification looks at no more than the first 4 KiB ([`HEAD_BYTES`]); what a detector
//! answers depends on the bytes and on what it says in [`Detector::context`] alone.

mod class;
mod detector;
mod hit;
mod library;
mod pieces;
mod text;
mod view;

pub use class::{FileClass, HEAD_BYTES, classify};
pub use detector::{Budget, Detector, Halt, TextDetector};
pub use hit::Hit;
pub use library::{LibraryPlace, library_place};
pub use pieces::{Pieces, Sifted};
pub use text::{as_text, is_text, line_at, redact};
pub use view::FileView;
