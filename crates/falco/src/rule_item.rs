//! The item `rule`: a definition, an append, a replacement, or a switch.

use crate::codes::WarningCode;
use crate::decode::{self, invalid};
use crate::diagnosis::{Context, Failure, PlaceKind};
use crate::infos::{Entry, ExceptionInfo, Priority, RuleChange, RuleInfo, Switches};
use crate::overrides::Overrides;
use crate::reader::{ERROR_OVERRIDE_AND_APPEND, Reader};
use crate::yaml::{Node, Value};

const WARNING_ENABLED: &str = "The standalone 'enabled' key usage is deprecated. The correct approach requires also a \
     'replace' entry under the 'override' key (i.e. 'enabled: replace').";

const APPENDABLE: &[&str] = &["condition", "desc", "exceptions", "output", "tags"];
const REPLACEABLE: &[&str] = &[
    "capture",
    "capture_duration",
    "condition",
    "desc",
    "enabled",
    "exceptions",
    "output",
    "priority",
    "skip-if-unknown-filter",
    "tags",
    "warn_evttypes",
];
const KEYS: &[&str] = &[
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "source",
    "enabled",
    "capture",
    "capture_duration",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "tags",
    "exceptions",
    "override",
    "append",
];

impl Reader<'_> {
    pub(crate) fn rule(&mut self, item: &Node, parent: &Context) -> Result<(), Failure> {
        let name = decode::text(item, "rule", &parent.with(PlaceKind::Rule, "", item.at))?;
        let context = parent.with(PlaceKind::Rule, &name, item.at);
        let source = decode::text_or_empty(item, "source", &context)?;
        let appends = self.append_flag(item, &context)?;
        let overrides = Overrides::read(item, APPENDABLE, REPLACEABLE, &context)?;
        if appends && !overrides.is_empty() {
            return Err(invalid(ERROR_OVERRIDE_AND_APPEND, &context));
        }
        if !overrides.is_empty() {
            self.overriding_rule(item, &name, &source, &overrides, &context)?;
        } else if appends {
            let mut change = RuleChange { source, ..RuleChange::default() };
            if item.get("condition").is_some() {
                change.condition = Some(decode::text(item, "condition", &context)?);
            }
            if item.get("exceptions").is_some() {
                change.exceptions = Some(self.exceptions(item, &context, true)?);
            }
            self.collection.append_rule(&name, change, &context, self.vocabulary)?;
        } else if ["condition", "output", "desc", "priority"].iter().all(|key| item.get(key).is_none()) {
            let is_enabled = decode::optional_bool(item, "enabled", &context)?
                .ok_or_else(|| invalid("Item has no mapping for key 'enabled'", &context))?;
            self.result.warn(WarningCode::DeprecatedItem, WARNING_ENABLED, &context);
            self.collection.enable_rule(&name, is_enabled, &context)?;
        } else {
            self.whole_rule(item, name, &context)?;
        }
        self.warn_of_unknown_keys(item, KEYS, &context);
        Ok(())
    }

    fn whole_rule(&mut self, item: &Node, name: String, context: &Context) -> Result<(), Failure> {
        let place = |kind, key| context.with(kind, "", item.get(key).map_or(item.at, |node: &Node| node.at));
        let rule = RuleInfo {
            name,
            condition: decode::text(item, "condition", context)?,
            output: decode::text(item, "output", context)?.trim().to_owned(),
            description: decode::text(item, "desc", context)?,
            priority: priority(item, context)?,
            source: decode::optional_text(item, "source", context)?.unwrap_or_else(|| "syscall".to_owned()),
            is_source_unknown: false,
            switches: Switches {
                is_enabled: decode::optional_bool(item, "enabled", context)?.unwrap_or(true),
                captures: decode::optional_bool(item, "capture", context)?.unwrap_or(false),
                warns_of_event_types: decode::optional_bool(item, "warn_evttypes", context)?.unwrap_or(true),
                skips_if_unknown_filter: decode::optional_bool(item, "skip-if-unknown-filter", context)?
                    .unwrap_or(false),
            },
            capture_duration_milliseconds: decode::optional_number(item, "capture_duration", context)?
                .unwrap_or(0),
            tags: decode::tags(item, context)?,
            exceptions: self.exceptions(item, context, false)?,
            context: context.clone(),
            condition_context: place(PlaceKind::RuleCondition, "condition"),
            output_context: place(PlaceKind::RuleOutput, "output"),
        };
        self.collection.define_rule(rule, self.vocabulary, self.result)
    }

    fn overriding_rule(
        &mut self,
        item: &Node,
        name: &str,
        source: &str,
        overrides: &Overrides,
        context: &Context,
    ) -> Result<(), Failure> {
        let mut unused: Vec<&str> =
            REPLACEABLE.iter().copied().filter(|key| item.get(key).is_some()).collect();
        if overrides.has_appends() {
            let mut given = |key: &'static str| {
                overrides.appends(key).then(|| take_key(&mut unused, key, "append", context)).transpose()
            };
            let mut change = RuleChange::default();
            if given("condition")?.is_some() {
                source.clone_into(&mut change.source);
                change.condition = Some(decode::text(item, "condition", context)?);
            }
            if given("exceptions")?.is_some() {
                change.exceptions = Some(self.exceptions(item, context, true)?);
            }
            if given("output")?.is_some() {
                change.output = Some(decode::text(item, "output", context)?);
            }
            if given("desc")?.is_some() {
                change.description = Some(decode::text(item, "desc", context)?);
            }
            if given("tags")?.is_some() {
                change.tags = Some(decode::tags(item, context)?);
            }
            self.collection.append_rule(name, change, context, self.vocabulary)?;
        }
        if overrides.has_replacements() {
            let change = self.replacement(item, source, overrides, &mut unused, context)?;
            self.collection.replace_in_rule(name, change, context, self.vocabulary)?;
        }
        if let Some(key) = unused.first() {
            let at = item.get(key).map_or(item.at, |node| node.at);
            let problem =
                format!("Unexpected key '{key}': no corresponding entry under 'override' is defined.");
            return Err(invalid(problem, &context.with(PlaceKind::Overrides, key, at)));
        }
        Ok(())
    }

    fn replacement(
        &mut self,
        item: &Node,
        source: &str,
        overrides: &Overrides,
        unused: &mut Vec<&str>,
        context: &Context,
    ) -> Result<RuleChange, Failure> {
        let mut given = |key: &'static str| {
            overrides.replaces(key).then(|| take_key(unused, key, "replace", context)).transpose()
        };
        let mut change = RuleChange::default();
        if given("condition")?.is_some() {
            source.clone_into(&mut change.source);
            change.condition = Some(decode::text(item, "condition", context)?);
        }
        if given("exceptions")?.is_some() {
            change.exceptions = Some(self.exceptions(item, context, false)?);
        }
        if given("output")?.is_some() {
            change.output = Some(decode::text(item, "output", context)?);
        }
        if given("desc")?.is_some() {
            change.description = Some(decode::text(item, "desc", context)?);
        }
        if given("tags")?.is_some() {
            change.tags = Some(decode::tags(item, context)?);
        }
        if given("priority")?.is_some() {
            change.priority = Some(priority(item, context)?);
        }
        if given("capture")?.is_some() {
            change.captures = decode::optional_bool(item, "capture", context)?;
        }
        if given("capture_duration")?.is_some() {
            change.capture_duration_milliseconds =
                decode::optional_number(item, "capture_duration", context)?;
        }
        if given("enabled")?.is_some() {
            change.is_enabled = decode::optional_bool(item, "enabled", context)?;
        }
        if given("warn_evttypes")?.is_some() {
            change.warns_of_event_types = decode::optional_bool(item, "warn_evttypes", context)?;
        }
        if given("skip-if-unknown-filter")?.is_some() {
            change.skips_if_unknown_filter = decode::optional_bool(item, "skip-if-unknown-filter", context)?;
        }
        Ok(change)
    }

    fn exceptions(
        &mut self,
        item: &Node,
        parent: &Context,
        appends: bool,
    ) -> Result<Vec<ExceptionInfo>, Failure> {
        let mut exceptions: Vec<ExceptionInfo> = Vec::new();
        let Some(node) = item.get("exceptions").filter(|node| !node.is_null()) else { return Ok(exceptions) };
        let all = parent.with(PlaceKind::Exceptions, "", node.at);
        let Value::Sequence(items) = &node.value else {
            return Err(invalid("Rule exceptions must be a sequence", &all));
        };
        for item in items {
            let place = all.with(PlaceKind::Exception, "", item.at);
            if !matches!(item.value, Value::Mapping(_)) {
                return Err(invalid("Rule exception must be a mapping", &place));
            }
            let name = decode::text(item, "name", &place)?;
            let context = parent.with(PlaceKind::Exception, &name, item.at);
            if exceptions.iter().any(|other| other.name == name) {
                let message = format!("Multiple definitions of exception '{name}' in the same rule");
                self.result.warn(WarningCode::ExceptionNameNotUnique, message, &context);
            }
            let fields = entry_of_key(item, "fields", &context)?;
            if fields.is_none() && !appends {
                return Err(invalid("Item has no mapping for key 'fields'", &context));
            }
            let comparisons = entry_of_key(item, "comps", &context)?;
            let mut values = Vec::new();
            if let Some(node) = item.get("values") {
                let place = context.with(PlaceKind::ExceptionValues, "", node.at);
                let Value::Sequence(items) = &node.value else {
                    return Err(invalid("Rule exception values must be a sequence", &place));
                };
                for item in items {
                    values.push(entry(item, &place.with(PlaceKind::ExceptionValue, "", item.at))?);
                }
            } else if appends {
                self.result.warn(
                    WarningCode::AppendNoValues,
                    "Overriding/appending exception with no values",
                    &context,
                );
            }
            exceptions.push(ExceptionInfo { name, fields, comparisons, values, context });
        }
        Ok(exceptions)
    }
}

