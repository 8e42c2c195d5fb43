//! The rules of a pack for some classes of files, loaded when the first file is met that they can match.

use crate::cache::PackCache;
use crate::compile::compile;
use crate::head_class::HeadClass;
use crate::header::PartHeader;
use crate::pack::PackError;
use crate::plan::{Plan, Share};
use crate::source::{PackOptions, RuleFile};
use prefilter::{Gate, Need};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use yara_x::Rules;

/// Kind of kept compiled rules.
pub(crate) const RULES: &str = "rules";
/// Kind of kept needs.
pub(crate) const NEEDS: &str = "needs";

/// The rules for some classes of files.
pub(crate) struct Part {
    classes: Vec<HeadClass>,
    share: Share,
    origin: Mutex<Origin>,
    /// What opens a gated part.
    gate: OnceLock<Gate>,
    rules: OnceLock<Result<Arc<Rules>, PackError>>,
    /// Where the cache holds the rules, should their origin be sources; digests in hexadecimal.
    kept: Option<Kept>,
    /// The rules once more, file by file, when they are compiled only as far as they are needed.
    files: Vec<FileRules>,
}

/// The rules of a part that stand in one file.
struct FileRules {
    name: String,
    /// Their needs among those of the gate.
    needs: Range<usize>,
    sources: Arc<Sources>,
    rules: OnceLock<Arc<Rules>>,
}

struct Kept {
    cache: PackCache,
    rules_sha256: String,
    needs_sha256: Option<String>,
}

/// What rules are made from when they are first needed.
enum Origin {
    Compiled(Box<Rules>),
    Sources(Arc<Sources>),
    Loaded,
}

/// What a pack is compiled from.
pub(crate) struct Sources {
    files: Vec<RuleFile>,
    options: PackOptions,
    plan: OnceLock<Plan>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({:?}, {:?})", self.classes, self.share)
    }
}

impl Part {
    /// A part that was compiled just now; `needs` of a gated one.
    pub(crate) fn compiled(classes: &[HeadClass], rules: Rules, needs: Option<Vec<Need>>) -> Self {
        let share = if needs.is_some() { Share::Gated } else { Share::Always };
        Self {
            classes: classes.to_vec(),
            share,
            origin: Mutex::new(Origin::Compiled(Box::new(rules))),
            gate: OnceLock::from(Gate::new(&needs.unwrap_or_default())),
            rules: OnceLock::new(),
            kept: None,
            files: Vec::new(),
        }
    }

    /// A part that is compiled when a file first opens it, of a gated one the rules of those files alone that it opens:
    /// to compile all of them for one file costs more than to look at a thousand.
    pub(crate) fn deferred(classes: &[HeadClass], sources: &Arc<Sources>, share: Share) -> Self {
        let (mut needs, mut files) = (Vec::new(), Vec::new());
        if share == Share::Gated {
            for (name, of_file) in sources.plan_once().needs_by_file(classes) {
                let start = needs.len();
                needs.extend(of_file);
                let (sources, rules) = (Arc::clone(sources), OnceLock::new());
                files.push(FileRules { name: name.to_owned(), needs: start..needs.len(), sources, rules });
            }
        }
        Self {
            classes: classes.to_vec(),
            share,
            origin: Mutex::new(Origin::Sources(Arc::clone(sources))),
            gate: OnceLock::from(Gate::new(&needs)),
            rules: OnceLock::new(),
            kept: None,
            files,
        }
    }

    /// A part that the cache holds.
    pub(crate) fn kept(header: &PartHeader, cache: &PackCache, sources: &Arc<Sources>) -> Self {
        Self {
            classes: header.classes.clone(),
            share: if header.needs_sha256.is_some() { Share::Gated } else { Share::Always },
            origin: Mutex::new(Origin::Sources(Arc::clone(sources))),
            gate: OnceLock::new(),
            rules: OnceLock::new(),
            kept: Some(Kept {
                cache: cache.clone(),
                rules_sha256: header.sha256.clone(),
                needs_sha256: header.needs_sha256.clone(),
            }),
            files: Vec::new(),
        }
    }

