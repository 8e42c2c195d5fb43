//! What ran of images, and which packages that means.
//!
//! ```
//! use usage::{Book, How, ImageNames, Limits};
//! let mut book = Book::new("host-a", true, Limits::default());
//! let image = ImageNames { id: format!("sha256:{}", "ab".repeat(32)), ..ImageNames::default() };
//! book.seen(&image, "/usr/bin/openssl", How::Executed, 1, 1_700_000_000);
//! let text = book.take_changed()[0].to_json();
//! assert_eq!(usage::ImageUse::parse(text.as_bytes()).unwrap().files["/usr/bin/openssl"].executed, 1);
//! ```
//!
//! A [`Book`] is kept by a watch; it consists of an [`ImageUse`] an image, which is also the document on the disk, merged over restarts and
//! hosts. [`mark`] joins it with a report: what was seen to be executed, mapped or loaded is in use. A [`PackageFiles`] tells for a path of
//! an image which package it belongs to, and what is wrong with that.
//!
//! Invariants: nothing here opens a file or asks the time. **What was not seen is never called unused**: without a record, with lost
//! events or with files that nobody recorded, the answer is that it is not known.

mod book;
mod claims;
mod image_use;
mod mark;
mod package_files;

pub use book::{Book, ImageNames, Limits};
pub use claims::is_code;
pub use image_use::{FORMAT_VERSION, How, ImageUse, UseError, UsedFile};
pub use mark::{mark, mark_unknown};
pub use package_files::{FilesError, PackageFact, PackageFiles};
