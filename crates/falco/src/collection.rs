//! What files defined so far; later files add to it, append to it and replace in it.

use crate::codes::{ErrorCode, WarningCode};
use crate::condition::{Comparison, parse_operand};
use crate::diagnosis::{Context, Failure, LoadResult};
use crate::infos::{
    Entry, ExceptionInfo, ListInfo, MacroInfo, Named, Order, PluginRequirement, RuleChange, RuleInfo,
    Version, suits_one_field,
};
use crate::vocabulary::Vocabulary;
use crate::yaml::Limits;

/// The version of Falco's engine whose language this is; Falco 0.44.
pub const ENGINE_VERSION: Version = Version { major: 0, minor: 62, patch: 0 };

#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    pub(crate) lists: Named<ListInfo>,
    pub(crate) macros: Named<MacroInfo>,
    pub(crate) rules: Named<RuleInfo>,
    pub(crate) plugins: Vec<Vec<PluginRequirement>>,
    pub(crate) engine: Option<Version>,
    pub(crate) limits: Limits,
    changes: usize,
}

fn invalid(message: impl Into<String>, context: &Context) -> Failure {
    Failure::new(ErrorCode::Validate, message, context)
}

impl Collection {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    fn next(&mut self, context: &Context) -> Result<usize, Failure> {
        let change = self.changes;
        self.changes += 1;
        if change >= self.limits.items_max {
            return Err(invalid(
                format!("more than {} rules, macros and lists", self.limits.items_max),
                context,
            ));
        }
        Ok(change)
    }

    pub(crate) fn require_engine(&mut self, version: Version, context: &Context) -> Result<(), Failure> {
        if !ENGINE_VERSION.serves(version) {
            let problem =
                format!("Rules require engine version {version}, but engine version is {ENGINE_VERSION}");
            return Err(invalid(problem, context));
        }
        self.engine = self.engine.max(Some(version));
        Ok(())
    }

    pub(crate) fn require_plugin(
        &mut self,
        alternatives: Vec<PluginRequirement>,
        context: &Context,
    ) -> Result<(), Failure> {
        for (index, plugin) in alternatives.iter().enumerate() {
            let PluginRequirement { name, version } = plugin;
            if Version::parse(version).is_none() {
                let problem = format!("Invalid required version '{version}' for plugin '{name}'");
                return Err(invalid(problem, context));
            }
            if alternatives[..index].iter().any(|other| other.name == *name) {
                let problem =
                    format!("Defined multiple alternative version requirements for plugin '{name}'");
                return Err(invalid(problem, context));
            }
        }
        self.plugins.push(alternatives);
        Ok(())
    }

    pub(crate) fn define_list(&mut self, mut list: ListInfo) -> Result<(), Failure> {
        let change = self.next(&list.context)?;
        let index = self.lists.get(&list.name).map_or(change, |previous| previous.order.index);
        list.order = Order { index, visibility: change };
        self.lists.put(&list.name.clone(), list);
        Ok(())
    }

    pub(crate) fn append_list(&mut self, list: ListInfo) -> Result<(), Failure> {
        let change = self.next(&list.context)?;
        let Some(previous) = self.lists.get_mut(&list.name) else {
            return Err(invalid(
                "List uses 'append' or 'override.items: append' but no list by that name already exists",
                &list.context,
            ));
        };
        previous.items.extend(list.items);
        previous.order.visibility = change;
        Ok(())
    }

    pub(crate) fn define_macro(&mut self, mut info: MacroInfo) -> Result<(), Failure> {
        let change = self.next(&info.context)?;
        let index = self.macros.get(&info.name).map_or(change, |previous| previous.order.index);
        info.order = Order { index, visibility: change };
        self.macros.put(&info.name.clone(), info);
        Ok(())
    }

    pub(crate) fn append_macro(&mut self, info: &MacroInfo) -> Result<(), Failure> {
        let change = self.next(&info.context)?;
        let Some(previous) = self.macros.get_mut(&info.name) else {
            return Err(invalid(
                "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
                &info.context,
            ));
        };
        append_text(&mut previous.condition, &info.condition);
        previous.order.visibility = change;
        Ok(())
    }

