//! Files loaded one after the other, and the rules that come of them.

use crate::codes::{ErrorCode, WarningCode};
use crate::collection::Collection;
use crate::condition::{
    Compare, ConditionError, DEPTH_MAX_IN_RULES, Expression, Kind, Operand, OperandKind, Position, Right,
    parse_condition,
};
use crate::diagnosis::{Context, Failure, LoadResult, Source};
use crate::event_types::kinds_of;
use crate::exceptions::with_exceptions;
use crate::infos::{PluginRequirement, Priority, RuleInfo, Version};
use crate::lists::{Expanded, Lists};
use crate::macros::Resolver;
use crate::output::{OutputPart, parse_output};
use crate::typed::{Typed, type_condition};
use crate::vocabulary::Vocabulary;
use crate::yaml::Limits;
use crate::{KindSet, reader};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// More kinds than this are a rule that looks at everything.
const KINDS_WITHOUT_WARNING_MAX: usize = 100;

/// Fields that have no value since events are told of at their end alone, with what to say of them.
const DEPRECATED_FIELDS: [(&str, &str); 6] = [
    (
        "evt.dir",
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always evaluates \
         to false. The rule expression can be simplified by removing the condition on 'evt.dir'",
    ),
    ("evt.latency", "field is not available due to the drop of enter events."),
    ("evt.latency.s", "field is not available due to the drop of enter events."),
    ("evt.latency.ns", "field is not available due to the drop of enter events."),
    ("evt.latency.human", "field is not available due to the drop of enter events."),
    ("evt.wait_latency", "field is not available due to the drop of enter events."),
];

/// A rule that can be compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where its events come from.
    pub source: String,
    /// What it is about.
    pub description: String,
    /// The condition as written, with appended parts and exceptions.
    pub condition_text: String,
    /// The condition with lists and macros put in.
    pub condition: Expression,
    /// The same with types.
    pub typed: Typed,
    /// Kinds of events that it can be true for.
    pub kinds: KindSet,
    /// The output as written.
    pub output: String,
    /// The output in parts.
    pub output_parts: Vec<OutputPart>,
    /// How urgent its alerts are.
    pub priority: Priority,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Whether it is to be used.
    pub is_enabled: bool,
    /// Whether an alert starts a recording.
    pub captures: bool,
    /// How long that recording lasts; as configured when 0.
    pub capture_duration_milliseconds: u32,
    /// Fields of its exceptions.
    pub exception_fields: BTreeSet<String>,
}

/// The rules of all files.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// Rules in the order of their first definition.
    pub rules: Vec<Rule>,
    /// Plugins that files ask for, each with its alternatives.
    pub plugins: Vec<Vec<PluginRequirement>>,
    /// The highest engine version that a file asks for.
    pub engine: Option<Version>,
    /// How many macros there are.
    pub macros: usize,
    /// How many lists there are.
    pub lists: usize,
}

/// Loads files: each may change what those before it defined.
pub struct Loader<'v> {
    vocabulary: &'v dyn Vocabulary,
    collection: Collection,
    ruleset: Ruleset,
    limits: Limits,
}

impl<'v> Loader<'v> {
    /// A loader without rules.
    #[must_use]
    pub fn new(vocabulary: &'v dyn Vocabulary, limits: Limits) -> Self {
        Self { vocabulary, collection: Collection::new(limits), ruleset: Ruleset::default(), limits }
    }

    /// Loads a file. With an error the rules stay those of the files before it.
    pub fn load(&mut self, name: &str, text: &str) -> LoadResult {
        let mut result = LoadResult::of(name);
        let file = Arc::new(Source::new(name, text));
        let before = self.collection.clone();
        let loaded = reader::read(&file, &mut self.collection, self.vocabulary, &mut result)
            .and_then(|()| self.compile(&mut result));
        match loaded {
            Ok(ruleset) => self.ruleset = ruleset,
            Err(failure) => {
                result.fail(failure);
                self.collection = before;
            }
        }
        result
    }

    /// The rules so far.
    #[must_use]
    pub fn ruleset(&self) -> &Ruleset {
        &self.ruleset
    }

    /// The rules.
    #[must_use]
    pub fn finish(self) -> Ruleset {
        self.ruleset
    }

    fn compile(&self, result: &mut LoadResult) -> Result<Ruleset, Failure> {
        let collection = &self.collection;
        let too_many = |context: &Context| {
            Failure::new(ErrorCode::Validate, "lists expand to more than the limit allows", context)
        };
        let mut lists = match Lists::resolve(&collection.lists, self.limits.condition_bytes_max * 4) {
            Ok(lists) => lists,
            Err(_) => match collection.lists.all().last() {
                Some(list) => return Err(too_many(&list.context)),
                None => Lists::default(),
            },
        };
        let mut compiler =
            Compiler { limits: &self.limits, vocabulary: self.vocabulary, lists: &mut lists, parts: 0 };
        let (macros, mut used) = compiler.macros(collection)?;
        let mut rules = Vec::new();
        for info in collection.rules.all() {
            if info.is_source_unknown {
                continue;
            }
            rules.extend(compiler.rule(info, &macros, &mut used, result)?);
        }
        for info in collection.macros.all() {
            if !used.contains(&info.name) {
                let message = "Macro not referred to by any other rule/macro";
                result.warn(WarningCode::UnusedMacro, message, &info.context);
            }
        }
        for (list, info) in lists.all().iter().zip(collection.lists.all()) {
            if !list.is_used {
                let message = "List not referred to by any other rule/macro";
                result.warn(WarningCode::UnusedList, message, &info.context);
            }
        }
        Ok(Ruleset {
            rules,
            plugins: collection.plugins.clone(),
            engine: collection.engine,
            macros: collection.macros.len(),
            lists: collection.lists.len(),
        })
    }
}

