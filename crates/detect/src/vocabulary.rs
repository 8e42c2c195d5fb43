//! What conditions can talk about: the fields of [`crate::fields`], the kinds of events of `events`.

use crate::fields::{FieldId, FieldSpec, Takes};
use events::{Kind, ParameterType};
use falco::{Argument, Field, FieldError, KindSet, ValueType, Vocabulary};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The fields and kinds of events that this crate can evaluate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words;

/// The version of Falco's plugin `container` whose fields are here.
const CONTAINER_PLUGIN: &str = "0.6.0";

impl Vocabulary for Words {
    fn field(&self, name: &str, argument: Option<&str>) -> Result<Field, FieldError> {
        let unknown = || FieldError::Unknown(name.to_owned());
        let (id, spec, argument) = match by_name().get(name) {
            Some((id, spec)) => (*id, *spec, bracketed(spec, argument)?),
            None if argument.is_none() => {
                let (id, spec, word) = dotted(name).ok_or_else(unknown)?;
                (id, spec, Argument::Key(word.to_owned()))
            }
            None => return Err(unknown()),
        };
        let mut value_type = spec.value_type;
        if let (Takes::Parameter | Takes::ParameterOrIndex, Argument::Key(parameter)) =
            (spec.takes, &argument)
        {
            let found = parameter_type(parameter).ok_or_else(|| FieldError::Argument {
                name: spec.name.to_owned(),
                problem: format!("unknown event argument {parameter}"),
            })?;
            if spec.takes == Takes::Parameter {
                value_type = found;
            }
        }
        let written = match &argument {
            Argument::None => name.to_owned(),
            Argument::Key(_) if name != spec.name => name.to_owned(),
            Argument::Key(key) => format!("{name}[{key}]"),
            Argument::Index(index) => format!("{name}[{index}]"),
        };
        Ok(Field {
            id: id.number(),
            name: written,
            several: spec.manner.several(argument != Argument::None),
            argument,
            value_type,
            compares_to_fields: spec.manner.compares_to_fields(),
            takes_functions: spec.manner.takes_functions(),
            is_shown: spec.manner.is_shown(),
        })
    }

    fn check_constant(&self, field: &Field, text: &str) -> Result<(), String> {
        let is_known = field.name != "evt.type"
            || Kind::named(text).next().is_some()
            || events::syscall_number(text).is_some();
        if is_known { Ok(()) } else { Err(format!("unknown event type {text}")) }
    }

    fn kinds(&self) -> KindSet {
        KindSet::of(events::kinds().filter_map(|info| slot(info.kind)))
    }

    fn kinds_named(&self, field: &Field, text: &str) -> Option<KindSet> {
        if !matches!(field.name.as_str(), "evt.type" | "syscall.type") {
            return None;
        }
        let mut kinds = KindSet::of(Kind::named(text).filter_map(slot));
        // System calls without a kind of their own share one.
        if kinds.is_empty() && events::syscall_number(text).is_some() {
            kinds = KindSet::of(slot(Kind::GENERIC));
        }
        Some(kinds)
    }

    fn plugin_version(&self, name: &str) -> Option<&str> {
        (name == "container").then_some(CONTAINER_PLUGIN)
    }

    fn port(&self, service: &str) -> Option<u16> {
        SERVICES.iter().find(|(name, _)| *name == service).map(|(_, port)| *port)
    }
}

/// The number of a kind in sets of kinds.
pub(crate) fn slot(kind: Kind) -> Option<u16> {
    kind.slot().and_then(|slot| u16::try_from(slot).ok())
}

type ByName = HashMap<&'static str, (FieldId, &'static FieldSpec)>;

fn by_name() -> &'static ByName {
    static FIELDS: OnceLock<ByName> = OnceLock::new();
    FIELDS.get_or_init(|| FieldId::all().map(|(id, spec)| (spec.name, (id, spec))).collect())
}

/// What stands in brackets behind a field, as the field takes it.
fn bracketed(spec: &FieldSpec, argument: Option<&str>) -> Result<Argument, FieldError> {
    let wrong = |problem: String| FieldError::Argument { name: spec.name.to_owned(), problem };
    let index = |text: &str| {
        text.parse::<i64>().map(Argument::Index).map_err(|_| wrong(format!("'{text}' is not a valid number")))
    };
    let key = |text: &str| Argument::Key(text.to_owned());
    match (spec.takes, argument) {
        (Takes::Nothing | Takes::Dotted | Takes::DottedMaybe, Some(_)) => {
            Err(FieldError::Unknown(spec.name.to_owned()))
        }
        (Takes::Parameter, _) => Err(wrong("evt.arg fields must be expressed explicitly".to_owned())),
        (Takes::Dotted, None) => Err(wrong("needs a name behind a dot".to_owned())),
        (Takes::IndexOrKeyAlways | Takes::KeyAlways | Takes::ParameterOrIndex, None) => {
            Err(wrong("requires an argument".to_owned()))
        }
        (Takes::Index | Takes::ParameterOrIndex | Takes::Numbers, Some(text)) => index(text),
        (Takes::IndexOrKey | Takes::IndexOrKeyAlways, Some(text)) => {
            Ok(index(text).unwrap_or_else(|_| key(text)))
        }
        (Takes::KeyAlways, Some(text)) => Ok(key(text)),
        (_, None) => Ok(Argument::None),
    }
}

