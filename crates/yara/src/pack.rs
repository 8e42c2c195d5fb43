//! A set of rules, compiled once, loaded class by class.

use crate::cache::PackCache;
use crate::compile::{VARIABLES, compile};
use crate::head_class::HeadClass;
use crate::header::{PackHeader, PartHeader};
use crate::part::{NEEDS, Part, RULES, Sources};
use crate::plan::{Plan, Share};
use crate::source::{PackOptions, RuleFile, RuleProblem};
use prefilter::{Gate, Need};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use yara_x::Rules;

/// Changes whenever the same sources would be split or compiled in another way.
const ENGINE: &str = concat!("yara-x 1.22.1, split 3, seawall ", env!("CARGO_PKG_VERSION"));

/// A set of rules, compiled once, loaded class by class when the first file of that class is met.
#[derive(Debug)]
pub struct Pack {
    header: PackHeader,
    parts: Vec<Part>,
}

/// Why rules cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// No rule is left.
    #[error(
        "pack '{name}' has no rule that can be used ({problems} problems) (hint: `seawall rules verify` lists them)"
    )]
    Empty {
        /// Name of the pack.
        name: String,
        /// Problems seen.
        problems: usize,
    },
    /// A part cannot be serialised or read back.
    #[error("cannot load the {class} rules of pack '{name}': {detail}")]
    Load {
        /// Name of the pack.
        name: String,
        /// The class.
        class: &'static str,
        /// What yara-x says.
        detail: String,
    },
}

impl Pack {
    /// Compiles rule files, or takes what the cache kept of the very same files and options. Rules that do not compile
    /// are left out and told in [`Self::problems`]. A cache that cannot be written is no error: the next run compiles
    /// again.
    ///
    /// # Errors
    /// When no rule is left.
    pub fn new(
        files: Vec<RuleFile>,
        options: &PackOptions,
        cache: Option<&PackCache>,
    ) -> Result<Self, PackError> {
        let digest = digest(&files, options);
        if let Some(cache) = cache
            && let Some(header) = cache.header(&digest).filter(|header| header.engine == ENGINE)
        {
            let sources = Sources::new(files, options.clone());
            let kept = |part: &PartHeader| Part::kept(part, cache, &sources);
            let parts = header.parts.iter().map(kept).collect();
            return Ok(Self { header, parts });
        }
        Self::compile(&files, options, digest, cache)
    }

    /// The rules that ship with Seawall, each part compiled when the first file is met that it can match: nearly no image
    /// needs more than one of them.
    ///
    /// # Errors
    /// Never for the rules of this version, which its tests compile.
    pub fn built_in() -> Result<Self, PackError> {
        let (files, options) = crate::seawall_rules();
        let digest = digest(&files, &options);
        let name = options.name.clone();
        let sources = Sources::new(files, options.clone());
        let plan = sources.plan_once();
        let (mut parts, mut part_headers) = (Vec::new(), Vec::new());
        let groups = plan.groups();
        for (classes, share) in groups.iter().flat_map(|classes| Share::ALL.map(|share| (classes, share))) {
            let rules = plan.rules_of_share(classes, share);
            if rules > 0 {
                parts.push(Part::deferred(classes, &sources, share));
                let (sha256, needs_sha256) = (String::new(), None);
                part_headers.push(PartHeader { rules, classes: classes.clone(), sha256, needs_sha256 });
            }
        }
        if parts.is_empty() {
            return Err(PackError::Empty { name, problems: 0 });
        }
        let rules = plan.rules_of(&HeadClass::ALL);
        let header = header(digest, plan, &options, rules, part_headers);
        Ok(Self { header, parts })
    }

