//! The rules of a pack for some classes of files, loaded when the first file is met that they can match.

use crate::cache::PackCache;
use crate::compile::compile;
use crate::head_class::HeadClass;
use crate::header::PartHeader;
use crate::pack::PackError;
use crate::plan::{Plan, Share};
use crate::source::{PackOptions, RuleFile};
use prefilter::{Gate, Need};
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
    pub(crate) files: Vec<RuleFile>,
    pub(crate) options: PackOptions,
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
        }
    }

    /// A part that is compiled when a file first opens it; `needs` of a gated one.
    pub(crate) fn deferred(classes: &[HeadClass], sources: &Arc<Sources>, needs: Option<Vec<Need>>) -> Self {
        Self {
            classes: classes.to_vec(),
            share: if needs.is_some() { Share::Gated } else { Share::Always },
            origin: Mutex::new(Origin::Sources(Arc::clone(sources))),
            gate: OnceLock::from(Gate::new(&needs.unwrap_or_default())),
            rules: OnceLock::new(),
            kept: None,
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
        }
    }

    /// Whether one of the rules can match a file.
    pub(crate) fn can_match(&self, class: HeadClass, bytes: &[u8]) -> bool {
        self.classes.contains(&class) && (self.share == Share::Always || self.gate().is_open(bytes))
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

    /// The rules.
    ///
    /// # Errors
    /// When they cannot be loaded; `pack` is the name that the error tells.
    pub(crate) fn rules(&self, pack: &str) -> Result<Arc<Rules>, PackError> {
        let load = || match std::mem::replace(&mut *self.origin(), Origin::Loaded) {
            Origin::Compiled(rules) => Ok(Arc::from(rules)),
            Origin::Sources(sources) => {
                let kept = self.kept.as_ref().and_then(Kept::rules);
                Ok(Arc::new(kept.unwrap_or_else(|| sources.compile(&self.classes, self.share))))
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

impl Sources {
    /// The rules taken apart.
    pub(crate) fn plan(&self) -> Plan {
        Plan::new(&self.files, &self.options)
    }

    fn compile(&self, classes: &[HeadClass], share: Share) -> Rules {
        let plan = self.plan();
        compile(&plan.text_for(classes, share), &plan, self.options.syntax).0
    }
}
