//! Java: archives, exploded archives and build files.

mod archive_name;
pub(crate) mod gradle_lockfile;
pub(crate) mod jar;
mod known_groups;
mod manifest_mf;
mod pom_properties;
pub(crate) mod pom_properties_file;
pub(crate) mod pom_xml;
