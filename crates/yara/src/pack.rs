//! A set of rules, compiled once, loaded class by class.

use crate::cache::PackCache;
use crate::compile::{VARIABLES, compile};
use crate::head_class::HeadClass;
use crate::header::{PackHeader, PartHeader, sha256_hex};
use crate::plan::Plan;
use crate::source::{PackOptions, RuleFile, RuleProblem};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use yara_x::Rules;

/// Changes whenever the same sources would be split or compiled in another way.
const ENGINE: &str = concat!("yara-x 1.22.1, split 1, seawall ", env!("CARGO_PKG_VERSION"));

/// A set of rules, compiled once, loaded class by class when the first file of that class is met.
#[derive(Debug)]
pub struct Pack {
    header: PackHeader,
    parts: Vec<Part>,
}

struct Part {
    classes: Vec<HeadClass>,
    origin: Mutex<Origin>,
    rules: OnceLock<Result<Arc<Rules>, PackError>>,
}

/// What rules are made from when they are first needed.
enum Origin {
    Compiled(Box<Rules>),
    Kept(PackCache, String, Arc<Sources>),
    Loaded,
}

/// What a kept pack was compiled from, should its files be damaged.
struct Sources {
    files: Vec<RuleFile>,
    options: PackOptions,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({:?})", self.classes)
    }
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
            let sources = Arc::new(Sources { files, options: options.clone() });
            let kept = |part: &PartHeader| Part {
                classes: part.classes.clone(),
                origin: Mutex::new(Origin::Kept(cache.clone(), part.sha256.clone(), Arc::clone(&sources))),
                rules: OnceLock::new(),
            };
            let parts = header.parts.iter().map(kept).collect();
            return Ok(Self { header, parts });
        }
        Self::compile(&files, options, digest, cache)
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
        for classes in plan.groups() {
            let texts = plan.text_for(&classes);
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
            let mut sha256 = String::new();
            if let Some(cache) = cache
                && let Ok(bytes) = rules.serialize()
            {
                sha256 = sha256_hex(&bytes);
                if cache.keep_part(&sha256, &bytes).is_err() {
                    sha256.clear();
                }
            }
            part_headers.push(PartHeader {
                rules: plan.rules_of(&classes),
                classes: classes.clone(),
                sha256,
            });
            let origin = Mutex::new(Origin::Compiled(Box::new(rules)));
            parts.push(Part { classes, origin, rules: OnceLock::new() });
        }
        if parts.is_empty() {
            return Err(PackError::Empty { name: options.name.clone(), problems: problems.len() });
        }
        let header = PackHeader {
            engine: ENGINE.to_owned(),
            digest,
            options: options.clone(),
            rules: usable.len(),
            problems: problems.into_iter().collect(),
            left_out: plan.left_out.clone(),
            variables: VARIABLES
                .iter()
                .filter(|name| plan.mentions(name))
                .map(|&name| name.to_owned())
                .collect(),
            has_path_filters,
            parts: part_headers,
        };
        if let Some(cache) = cache
            && header.parts.iter().all(|part| !part.sha256.is_empty())
        {
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

    /// The rules for a class; none when no rule can match it.
    ///
    /// # Errors
    /// When they cannot be loaded.
    pub(crate) fn rules(&self, class: HeadClass) -> Result<Option<Arc<Rules>>, PackError> {
        let Some(part) = self.parts.iter().find(|part| part.classes.contains(&class)) else {
            return Ok(None);
        };
        let rules = part.rules.get_or_init(|| {
            let mut origin = part.origin.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match std::mem::replace(&mut *origin, Origin::Loaded) {
                Origin::Compiled(rules) => Ok(Arc::from(rules)),
                Origin::Kept(cache, sha256, sources) => {
                    if let Some(rules) = cache.part(&sha256).and_then(|bytes| Rules::deserialize(bytes).ok())
                    {
                        return Ok(Arc::new(rules));
                    }
                    // The file is gone or damaged; the sources are at hand.
                    let plan = Plan::new(&sources.files, &sources.options);
                    let (rules, _) = compile(&plan.text_for(&part.classes), &plan, sources.options.syntax);
                    Ok(Arc::new(rules))
                }
                Origin::Loaded => Err(PackError::Load {
                    name: self.name().to_owned(),
                    class: class.as_str(),
                    detail: "an earlier attempt was interrupted".to_owned(),
                }),
            }
        });
        rules.clone().map(Some)
    }
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
        let files =
            || vec![file("a.yar", "rule a { strings: $a = \"abc\" condition: $a }\nrule x { condition: y }")];
        let first = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        let second = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        assert_eq!(first.header(), second.header());
        assert_eq!(second.problems().len(), 1);
        let part = || second.parts.iter().find(|part| part.classes.contains(&HeadClass::Text)).unwrap();
        assert!(matches!(*part().origin.lock().unwrap(), Origin::Kept(..)));
        assert!(second.rules(HeadClass::Text).unwrap().is_some());
        for entry in std::fs::read_dir(directory.path().join("yara")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rules") {
                std::fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink("/dev/null", &path).unwrap();
            }
        }
        let third = Pack::new(files(), &PackOptions::new("p"), Some(&cache)).unwrap();
        assert_eq!(third.rules(HeadClass::Elf).unwrap().unwrap().iter().len(), 1);
        assert_ne!(digest(&files(), &PackOptions::new("p")), digest(&files(), &PackOptions::new("q")));
    }
}