    fn compile(
        files: &[RuleFile],
        options: &PackOptions,
        digest: String,
        cache: Option<&PackCache>,
    ) -> Result<Self, PackError> {
        let plan = Plan::new(files, options);
        let mut problems: BTreeSet<RuleProblem> = plan.problems.iter().cloned().collect();
        let mut parts = Vec::new();
        let mut part_headers = Vec::new();
        let mut usable = BTreeSet::new();
        let mut has_path_filters = false;
        let mut is_kept = cache.is_some();
        let groups = plan.groups();
        for (classes, share) in groups.iter().flat_map(|classes| Share::ALL.map(|share| (classes, share))) {
            let texts = plan.text_for(classes, share, None);
            if texts.is_empty() {
                continue;
            }
            let (rules, more) = compile(&texts, &plan, options.syntax);
            problems.extend(more);
            if rules.iter().len() == 0 {
                continue;
            }
            for rule in rules.iter() {
                usable.insert((rule.namespace().to_owned(), rule.identifier().to_owned()));
                has_path_filters |=
                    rule.metadata().any(|(name, _)| matches!(name, "path_include" | "path_exclude"));
            }
            let needs = (share == Share::Gated).then(|| plan.needs_of(classes));
            let kept = cache.and_then(|cache| keep(cache, &rules, needs.as_deref()));
            is_kept &= kept.is_some();
            let (sha256, needs_sha256) = kept.unwrap_or_default();
            part_headers.push(PartHeader {
                rules: rules.iter().len(),
                classes: classes.clone(),
                sha256,
                needs_sha256,
            });
            parts.push(Part::compiled(classes, rules, needs));
        }
        if parts.is_empty() {
            return Err(PackError::Empty { name: options.name.clone(), problems: problems.len() });
        }
        let header = PackHeader {
            problems: problems.into_iter().collect(),
            has_path_filters,
            ..header(digest, &plan, options, usable.len(), part_headers)
        };
        if let Some(cache) = cache.filter(|_| is_kept) {
            // A cache that cannot be written costs time, not truth.
            let _ = cache.keep_header(&header);
        }
        Ok(Self { header, parts })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.header.options.name
    }

    /// What is known of it.
    #[must_use]
    pub fn header(&self) -> &PackHeader {
        &self.header
    }

    /// Rules that are not used, by file and line.
    #[must_use]
    pub fn problems(&self) -> &[RuleProblem] {
        &self.header.problems
    }

    /// The rules that can match a file of a class.
    ///
    /// # Errors
    /// When they cannot be loaded.
    pub(crate) fn rules(&self, class: HeadClass, bytes: &[u8]) -> Result<Vec<Arc<Rules>>, PackError> {
        let mut rules = Vec::new();
        for part in self.parts.iter().filter(|part| part.is_for(class)) {
            rules.extend(part.open(bytes, self.name())?);
        }
        Ok(rules)
    }

    /// What opens the rules that can match a file of a class; nothing for those that are open to every one.
    pub(crate) fn gates(&self, class: HeadClass) -> impl Iterator<Item = Option<&Gate>> {
        self.parts.iter().filter(move |part| part.is_for(class)).map(Part::gate_if_any)
    }
}

/// What is known without compiling.
fn header(
    digest: String,
    plan: &Plan,
    options: &PackOptions,
    rules: usize,
    parts: Vec<PartHeader>,
) -> PackHeader {
    let variables = VARIABLES.iter().filter(|name| plan.mentions(name)).map(|&name| name.to_owned());
    PackHeader {
        engine: ENGINE.to_owned(),
        digest,
        options: options.clone(),
        rules,
        problems: Vec::new(),
        left_out: plan.left_out.clone(),
        variables: variables.collect(),
        has_path_filters: false,
        parts,
    }
}

/// Keeps a compiled part and tells the digests; `None` when that is not possible.
fn keep(cache: &PackCache, rules: &Rules, needs: Option<&[Need]>) -> Option<(String, Option<String>)> {
    let sha256 = cache.keep_part(RULES, &rules.serialize().ok()?).ok()?;
    let needs_sha256 = match needs {
        Some(needs) => Some(cache.keep_part(NEEDS, &serde_json::to_vec(needs).ok()?).ok()?),
        None => None,
    };
    Some((sha256, needs_sha256))
}

