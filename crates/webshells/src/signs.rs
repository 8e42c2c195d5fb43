//! Whether a PHP file is worth a syntax tree.

use crate::patterns::compile;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// Kinds of words that matter together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Reads the request.
    Source,
    /// Runs code or commands when called.
    Runs,
    /// Unpacks text.
    Decodes,
    /// Calls what it is given.
    Calls,
    /// Includes a file.
    Includes,
    /// Writes a file.
    Writes,
    /// Builds names.
    Hides,
}

/// Words of PHP and what they are a sign of.
pub(crate) const WORDS: &[(&str, Sign)] = &[
    ("_GET", Sign::Source),
    ("_POST", Sign::Source),
    ("_REQUEST", Sign::Source),
    ("_COOKIE", Sign::Source),
    ("_FILES", Sign::Source),
    ("_SERVER", Sign::Source),
    ("php://input", Sign::Source),
    ("HTTP_RAW_POST_DATA", Sign::Source),
    ("HTTP_POST_VARS", Sign::Source),
    ("HTTP_GET_VARS", Sign::Source),
    ("getallheaders", Sign::Source),
    ("apache_request_headers", Sign::Source),
    ("filter_input", Sign::Source),
    ("import_request_variables", Sign::Source),
    ("get_defined_vars", Sign::Source),
    ("getenv", Sign::Source),
    ("eval", Sign::Runs),
    ("assert", Sign::Runs),
    ("system", Sign::Runs),
    ("exec", Sign::Runs),
    ("passthru", Sign::Runs),
    ("popen", Sign::Runs),
    ("proc_open", Sign::Runs),
    ("create_function", Sign::Runs),
    ("ReflectionFunction", Sign::Calls),
    ("call_user_func", Sign::Calls),
    ("forward_static_call", Sign::Calls),
    ("array_map", Sign::Calls),
    ("array_filter", Sign::Calls),
    ("array_walk", Sign::Calls),
    ("array_reduce", Sign::Calls),
    ("array_diff_u", Sign::Calls),
    ("array_udiff", Sign::Calls),
    ("array_uintersect", Sign::Calls),
    ("array_intersect_u", Sign::Calls),
    ("usort", Sign::Calls),
    ("uasort", Sign::Calls),
    ("uksort", Sign::Calls),
    ("preg_replace", Sign::Calls),
    ("mb_ereg_replace", Sign::Calls),
    ("mb_eregi_replace", Sign::Calls),
    ("iterator_apply", Sign::Calls),
    ("register_shutdown_function", Sign::Calls),
    ("register_tick_function", Sign::Calls),
    ("set_error_handler", Sign::Calls),
    ("ob_start", Sign::Calls),
    ("CallbackFilterIterator", Sign::Calls),
    ("unserialize", Sign::Calls),
    ("include", Sign::Includes),
    ("require", Sign::Includes),
    ("move_uploaded_file", Sign::Writes),
    ("file_put_contents", Sign::Writes),
    ("fwrite", Sign::Writes),
    ("fputs", Sign::Writes),
    ("base64_decode", Sign::Decodes),
    ("gzinflate", Sign::Decodes),
    ("gzuncompress", Sign::Decodes),
    ("gzdecode", Sign::Decodes),
    ("str_rot13", Sign::Decodes),
    ("hex2bin", Sign::Decodes),
    ("convert_uudecode", Sign::Decodes),
    ("strrev", Sign::Decodes),
    ("chr(", Sign::Decodes),
    ("\\x", Sign::Hides),
    ("${'", Sign::Hides),
    ("${\"", Sign::Hides),
    ("'^", Sign::Hides),
    ("\"^", Sign::Hides),
    ("' ^", Sign::Hides),
    ("\" ^", Sign::Hides),
    ("'.'", Sign::Hides),
    ("\".\"", Sign::Hides),
    ("' . '", Sign::Hides),
    ("goto ", Sign::Hides),
    ("(~", Sign::Hides),
    ("$GLOBALS[", Sign::Hides),
];

/// Files of at most so many bytes are parsed for fewer signs.
const SMALL_BYTES: usize = 8 << 10;

