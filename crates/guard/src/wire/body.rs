//! Bodies: where they end, and what they hold.

use super::WireRefusal;

/// How a message says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// Where the connection ends; responses only.
    UntilClose,
}

/// Takes the content out of a body as its bytes come.
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
}

/// What was found at the begin of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// So many bytes of framing come first.
    pub skip: usize,
    /// Then so many of content.
    pub content: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes to come.
    Length(u64),
    UntilClose,
    /// Before the size of a chunk.
    Size,
    /// Inside a chunk; its line end follows.
    Chunk(u64),
    /// Behind the content of a chunk.
    ChunkEnd,
    /// Behind the last chunk.
    Trailer,
    Done,
}

/// The line of a size is at most so long; extensions are refused with it.
const SIZE_LINE_BYTES_MAX: usize = 18;

impl BodyDecoder {
    /// For a body that is framed so.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(bytes) => State::Length(bytes),
            Framing::Chunked => State::Size,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// Whether the body has ended.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// How much content is to come, where the framing tells.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done => Some(0),
            _ => None,
        }
    }

    /// So much of what is [`left`](Self::left) was taken by somebody else.
    pub(crate) fn passed(&mut self, bytes: u64) {
        if let State::Length(left) = self.state {
            self.state = after(left.saturating_sub(bytes), State::Length, State::Done);
        }
    }

    /// Whether the end of the connection is the end of the body.
    #[must_use]
    pub fn may_end_here(&self) -> bool {
        matches!(self.state, State::Done | State::UntilClose)
    }

    /// Looks at the next bytes. `skip` and `content` bytes are used up; both 0 means that more is needed (or, when
    /// [`is_done`](Self::is_done), that the bytes belong to the next message).
    ///
    /// # Errors
    /// When the framing is malformed.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Decoded, WireRefusal> {
        let mut skip = 0;
        loop {
            let rest = &bytes[skip..];
            let content = |left: u64| usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
            match self.state {
                State::Done => return Ok(Decoded { skip, content: 0 }),
                State::UntilClose => return Ok(Decoded { skip, content: rest.len() }),
                State::Length(left) => {
                    let content = content(left);
                    self.state = after(left - content as u64, State::Length, State::Done);
                    return Ok(Decoded { skip, content });
                }
                State::Chunk(left) => {
                    let content = content(left);
                    self.state = after(left - content as u64, State::Chunk, State::ChunkEnd);
                    return Ok(Decoded { skip, content });
                }
                State::Size => match size_line(rest)? {
                    None => return Ok(Decoded { skip, content: 0 }),
                    Some((line, size)) => {
                        skip += line;
                        self.state = after(size, State::Chunk, State::Trailer);
                    }
                },
                // The end of a chunk, and that of a body without trailer fields, is an empty line.
                State::ChunkEnd | State::Trailer => {
                    let is_last = self.state == State::Trailer;
                    match rest {
                        [b'\r', b'\n', ..] => {
                            skip += 2;
                            self.state = if is_last { State::Done } else { State::Size };
                        }
                        [] | [b'\r'] => return Ok(Decoded { skip, content: 0 }),
                        _ if is_last => return Err(WireRefusal::Trailer),
                        _ => return Err(WireRefusal::Chunk),
                    }
                }
            }
        }
    }
}

fn after(left: u64, more: impl Fn(u64) -> State, done: State) -> State {
    if left == 0 { done } else { more(left) }
}

// Go's server takes spaces and extensions; nobody needs them.
fn size_line(bytes: &[u8]) -> Result<Option<(usize, u64)>, WireRefusal> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits > SIZE_LINE_BYTES_MAX - 3 {
        return Err(WireRefusal::Chunk);
    }
    match &bytes[digits..] {
        [] | [b'\r'] if digits > 0 || bytes.is_empty() => Ok(None),
        [b'\r', b'\n', ..] if digits > 0 => {
            let text = std::str::from_utf8(&bytes[..digits]).expect("digits are ASCII");
            let size = u64::from_str_radix(text, 16).map_err(|_| WireRefusal::Chunk)?;
            Ok(Some((digits + 2, size)))
        }
        _ => Err(WireRefusal::Chunk),
    }
}
