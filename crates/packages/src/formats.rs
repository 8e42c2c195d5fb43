//! The list of formats.

use crate::Format;

/// Every format, by ecosystem: operating systems first, then languages.
pub static FORMATS: &[&Format] = &[
    // Operating systems: deb, apk, rpm.
    &crate::deb::status::FORMAT,
    &crate::deb::status_d::FORMAT,
    &crate::deb::opkg_status::FORMAT,
    &crate::deb::list::FORMAT,
    &crate::deb::md5sums::FORMAT,
    &crate::deb::diversions::FORMAT,
    &crate::apk::installed::FORMAT,
    &crate::rpm::sqlite::FORMAT,
    &crate::rpm::write_ahead_log::FORMAT,
    &crate::rpm::ndb::FORMAT,
    &crate::rpm::berkeley::FORMAT,
    &crate::rpm::manifest::FORMAT,
    // Languages: python, node, java, go, rust, ruby, php, dotnet.
    &crate::python::metadata::FORMAT,
    &crate::python::record::FORMAT,
    &crate::python::egg::FORMAT,
    &crate::python::requirements::FORMAT,
    &crate::python::pipfile_lock::FORMAT,
    &crate::python::poetry_lock::FORMAT,
    &crate::python::uv_lock::FORMAT,
    &crate::python::pdm_lock::FORMAT,
    &crate::python::pylock_toml::FORMAT,
    &crate::node::package_json::FORMAT,
    &crate::node::package_lock::FORMAT,
    &crate::node::yarn_lock::FORMAT,
    &crate::node::pnpm_lock::FORMAT,
    &crate::node::bun_lock::FORMAT,
    &crate::java::jar::FORMAT,
    &crate::java::pom_properties_file::FORMAT,
    &crate::java::gradle_lockfile::FORMAT,
    &crate::java::pom_xml::FORMAT,
    &crate::go::go_mod::FORMAT,
    &crate::go::go_sum::FORMAT,
    &crate::rust::cargo_lock::FORMAT,
    &crate::ruby::gemspec::FORMAT,
    &crate::ruby::gemfile_lock::FORMAT,
    &crate::php::installed_json::FORMAT,
    &crate::php::composer_lock::FORMAT,
    &crate::dotnet::deps_json::FORMAT,
    &crate::dotnet::packages_lock::FORMAT,
    &crate::dotnet::packages_config::FORMAT,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_own_id() {
        let mut ids: Vec<_> = FORMATS.iter().map(|format| format.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(ids.iter().all(|id| id.contains('/')));
    }
}
