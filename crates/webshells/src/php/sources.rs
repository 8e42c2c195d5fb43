//! Where outside input enters (<https://www.php.net/manual/en/language.variables.superglobals.php>).

use super::value::{Datum, Key, Object, Origin, Taint, Value};
use crate::merge::excerpt;
use std::rc::Rc;

/// Class names of the special arrays; no PHP class can be called so.
pub(super) const GLOBALS: &str = "$globals";
const SERVER: &str = "$_server";
const FILES: &str = "$_files";
const FILE: &str = "$_file";

/// The value of a superglobal.
pub(super) fn superglobal(name: &[u8], line: u32) -> Option<Value> {
    let special = |class: &str| Value::object(class, vec![Value::int(i64::from(line))]);
    match name {
        b"_GET"
        | b"_POST"
        | b"_REQUEST"
        | b"_COOKIE"
        | b"HTTP_GET_VARS"
        | b"HTTP_POST_VARS"
        | b"HTTP_COOKIE_VARS"
        | b"HTTP_RAW_POST_DATA" => Some(request(&format!("${}", excerpt(name)), line)),
        b"_SERVER" | b"HTTP_SERVER_VARS" => Some(special(SERVER)),
        b"_FILES" | b"HTTP_POST_FILES" => Some(special(FILES)),
        b"GLOBALS" => Some(special(GLOBALS)),
        _ => None,
    }
}

/// A value that the sender of the request chose.
pub(super) fn request(source: &str, line: u32) -> Value {
    Value::tainted(Rc::new(Taint { source: source.to_owned(), line, origin: Origin::Request }))
}

/// A value that a distant machine chose.
pub(super) fn remote(source: &str, line: u32) -> Value {
    Value::tainted(Rc::new(Taint { source: source.to_owned(), line, origin: Origin::Remote }))
}

/// The taint of variables that were made of a tainted array.
pub(super) fn extracted(taint: &Taint) -> Rc<Taint> {
    Rc::new(Taint {
        source: format!("variables made of {}", taint.source),
        line: taint.line,
        origin: Origin::Extracted,
    })
}

/// What a command answers is not what its sender wrote.
pub(super) fn output_of(_command: &Value) -> Value {
    Value::default()
}

/// An element of a special array; `None` for other objects.
pub(super) fn element(object: &Object, key: Option<&Key>) -> Option<Value> {
    let line = object
        .arguments
        .first()
        .and_then(Value::as_int)
        .and_then(|line| u32::try_from(line).ok())
        .unwrap_or(0);
    let tainted = |source: String, origin: Origin| Value::tainted(Rc::new(Taint { source, line, origin }));
    match object.class.as_str() {
        SERVER => Some(match key {
            Some(Key::Text(name)) if is_chosen_by_sender(name) => {
                tainted(format!("$_SERVER['{}']", excerpt(name)), Origin::Request)
            }
            _ => Value::default(),
        }),
        FILES => Some(Value::object(FILE, object.arguments.clone())),
        FILE => Some(match key {
            Some(Key::Text(name)) if matches!(&**name, b"name" | b"full_path" | b"type" | b"tmp_name") => {
                tainted(format!("$_FILES[…]['{}']", excerpt(name)), Origin::Upload)
            }
            Some(_) => Value::default(),
            None => Value::object(FILE, object.arguments.clone()),
        }),
        _ => None,
    }
}

fn is_chosen_by_sender(name: &[u8]) -> bool {
    let is_header = name.starts_with(b"HTTP_") && name != b"HTTP_HOST";
    is_header
        || matches!(
            name,
            b"QUERY_STRING"
                | b"PATH_INFO"
                | b"ORIG_PATH_INFO"
                | b"REDIRECT_QUERY_STRING"
                | b"PHP_AUTH_USER"
                | b"PHP_AUTH_PW"
                | b"REQUEST_URI"
                | b"CONTENT_TYPE"
        )
}

/// An element; those of a whole superglobal are called by their key.
pub(super) fn named_element(value: &Value, key: Option<&Key>) -> Value {
    if let (Datum::Unknown, Some(taint), Some(key)) = (&value.datum, &value.taint, key)
        && taint.source.starts_with("$_")
        && !taint.source.contains('[')
    {
        let key = match key {
            Key::Int(number) => number.to_string(),
            Key::Text(text) => format!("'{}'", excerpt(text)),
        };
        let source = format!("{}[{key}]", taint.source);
        let taint = Taint { source, line: taint.line, origin: taint.origin };
        return Value { datum: Datum::Unknown, taint: Some(Rc::new(taint)), marks: value.marks };
    }
    value.element(key)
}
