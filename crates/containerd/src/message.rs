//! Messages of Protocol Buffers (protobuf.dev, "Encoding"), as far as containerd's need them.

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'m> {
    /// A number.
    Number(u64),
    /// A text, bytes or a message.
    Bytes(&'m [u8]),
}

/// The fields of a message with their numbers, as far as they can be read.
pub(crate) fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    std::iter::from_fn(move || {
        loop {
            let key = varint(&mut message)?;
            let field = match key & 7 {
                0 => Field::Number(varint(&mut message)?),
                2 => {
                    let length = usize::try_from(varint(&mut message)?).ok()?;
                    let (bytes, rest) = message.split_at_checked(length)?;
                    message = rest;
                    Field::Bytes(bytes)
                }
                // Fixed widths, which nothing here asks for.
                width @ (1 | 5) => {
                    message = message.get(if width == 1 { 8 } else { 4 }..)?;
                    continue;
                }
                _ => return None,
            };
            return Some((key >> 3, field));
        }
    })
}

/// The bytes of a field, the last when there are several.
pub(crate) fn bytes(message: &[u8], number: u64) -> &[u8] {
    repeated(message, number).last().unwrap_or_default()
}

/// The bytes of each field of a number.
pub(crate) fn repeated(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).filter_map(move |(of, field)| match field {
        Field::Bytes(bytes) if of == number => Some(bytes),
        _ => None,
    })
}

/// A text.
pub(crate) fn text(message: &[u8], number: u64) -> String {
    String::from_utf8_lossy(bytes(message, number)).into_owned()
}

/// A number, 0 when it is missing.
pub(crate) fn number(message: &[u8], number: u64) -> u64 {
    let numbers = fields(message).filter_map(|(of, field)| match field {
        Field::Number(value) if of == number => Some(value),
        _ => None,
    });
    numbers.last().unwrap_or(0)
}

/// A message of one text.
pub(crate) fn of_text(number: u8, text: &str) -> Vec<u8> {
    let mut message = vec![number << 3 | 2];
    let mut length = text.len();
    while length >= 0x80 {
        message.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    message.push(length as u8);
    message.extend_from_slice(text.as_bytes());
    message
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let long = "x".repeat(300);
        assert_eq!(text(&of_text(1, &long), 1), long);
        assert_eq!(text(&of_text(1, &long), 2), "");
    }

    #[test]
    fn every_width_is_passed_over_and_what_is_cut_ends() {
        // 1: varint 150; 2: eight bytes; 3: four bytes; 4: "hi"; 5: a group, which is no more.
        let message = b"\x08\x96\x01\x11\0\0\0\0\0\0\0\0\x1d\0\0\0\0\x22\x02hi\x2b";
        let all: Vec<_> = fields(message).collect();
        assert_eq!(all, [(1, Field::Number(150)), (4, Field::Bytes(b"hi"))]);
        for end in 0..message.len() {
            assert!(fields(&message[..end]).count() <= 2);
        }
        assert_eq!(fields(&[0xff; 20]).count(), 0);
        assert_eq!(fields(b"\x22\xff\xff\xff\xff\xff\xff\xff\xff\x7f").count(), 0);
    }
}
