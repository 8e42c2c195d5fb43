//! Files of rules, read item by item into a collection.

use crate::codes::{ErrorCode, WarningCode};
use crate::collection::Collection;
use crate::decode::{self, invalid};
use crate::diagnosis::{Context, Failure, LoadResult, PlaceKind, Source};
use crate::infos::{ListInfo, MacroInfo, Order, PluginRequirement, Version};
use crate::overrides::Overrides;
use crate::vocabulary::Vocabulary;
use crate::yaml::{self, Node, Value};
use std::sync::Arc;

/// What is told of the key `append`.
pub(crate) const WARNING_APPEND: &str = "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') \
     under 'override' instead.";
pub(crate) const ERROR_OVERRIDE_AND_APPEND: &str = "Keys 'override' and 'append: true' cannot be used together. Add \
     an 'append' entry (e.g. 'condition: append') under 'override' instead.";

/// Reads a file into a collection, up to the first error.
pub(crate) fn read(
    file: &Arc<Source>,
    collection: &mut Collection,
    vocabulary: &dyn Vocabulary,
    result: &mut LoadResult,
) -> Result<(), Failure> {
    let context = Context::of_file(file.clone());
    let documents = yaml::parse(&file.text, &collection.limits).map_err(|error| {
        let place = context.with(PlaceKind::ValueFor, "", error.at);
        Failure::new(ErrorCode::YamlParse, error.message, &place)
    })?;
    let mut reader = Reader { collection, vocabulary, result };
    for document in &documents {
        match &document.value {
            Value::Null => {}
            Value::Scalar(_) => return Err(invalid("Rules content is not yaml", &context)),
            Value::Mapping(_) => {
                return Err(invalid("Rules content is not yaml array of objects", &context));
            }
            Value::Sequence(items) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    reader.item(item, &context)?;
                }
            }
        }
    }
    Ok(())
}

pub(crate) struct Reader<'a> {
    pub(crate) collection: &'a mut Collection,
    pub(crate) vocabulary: &'a dyn Vocabulary,
    pub(crate) result: &'a mut LoadResult,
}

