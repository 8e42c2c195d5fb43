//! What can be said of an event before it is told: whether a rule could be true for it at all.
//!
//! The kernel knows little of an event when it happens: whether the call failed, whether a container made it, how a file is opened.
//! Where these alone make every rule false, the event need not be told. An answer is exact in one direction: an event on which a
//! rule is true is never said to be without use. What is not known may be either.

use crate::fields::FieldId;
use crate::fields::container::ContainerField;
use crate::fields::descriptor::DescriptorField as D;
use crate::fields::event::EventField as E;
use falco::condition::{Modifier, Operator};
use falco::{Argument, Constant, Several, TypedKind, TypedRight};

/// What is known of an event; what is `None` may be either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The call failed.
    pub failed: Option<bool>,
    /// The call failed, and would have given the event its descriptor.
    pub opened_nothing: Option<bool>,
    /// A process of a container made it.
    pub in_container: Option<bool>,
    /// A file is opened for reading.
    pub reads: Option<bool>,
    /// A file is opened for writing.
    pub writes: Option<bool>,
    /// The call may make a file.
    pub creates: Option<bool>,
    /// What the descriptor is that the event is about.
    pub socket: Option<SocketFact>,
    /// Its protocol is TCP.
    pub is_tcp: Option<bool>,
    /// One of [`crate::Engine::path_parts`] is in the path.
    pub has_path_part: Option<bool>,
}

/// What a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketFact {
    /// Open, and no socket.
    None,
    /// A local socket.
    Unix,
    /// One of IPv4 or IPv6.
    Internet,
}

/// A part of paths that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathPart {
    /// The whole path.
    Whole(Vec<u8>),
    /// Its beginning.
    Start(Vec<u8>),
    /// Its end.
    End(Vec<u8>),
    /// Anywhere.
    Inside(Vec<u8>),
}

/// A check of which something can be said ahead: the answer, where the facts give one. A check of a value that may be missing is
/// never said to be true.
#[derive(Debug)]
pub(crate) enum Ahead {
    /// Of a value that is one of two: the answers for `false` and `true`.
    Either(Subject, [Option<bool>; 2]),
    /// Of the kind of a descriptor: whether it is false for [`SocketFact::None`], `Unix` and `Internet`.
    Socket([bool; 3]),
    /// Of the path of the file that is opened: false when none of these parts is in it.
    Path(Vec<PathPart>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Failed,
    OpenedNothing,
    InContainer,
    Reads,
    Writes,
    Creates,
    Tcp,
}

impl Ahead {
    /// The answer to the check, when the facts give one.
    pub(crate) fn answer(&self, facts: &Facts) -> Option<bool> {
        match self {
            Self::Either(subject, answers) => {
                let fact = match subject {
                    Subject::Failed => facts.failed,
                    Subject::OpenedNothing => facts.opened_nothing,
                    Subject::InContainer => facts.in_container,
                    Subject::Reads => facts.reads,
                    Subject::Writes => facts.writes,
                    Subject::Creates => facts.creates,
                    Subject::Tcp => facts.is_tcp,
                };
                answers[usize::from(fact?)]
            }
            Self::Socket(is_false) => is_false[facts.socket? as usize].then_some(false),
            Self::Path(_) => (facts.has_path_part == Some(false)).then_some(false),
        }
    }

