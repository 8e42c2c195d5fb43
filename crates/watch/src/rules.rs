//! Seawall's own rules, built in.

/// Files of rules by name, in the order in which they are loaded.
#[must_use]
pub fn own_rules() -> &'static [(&'static str, &'static str)] {
    macro_rules! files {
        ($($name:literal)*) => {
            &[$(($name, include_str!(concat!("../../../rules/watch/", $name)))),*]
        };
    }
    files!["00_words.yaml" "credentials.yaml" "escapes.yaml" "execution.yaml" "processes.yaml" "resources.yaml" "shells.yaml"]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn own_rules_load_without_a_warning_and_are_all_built_in() {
        let mut loader = falco::Loader::new(&detect::Words, falco::Limits::default());
        for (name, text) in super::own_rules() {
            let result = loader.load(name, text);
            assert!(result.successful, "{}", result.text());
            // What a file of words defines is used by those after it.
            let is_odd = result.warnings.iter().any(|warning| !warning.code.starts_with("LOAD_UNUSED"));
            assert!(!is_odd, "{}", result.text());
        }
        let rules = loader.finish().rules;
        assert!(rules.len() >= 50, "{}", rules.len());
        for rule in &rules {
            assert!(rule.tags.contains("seawall"), "{} has no tag seawall", rule.name);
            let is_known = rule.tags.iter().any(|tag| {
                tag.starts_with("TA00") || (tag.starts_with('T') && tag[1..2].parse::<u8>().is_ok())
            });
            assert!(is_known, "{} names no technique", rule.name);
        }
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/watch");
        let files: BTreeSet<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(files, super::own_rules().iter().map(|(name, _)| (*name).to_owned()).collect());
    }
}
