//! Version order of every packaging ecosystem.