struct Compiler<'a> {
    limits: &'a Limits,
    vocabulary: &'a dyn Vocabulary,
    lists: &'a mut Lists,
    parts: usize,
}

/// A condition with lists put in, and how its positions lead back to the file.
struct Parsed {
    original: String,
    expanded: Expanded,
    text: Arc<str>,
    condition: Expression,
}

impl Parsed {
    fn context(&self, at: Position, context: &Context) -> Context {
        context.in_condition(&self.text, &self.original, at, self.expanded.origin(at.offset))
    }
}

impl Compiler<'_> {
    fn parse(&mut self, condition: &str, context: &Context) -> Result<Parsed, Failure> {
        let Ok(expanded) = self.lists.expand(condition, self.limits.condition_bytes_max) else {
            let problem = format!("lists expand to more than {} bytes", self.limits.condition_bytes_max);
            return Err(Failure::new(ErrorCode::CompileCondition, problem, context));
        };
        let text: Arc<str> = expanded.text.as_str().into();
        let parsed = parse_condition(&text, DEPTH_MAX_IN_RULES);
        let mut whole = Parsed {
            original: condition.to_owned(),
            expanded,
            text,
            condition: Expression { at: Position::default(), kind: Kind::Macro(String::new()) },
        };
        match parsed {
            Ok(condition) => whole.condition = condition,
            Err(ConditionError { message, at }) => {
                return Err(Failure::new(ErrorCode::CompileCondition, message, &whole.context(at, context)));
            }
        }
        Ok(whole)
    }

    fn count(&mut self, parts: usize, context: &Context) -> Result<(), Failure> {
        self.parts += parts;
        if self.parts > self.limits.parts_max {
            let problem = format!("all conditions together have more than {} checks", self.limits.parts_max);
            return Err(Failure::new(ErrorCode::Validate, problem, context));
        }
        Ok(())
    }

    /// Macros with those put in that each may see.
    fn macros(
        &mut self,
        collection: &Collection,
    ) -> Result<(HashMap<String, Expression>, BTreeSet<String>), Failure> {
        let infos = collection.macros.all();
        let mut parsed = Vec::with_capacity(infos.len());
        for info in infos {
            parsed.push(self.parse(&info.condition, &info.condition_context)?);
        }
        let mut resolved: Vec<Expression> = parsed.iter().map(|parsed| parsed.condition.clone()).collect();
        let mut used = BTreeSet::new();
        for (index, info) in infos.iter().enumerate() {
            let find = |name: &str| {
                let position = collection.macros.position(name)?;
                (infos[position].order.index < info.order.visibility).then(|| &resolved[position])
            };
            let mut resolver = Resolver::new(&find, self.limits.condition_parts_max);
            let outcome = resolver.resolve(&parsed[index].condition);
            used.append(&mut resolver.used);
            let (condition, parts) = outcome.map_err(|error| {
                let context = parsed[index].context(error.at, &info.condition_context);
                Failure::new(ErrorCode::Validate, error.message, &context)
            })?;
            self.count(parts, &info.context)?;
            resolved[index] = condition;
        }
        let names = infos.iter().map(|info| info.name.clone());
        Ok((names.zip(resolved).collect(), used))
    }

    fn rule(
        &mut self,
        info: &RuleInfo,
        macros: &HashMap<String, Expression>,
        used: &mut BTreeSet<String>,
        result: &mut LoadResult,
    ) -> Result<Option<Rule>, Failure> {
        let (condition_text, exception_fields) = with_exceptions(&info.condition, &info.exceptions)?;
        let skips = info.switches.skips_if_unknown_filter;
        let mut output = info.output.clone();
        if output.contains("%container.info") {
            let message = "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The \
                           container plugin will automatically add required fields to the output message.";
            result.warn(WarningCode::DeprecatedItem, message, &info.context);
            output = output.replace("%container.info", "");
        }
        let output_parts = match parse_output(&output, self.vocabulary) {
            Ok(parts) => parts,
            Err(problem) if skips && is_unknown(&problem) => {
                result.warn(WarningCode::UnknownFilter, problem, &info.output_context);
                return Ok(None);
            }
            Err(problem) => {
                return Err(Failure::new(ErrorCode::CompileOutput, problem, &info.output_context));
            }
        };
        for (field, _) in DEPRECATED_FIELDS {
            if output.contains(field) {
                let message =
                    format!("usage of deprecated field '{field}' has been detected in the rule output");
                result.warn(WarningCode::DeprecatedItem, message, &info.output_context);
            }
        }
        let parsed = self.parse(&condition_text, &info.condition_context)?;
        let find = |name: &str| macros.get(name);
        let mut resolver = Resolver::new(&find, self.limits.condition_parts_max);
        let outcome = resolver.resolve(&parsed.condition);
        used.append(&mut resolver.used);
        let (condition, parts) = outcome.map_err(|error| {
            let context = parsed.context(error.at, &info.condition_context);
            Failure::new(ErrorCode::Validate, error.message, &context)
        })?;
        self.count(parts, &info.context)?;
        let whole = || parsed.context(Position::default(), &info.condition_context);
        warn_of_condition(&condition, &whole, result);
        let mut warnings = Vec::new();
        let typed = match type_condition(&condition, self.vocabulary, &mut warnings) {
            Ok(typed) => typed,
            Err(error) => {
                let context = parsed.context(error.at, &info.condition_context);
                if skips && is_unknown(&error.message) {
                    result.warn(WarningCode::UnknownFilter, error.message, &context);
                    return Ok(None);
                }
                let hint = is_unknown(&error.message)
                    .then_some("with 'skip-if-unknown-filter: true' the rule is left out instead");
                let failure = Failure::new(ErrorCode::CompileCondition, error.message, &context);
                return Err(Failure(Box::new(failure.0.with_hint(hint))));
            }
        };
        for warning in warnings {
            let context = parsed.context(warning.at, &info.condition_context);
            result.warn(WarningCode::CompileCondition, warning.message, &context);
        }
        let kinds = kinds_of(&typed, self.vocabulary);
        if info.source == "syscall"
            && kinds.len() > KINDS_WITHOUT_WARNING_MAX
            && info.switches.warns_of_event_types
        {
            let message =
                "Rule matches too many evt.type values. This has a significant performance penalty.";
            result.warn(WarningCode::NoEventType, message, &info.context);
        }
        Ok(Some(Rule {
            name: info.name.clone(),
            source: info.source.clone(),
            description: info.description.clone(),
            condition_text,
            condition,
            typed,
            kinds,
            output,
            output_parts,
            priority: info.priority,
            tags: info.tags.clone(),
            is_enabled: info.switches.is_enabled,
            captures: info.switches.captures,
            capture_duration_milliseconds: info.capture_duration_milliseconds,
            exception_fields,
        }))
    }
}

