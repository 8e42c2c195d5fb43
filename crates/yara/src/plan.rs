//! Which rule text each class of files is compiled from.

use crate::head_class::{HeadClass, HeadClasses};
use crate::kept::{kept_rules, restrict_by_global_rules};
use crate::licence::is_excluded;
use crate::source::{FILE_BYTES_MAX, PackOptions, RuleFile, RuleProblem};
use crate::split::{KnownRules, SplitText, Unit, blank, split};
use prefilter::Need;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Files that include files that include files.
const INCLUDE_DEPTH_MAX: usize = 32;
/// Groups of classes are joined while that makes the smaller one grow by at most a sixth.
const GROWTH_SHARE_MAX: usize = 6;

/// Rule files, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    namespaces: BTreeMap<String, Vec<PlannedFile>>,
    /// What was seen before compiling.
    pub(crate) problems: Vec<RuleProblem>,
    /// Rules left out on demand.
    pub(crate) left_out: Vec<RuleProblem>,
}

#[derive(Debug)]
pub(crate) struct PlannedFile {
    pub(crate) name: String,
    text: String,
    pub(crate) split: SplitText,
}

/// Rules that are compiled together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// Those of which it is known what a file must hold for them to match.
    Gated,
    /// The others, which every file meets.
    Always,
}

impl Share {
    pub(crate) const ALL: [Self; 2] = [Self::Always, Self::Gated];

    pub(crate) fn takes(self, unit: &Unit) -> bool {
        unit.need.is_none() == (self == Self::Always)
    }
}

/// Text to compile.
#[derive(Debug)]
pub(crate) struct PlannedText {
    pub(crate) namespace: String,
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Plan {
    /// Takes files apart and resolves what they include among the files themselves; never in the file system.
    pub(crate) fn new(files: &[RuleFile], options: &PackOptions) -> Self {
        let mut plan = Self::default();
        let by_name: HashMap<&str, &RuleFile> = files.iter().map(|file| (file.name.as_str(), file)).collect();
        let mut roots: Vec<&RuleFile> = files.iter().filter(|file| file.has_rules()).collect();
        roots.sort_by(|left, right| left.name.cmp(&right.name));
        let mut loaded = HashSet::new();
        let mut known = HashMap::new();
        for root in roots {
            let namespace = options.namespace_of(&root.name);
            plan.load(root, &namespace, options, &by_name, &mut loaded, &mut known, 0);
        }
        for files in plan.namespaces.values_mut() {
            restrict_by_global_rules(files);
            if files.iter().any(|file| file.split.is_whole) {
                files
                    .iter_mut()
                    .flat_map(|file| &mut file.split.units)
                    .for_each(|unit| unit.need = Need::NONE);
            }
        }
        plan
    }

    /// Included files come before the one that includes them, once in a namespace.
    #[expect(clippy::too_many_arguments, reason = "the state of one walk")]
    fn load(
        &mut self,
        file: &RuleFile,
        namespace: &str,
        options: &PackOptions,
        by_name: &HashMap<&str, &RuleFile>,
        loaded: &mut HashSet<(String, String)>,
        known: &mut HashMap<String, KnownRules>,
        depth: usize,
    ) {
        if !loaded.insert((namespace.to_owned(), file.name.clone())) {
            return;
        }
        let mut problem = |line, rule, message: String| {
            self.problems.push(RuleProblem { file: file.name.clone(), line, rule, message });
        };
        if file.bytes.len() > FILE_BYTES_MAX {
            return problem(1, None, format!("the file is larger than {FILE_BYTES_MAX} bytes"));
        }
        let text = match std::str::from_utf8(&file.bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).to_owned(),
            Err(error) => {
                let line = content::line_at(&file.bytes, error.valid_up_to());
                return problem(line, None, "the file is not UTF-8".to_owned());
            }
        };
        // Included files first: their rules must be known when this one is taken apart.
        let includes = if text.contains("include") {
            split(&text, &mut KnownRules::default()).includes
        } else {
            Vec::new()
        };
        for (span, wanted) in &includes {
            let target = resolve(&file.name, wanted)
                .and_then(|names| names.iter().find_map(|n| by_name.get(n.as_str())));
            match target {
                Some(_) if depth >= INCLUDE_DEPTH_MAX => {
                    let line = content::line_at(text.as_bytes(), span.start);
                    self.problems.push(RuleProblem {
                        file: file.name.clone(),
                        line,
                        rule: None,
                        message: format!("more than {INCLUDE_DEPTH_MAX} files include each other"),
                    });
                }
                Some(target) => self.load(target, namespace, options, by_name, loaded, known, depth + 1),
                None => self.problems.push(RuleProblem {
                    file: file.name.clone(),
                    line: content::line_at(text.as_bytes(), span.start),
                    rule: None,
                    message: format!("included file '{wanted}' is not among the files of the pack"),
                }),
            }
        }
        let split = split(&text, known.entry(namespace.to_owned()).or_default());
        let mut text = text.into_bytes();
        for (span, _) in &split.includes {
            blank(&mut text, span.clone());
        }
        let mut split = split;
        for unit in &split.units {
            if let Some(licence) =
                unit.licence.as_deref().filter(|l| is_excluded(l, &options.excluded_licences))
            {
                self.left_out.push(RuleProblem {
                    file: file.name.clone(),
                    line: content::line_at(&text, unit.span.end),
                    rule: Some(unit.name.clone()),
                    message: format!("left out for its licence: {licence}"),
                });
                blank(&mut text, unit.span.clone());
            }
        }
        split.units.retain(|unit| {
            !unit.licence.as_deref().is_some_and(|l| is_excluded(l, &options.excluded_licences))
        });
        let text = String::from_utf8(text).expect("blanks take whole items, which end at ASCII characters");
        self.namespaces.entry(namespace.to_owned()).or_default().push(PlannedFile {
            name: file.name.clone(),
            text,
            split,
        });
    }

