//! The fields that conditions and outputs can name, one file a class. Names and types are those of libsinsp and of its
//! plugin `container` (`falco --list` prints them).

pub mod container;
pub mod descriptor;
pub mod event;
pub mod path;
pub mod process;
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