fn take_key(unused: &mut Vec<&str>, key: &str, operation: &str, context: &Context) -> Result<(), Failure> {
    let Some(index) = unused.iter().position(|name| *name == key) else {
        let article = if operation == "append" { "An append" } else { "An replace" };
        return Err(invalid(
            format!("{article} override for '{key}' was specified but '{key}' is not defined"),
            context,
        ));
    };
    unused.remove(index);
    Ok(())
}

fn priority(item: &Node, context: &Context) -> Result<Priority, Failure> {
    let text = decode::text(item, "priority", context)?;
    let at = item.get("priority").map_or(item.at, |node| node.at);
    Priority::named(&text)
        .ok_or_else(|| invalid("Invalid priority", &context.with(PlaceKind::RulePriority, "", at)))
}

fn entry_of_key(item: &Node, key: &str, context: &Context) -> Result<Option<Entry>, Failure> {
    let Some(node) = item.get(key) else { return Ok(None) };
    entry(node, &context.with(PlaceKind::ValueFor, key, node.at)).map(Some)
}

fn entry(node: &Node, context: &Context) -> Result<Entry, Failure> {
    match &node.value {
        Value::Scalar(text) if text.is_empty() => Err(invalid("Value must be non-empty", context)),
        Value::Scalar(text) => Ok(Entry::One(text.clone())),
        Value::Sequence(items) => {
            let mut entries = Vec::with_capacity(items.len());
            for item in items {
                entries.push(entry(item, &context.with(PlaceKind::Exception, "", item.at))?);
            }
            Ok(Entry::Many(entries))
        }
        Value::Null | Value::Mapping(_) => Ok(Entry::One(String::new())),
    }
}