/// A call of what a variable, an element or a string names: `$f(`, `$a[0](`, `{$f}(`, `'f'(`, `)(`.
static DYNAMIC_CALL: LazyLock<Regex> = LazyLock::new(|| {
    compile("dynamic-call", r#"(?:[^:>\w]|^)\$+\{?\w+\}?\s*(?:\[[^\]\n]{0,80}\]\s*){0,4}\(|[)\]}]\s*\(\s*[$"'@]|["']\s*\(\s*\$|new\s+\$\w+"#).expect("tested")
});
/// A callback that a variable or an expression names, or that is dangerous by its own name; unserialize of a variable.
static DYNAMIC_CALLBACK: LazyLock<Regex> = LazyLock::new(|| {
    compile("dynamic-callback", r#"(?:call_user_func(?:_array)?|array_map|forward_static_call(?:_array)?|register_(?:shutdown|tick)_function|ob_start|ReflectionFunction|unserialize)\s*\(\s*[@(]*\$|(?:array_(?:filter|walk|reduce|u?diff\w*|u?intersect\w*)|u[ak]?sort|iterator_apply|CallbackFilterIterator)\s*\([^;]{1,120},\s*@?\$\w+\s*[\[)]|['"](?:assert|system|passthru|(?:shell_)?exec|popen)['"]|preg_replace\s*\(\s*(?:\$|['\"](.)[^'\"\n]{0,200}[/#~@|!%][a-z]*e[a-z]*['\"])|mb_ereg\w*\s*\("#).expect("tested")
});
static DYNAMIC_INCLUDE: LazyLock<Regex> = LazyLock::new(|| {
    compile("dynamic-include", r#"\b(?:include|require)(?:_once)?\b[\s(@]*(?:\$|base64|str|urldecode|["'](?:php|data|zip|phar|/tmp|https?)|["'][^"']{1,80}\.(?:jpe?g|png|gif|ico|txt|log)["'])"#).expect("tested")
});

/// What the words of one file are signs of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs {
    counts: [u32; 7],
}

impl Signs {
    /// Counts a word, unless it is a part of another one or the call of a method.
    pub(crate) fn add(&mut self, word: usize, bytes: &[u8], start: usize, end: usize) {
        let (text, sign) = WORDS[word];
        if matches!(sign, Sign::Runs) && !is_call(text, bytes, start, end) {
            return;
        }
        let count = &mut self.counts[sign as usize];
        *count = count.saturating_add(1);
    }

    fn count(&self, sign: Sign) -> u32 {
        self.counts[sign as usize]
    }

    fn has(&self, sign: Sign) -> bool {
        self.count(sign) > 0
    }

    /// Whether the file is worth a syntax tree.
    pub(crate) fn is_candidate(&self, bytes: &[u8]) -> bool {
        let is_small = bytes.len() <= SMALL_BYTES;
        let (runs, source) = (self.has(Sign::Runs), self.has(Sign::Source));
        if runs && (source || self.has(Sign::Decodes) || is_small || self.count(Sign::Hides) >= 8) {
            return true;
        }
        if source && self.has(Sign::Writes) {
            return true;
        }
        if source && self.has(Sign::Includes) && DYNAMIC_INCLUDE.is_match(bytes) {
            return true;
        }
        let hides = self.has(Sign::Decodes) || self.count(Sign::Hides) >= 8;
        let may_call = source || hides || (is_small && self.has(Sign::Hides));
        let calls_back = self.has(Sign::Calls) && (is_small || DYNAMIC_CALLBACK.is_match(bytes));
        if may_call && (calls_back || DYNAMIC_CALL.is_match(bytes)) {
            return true;
        }
        // A backtick is a command in PHP, and a quote in SQL and in comments.
        (source || (is_small && self.has(Sign::Hides))) && bytes.contains(&b'`')
    }
}

fn is_call(word: &str, bytes: &[u8], start: usize, end: usize) -> bool {
    let rest = &bytes[end..bytes.len().min(end + 24)];
    let opens = rest.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte == b'(');
    let before = &bytes[start.saturating_sub(6)..start];
    let is_part = before.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'$');
    // `shell_exec` and `pcntl_exec` end in the word; `curl_exec` and other `…_exec` are not meant.
    let joined = before.ends_with(b"_")
        && !(word == "exec" && (before.ends_with(b"shell_") || before.ends_with(b"pcntl_")));
    let is_method = before.ends_with(b"->") || before.ends_with(b"::");
    let is_quoted = rest.first().is_some_and(|byte| matches!(byte, b'\'' | b'"'));
    (opens && !is_part && !joined && !is_method)
        || (is_quoted && !is_part && !joined && before.last().is_some_and(|b| matches!(b, b'\'' | b'"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: bool) {
        let mut signs = Signs::default();
        let lower = code.to_ascii_lowercase();
        for (at, (word, _)) in WORDS.iter().enumerate() {
            let word = word.to_ascii_lowercase();
            for (start, found) in lower.match_indices(&word) {
                signs.add(at, code.as_bytes(), start, start + found.len());
            }
        }
        assert_eq!(signs.is_candidate(code.as_bytes()), expected, "{code}");
    }

    #[test]
    fn candidates_bring_input_and_something_that_runs_it() {
        check("<?php $f = $_GET[1]; $f(2);", true);
        check("<?php system($x);", true);
        check("<?php echo $_GET['page'];", false);
        check("<?php $db->exec($_POST['x']); curl_exec($c); class A { function f(){ return 1; } }", false);
        check("<?php include $_GET['x'];", true);
        check("<?php include 'header.php'; echo $_GET['x'];", false);
    }
}
