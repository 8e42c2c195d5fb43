//! The half of the parts that was looked at while the detector was made.

use super::Parts;

/// The parts.
pub(crate) const PARTS: Parts = Parts {
    sources: &[
        "$_PO%%ST['c']",
        "$_GE%%T[\"x\"]",
        "$_COOK%%IE[k]",
        "$_SER%%VER['HTTP_X_A']",
        "file_get_contents('php://in%%put')",
        "getallhea%%ders()['X-C']",
    ],
    decoders: &["{}", "base64_dec%%ode({})", "str_rot%%13(strrev({}))", "gzinf%%late(base64_dec%%ode({}))"],
    sinks: &[
        "ev%%al({});",
        "@ass%%ert({});",
        "sys%%tem({});",
        "$f = 'pass'.'thru'; $f({});",
        "array_map('ass'.'ert', array({}));",
        "call_user_func('ex%%ec', {});",
        "echo shell_%%exec({}.' 2>&1');",
        "preg_repl%%ace('/.*/e', {}, '');",
        "include({});",
    ],
    wrappings: &[
        "<?php SINK(SOURCE)",
        "<?php $a = SOURCE; $b = $a; SINK($b)",
        "<?php function run($x) { SINK($x) } run(SOURCE);",
        "<?php class A { public $p; function __construct($v) { $this->p = $v; } function __destruct() { SINK($this->p) } } new A(SOURCE);",
        "<?php if (md5($_PO%%ST['p']) == 'd41d8cd98f00b204e9800998ecf8427e') { $z = SOURCE; SINK($z) }",
        "<?php foreach (array(SOURCE) as $v) { SINK($v) }",
        "<?php $n = 'v'; $$n = SOURCE; SINK($v)",
        "<html><body><h1>It works</h1><?php $q = SOURCE; if (isset($q)) { SINK($q) } ?></body></html>",
        "GIF89a;\n<?php $a = SOURCE; SINK($a) ?>",
    ],
};
