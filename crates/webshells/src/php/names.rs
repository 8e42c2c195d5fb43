//! Functions of PHP by what they do, in lower case.

/// They run their argument as code.
const CODE: &[&str] = &["assert", "eval"];
/// They run their first argument as a command.
const COMMANDS: &[&str] =
    &["exec", "expect_popen", "passthru", "pcntl_exec", "popen", "proc_open", "shell_exec", "system"];
/// They make texts readable that were not.
const DECODERS: &[&str] = &[
    "base64_decode",
    "convert_uudecode",
    "gzdecode",
    "gzinflate",
    "gzuncompress",
    "hex2bin",
    "str_rot13",
    "strrev",
    "urldecode",
    "rawurldecode",
];
/// What they answer is as much from outside as their arguments.
const PASSING: &[&str] = &[
    "addcslashes",
    "array_chunk",
    "array_column",
    "array_combine",
    "array_diff",
    "array_fill",
    "array_fill_keys",
    "array_filter",
    "array_flip",
    "array_intersect",
    "array_keys",
    "array_map",
    "array_merge",
    "array_merge_recursive",
    "array_pad",
    "array_pop",
    "array_product",
    "array_replace",
    "array_reverse",
    "array_shift",
    "array_slice",
    "array_splice",
    "array_unique",
    "array_values",
    "base64_decode",
    "base64_encode",
    "chunk_split",
    "compact",
    "convert_uudecode",
    "convert_uuencode",
    "current",
    "each",
    "end",
    "explode",
    "gzdecode",
    "gzinflate",
    "gzuncompress",
    "hex2bin",
    "html_entity_decode",
    "htmlspecialchars_decode",
    "iconv",
    "implode",
    "join",
    "json_decode",
    "key",
    "lcfirst",
    "ltrim",
    "mb_convert_encoding",
    "mb_strtolower",
    "mb_strtoupper",
    "mb_substr",
    "mcrypt_decrypt",
    "mcrypt_cbc",
    "mcrypt_ecb",
    "next",
    "nl2br",
    "openssl_decrypt",
    "openssl_public_decrypt",
    "openssl_private_decrypt",
    "pack",
    "pos",
    "preg_replace",
    "preg_split",
    "prev",
    "quoted_printable_decode",
    "rawurldecode",
    "reset",
    "rtrim",
    "serialize",
    "sodium_crypto_secretbox_open",
    "sprintf",
    "sscanf",
    "str_ireplace",
    "str_pad",
    "str_repeat",
    "str_replace",
    "str_rot13",
    "str_split",
    "stripcslashes",
    "stripslashes",
    "stristr",
    "strrchr",
    "strrev",
    "strstr",
    "strtok",
    "strtolower",
    "strtoupper",
    "strtr",
    "strval",
    "substr",
    "substr_replace",
    "trim",
    "ucfirst",
    "ucwords",
    "unpack",
    "unserialize",
    "urldecode",
    "utf8_decode",
    "utf8_encode",
    "vsprintf",
    "wordwrap",
    "xml_parse",
    "array_rand",
    "array_change_key_case",
    "addslashes",
    "ereg_replace",
    "eregi_replace",
    "mb_ereg_replace",
    "mb_split",
    "split",
    "str_word_count",
    "simplexml_load_string",
    "gzencode",
    "htmlspecialchars",
    "htmlentities",
    "strip_tags",
    "iterator_to_array",
    "arrayobject",
    "arrayiterator",
];
/// They escape for a command line.
const ESCAPING: &[&str] = &["escapeshellarg", "escapeshellcmd"];
/// They answer a fingerprint.
const HASHING: &[&str] = &["crc32", "crypt", "hash", "md5", "sha1", "password_hash"];
/// Whoever asks them about a value goes on only with values that fit.
const CHECKING: &[&str] = &[
    "array_key_exists",
    "array_search",
    "checkdate",
    "ctype_alnum",
    "ctype_alpha",
    "ctype_digit",
    "ctype_xdigit",
    "in_array",
    "is_callable",
    "is_numeric",
    "is_int",
    "key_exists",
    "method_exists",
    "class_exists",
    "is_subclass_of",
    "is_a",
    "validate_file",
    "array_key_first",
    "hash_equals",
    "isallowed",
    "current_user_can",
    "is_uploaded_file",
];

pub(super) fn is_code(name: &[u8]) -> bool {
    holds(CODE, name)
}
pub(super) fn is_command(name: &[u8]) -> bool {
    holds(COMMANDS, name)
}
pub(super) fn is_decoder(name: &[u8]) -> bool {
    holds(DECODERS, name)
}
pub(super) fn is_passing(name: &[u8]) -> bool {
    holds(PASSING, name)
}
pub(super) fn is_escaping(name: &[u8]) -> bool {
    holds(ESCAPING, name)
}
pub(super) fn is_hashing(name: &[u8]) -> bool {
    holds(HASHING, name)
}
pub(super) fn is_checking(name: &[u8]) -> bool {
    holds(CHECKING, name)
}

/// A function with which a caller who chooses it, or its argument, runs code or commands.
pub(super) fn is_dangerous(name: &[u8]) -> bool {
    is_code(name)
        || is_command(name)
        || matches!(name, b"create_function" | b"preg_replace" | b"mb_ereg_replace")
}

/// Which argument of a function is a callable, and which are handed to it.
pub(super) fn callback(name: &[u8], arguments: usize) -> Option<(usize, &'static [usize])> {
    const REST: &[usize] = &[1, 2, 3, 4, 5];
    const FIRST: &[usize] = &[0];
    let last = arguments.checked_sub(1)?;
    Some(match name {
        b"call_user_func"
        | b"forward_static_call"
        | b"register_shutdown_function"
        | b"register_tick_function"
        | b"call_user_func_array"
        | b"forward_static_call_array"
        | b"array_map" => (0, REST),
        b"array_filter"
        | b"array_walk"
        | b"array_walk_recursive"
        | b"array_reduce"
        | b"usort"
        | b"uasort"
        | b"uksort" => (1, FIRST),
        b"preg_replace_callback" | b"mb_ereg_replace_callback" | b"iterator_apply" => (1, &[2]),
        b"array_diff_ukey"
        | b"array_udiff"
        | b"array_udiff_assoc"
        | b"array_diff_uassoc"
        | b"array_uintersect"
        | b"array_uintersect_assoc"
        | b"array_intersect_uassoc"
        | b"array_intersect_ukey"
        | b"array_udiff_uassoc"
        | b"array_uintersect_uassoc" => (last, &[0, 1, 2]),
        b"ob_start"
        | b"set_error_handler"
        | b"set_exception_handler"
        | b"spl_autoload_register"
        | b"header_register_callback" => (0, &[]),
        _ => return None,
    })
}

fn holds(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_say_where_the_function_and_its_data_stand() {
        assert_eq!(callback(b"usort", 2), Some((1, [0].as_slice())));
        assert_eq!(callback(b"array_udiff", 3).map(|found| found.0), Some(2));
        assert_eq!(callback(b"strlen", 1), None);
        assert_eq!(callback(b"call_user_func", 0), None);
    }
}
