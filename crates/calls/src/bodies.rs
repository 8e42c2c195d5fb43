//! What the bodies of the API look like, by the types of moby; fields that only old or only new engines know are all here.

pub(crate) mod container;
pub(crate) mod other;
pub(crate) mod swarm;

use crate::shape::Shape;

/// A list of texts.
pub(crate) const TEXTS: Shape = Shape::List(&Shape::Text);
/// A map of texts.
pub(crate) const TEXT_MAP: Shape = Shape::Map(&Shape::Text);
