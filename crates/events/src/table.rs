//! The kinds of events with their parameters.
//!
//! Numbers, names and types are those of the published event table of Falco's libraries (`driver/event_table.c`, schema
//! of 2026), because captures carry them. Here are the kinds that current captures hold: exit events, the enter events
//! of calls that open or connect, tracepoints, meta events. What older captures hold, `capture` turns into these. From
//! `0xf000` on they are Seawall's own; other readers skip kinds that they do not know.

mod files;
mod memory;
mod network;
mod other;
mod own;
mod processes;

use crate::kind::{Kind, KindInfo};

/// All kinds.
pub fn kinds() -> impl Iterator<Item = &'static KindInfo> {
    GROUPS.iter().flat_map(|group| group.iter())
}

const GROUPS: [&[KindInfo]; 6] =
    [files::FILES, memory::MEMORY, network::NETWORK, other::OTHER, processes::PROCESSES, own::OWN];

/// How many slots [`Kind::slot`] gives.
pub(crate) const SLOTS: usize = PUBLIC + OWN_MAX;
/// Numbers of published kinds are below this.
const PUBLIC: usize = 480;
const OWN_MAX: usize = 32;
pub(crate) const OWN_FIRST: u16 = 0xf000;

pub(crate) const fn slot(kind: Kind) -> Option<usize> {
    let number = kind.0 as usize;
    if number < PUBLIC {
        Some(number)
    } else if kind.0 >= OWN_FIRST && (kind.0 - OWN_FIRST) < OWN_MAX as u16 {
        Some(PUBLIC + (kind.0 - OWN_FIRST) as usize)
    } else {
        None
    }
}

pub(crate) fn info(kind: Kind) -> Option<&'static KindInfo> {
    BY_SLOT[slot(kind)?]
}

static BY_SLOT: [Option<&'static KindInfo>; SLOTS] = by_slot();

const fn by_slot() -> [Option<&'static KindInfo>; SLOTS] {
    let mut all: [Option<&'static KindInfo>; SLOTS] = [None; SLOTS];
    let mut group = 0;
    while group < GROUPS.len() {
        let kinds = GROUPS[group];
        let mut position = 0;
        while position < kinds.len() {
            match slot(kinds[position].kind) {
                Some(slot) if all[slot].is_none() => all[slot] = Some(&kinds[position]),
                _ => panic!("a kind's number is out of range, or given twice"),
            }
            position += 1;
        }
        group += 1;
    }
    all
}

/// Rows of the table: number, constant, name, category, source, traits, and parameters with type and, where it is not
/// decimal, print format.
macro_rules! kinds {
    ($group:ident; $(
        $number:literal $constant:ident $name:literal $category:ident $source:ident [$($trait:ident)*]
        { $($parameter:ident $type:ident $(($argument:expr))? $($format:ident)?),* }
    )*) => {
        impl Kind {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: Kind = Kind($number);)*
        }
        pub(super) const $group: &[KindInfo] = &[$(KindInfo {
            kind: Kind($number),
            name: $name,
            category: Category::$category,
            source: Source::$source,
            traits: Traits(0 $(| Traits::$trait.0)*),
            parameters: &[$(ParameterInfo {
                name: stringify!($parameter),
                r#type: ParameterType::$type $(($argument))?,
                format: Format::Dec $(.or(Format::$format))?,
            }),*],
        }),*];
    };
}
use kinds as kind_table;

mod prelude {
    pub(super) use super::kind_table as kinds;
    pub(super) use crate::flags;
    #[allow(unused_imports, reason = "not every group has a parameter whose type depends on another")]
    pub(super) use crate::kind::Dynamic;
    pub(super) use crate::kind::{
        Category, Format, Kind, KindInfo, ParameterInfo, ParameterType, Source, Traits,
    };
}
