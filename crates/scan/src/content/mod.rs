//! What detectors see in the bytes of files, and whether packaged files are what their package installed.
//!
//! Runs after the packages of all layers are known: a file whose digest equals its package's record, and whose record
//! nobody edited, is known and not shown to any detector. A layer's answer depends on that layer and on those below,
//! so images share it by chain (OCI image-spec, config.md, "Layer ChainID").

mod batch;
mod compare;
mod edited;
mod engine;
mod examine;
mod findings;
mod hard_links;
mod held;
mod image_checks;
mod image_texts;
mod inert;
mod integrity;
mod known;
mod large;
mod layer_content;
mod named_credentials;
mod replaced_modules;
mod verdicts;
mod visitor;

pub use engine::ContentOptions;
pub(crate) use engine::Engine;
pub(crate) use findings::ContentReport;
pub(crate) use known::Known;