fn digest(files: &[RuleFile], options: &PackOptions) -> String {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    add(ENGINE.as_bytes());
    add(&serde_json::to_vec(options).expect("options hold no map with keys that are not text"));
    let mut sorted: Vec<&RuleFile> = files.iter().collect();
    sorted.sort_by(|left, right| left.name.cmp(&right.name));
    for file in sorted {
        add(file.name.as_bytes());
        add(&file.bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> RuleFile {
        RuleFile { name: name.into(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn rules_that_do_not_compile_are_reported_and_the_rest_is_used() {
        let bad = "rule good { condition: true }\n\nrule bad { strings: $a = /x{/ condition: $a }\nrule unknown { \
                   condition: nothing }\nrule last { condition: filename == \"x\" }";
        let files = vec![
            file("a.yar", bad),
            file("b.yar", "rule broken {\n condition: }\n rule fine { condition: true }"),
        ];
        let pack = Pack::new(files, &PackOptions::new("p"), None).unwrap();
        let told: Vec<String> = pack.problems().iter().map(|p| p.to_string()).collect();
        assert!(told.iter().any(|p| p.starts_with("a.yar:3: rule bad: ")), "{told:#?}");
        assert!(told.iter().any(|p| p.starts_with("a.yar:4: rule unknown: ")), "{told:#?}");
        assert!(told.iter().any(|p| p.starts_with("b.yar:2: ")), "{told:#?}");
        assert_eq!(told.len(), 3, "{told:#?}");
        assert!(pack.header().rules >= 2);
        assert_eq!(pack.header().variables, ["filename"]);
    }

    #[test]
    fn relaxed_syntax_takes_lone_braces() {
        let mut options = PackOptions::new("p");
        options.syntax = crate::source::Syntax::Relaxed;
        let pack =
            Pack::new(vec![file("a.yar", "rule a { strings: $a = /x{y/ condition: $a }")], &options, None)
                .unwrap();
        assert_eq!(pack.problems(), []);
    }

    #[test]
    fn rules_of_a_module_that_is_not_built_in_are_reported() {
        let text =
            "import \"magic\"\nrule a { condition: magic.type() contains \"x\" }\nrule b { condition: true }";
        let pack = Pack::new(vec![file("a.yar", text)], &PackOptions::new("p"), None).unwrap();
        assert_eq!(pack.header().rules, 1);
        assert!(pack.problems()[0].message.contains("'magic'"), "{:?}", pack.problems());
        assert_eq!((pack.problems()[0].line, pack.problems()[0].rule.as_deref()), (2, Some("a")));
    }

    #[test]
    fn a_pack_without_rules_is_an_error() {
        let error = Pack::new(vec![file("a.yar", "rule a {")], &PackOptions::new("p"), None).unwrap_err();
        assert!(matches!(error, PackError::Empty { problems: 1.., .. }), "{error}");
    }

    #[test]
    fn a_kept_pack_is_not_compiled_again_and_survives_damage() {
        let directory = tempfile::tempdir().unwrap();
        let cache = PackCache::new(&directory.path().join("yara"));
        let files = || {
            vec![file("a.yar", "rule a { strings: $a = \"marker\" condition: $a }\nrule x { condition: y }")]
        };
        let first = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        let second = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        assert_eq!(first.header(), second.header());
        assert_eq!(second.problems().len(), 1);
        assert_eq!(second.rules(HeadClass::Text, b"a marker").unwrap().len(), 1);
        assert!(second.rules(HeadClass::Text, b"other").unwrap().is_empty(), "the gate is kept too");
        for entry in std::fs::read_dir(directory.path().join("yara")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension != "pack") {
                std::fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink("/dev/null", &path).unwrap();
            }
        }
        let third = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        assert_eq!(third.rules(HeadClass::Elf, b"a marker").unwrap()[0].iter().len(), 1);
        assert!(third.rules(HeadClass::Elf, b"other").unwrap().is_empty());
        assert_ne!(digest(&files(), &PackOptions::new("p")), digest(&files(), &PackOptions::new("q")));
    }
}