    /// What can be said of a check; `None` when nothing.
    pub(crate) fn of(check: &falco::Check) -> Option<Self> {
        let TypedKind::Field(field) = &check.left.kind else { return None };
        if check.left.several != Several::Never {
            return None;
        }
        let TypedRight::Constants(constants) = &check.right else { return None };
        let question =
            Question { operator: check.comparison.operator, modifier: check.comparison.modifier, constants };
        match FieldId::of_number(field.id)? {
            FieldId::Event(E::Failed) => question.flag(Subject::Failed),
            FieldId::Event(E::IsOpenRead) => question.flag(Subject::Reads),
            FieldId::Event(E::IsOpenWrite) => question.flag(Subject::Writes),
            // A file that is there already may be opened with the flags of making one.
            FieldId::Event(E::IsOpenExec | E::IsOpenCreate) => match question.flag(Subject::Creates)? {
                Self::Either(subject, [no, _]) => Some(Self::Either(subject, [no, None])),
                other => Some(other),
            },
            FieldId::Event(E::RawResult) => question.number(Subject::Failed),
            FieldId::Descriptor(D::Number) => question.number(Subject::OpenedNothing),
            FieldId::Event(E::Argument) if is_result(&field.argument) => question.succeeds(b"0"),
            FieldId::Event(E::Result) => question.succeeds(b"SUCCESS"),
            FieldId::Container(ContainerField::Id) => {
                // In a container it is anything but this.
                let of_container = question.operator == Operator::Equal && question.rejects_other(b"host");
                Some(Self::Either(
                    Subject::InContainer,
                    [never(question.rejects(&[b"host"])), never(of_container)],
                ))
            }
            FieldId::Descriptor(D::Type) => {
                question.socket(&[b"unix"], &[b"ipv4", b"ipv6"], &[b"unix", b"ipv4", b"ipv6"])
            }
            // `u` is also what a descriptor of userfaultfd(2) has.
            FieldId::Descriptor(D::TypeLetter) => question.socket(&[b"u"], &[b"4", b"6"], &[b"4", b"6"]),
            FieldId::Descriptor(D::TransportProtocol) => Some(Self::Either(
                Subject::Tcp,
                [never(question.rejects_other(b"tcp")), never(question.rejects(&[b"tcp"]))],
            )),
            FieldId::Descriptor(D::Name | D::RawName) => question.path(|part| vec![part]),
            FieldId::Descriptor(D::Directory) => question.path(below),
            FieldId::Descriptor(D::FileName) => question.path(last),
            _ => None,
        }
    }
}

fn never(is_never: bool) -> Option<bool> {
    is_never.then_some(false)
}

fn is_result(argument: &Argument) -> bool {
    matches!(argument, Argument::Key(key) if key == "res")
}

/// Parts of a directory as parts of the paths of files in it, and of its own when it is opened itself. A file directly below the
/// root has no part: who looks for parts takes such paths without one.
fn below(part: PathPart) -> Vec<PathPart> {
    let with_slash = |text: &[u8]| [text, b"/"].concat();
    match part {
        PathPart::Whole(text) if text == b"/" => Vec::new(),
        PathPart::Whole(text) => vec![PathPart::Start(with_slash(&text)), PathPart::Whole(text)],
        PathPart::End(text) => vec![PathPart::Inside(with_slash(&text)), PathPart::End(text)],
        other => vec![other],
    }
}

/// Parts of a file's name as parts of its path.
fn last(part: PathPart) -> Vec<PathPart> {
    let after_slash = |text: Vec<u8>| [b"/", text.as_slice()].concat();
    vec![match part {
        PathPart::Whole(text) => PathPart::End(after_slash(text)),
        PathPart::Start(text) => PathPart::Inside(after_slash(text)),
        other => other,
    }]
}

struct Question<'c> {
    operator: Operator,
    modifier: Option<Modifier>,
    constants: &'c [Constant],
}

