//! What the detector says about whole files, and what it survives.

#![allow(clippy::unwrap_used, reason = "a test")]

use content::{Budget, Detector, FileView, Hit};
use model::{LayerPath, Severity};
use std::time::Duration;
use webshells::{RULES, Webshells};

fn hits(path: &str, text: &[u8]) -> Vec<Hit> {
    let detector = Webshells::new().unwrap();
    examine(&detector, path, text).0
}

fn examine(detector: &Webshells, path: &str, text: &[u8]) -> (Vec<Hit>, bool) {
    let layer_path = LayerPath::new(path);
    let file = FileView {
        path: &layer_path,
        nested: &[],
        class: content::classify(&layer_path, text),
        size: text.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    let is_whole = detector.examine(&file, text, &Budget::new(Duration::from_secs(60)), &mut hits).is_ok();
    (hits, is_whole)
}

#[track_caller]
fn check(text: &str, expected: &[(&str, Severity)]) {
    let text = text.replace("%%", "");
    let found: Vec<(String, Severity)> =
        hits("srv/www/a.php", text.as_bytes()).into_iter().map(|hit| (hit.rule, hit.severity)).collect();
    let expected: Vec<(String, Severity)> =
        expected.iter().map(|(state, severity)| (format!("webshell/{state}"), *severity)).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn guards_and_escapes_are_honoured() {
    check("<?php sys%%tem('ls ' . escapeshellarg($_GET['d']));", &[]);
    check("<?php $a = (int) $_GET['a']; ex%%ec($a);", &[]);
    check("<?php $p = $_GET['p']; if (in_array($p, array('a', 'b'))) { include $p; }", &[]);
    check("<?php include 'pages/' . $_GET['p'] . '.php';", &[]);
    check("<?php $f = 'action_' . $_GET['a']; $f($_POST['b']);", &[]);
    check("<?php $map = array('a' => 'strlen'); $f = $map[$_GET['a']]; $f($_POST['b']);", &[]);
    check("<?php ass%%ert($_POST['a'] == 'b');", &[]);
    check("<?php $x = new PDO('a'); $x->ex%%ec($_GET['a']);", &[]);
}

#[test]
fn code_behind_a_prefix_is_a_weakness_and_behind_a_separator_a_shell() {
    check("<?php ex%%ec('ping ' . $_GET['h']);", &[("command-from-request", Severity::Low)]);
    check("<?php ex%%ec('cd ' . $d . '; ' . $_GET['h']);", &[("command-from-request", Severity::Critical)]);
}

#[test]
fn unpacked_code_is_followed_and_shown() {
    // echo 1; system($_GET[c]); in base64, in two pieces.
    let text = "<?php $p = 'ZWNobyAxOyBzeXN0'; $p .= 'ZW0oJF9HRVRbY10pOw=='; ev%%al(base64_dec%%ode($p));"
        .replace("%%", "");
    let found = hits("srv/www/a.php", text.as_bytes());
    let command = found.iter().find(|hit| hit.rule == "webshell/command-from-request").unwrap();
    assert!(command.evidence.iter().any(|fact| fact.contains("_GET['c']")), "{:?}", command.evidence);
    let hidden = found.iter().find(|hit| hit.rule == "webshell/hidden-code").unwrap();
    assert!(hidden.evidence.iter().any(|fact| fact.starts_with("decoded: echo 1;")), "{:?}", hidden.evidence);
    assert!(found.iter().flat_map(|hit| &hit.evidence).all(|fact| !fact.contains('\n')));
}

#[test]
fn loops_that_decode_are_run_as_written() {
    let text = "<?php $s = 'flfgrz'; $o = ''; for ($i = 0; $i < strlen($s); $i++) { $c = ord($s[$i]); \
                $o .= chr($c > 109 ? $c - 13 : $c + 13); } $o($_POST['a']);";
    let found = hits("srv/www/a.php", text.as_bytes());
    assert!(found.iter().any(|hit| hit.rule == "webshell/command-from-request"), "{found:?}");
}

#[test]
fn code_in_a_picture_is_reported_as_such() {
    let text = "GIF89a\u{1}\u{2}<?php $a = $_POST['a']; ev%%al($a); ?>".replace("%%", "");
    let found = hits("srv/www/logo.gif", text.as_bytes());
    assert!(
        found.iter().any(|hit| hit.rule == "webshell/code-in-image" && hit.severity == Severity::Critical)
    );
    assert!(hits("srv/www/logo.gif", b"GIF89a\x01<?xml \x02 \x03 <?= \x04").is_empty());
}

#[test]
fn every_hit_has_a_rule_and_a_line() {
    let text = "<?php\n\n$a = $_POST['a'];\nev%%al($a);".replace("%%", "");
    for hit in hits("a.php", text.as_bytes()) {
        assert!(RULES.iter().any(|rule| rule.id == hit.rule));
        assert_eq!(hit.line, Some(4));
        assert!(hit.evidence.iter().any(|fact| fact == "source: $_POST['a'] (line 3)"), "{:?}", hit.evidence);
    }
}

#[test]
fn hostile_code_is_bounded() {
    let detector = Webshells::new().unwrap();
    let nested = |open: &str, middle: &str, close: &str| {
        format!("<?php system($_GET[1]); $x = {}{middle}{};", open.repeat(5_000), close.repeat(5_000))
    };
    let texts = [
        nested("(", "1", ")"),
        nested("array(", "1", ")"),
        nested("f(", "$_GET[1]", ")"),
        nested("!", "1", ""),
        format!("<?php $_GET[1]; {} eval($x); {}", "if ($a) {".repeat(3_000), "}".repeat(3_000)),
        format!("<?php eval('a'{});", ".'b'".repeat(100_000)),
        format!("<?php system($_GET[1]); $a{};", "->b()".repeat(50_000)),
        "<?php for ($i = 0; $i < 100000; $i++) { $a = array($a); } eval($a); $_GET[1];".to_owned(),
        "<?php for ($i = 0; $i < 100000; $i++) { $o = new ArrayObject($o); } eval($o); $_GET[1];".to_owned(),
        "<?php $a = 'x'; while ($i++ < 99) { $a .= $a; } eval($a);".to_owned(),
        "<?php function f($x) { return f(f($x)); } eval(f($_GET[1]));".to_owned(),
        "<?php function f() { g(); g(); } function g() { h(); h(); } function h() { f(); f(); } eval(f($_GET[1]));".to_owned(),
        "<?php $c = 'eval($c);'; eval($c);".to_owned(),
        "<?php for (;;) { for (;;) { for (;;) { $x = $_GET[1]; } } } eval($x);".to_owned(),
        format!("<?php eval(str_repeat('a', {}));", i64::MAX),
        format!("<?php switch ($a) {{ {} }} eval($_GET[1]);", "case 1: ".repeat(2_000)),
    ];
    for text in texts {
        let begin = std::time::Instant::now();
        examine(&detector, "a.php", text.as_bytes());
        assert!(begin.elapsed() < Duration::from_secs(30), "{}", &text[..60]);
    }
}

#[test]
fn damaged_files_never_panic() {
    let detector = Webshells::new().unwrap();
    let seeds = [
        "<?php function d($a, &$b) { foreach ($a as $k => [$x, 'y' => $z]) { $b .= chr(ord($x) ^ 3); } return `ls $z`; } \
         class A extends B { const C = 1; static $p = [1]; function __get($n) { return $this->$n[1]{2}; } } \
         $f = fn($x) => $x ** 2; eval(base64_decode(\"ZWNobyAx\\x41{$_GET['a']['b']}\")); $$a = &$GLOBALS['x']['y']; \
         list($a, list(, $b)) = $_POST; match($x) { 1, 2 => f(...$a), default => new $c($d) }; echo <<<E\n$x {$y->z}\nE;",
        "<%@ page import=\"java.io.*\" %><% String c = request.getParameter(\"c\"); Runtime.getRuntime().exec(c); %>",
        "AddType application/x-httpd-php .jpg\nphp_value auto_prepend_file \"x.gif\"\n",
    ];
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for (seed, path) in seeds.iter().zip(["a.php", "a.jsp", ".htaccess"]) {
        for _ in 0..150 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=next(4) {
                let at = next(bytes.len());
                match next(3) {
                    0 => bytes[at] ^= 1 << next(8),
                    1 => bytes.truncate(at.max(8)),
                    _ => {
                        let piece = bytes[at..].to_vec();
                        bytes.splice(at..at, piece);
                        bytes.truncate(4_000);
                    }
                }
            }
            examine(&detector, path, &bytes);
        }
    }
}

#[test]
fn same_bytes_in_places_that_judge_alike_share_a_context() {
    let detector = Webshells::new().unwrap();
    let context = |path: &str| {
        let path = LayerPath::new(path);
        let file = FileView {
            path: &path,
            nested: &[],
            class: content::FileClass::Web,
            size: 1,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        detector.context(&file)
    };
    assert_eq!(context("srv/a/x.php"), context("srv/b/y.php"));
    assert_ne!(context("srv/a/x.php"), context("srv/uploads/x.php"));
    assert_ne!(context("srv/a/x.php"), context("srv/a/x.jsp"));
}
