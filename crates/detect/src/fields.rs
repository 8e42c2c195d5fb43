//! The fields that conditions and outputs can name, one file a class. Names and types are those of libsinsp and of its
//! plugin `container` (`falco --list` prints them).

mod arguments;
mod capabilities;
pub mod container;
mod container_values;
pub mod descriptor;
mod descriptor_lists;
mod descriptor_values;
mod errors;
pub mod event;
mod event_values;
mod own;
pub mod path;
mod paths;
pub mod process;
mod process_values;
mod script;
mod table;
pub mod user;

pub use table::{FieldSpec, Manner, Takes};

use container::ContainerField;
use descriptor::DescriptorField;
use event::EventField;
use path::PathField;
use process::ProcessField;
use user::UserField;

/// A field of any class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// `evt.*`
    Event(EventField),
    /// `proc.*`, `thread.*`
    Process(ProcessField),
    /// `user.*`, `group.*`
    User(UserField),
    /// `fd.*`, `fdlist.*`
    Descriptor(DescriptorField),
    /// `fs.path.*`
    Path(PathField),
    /// `container.*`, `k8s.*`
    Container(ContainerField),
}

impl FieldId {
    /// Its number: the class, then the place in the class.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Event(field) => field as u16,
            Self::Process(field) => 0x100 | field as u16,
            Self::User(field) => 0x200 | field as u16,
            Self::Descriptor(field) => 0x300 | field as u16,
            Self::Path(field) => 0x400 | field as u16,
            Self::Container(field) => 0x500 | field as u16,
        }
    }

    /// The field of a number.
    #[must_use]
    pub fn of_number(number: u16) -> Option<Self> {
        let place = usize::from(number & 0xff);
        match number >> 8 {
            0 => EventField::ALL.get(place).copied().map(Self::Event),
            1 => ProcessField::ALL.get(place).copied().map(Self::Process),
            2 => UserField::ALL.get(place).copied().map(Self::User),
            3 => DescriptorField::ALL.get(place).copied().map(Self::Descriptor),
            4 => PathField::ALL.get(place).copied().map(Self::Path),
            5 => ContainerField::ALL.get(place).copied().map(Self::Container),
            _ => None,
        }
    }

    /// Every field.
    pub fn all() -> impl Iterator<Item = (Self, &'static FieldSpec)> {
        fn pair<T: Copy>(
            fields: &'static [T],
            specs: &'static [FieldSpec],
            class: fn(T) -> FieldId,
        ) -> impl Iterator<Item = (FieldId, &'static FieldSpec)> {
            fields.iter().map(move |field| class(*field)).zip(specs)
        }
        pair(EventField::ALL, EventField::SPECS, Self::Event)
            .chain(pair(ProcessField::ALL, ProcessField::SPECS, Self::Process))
            .chain(pair(UserField::ALL, UserField::SPECS, Self::User))
            .chain(pair(DescriptorField::ALL, DescriptorField::SPECS, Self::Descriptor))
            .chain(pair(PathField::ALL, PathField::SPECS, Self::Path))
            .chain(pair(ContainerField::ALL, ContainerField::SPECS, Self::Container))
    }
}
