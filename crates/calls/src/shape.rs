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

/// No structure has more fields: which of them were seen is one number.
pub(crate) const FIELDS_MAX: usize = 128;

impl Object {
    /// The field that Go takes the key for.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        find(self.fields, key, 0).map(|(_, field)| field)
    }

    /// The same with its number. It is looked for from `near` on first: clients write fields in the
    /// order of the structure.
    pub(crate) fn numbered(&self, key: &str, near: usize) -> Option<(usize, &'static Field)> {
        find(self.fields, key, near)
    }

    /// Whether it has many fields.
    pub(crate) fn is_large(&self) -> bool {
        self.fields.iter().map(|group| group.len()).sum::<usize>() > 24
    }

    /// Whether the key is refused here.
    #[must_use]
    pub fn is_refused(&self, key: &str) -> bool {
        find(self.refused, key, 0).is_some()
    }
}

fn find(groups: &'static [&'static [Field]], key: &str, near: usize) -> Option<(usize, &'static Field)> {
    let is_it = |field: &Field| same(field.name, key);
    position(groups, near, is_it).or_else(|| position(groups, 0, is_it)).or_else(|| {
        // Folding never shortens below the number of letters, and the two letters outside ASCII only lengthen.
        position(groups, 0, |field| field.name.len() <= key.len() && folds_to(key, field.name))
    })
}

/// The first field that fits, from a number on.
fn position(
    groups: &'static [&'static [Field]],
    near: usize,
    fits: impl Fn(&Field) -> bool,
) -> Option<(usize, &'static Field)> {
    let mut before = 0;
    for group in groups {
        let from = near.saturating_sub(before).min(group.len());
        if let Some(at) = group[from..].iter().position(&fits) {
            return Some((before + from + at, &group[from + at]));
        }
        before += group.len();
    }
    None
}

/// Whether two keys are the same. Most that have one length differ in their first letter or their last already.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len() == other.len() && one.first() == other.first() && one.last() == other.last() && one == other
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
    use crate::route::BodyKind;

    #[test]
    fn two_letters_outside_ascii_fold_to_it() {
        assert!(folds_to("Ho\u{17F}tConfig", "HostConfig"));
        assert!(folds_to("Networ\u{212A}Mode", "NetworkMode"));
        assert!(!folds_to("HostConfıg", "HostConfig"));
        assert_eq!(fold("BIND\u{17F}"), fold("binds"));
    }

    /// Each structure below a shape.
    fn structures(shape: &Shape, found: &mut Vec<&'static Object>) {
        match shape {
            Shape::List(item) | Shape::Map(item) => structures(item, found),
            Shape::Object(object) if !found.iter().any(|other| std::ptr::eq(*other, *object)) => {
                found.push(object);
                let fields = object.fields.iter().copied().flatten();
                fields.for_each(|field| structures(&field.shape, found));
            }
            _ => {}
        }
    }

    #[test]
    fn fields_of_a_structure_differ_and_are_found_wherever_the_search_begins() {
        let mut found = Vec::new();
        for route in crate::ROUTES.iter().copied().flatten() {
            if let BodyKind::Json { shape, .. } | BodyKind::OptionalJson { shape, .. } = route.body {
                structures(shape, &mut found);
            }
        }
        assert!(found.len() > 40, "{}", found.len());
        for object in found {
            let names: Vec<&str> = object.fields.iter().copied().flatten().map(|field| field.name).collect();
            assert!(names.len() <= FIELDS_MAX, "{} has {} fields", object.name, names.len());
            for (number, name) in names.iter().enumerate() {
                for near in [0, number, number + 1, names.len()] {
                    for key in [(*name).to_owned(), name.to_ascii_lowercase(), name.to_ascii_uppercase()] {
                        let (at, field) = object.numbered(&key, near).expect("it is a field");
                        assert_eq!((at, field.name), (number, *name), "{key} in {}", object.name);
                    }
                }
            }
        }
    }
}
