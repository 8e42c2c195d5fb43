//! What a JSON value must look like, as Go's `encoding/json` would take it.

/// What a JSON value must look like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// True or false.
    Boolean,
    /// A whole number that 64 bits with a sign hold.
    Integer,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list of texts, or one text alone (Go: `strslice.StrSlice`).
    Words,
    /// A list.
    List(&'static Shape),
    /// A map: keys are data, their case counts.
    Map(&'static Shape),
    /// A structure: keys are names of fields, their case does not count.
    Object(&'static Object),
    /// Anything.
    Any,
}

/// A structure of the API.
#[derive(Debug)]
pub struct Object {
    /// What it is called in messages.
    pub name: &'static str,
    /// Its fields, in groups that structures share.
    pub fields: &'static [&'static [Field]],
    /// Names that are no fields here but were once taken for some of another structure: they are refused.
    pub refused: &'static [&'static [Field]],
}

/// A field of a structure.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name as the API writes it.
    pub name: &'static str,
    /// Its value.
    pub shape: Shape,
}

impl Object {
    /// The field that Go takes the key for.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        find(self.fields, key)
    }

    /// Whether the key is refused here.
    #[must_use]
    pub fn is_refused(&self, key: &str) -> bool {
        find(self.refused, key).is_some()
    }
}

fn find(groups: &'static [&'static [Field]], key: &str) -> Option<&'static Field> {
    let all = || groups.iter().copied().flatten();
    all().find(|field| field.name == key).or_else(|| {
        // Folding never shortens below the number of letters, and the two letters outside ASCII only lengthen.
        all().find(|field| field.name.len() <= key.len() && folds_to(key, field.name))
    })
}

/// Whether Go takes the key for the field (`encoding/json`, `foldName`): names of fields are ASCII, so only the letters
/// that fold to ASCII count.
fn folds_to(key: &str, field: &str) -> bool {
    if key.is_ascii() {
        return key.eq_ignore_ascii_case(field);
    }
    key.chars().map(fold_letter).eq(field.chars().map(fold_letter))
}

const fn fold_letter(letter: char) -> char {
    match letter {
        // The only two outside ASCII that fold to it (Unicode, CaseFolding.txt).
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}

/// The key as Go folds it, for comparing keys.
#[must_use]
pub fn fold(key: &str) -> String {
    if key.is_ascii() {
        return key.to_ascii_lowercase();
    }
    // Letters outside ASCII that differ in case alone are one key too: stricter than need be, never laxer.
    key.chars().map(fold_letter).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_letters_outside_ascii_fold_to_it() {
        assert!(folds_to("Ho\u{17F}tConfig", "HostConfig"));
        assert!(folds_to("Networ\u{212A}Mode", "NetworkMode"));
        assert!(!folds_to("HostConfıg", "HostConfig"));
        assert_eq!(fold("BIND\u{17F}"), fold("binds"));
    }
}