    /// The rules that can match a file.
    ///
    /// # Errors
    /// When they cannot be loaded; `pack` is the name that the error tells.
    pub(crate) fn open(&self, bytes: &[u8], pack: &str) -> Result<Vec<Arc<Rules>>, PackError> {
        match self.gate_if_any() {
            Some(gate) if !self.files.is_empty() => {
                let met = gate.met(bytes);
                let is_open = |file: &&FileRules| met.iter().any(|need| file.needs.contains(need));
                Ok(self.files.iter().filter(is_open).map(|file| file.rules(&self.classes)).collect())
            }
            Some(gate) if !gate.is_open(bytes) => Ok(Vec::new()),
            _ => Ok(vec![self.rules(pack)?]),
        }
    }

    /// Whether its rules are for files of a class.
    pub(crate) fn is_for(&self, class: HeadClass) -> bool {
        self.classes.contains(&class)
    }

    /// What opens a gated part.
    pub(crate) fn gate_if_any(&self) -> Option<&Gate> {
        (self.share == Share::Gated).then(|| self.gate())
    }

    fn gate(&self) -> &Gate {
        self.gate.get_or_init(|| {
            let kept = self.kept.as_ref().and_then(Kept::needs);
            let needs = kept.unwrap_or_else(|| match &*self.origin() {
                Origin::Sources(sources) => sources.plan().needs_of(&self.classes),
                // Rules that are loaded were let in by a gate.
                Origin::Compiled(_) | Origin::Loaded => vec![Need::NONE],
            });
            Gate::new(&needs)
        })
    }

    fn rules(&self, pack: &str) -> Result<Arc<Rules>, PackError> {
        let load = || match std::mem::replace(&mut *self.origin(), Origin::Loaded) {
            Origin::Compiled(rules) => Ok(Arc::from(rules)),
            Origin::Sources(sources) => {
                let kept = self.kept.as_ref().and_then(Kept::rules);
                Ok(Arc::new(
                    kept.unwrap_or_else(|| sources.compile(&sources.plan(), &self.classes, self.share, None)),
                ))
            }
            Origin::Loaded => Err(PackError::Load {
                name: pack.to_owned(),
                class: self.classes.first().map_or("", |class| class.as_str()),
                detail: "an earlier attempt was interrupted".to_owned(),
            }),
        };
        self.rules.get_or_init(load).clone()
    }

    fn origin(&self) -> MutexGuard<'_, Origin> {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What the cache holds; nothing when its file is gone or damaged.
    fn rules(&self) -> Option<Rules> {
        Rules::deserialize(self.cache.part(&self.rules_sha256, RULES)?).ok()
    }

    fn needs(&self) -> Option<Vec<Need>> {
        serde_json::from_slice(&self.cache.part(self.needs_sha256.as_ref()?, NEEDS)?).ok()
    }
}

impl FileRules {
    fn rules(&self, classes: &[HeadClass]) -> Arc<Rules> {
        let compile = || {
            let plan = self.sources.plan_once();
            Arc::new(self.sources.compile(plan, classes, Share::Gated, Some(&self.name)))
        };
        Arc::clone(self.rules.get_or_init(compile))
    }
}

impl Sources {
    pub(crate) fn new(files: Vec<RuleFile>, options: PackOptions) -> Arc<Self> {
        Arc::new(Self { files, options, plan: OnceLock::new() })
    }

    /// The rules taken apart.
    pub(crate) fn plan(&self) -> Plan {
        Plan::new(&self.files, &self.options)
    }

    /// The same, kept.
    pub(crate) fn plan_once(&self) -> &Plan {
        self.plan.get_or_init(|| self.plan())
    }

    fn compile(&self, plan: &Plan, classes: &[HeadClass], share: Share, file: Option<&str>) -> Rules {
        compile(&plan.text_for(classes, share, file), plan, self.options.syntax).0
    }
}
