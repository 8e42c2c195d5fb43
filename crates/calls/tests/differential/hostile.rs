//! Bodies that look like requests, and are bent in every way that is known to part readers.

use calls::{Object, Shape};

/// A generator of bodies; the same seed gives the same ones.
pub(crate) struct Hostile {
    state: u64,
    depth: u32,
}

/// Values that mean something to engines, or to readers of JSON.
const TEXTS: [&str; 24] = [
    "",
    "a",
    "host",
    "bind",
    "volume",
    "container:web",
    "/",
    "/etc",
    "/srv/data:/x:ro",
    "always",
    "SYS_ADMIN",
    "no-new-privileges:true",
    "0",
    "true",
    "null",
    "unconfined",
    "\u{17F}",
    "\u{212A}",
    "é",
    "😀",
    "\u{2028}",
    "a\"b\\c",
    "line\nend\t",
    "\u{7F}",
];
const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "-1",
    "100",
    "65535",
    "268435456",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1.0",
    "1e3",
    "-0",
    "01",
    "0.5",
    "18446744073709551615",
    "1E400",
];
const KEYS: [&str; 8] =
    ["80/tcp", "a", "A", "com.example.label", "", "k\u{212A}", "net.core.somaxconn", "device"];

impl Hostile {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, depth: 0 }
    }

    /// A number below the bound (xorshift64*, Vigna 2016).
    fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    /// Whether the one case in so many comes.
    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let at = self.below(list.len() as u64);
        list[usize::try_from(at).unwrap()]
    }

    /// A body of about this shape.
    pub(crate) fn body(&mut self, shape: &'static Shape) -> Vec<u8> {
        let mut out = Vec::new();
        self.depth = 0;
        if self.one_in(400) {
            out.extend("\u{FEFF}".as_bytes());
        }
        self.space(&mut out);
        self.value(shape, &mut out);
        self.space(&mut out);
        if self.one_in(200) {
            out.extend(self.pick(&["{}", "x", "null", "]", "\0", ",", "{\"Image\":\"b\"}"]).as_bytes());
        }
        // Now and then a byte is changed, put in or left out.
        if self.one_in(12) && !out.is_empty() {
            let at = usize::try_from(self.below(out.len() as u64)).unwrap();
            match self.below(4) {
                0 => out[at] ^= 1 << self.below(8),
                1 => out.insert(at, u8::try_from(self.below(256)).unwrap()),
                2 => {
                    out.remove(at);
                }
                _ => out.truncate(at),
            }
        }
        out
    }

    fn space(&mut self, out: &mut Vec<u8>) {
        if self.one_in(12) {
            out.extend(self.pick(&[" ", "\n", "\t", "\r\n", "  "]).as_bytes());
        }
    }

    fn value(&mut self, shape: &'static Shape, out: &mut Vec<u8>) {
        if self.one_in(25) {
            out.extend(b"null");
            return;
        }
        if self.one_in(150) {
            // Another type than the field has.
            match self.below(6) {
                0 => out.extend(b"{}"),
                1 => out.extend(b"[]"),
                2 => out.extend(b"true"),
                3 => self.text(out),
                4 => out.extend(b"[[[]]]"),
                _ => out.extend(self.pick(&NUMBERS).as_bytes()),
            }
            return;
        }
        match shape {
            Shape::Boolean => out.extend(self.pick(&["true", "false", "true"]).as_bytes()),
            Shape::Integer => {
                let number = if self.one_in(6) { self.pick(&NUMBERS) } else { self.pick(&NUMBERS[..6]) };
                out.extend(number.as_bytes());
            }
            Shape::Number => out.extend(self.pick(&["0", "0.25", "1", "1e-3"]).as_bytes()),
            Shape::Text => self.text(out),
            Shape::Words if self.one_in(4) => self.text(out),
            Shape::Words => self.list(&Shape::Text, out),
            Shape::List(item) => self.list(item, out),
            Shape::Map(item) => self.map(item, out),
            Shape::Object(object) => self.object(object, out),
            Shape::Any => out.extend(
                self.pick(&["1", "\"x\"", "[1,{\"a\":null}]", "{\"A\":1,\"a\":2}", "true"]).as_bytes(),
            ),
        }
    }

    fn list(&mut self, item: &'static Shape, out: &mut Vec<u8>) {
        out.push(b'[');
        for at in 0..self.below(3) {
            if at > 0 {
                out.push(b',');
            }
            self.value(item, out);
        }
        out.push(b']');
    }

    fn map(&mut self, item: &'static Shape, out: &mut Vec<u8>) {
        out.push(b'{');
        for at in 0..self.below(3) {
            if at > 0 {
                out.push(b',');
            }
            let key = self.pick(&KEYS);
            self.quoted(key, out);
            out.push(b':');
            self.value(item, out);
        }
        out.push(b'}');
    }

    fn object(&mut self, object: &'static Object, out: &mut Vec<u8>) {
        out.push(b'{');
        self.depth += 1;
        let groups: Vec<_> = object.fields.iter().copied().flatten().collect();
        let most = if self.depth > 4 { 2 } else { 5 };
        let mut is_first = true;
        let mut last: Option<&'static str> = None;
        for _ in 0..self.below(most) + u64::from(self.depth == 1) {
            if groups.is_empty() {
                break;
            }
            let field = groups[usize::try_from(self.below(groups.len() as u64)).unwrap()];
            // The same field again, in another spelling.
            let name = match last {
                Some(last) if self.one_in(30) => last,
                _ => field.name,
            };
            let Some(shape) = object.field(name).map(|field| &field.shape) else { continue };
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            self.space(out);
            self.key(name, out);
            self.space(out);
            out.push(b':');
            self.space(out);
            self.value(shape, out);
            self.space(out);
            last = Some(name);
        }
        if self.one_in(40) {
            if !is_first {
                out.push(b',');
            }
            let name = self.pick(&[
                "Wall",
                "Privileged",
                "Binds",
                "Memory",
                "Cpuset",
                "hostconfıg",
                "ſ",
                "HostConfig ",
            ]);
            self.key(name, out);
            out.extend(b":true");
        }
        self.depth -= 1;
        out.push(b'}');
    }

    /// A name in one of the spellings that Go takes for it.
    fn key(&mut self, name: &str, out: &mut Vec<u8>) {
        let spelled: String = match self.below(8) {
            0 => name.to_lowercase(),
            1 => name.to_uppercase(),
            2 => name.chars().map(|c| if matches!(c, 's' | 'S') { '\u{17F}' } else { c }).collect(),
            3 => name.chars().map(|c| if matches!(c, 'k' | 'K') { '\u{212A}' } else { c }).collect(),
            4 => name
                .chars()
                .enumerate()
                .map(|(at, c)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
                .collect(),
            _ => name.to_owned(),
        };
        self.quoted(&spelled, out);
    }

    fn text(&mut self, out: &mut Vec<u8>) {
        if self.one_in(120) {
            // Texts that readers repair differently.
            let broken: &[u8] = match self.below(6) {
                0 => b"\"\\ud800\"",
                1 => b"\"\\udc00\\ud800\"",
                2 => b"\"\xFF\xFE\"",
                3 => b"\"\\u0000\"",
                4 => b"\"\xED\xA0\x80\"",
                _ => b"\"\\ud83d\\ude00\"",
            };
            out.extend(broken);
            return;
        }
        let text = self.pick(&TEXTS);
        self.quoted(text, out);
    }

    /// A text of JSON, some of its letters escaped.
    fn quoted(&mut self, text: &str, out: &mut Vec<u8>) {
        out.push(b'"');
        let mut units = [0; 2];
        for letter in text.chars() {
            let must = letter < ' ' || matches!(letter, '"' | '\\');
            if must || self.one_in(40) {
                for unit in letter.encode_utf16(&mut units) {
                    out.extend(format!("\\u{unit:04x}").as_bytes());
                }
            } else {
                out.extend(letter.to_string().as_bytes());
            }
        }
        out.push(b'"');
    }
}