    /// How many rules can match files of one of the classes, those that they use not counted.
    pub(crate) fn rules_of(&self, classes: &[HeadClass]) -> usize {
        let wanted = HeadClasses::any_of(classes);
        self.units().filter(|unit| unit.classes.meets(wanted)).count()
    }

    /// How many rules of a share can match files of one of the classes.
    pub(crate) fn rules_of_share(&self, classes: &[HeadClass], share: Share) -> usize {
        let wanted = HeadClasses::any_of(classes);
        self.units().filter(|unit| unit.classes.meets(wanted) && share.takes(unit)).count()
    }

    /// Classes that are compiled together: two groups are joined while the common rules are hardly more than those of
    /// the smaller one. Each group costs its memory, each rule its share of every file.
    pub(crate) fn groups(&self) -> Vec<Vec<HeadClass>> {
        let mut groups: Vec<Vec<HeadClass>> = HeadClass::ALL
            .into_iter()
            .map(|class| vec![class])
            .filter(|classes| {
                self.rules_of(classes) > 0 || self.namespaces.values().flatten().any(|f| f.split.is_whole)
            })
            .collect();
        loop {
            let mut best: Option<(usize, usize, usize)> = None;
            for left in 0..groups.len() {
                for right in left + 1..groups.len() {
                    let smaller = self.rules_of(&groups[left]).min(self.rules_of(&groups[right]));
                    let common = self.rules_of(&[groups[left].as_slice(), &groups[right]].concat());
                    let growth = common - smaller;
                    if growth * GROWTH_SHARE_MAX <= smaller && best.is_none_or(|(least, ..)| growth < least) {
                        best = Some((growth, left, right));
                    }
                }
            }
            let Some((_, left, right)) = best else { return groups };
            let joined = groups.remove(right);
            groups[left].extend(joined);
        }
    }