/// Whether a rule that may be skipped is skipped for this.
fn is_unknown(problem: &str) -> bool {
    ["nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:"]
        .iter()
        .any(|words| problem.contains(words))
}

/// Warns of comparisons with `<NA>` and of fields that have no value any more.
fn warn_of_condition(condition: &Expression, context: &dyn Fn() -> Context, result: &mut LoadResult) {
    let mut compares_na = false;
    let mut deprecated = BTreeMap::new();
    look(condition, &mut compares_na, &mut deprecated);
    if compares_na {
        result.warn(WarningCode::UnsafeNaCheck, "", &context());
    }
    for message in deprecated.values() {
        result.warn(WarningCode::DeprecatedItem, *message, &context());
    }
}

fn look(condition: &Expression, compares_na: &mut bool, deprecated: &mut BTreeMap<usize, &'static str>) {
    match &condition.kind {
        Kind::And(parts) | Kind::Or(parts) => {
            parts.iter().for_each(|part| look(part, compares_na, deprecated));
        }
        Kind::Not(inner) => look(inner, compares_na, deprecated),
        Kind::Macro(_) => {}
        Kind::Exists(operand) => look_at_operand(operand, deprecated),
        Kind::Compare(compare) => {
            let Compare { left, right, .. } = &**compare;
            look_at_operand(left, deprecated);
            // Only fields of Kubernetes' audit events and of JSON have `<NA>` as a value.
            let is_unsafe = matches!(&left.kind, OperandKind::Field { name, .. }
                if name.starts_with("ka.") || name.starts_with("jevt."));
            *compares_na |= is_unsafe
                && match right {
                    Right::Literal { text, .. } => text == b"<NA>",
                    Right::List { items, .. } => items.iter().any(|item| item == b"<NA>"),
                    Right::Operand(_) => false,
                };
            if let Right::Operand(operand) = right {
                look_at_operand(operand, deprecated);
            }
        }
    }
}

fn look_at_operand(operand: &Operand, deprecated: &mut BTreeMap<usize, &'static str>) {
    match &operand.kind {
        OperandKind::Field { name, .. } => {
            if let Some(index) = DEPRECATED_FIELDS.iter().position(|(field, _)| field == name) {
                deprecated.insert(index, DEPRECATED_FIELDS[index].1);
            }
        }
        OperandKind::Function { operands, .. } | OperandKind::List(operands) => {
            operands.iter().for_each(|operand| look_at_operand(operand, deprecated));
        }
        OperandKind::Literal(_) => {}
    }
}
