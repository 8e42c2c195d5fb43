//! Where values of fields come from.

use crate::Value;
use crate::fields::FieldId;
use falco::Argument;

/// One event with all that is known around it.
pub trait Source {
    /// The kind of the event, as the vocabulary numbers kinds.
    fn kind(&self) -> u16;

    /// The value of a field. Text that has to be composed is written into `room`, which is empty.
    fn value<'v>(&'v self, field: FieldId, argument: &Argument, room: &'v mut Vec<u8>) -> Value<'v>;

    /// The values of a field that can have several, until `visit` returns false.
    fn each(&self, field: FieldId, argument: &Argument, visit: &mut dyn FnMut(Value<'_>) -> bool);
}
