//! Checks of an image's configuration, history and tree; licences.