    pub(crate) fn define_rule(
        &mut self,
        mut rule: RuleInfo,
        vocabulary: &dyn Vocabulary,
        result: &mut LoadResult,
    ) -> Result<(), Failure> {
        self.next(&rule.context)?;
        self.check_source(&rule.name, &rule.source, &rule.context)?;
        rule.is_source_unknown = !vocabulary.has_source(&rule.source);
        if rule.is_source_unknown {
            let message = format!("Unknown source {}, skipping", rule.source);
            result.warn(WarningCode::UnknownSource, message, &rule.context);
        }
        let checked = (!rule.is_source_unknown).then_some(vocabulary);
        for exception in &mut rule.exceptions {
            check_exception(exception, checked)?;
        }
        self.rules.put(&rule.name.clone(), rule);
        Ok(())
    }

    fn check_source(&self, name: &str, source: &str, context: &Context) -> Result<(), Failure> {
        let previous = self.rules.get(name).map(|rule| rule.source.as_str()).unwrap_or_default();
        if !previous.is_empty() && !source.is_empty() && previous != source {
            return Err(invalid("Rule has been re-defined with a different source", context));
        }
        Ok(())
    }

    pub(crate) fn append_rule(
        &mut self,
        name: &str,
        change: RuleChange,
        context: &Context,
        vocabulary: &dyn Vocabulary,
    ) -> Result<(), Failure> {
        self.next(context)?;
        self.check_source(name, &change.source, context)?;
        let Some(rule) = self.rules.get_mut(name) else {
            return Err(invalid(
                "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
                context,
            ));
        };
        if change.is_empty() {
            return Err(invalid("Appended rule must have exceptions or condition property", context));
        }
        for (text, more) in [
            (&mut rule.condition, &change.condition),
            (&mut rule.output, &change.output),
            (&mut rule.description, &change.description),
        ] {
            if let Some(more) = more {
                append_text(text, more);
            }
        }
        rule.tags.extend(change.tags.into_iter().flatten());
        let checked = (!rule.is_source_unknown).then_some(vocabulary);
        for mut exception in change.exceptions.into_iter().flatten() {
            let Some(previous) = rule.exceptions.iter_mut().find(|other| other.name == exception.name) else {
                if exception.fields.as_ref().is_none_or(Entry::is_empty) {
                    return Err(invalid(
                        "Rule exception must have fields property with a list of fields",
                        &exception.context,
                    ));
                }
                if exception.values.is_empty() {
                    return Err(invalid(
                        "Rule exception must have values property with a list of values",
                        &exception.context,
                    ));
                }
                check_exception(&mut exception, checked)?;
                rule.exceptions.push(exception);
                continue;
            };
            for (entry, what) in [(&exception.fields, "fields"), (&exception.comparisons, "comps")] {
                if entry.as_ref().is_some_and(|entry| !entry.is_empty()) {
                    let problem =
                        format!("Can not append exception {what} to existing exception, only values");
                    return Err(invalid(problem, &exception.context));
                }
            }
            previous.values.extend(exception.values);
        }
        Ok(())
    }

    pub(crate) fn replace_in_rule(
        &mut self,
        name: &str,
        change: RuleChange,
        context: &Context,
        vocabulary: &dyn Vocabulary,
    ) -> Result<(), Failure> {
        self.next(context)?;
        self.check_source(name, &change.source, context)?;
        let Some(rule) = self.rules.get_mut(name) else {
            return Err(invalid(
                "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
                context,
            ));
        };
        if change.is_empty() {
            return Err(invalid("The rule must have at least one field that can be replaced", context));
        }
        let checked = (!rule.is_source_unknown).then_some(vocabulary);
        if let Some(mut exceptions) = change.exceptions {
            for exception in &mut exceptions {
                check_exception(exception, checked)?;
            }
            rule.exceptions = exceptions;
        }
        replace(&mut rule.condition, change.condition);
        replace(&mut rule.output, change.output);
        replace(&mut rule.description, change.description);
        replace(&mut rule.tags, change.tags);
        replace(&mut rule.priority, change.priority);
        replace(&mut rule.capture_duration_milliseconds, change.capture_duration_milliseconds);
        replace(&mut rule.switches.captures, change.captures);
        replace(&mut rule.switches.is_enabled, change.is_enabled);
        replace(&mut rule.switches.warns_of_event_types, change.warns_of_event_types);
        replace(&mut rule.switches.skips_if_unknown_filter, change.skips_if_unknown_filter);
        Ok(())
    }

