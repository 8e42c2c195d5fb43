//! Codes of errors and warnings, named and worded as Falco's (`userspace/engine/falco_load_result.cpp`).

/// Why a file was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The file could not be read.
    FileRead,
    /// It is no YAML.
    YamlParse,
    /// Its structure is not that of rules.
    YamlValidate,
    /// A condition does not compile.
    CompileCondition,
    /// An output does not compile.
    CompileOutput,
    /// A rule, macro, list or exception contradicts itself or others.
    Validate,
}

impl ErrorCode {
    /// The code as Falco writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FileRead => "LOAD_ERR_FILE_READ",
            Self::YamlParse => "LOAD_ERR_YAML_PARSE",
            Self::YamlValidate => "LOAD_ERR_YAML_VALIDATE",
            Self::CompileCondition => "LOAD_ERR_COMPILE_CONDITION",
            Self::CompileOutput => "LOAD_ERR_COMPILE_OUTPUT",
            Self::Validate => "LOAD_ERR_VALIDATE",
        }
    }

    /// What it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::FileRead => "File read error",
            Self::YamlParse => "YAML parse error",
            Self::YamlValidate => "Error validating internal structure of YAML file",
            Self::CompileCondition => "Error compiling condition",
            Self::CompileOutput => "Error compiling output",
            Self::Validate => "Error validating rule/macro/list/exception objects",
        }
    }
}

/// What is odd about a file that was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningCode {
    /// Events of a rule's source are not there; the rule is left out.
    UnknownSource,
    /// A value is compared with `<NA>`.
    UnsafeNaCheck,
    /// A rule looks at nearly all kinds of events.
    NoEventType,
    /// A rule was left out for a field that is not there.
    UnknownFilter,
    /// Nothing refers to a macro.
    UnusedMacro,
    /// Nothing refers to a list.
    UnusedList,
    /// Not a rule, macro, list or requirement.
    UnknownItem,
    /// Something that will go away.
    DeprecatedItem,
    /// An exception is appended without values.
    AppendNoValues,
    /// Two exceptions of a rule have one name.
    ExceptionNameNotUnique,
    /// No condition can name this macro.
    InvalidMacroName,
    /// No condition can name this list.
    InvalidListName,
    /// A condition means something else than it seems to.
    CompileCondition,
    /// A key that is not known.
    UnknownKey,
}

impl WarningCode {
    /// The code as Falco writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownSource => "LOAD_UNKNOWN_SOURCE",
            Self::UnsafeNaCheck => "LOAD_UNSAFE_NA_CHECK",
            Self::NoEventType => "LOAD_NO_EVTTYPE",
            Self::UnknownFilter => "LOAD_UNKNOWN_FILTER",
            Self::UnusedMacro => "LOAD_UNUSED_MACRO",
            Self::UnusedList => "LOAD_UNUSED_LIST",
            Self::UnknownItem => "LOAD_UNKNOWN_ITEM",
            Self::DeprecatedItem => "LOAD_DEPRECATED_ITEM",
            Self::AppendNoValues => "LOAD_APPEND_NO_VALUES",
            Self::ExceptionNameNotUnique => "LOAD_EXCEPTION_NAME_NOT_UNIQUE",
            Self::InvalidMacroName => "LOAD_INVALID_MACRO_NAME",
            Self::InvalidListName => "LOAD_INVALID_LIST_NAME",
            Self::CompileCondition => "LOAD_COMPILE_CONDITION",
            Self::UnknownKey => "LOAD_UNKNOWN_KEY",
        }
    }

    /// What it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::UnknownSource => "Unknown event source",
            Self::UnsafeNaCheck => "Unsafe <NA> comparison in condition",
            Self::NoEventType => "Condition has no event-type restriction",
            Self::UnknownFilter => "Unknown field or event-type in condition or output",
            Self::UnusedMacro => "Unused macro",
            Self::UnusedList => "Unused list",
            Self::UnknownItem => "Unknown rules file item",
            Self::DeprecatedItem => "Used deprecated item",
            Self::AppendNoValues => "Overriding/appending with no values",
            Self::ExceptionNameNotUnique => "Multiple exceptions defined with the same name",
            Self::InvalidMacroName => "Invalid macro name",
            Self::InvalidListName => "Invalid list name",
            Self::CompileCondition => "Warning in rule condition",
            Self::UnknownKey => "Unknown key in item definition",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::UnknownSource => "the rule is left out: name a source that is there, or remove it",
            Self::UnsafeNaCheck => "ask with 'exists' whether a field has a value",
            Self::NoEventType => "add evt.type, or 'warn_evttypes: false' when all events are meant",
            Self::UnknownFilter => "the rule is left out, as 'skip-if-unknown-filter' asks",
            Self::UnusedMacro | Self::UnusedList => "remove it, or use it in a condition",
            Self::UnknownItem => "items begin with rule, macro, list or required_engine_version",
            Self::DeprecatedItem => "it goes on to work; the message names what replaces it",
            Self::AppendNoValues => "add 'values' to the exception",
            Self::ExceptionNameNotUnique => "give each exception of a rule its own name",
            Self::InvalidMacroName => "letters, digits and underscores, a letter first",
            Self::InvalidListName => "no blanks, quotes, parentheses, commas or equal signs",
            Self::CompileCondition => "val(field) compares with a field",
            Self::UnknownKey => "the key is ignored: is it spelled right?",
        }
    }
}