impl Reader<'_> {
    fn item(&mut self, item: &Node, parent: &Context) -> Result<(), Failure> {
        let place = parent.with(PlaceKind::Item, "", item.at);
        if !matches!(item.value, Value::Mapping(_)) {
            return Err(invalid(
                "Unexpected element type. Each element should be a yaml associative array.",
                &place,
            ));
        }
        if item.get("required_engine_version").is_some() {
            self.engine_version(item, parent)
        } else if let Some(versions) = item.get("required_plugin_versions") {
            self.plugin_versions(versions, parent)?;
            let place = parent.with(PlaceKind::PluginVersions, "", item.at);
            self.warn_of_unknown_keys(item, &["required_plugin_versions"], &place);
            Ok(())
        } else if item.get("list").is_some() {
            self.list(item, parent)
        } else if item.get("macro").is_some() {
            self.macro_item(item, parent)
        } else if item.get("rule").is_some() {
            self.rule(item, parent)
        } else {
            self.result.warn(WarningCode::UnknownItem, "Unknown top level item", &place);
            Ok(())
        }
    }

    pub(crate) fn warn_of_unknown_keys(&mut self, item: &Node, known: &[&str], context: &Context) {
        let Value::Mapping(entries) = &item.value else { return };
        for (key, _) in entries {
            let name = key.scalar().unwrap_or_default();
            if !known.contains(&name) {
                let message = format!("Unknown key '{name}'. The key will be ignored.");
                self.result.warn(WarningCode::UnknownKey, message, context);
            }
        }
    }

    fn engine_version(&mut self, item: &Node, parent: &Context) -> Result<(), Failure> {
        let context = parent.with(PlaceKind::EngineVersion, "", item.at);
        let text = decode::text(item, "required_engine_version", &context)?;
        // A number alone is the second of three.
        let version = match text.parse() {
            Ok(minor) => Version { major: 0, minor, patch: 0 },
            Err(_) => Version::parse(&text).ok_or_else(|| {
                let problem = format!(
                    "Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" semver format."
                );
                invalid(problem, &context)
            })?,
        };
        self.collection.require_engine(version, &context)?;
        self.warn_of_unknown_keys(item, &["required_engine_version"], &context);
        Ok(())
    }

    fn plugin_versions(&mut self, versions: &Node, parent: &Context) -> Result<(), Failure> {
        let context = parent.with(PlaceKind::PluginVersions, "", versions.at);
        let Value::Sequence(plugins) = &versions.value else {
            return Err(invalid("Value of required_plugin_versions must be a sequence", &context));
        };
        for plugin in plugins {
            let (first, place) = requirement(plugin, PlaceKind::PluginVersionsEntry, &context)?;
            let mut alternatives = vec![first];
            if let Some(others) = plugin.get("alternatives") {
                let Value::Sequence(others) = &others.value else {
                    return Err(invalid("Value of plugin version alternatives must be a sequence", &place));
                };
                for other in others {
                    alternatives.push(requirement(other, PlaceKind::PluginVersionsAlternative, &place)?.0);
                }
            }
            self.collection.require_plugin(alternatives, &place)?;
        }
        Ok(())
    }

    fn list(&mut self, item: &Node, parent: &Context) -> Result<(), Failure> {
        let name = decode::text(item, "list", &parent.with(PlaceKind::List, "", item.at))?;
        let context = parent.with(PlaceKind::List, &name, item.at);
        if !is_bare(&name) {
            self.result.warn(
                WarningCode::InvalidListName,
                "List has an invalid name. List names should match a regular expression: ([^()\"'[:space:]=,]+)",
                &context,
            );
        }
        let items = decode::texts(item, "items", &context)?
            .ok_or_else(|| invalid("Item has no mapping for key 'items'", &context))?;
        let appends = self.appends(item, "items", &context)?;
        let list = ListInfo { name, items, order: Order::default(), context: context.clone() };
        if appends {
            self.collection.append_list(list)?;
        } else {
            self.collection.define_list(list)?;
        }
        self.warn_of_unknown_keys(item, &["list", "items", "append", "override"], &context);
        Ok(())
    }

    fn macro_item(&mut self, item: &Node, parent: &Context) -> Result<(), Failure> {
        let name = decode::text(item, "macro", &parent.with(PlaceKind::Macro, "", item.at))?;
        let context = parent.with(PlaceKind::Macro, &name, item.at);
        if !is_identifier(&name) {
            self.result.warn(
                WarningCode::InvalidMacroName,
                "Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)",
                &context,
            );
        }
        let condition = decode::text(item, "condition", &context)?;
        let condition_at = item.get("condition").map_or(item.at, |node| node.at);
        let condition_context = context.with(PlaceKind::MacroCondition, "", condition_at);
        let appends = self.appends(item, "condition", &context)?;
        let info = MacroInfo {
            name,
            condition,
            order: Order::default(),
            context: context.clone(),
            condition_context,
        };
        if appends {
            self.collection.append_macro(&info)?;
        } else {
            self.collection.define_macro(info)?;
        }
        self.warn_of_unknown_keys(item, &["macro", "condition", "append", "override"], &context);
        Ok(())
    }

    /// Whether an item of one changeable key is appended.
    fn appends(&mut self, item: &Node, key: &'static str, context: &Context) -> Result<bool, Failure> {
        let append = self.append_flag(item, context)?;
        let overrides = Overrides::read(item, &[key], &[key], context)?;
        if append && !overrides.is_empty() {
            return Err(invalid(ERROR_OVERRIDE_AND_APPEND, context));
        }
        Ok(append || overrides.appends(key))
    }

    pub(crate) fn append_flag(&mut self, item: &Node, context: &Context) -> Result<bool, Failure> {
        let append = decode::optional_bool(item, "append", context)?.unwrap_or(false);
        if append {
            self.result.warn(WarningCode::DeprecatedItem, WARNING_APPEND, context);
        }
        Ok(append)
    }
}

fn requirement(
    node: &Node,
    kind: PlaceKind,
    parent: &Context,
) -> Result<(PluginRequirement, Context), Failure> {
    let place = parent.with(kind, "", node.at);
    if !matches!(node.value, Value::Mapping(_)) {
        let problem = if kind == PlaceKind::PluginVersionsEntry {
            "Plugin version must be a mapping"
        } else {
            "Plugin version alternative must be a mapping"
        };
        return Err(invalid(problem, &place));
    }
    let name = decode::text(node, "name", &place)?;
    let place = parent.with(kind, &name, node.at);
    let version = decode::text(node, "version", &place)?;
    Ok((PluginRequirement { name, version }, place))
}

pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_bare(name: &str) -> bool {
    !name.is_empty()
        && !name
            .bytes()
            .any(|byte| matches!(byte, b'(' | b')' | b'"' | b'\'' | b'=' | b',' | 0x09..=0x0d | b' '))
}