/// Fields whose argument stands behind a dot.
fn dotted(name: &str) -> Option<(FieldId, &'static FieldSpec, &str)> {
    let takes_dot = |takes| {
        matches!(takes, Takes::Parameter | Takes::ParameterOrIndex | Takes::Dotted | Takes::DottedMaybe)
    };
    name.char_indices().filter(|(_, character)| *character == '.').find_map(|(dot, _)| {
        let (id, spec) = by_name().get(&name[..dot])?;
        let word = &name[dot + 1..];
        let is_sound = takes_dot(spec.takes)
            && !word.is_empty()
            && match spec.name {
                "evt.abspath" => matches!(word, "src" | "dst"),
                "evt.type.is" => {
                    word.bytes().all(|byte| byte.is_ascii_digit()) || Kind::named(word).next().is_some()
                }
                _ => !word.contains('.'),
            };
        is_sound.then_some((*id, *spec, word))
    })
}

/// The type of the parameters of a name: that of the kind with the lowest number that has one, as libsinsp looks.
fn parameter_type(name: &str) -> Option<ValueType> {
    let of_kind =
        |info: &'static events::KindInfo| info.parameters.iter().find(|parameter| parameter.name == name);
    let (_, found) = events::kinds()
        .filter_map(|info| of_kind(info).map(|parameter| (info.kind, parameter)))
        .min_by_key(|(kind, _)| *kind)?;
    Some(match found.r#type {
        ParameterType::I8 => ValueType::Signed(8),
        ParameterType::I16 => ValueType::Signed(16),
        ParameterType::I32 | ParameterType::Fd32 | ParameterType::Pid32 => ValueType::Signed(32),
        ParameterType::I64 | ParameterType::Errno | ParameterType::Fd | ParameterType::Pid => {
            ValueType::Signed(64)
        }
        ParameterType::U8 | ParameterType::Signal | ParameterType::Flags8(_) | ParameterType::Enum8(_) => {
            ValueType::Unsigned(8)
        }
        ParameterType::U16
        | ParameterType::Syscall
        | ParameterType::Flags16(_)
        | ParameterType::Enum16(_) => ValueType::Unsigned(16),
        ParameterType::U32
        | ParameterType::Flags32(_)
        | ParameterType::Enum32(_)
        | ParameterType::Mode(_)
        | ParameterType::Uid
        | ParameterType::Gid => ValueType::Unsigned(32),
        ParameterType::U64 => ValueType::Unsigned(64),
        ParameterType::Text => ValueType::Text,
        ParameterType::Path | ParameterType::PathAt(_) => ValueType::Path,
        ParameterType::Bytes => ValueType::Bytes,
        ParameterType::Duration => ValueType::RelativeTime,
        ParameterType::Time => ValueType::AbsoluteTime,
        ParameterType::Port => ValueType::Port,
        ParameterType::Ipv4 | ParameterType::Ipv6 => ValueType::Address,
        _ => ValueType::Opaque,
    })
}

/// Names of services that rules use for ports (IANA's registry of service names).
const SERVICES: &[(&str, u16)] = &[
    ("bgp", 179),
    ("bootpc", 68),
    ("bootps", 67),
    ("domain", 53),
    ("finger", 79),
    ("ftp", 21),
    ("ftp-data", 20),
    ("git", 9418),
    ("http", 80),
    ("http-alt", 8080),
    ("https", 443),
    ("imap", 143),
    ("imap2", 143),
    ("imaps", 993),
    ("ircd", 6667),
    ("kerberos", 88),
    ("ldap", 389),
    ("ldaps", 636),
    ("microsoft-ds", 445),
    ("mysql", 3306),
    ("netbios-ns", 137),
    ("netbios-ssn", 139),
    ("nfs", 2049),
    ("ntp", 123),
    ("pop3", 110),
    ("pop3s", 995),
    ("postgresql", 5432),
    ("redis", 6379),
    ("rsync", 873),
    ("smtp", 25),
    ("smtps", 465),
    ("snmp", 161),
    ("ssh", 22),
    ("submission", 587),
    ("sunrpc", 111),
    ("syslog", 514),
    ("telnet", 23),
    ("tftp", 69),
    ("whois", 43),
    ("x11", 6000),
];