    pub(crate) fn enable_rule(
        &mut self,
        name: &str,
        is_enabled: bool,
        context: &Context,
    ) -> Result<(), Failure> {
        let Some(rule) = self.rules.get_mut(name) else {
            return Err(invalid("Rule has 'enabled' key but no rule by that name already exists", context));
        };
        rule.switches.is_enabled = is_enabled;
        Ok(())
    }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}

fn append_text(text: &mut String, more: &str) {
    if !more.is_empty() {
        text.push(' ');
        text.push_str(more);
    }
}

/// Fills in what an exception leaves out, and checks its comparisons and fields.
fn check_exception(
    exception: &mut ExceptionInfo,
    vocabulary: Option<&dyn Vocabulary>,
) -> Result<(), Failure> {
    let context = exception.context.clone();
    let Some(fields) = exception.fields.as_ref().filter(|fields| !fields.is_empty()) else {
        return Err(invalid("Rule exception item must have fields property with a list of fields", &context));
    };
    let given = exception.comparisons.take().filter(|comparisons| !comparisons.is_empty());
    let comparisons = match fields {
        Entry::Many(fields) => {
            let comparisons = match given {
                Some(Entry::Many(comparisons)) => comparisons,
                Some(Entry::One(_)) => Vec::new(),
                None => vec![Entry::One("=".to_owned()); fields.len()],
            };
            if fields.len() != comparisons.len() {
                return Err(invalid("Fields and comps lists must have equal length", &context));
            }
            let mut trimmed = Vec::with_capacity(comparisons.len());
            for comparison in &comparisons {
                let comparison = trim(comparison);
                if Comparison::named(comparison).is_none() {
                    let problem = format!("'{comparison}' is not a supported comparison operator");
                    return Err(invalid(problem, &context));
                }
                trimmed.push(Entry::One(comparison.to_owned()));
            }
            for field in fields {
                check_field(field, vocabulary, &context)?;
            }
            Entry::Many(trimmed)
        }
        Entry::One(_) => {
            let given = given.unwrap_or_else(|| Entry::One("in".to_owned()));
            if matches!(given, Entry::Many(_)) {
                return Err(invalid("Fields and comps must both be strings", &context));
            }
            let comparison = trim(&given);
            if !Comparison::named(comparison).is_some_and(suits_one_field) {
                return Err(invalid(
                    "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier \
                     operator (e.g. startswith oneof)",
                    &context,
                ));
            }
            check_field(fields, vocabulary, &context)?;
            Entry::One(comparison.to_owned())
        }
    };
    exception.comparisons = Some(comparisons);
    Ok(())
}

fn trim(entry: &Entry) -> &str {
    entry.text().trim_matches([' ', '\t', '\r', '\n'])
}

/// A field, or functions of fields, that whoever runs the rules knows.
fn check_field(field: &Entry, vocabulary: Option<&dyn Vocabulary>, context: &Context) -> Result<(), Failure> {
    let Some(vocabulary) = vocabulary else { return Ok(()) };
    let text = field.text();
    let is_known = parse_operand(text, crate::condition::DEPTH_MAX)
        .ok()
        .filter(|(_, length)| *length == text.len())
        .is_some_and(|(operand, _)| crate::typed::type_operand(&operand, vocabulary).is_ok());
    if is_known {
        return Ok(());
    }
    Err(invalid(format!("'{text}' is not a supported filter field"), context))
}