    /// What files of some classes must hold for one of the gated rules to match: one need a rule.
    pub(crate) fn needs_of(&self, classes: &[HeadClass]) -> Vec<Need> {
        self.needs_by_file(classes).flat_map(|(_, needs)| needs).collect()
    }

    /// The same, with the file in which the rules stand.
    pub(crate) fn needs_by_file(&self, classes: &[HeadClass]) -> impl Iterator<Item = (&str, Vec<Need>)> {
        let wanted = HeadClasses::any_of(classes);
        self.namespaces.values().flatten().filter_map(move |file| {
            let is_gated = |unit: &&Unit| unit.classes.meets(wanted) && Share::Gated.takes(unit);
            let needs: Vec<Need> =
                file.split.units.iter().filter(is_gated).map(|unit| unit.need.clone()).collect();
            (!needs.is_empty()).then_some((file.name.as_str(), needs))
        })
    }

    fn units(&self) -> impl Iterator<Item = &Unit> {
        self.namespaces.values().flatten().flat_map(|file| &file.split.units)
    }

    /// Whether a condition holds a word.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        let holds = |words: &[String]| words.binary_search_by(|w| w.as_str().cmp(word)).is_ok();
        let mut files = self.namespaces.values().flatten();
        files.any(|f| holds(&f.split.words) || f.split.units.iter().any(|unit| holds(&unit.words)))
    }

    /// The text of a share of the rules for some classes, all of them or those of one file. Other rules are blanks, unless
    /// one of these uses them.
    pub(crate) fn text_for(
        &self,
        classes: &[HeadClass],
        share: Share,
        only: Option<&str>,
    ) -> Vec<PlannedText> {
        let mut texts = Vec::new();
        let classes = HeadClasses::any_of(classes);
        for (namespace, files) in &self.namespaces {
            let kept = kept_rules(files, classes, share, only);
            if kept.is_empty() && (share == Share::Gated || files.iter().all(|file| !file.split.is_whole)) {
                continue;
            }
            let used: HashSet<&str> = files
                .iter()
                .flat_map(|file| &file.split.units)
                .filter(|unit| kept.contains(unit.name.as_str()))
                .flat_map(|unit| &unit.words)
                .chain(files.iter().flat_map(|file| &file.split.words))
                .map(String::as_str)
                .collect();
            for file in files {
                let mut text = file.text.clone().into_bytes();
                if !file.split.is_whole {
                    for unit in &file.split.units {
                        if !kept.contains(unit.name.as_str()) {
                            blank(&mut text, unit.span.clone());
                        }
                    }
                }
                for (span, module) in &file.split.imports {
                    if !used.contains(module.as_str()) && !file.split.is_whole {
                        blank(&mut text, span.clone());
                    }
                }
                if text.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let text =
                    String::from_utf8(text).expect("blanks take whole items, which end at ASCII characters");
                texts.push(PlannedText { namespace: namespace.clone(), file: file.name.clone(), text });
            }
        }
        texts
    }

    /// Where a rule ends.
    pub(crate) fn place_of(&self, rule: &str) -> (String, u32) {
        for file in self.namespaces.values().flatten() {
            if let Some(unit) = file.split.units.iter().find(|unit| unit.name == rule) {
                return (file.name.clone(), content::line_at(file.text.as_bytes(), unit.span.end));
            }
        }
        (String::new(), 0)
    }

    /// The rule at a place of a file.
    pub(crate) fn rule_at(&self, file: &str, offset: usize) -> Option<&str> {
        let units =
            self.namespaces.values().flatten().filter(|f| f.name == file).flat_map(|f| &f.split.units);
        units.into_iter().find(|unit| unit.span.contains(&offset)).map(|unit| unit.name.as_str())
    }
}