impl Question<'_> {
    fn flag(&self, subject: Subject) -> Option<Ahead> {
        match (self.operator, self.modifier, self.constants) {
            (Operator::Equal, None, [Constant::Bool(wanted)]) => {
                Some(Ahead::Either(subject, [Some(!wanted), Some(*wanted)]))
            }
            _ => None,
        }
    }

    /// A number that is negative, or missing, exactly when the subject is true.
    fn number(&self, subject: Subject) -> Option<Ahead> {
        let number = |constant: &Constant| match constant {
            Constant::Signed(number) => Some(*number),
            Constant::Unsigned(number) => i64::try_from(*number).ok(),
            _ => None,
        };
        let all = |fits: fn(i64) -> bool| {
            self.modifier.is_none() && self.constants.iter().all(|one| number(one).is_some_and(fits))
        };
        let (rejects_positive, rejects_negative) = match self.operator {
            Operator::Equal | Operator::In => (all(|number| number < 0), all(|number| number >= 0)),
            Operator::GreaterOrEqual => (false, all(|number| number >= 0)),
            Operator::Greater => (false, all(|number| number >= -1)),
            Operator::Less => (all(|number| number <= 0), false),
            Operator::LessOrEqual => (all(|number| number < 0), false),
            _ => (false, false),
        };
        Some(Ahead::Either(subject, [never(rejects_positive), never(rejects_negative)]))
    }

    /// A text that says this, and something else when the call failed.
    fn succeeds(&self, text: &[u8]) -> Option<Ahead> {
        Some(Ahead::Either(Subject::Failed, [None, never(self.rejects_other(text))]))
    }

    /// Whether the check is false when the value is one of these texts, or missing.
    fn rejects(&self, values: &[&[u8]]) -> bool {
        let has = |value: &[u8]| {
            self.constants.iter().any(|one| matches!(one, Constant::Bytes(text) if text == value))
        };
        match (self.operator, self.modifier) {
            (Operator::Equal | Operator::In, None) => !values.iter().any(|value| has(value)),
            (Operator::NotEqual, None) => values.iter().all(|value| has(value)),
            _ => false,
        }
    }

    /// Whether the check is false when the value is anything but this text, or missing.
    fn rejects_other(&self, value: &[u8]) -> bool {
        self.rejects_all_but(&[value])
    }

    fn rejects_all_but(&self, values: &[&[u8]]) -> bool {
        matches!(self.operator, Operator::Equal | Operator::In)
            && self.modifier.is_none()
            && self
                .constants
                .iter()
                .all(|one| matches!(one, Constant::Bytes(text) if values.contains(&text.as_slice())))
    }

    /// A check of what a descriptor is: `sockets` are those that nothing but a socket has.
    fn socket(&self, unix: &[&[u8]], internet: &[&[u8]], sockets: &[&[u8]]) -> Option<Ahead> {
        let is_false = [self.rejects_all_but(sockets), self.rejects(unix), self.rejects(internet)];
        Some(Ahead::Socket(is_false))
    }

    fn path(&self, made: fn(PathPart) -> Vec<PathPart>) -> Option<Ahead> {
        let mut parts = Vec::new();
        for constant in self.constants {
            let Constant::Bytes(text) = constant else { return None };
            let text = text.clone();
            parts.extend(made(match self.operator {
                Operator::Equal | Operator::In => PathPart::Whole(text),
                Operator::StartsWith => PathPart::Start(text),
                Operator::EndsWith => PathPart::End(text),
                Operator::Contains => PathPart::Inside(text),
                Operator::Glob => PathPart::Start(plain_start(&text)),
                Operator::PathMatch => PathPart::Start(plain_directory(&text)?),
                _ => return None,
            }));
        }
        (!parts.iter().any(is_everywhere)).then_some(Ahead::Path(parts))
    }
}

/// What a pattern begins with before its first wildcard.
fn plain_start(pattern: &[u8]) -> Vec<u8> {
    let end = pattern.iter().position(|byte| matches!(byte, b'*' | b'?' | b'[' | b'{' | b'\\'));
    pattern[..end.unwrap_or(pattern.len())].to_vec()
}

/// What paths that `pmatch` this begin with; it compares components.
fn plain_directory(pattern: &[u8]) -> Option<Vec<u8>> {
    let mut start = plain_start(pattern);
    while start.ends_with(b"/") {
        start.pop();
    }
    (start.starts_with(b"/") && !start.windows(2).any(|pair| pair == b"//")).then_some(start)
}

/// Nearly every path has it: nothing is gained by looking.
fn is_everywhere(part: &PathPart) -> bool {
    match part {
        PathPart::Whole(_) => false,
        PathPart::Start(text) | PathPart::End(text) | PathPart::Inside(text) => {
            matches!(&text[..], b"" | b"/")
        }
    }
}