/// Names that an include may mean: beside the file that includes, or at the top.
fn resolve(from: &str, wanted: &str) -> Option<[String; 2]> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let join = |base: &str| -> Option<String> {
        let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
        for part in wanted.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(parts.join("/"))
    };
    let at_top = join("").unwrap_or_default();
    Some([join(folder)?, at_top])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(files: &[(&str, &str)], options: &PackOptions) -> Plan {
        let files: Vec<RuleFile> =
            files.iter().map(|(n, t)| RuleFile { name: (*n).into(), bytes: t.as_bytes().to_vec() }).collect();
        Plan::new(&files, options)
    }

    fn text(plan: &Plan, class: HeadClass) -> String {
        Share::ALL
            .iter()
            .flat_map(|share| plan.text_for(&[class], *share, None))
            .map(|part| part.text)
            .collect::<Vec<_>>()
            .join("\n")
    }

    const SET: &str = "import \"pe\"\nprivate rule is_elf { condition: uint32(0) == 0x464c457f }\nrule other { condition: \
                       not is_elf }\nrule windows { condition: pe.is_dll() }\nrule linux { condition: is_elf }";

    #[test]
    fn a_class_gets_its_rules_and_what_they_use() {
        let plan = plan(&[("a.yar", SET)], &PackOptions::new("p"));
        let for_text = text(&plan, HeadClass::Text);
        assert!(for_text.contains("rule other") && for_text.contains("rule is_elf"), "{for_text}");
        assert!(
            !for_text.contains("rule windows")
                && !for_text.contains("rule linux")
                && !for_text.contains("import")
        );
        let for_pe = text(&plan, HeadClass::Pe);
        assert!(for_pe.contains("rule windows") && for_pe.contains("import \"pe\""));
        assert_eq!(text(&plan, HeadClass::Elf).lines().nth(4), Some("rule linux { condition: is_elf }"));
        assert_eq!((plan.rules_of(&HeadClass::ALL), plan.rules_of(&[HeadClass::Text])), (4, 1));
        assert_eq!(plan.groups(), [vec![HeadClass::Elf], vec![HeadClass::Pe], HeadClass::ALL[2..].to_vec()]);
    }

    #[test]
    fn a_global_rule_restricts_its_namespace() {
        let plan = plan(
            &[("a.yar", "global rule g { condition: uint16(0) == 0x5a4d }\nrule each { condition: true }")],
            &PackOptions::new("p"),
        );
        assert!(text(&plan, HeadClass::Elf).is_empty());
        assert!(
            text(&plan, HeadClass::Pe).contains("rule g") && text(&plan, HeadClass::Pe).contains("rule each")
        );
    }

    #[test]
    fn includes_are_resolved_among_the_files_once() {
        let files = [
            ("d/a.yar", "include \"x.meta\"\nrule a { condition: shared }"),
            ("d/b.yar", "include \"./x.meta\"\nrule b { condition: shared }"),
            ("d/x.meta", "include \"a.yar\"\nprivate rule shared { condition: true }"),
            ("c.yar", "include \"../etc/passwd\"\ninclude \"none.yar\""),
        ];
        let plan = plan(&files, &PackOptions::new("p"));
        let all: Vec<String> = plan
            .text_for(&HeadClass::ALL, Share::Always, None)
            .iter()
            .map(|part| part.file.clone())
            .collect();
        assert_eq!(all, ["d/x.meta", "d/a.yar", "d/b.yar"]);
        assert_eq!(plan.problems.len(), 2, "{:?}", plan.problems);
        assert_eq!(
            plan.problems[1].to_string(),
            "c.yar:2: included file 'none.yar' is not among the files of the pack"
        );
    }

    #[test]
    fn rules_of_excluded_licences_are_left_out() {
        let mut options = PackOptions::new("p");
        options.excluded_licences = vec!["CC-BY-NC".to_owned()];
        let plan = plan(
            &[(
                "a.yar",
                "rule a { meta: license = \"CC BY-NC 4.0\" condition: true }\nrule b { condition: true }",
            )],
            &options,
        );
        assert_eq!((plan.rules_of(&HeadClass::ALL), plan.left_out.len()), (1, 1));
        assert!(!text(&plan, HeadClass::Text).contains("rule a"));
    }
}
