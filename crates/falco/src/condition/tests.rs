use super::*;

fn parse(text: &str) -> Result<Expression, ConditionError> {
    parse_condition(text, DEPTH_MAX)
}

/// Accepted, also with other blanks, and printed text parses to the same tree.
#[track_caller]
fn accepts(text: &str) {
    for text in [text.to_owned(), format!(" {text} "), format!("\t{text}").replace(' ', "\n")] {
        let parsed = parse(&text).unwrap_or_else(|error| panic!("{text:?}: {error} at {:?}", error.at));
        let printed = parsed.to_string();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{printed:?} of {text:?}: {error}"));
        assert_eq!(again.to_string(), printed);
    }
}

#[track_caller]
fn refuses(text: &str) {
    if let Ok(parsed) = parse(text) {
        panic!("{text:?} is read as {parsed:?}");
    }
}

#[track_caller]
fn refuses_with(text: &str, message: &str) {
    assert_eq!(parse(text).map_err(|error| error.message), Err(message.to_owned()), "{text:?}");
}

#[track_caller]
fn prints(text: &str, printed: &str) {
    assert_eq!(parse(text).unwrap().to_string(), printed);
}

#[test]
fn connectives_bind_and_need_blanks_or_parentheses() {
    for text in [
        "web",
        "(web)",
        "web and db",
        "web and db and cache",
        "web and db and(cache)",
        "(web)and(db)",
        "web or db",
        "(web)or(db)or(cache)",
        "(web or db) and cache",
        "not web",
        "not (web)",
        "not(web)",
        "not not web",
        "not not(web)",
        "not(not(web))",
        "not(web)and(not(db))",
        "web and not db",
        "web and notdb",
        "notweb or db",
        "web and and_more",
        "web or or_more",
        "web and not not_db",
        "((web) and (db))",
    ] {
        accepts(text);
    }
    for text in [
        "web anddb",
        "weband db",
        "web and db and",
        "web and db or",
        "web and db not",
        "and web",
        "or web",
        "web or db and",
        "web not db",
        "web not db and",
        "web orb",
        "web and or db",
        "web andor db",
        "web notdb",
        "webnot db",
        "web andnot db",
        "(web)andnot(db)",
        "(web)ornot(db)",
        "web ornot db",
        "(web",
        "web)",
        "()",
        "",
        "   ",
        "#web; db",
    ] {
        refuses(text);
    }
    prints("a and (not) and b", "a and (not) and b");
    prints("a.x exists and b.y in (1, 2) or c.z=3", "(a.x exists and b.y in (1, 2)) or c.z = 3");
    prints("not not not not not(not not(not not_web))", "not (not not_web)");
    prints("a and b or c and d", "(a and b) or (c and d)");
}

#[test]
fn operators_and_what_stands_right_of_them() {
    for text in [
        "p.q exists",
        "p.q exists and web",
        "p.q existsand web",
        "p.q = v",
        "p.q =v",
        "p.q==v",
        "p.q != v",
        "p.q !=v",
        "p.q glob v*",
        "p.q iglob V?",
        "p.q contains v",
        "p.q icontains 'v w'",
        "p.q bcontains cafe",
        "p.q startswith v",
        "p.q bstartswith cafe01",
        "p.q endswith v",
        "p.q regex v.*",
        "p.q > 1",
        "p.q <1",
        "p.q >=1",
        "p.q <= 1",
        "p.q in ()",
        "p.q in()",
        "p.q in (v)",
        "p.q in (v, 'w', \"x\")",
        "p.q in names",
        "p.q intersects ()",
        "p.q pmatch (/etc, /usr)",
        "p.q = not",
        "p.q = r.s",
        "p.q=*.log",
        "p.q = 0a!@#456:/\\.;!$%^&*[]{}|",
    ] {
        accepts(text);
    }
    for text in [
        "p.q EXISTS",
        "p.q exists more",
        "p.q ===",
        "p.q === v",
        "p.q !== v",
        "p.q startswithv",
        "p.q bstartswithv",
        "p.q endswithv",
        "p.q containsv",
        "p.q icontainsv",
        "p.q bcontainsv",
        "p.q globv",
        "p.q iglobv",
        "p.q >",
        "p.q <",
        "p.q >=",
        "p.q <=",
        "p.q in",
        "p.q intersects",
        "p.q pmatch",
        "p.q in (",
        "p.q in )",
        "p.q in (v,)",
        "p.q in (v,,w)",
        "p.q in (,)",
        "p.q in ( , )",
        "p.q > (v)",
        "p.q = (v)",
        "p.q startswith (v)",
        "p.q contains (v)",
        "p.q unlike v",
        "web > 12",
        "p.q = r = 1",
        "(p.q = 1",
        "p.q = v,",
        "p.q = v=",
        "p.q = v('\")",
        "p.q=/var/lo);g/x",
    ] {
        refuses(text);
    }
}

#[test]
fn modifiers_ask_operators_of_lists() {
    for (text, printed) in [
        ("p.q startswith oneof (a, b)", "p.q startswith oneof (a, b)"),
        ("p.q = anyof (a)", "p.q = anyof (a)"),
        ("p.q != allof names", "p.q != allof names"),
        ("p.q contains anyof ('a b')", "p.q contains anyof (\"a b\")"),
        // A word that looks like a modifier stays a text when no list follows.
        ("p.q = oneof", "p.q = oneof"),
        ("p.q = oneof and web", "p.q = oneof and web"),
        ("p.q startswith anyof or web", "p.q startswith anyof or web"),
        ("p.q = oneof_them", "p.q = oneof_them"),
    ] {
        prints(text, printed);
        accepts(text);
    }
    for text in [
        "p.q in oneof (a)",
        "p.q > oneof (1)",
        "p.q = oneof(a)",
        "p.q =oneof (a)",
        "p.q startswith oneof 'a'",
    ] {
        refuses(text);
    }
}

#[test]
fn numbers_where_the_operator_wants_one() {
    for text in [
        "p.q > 1000",
        "p.q < +1",
        "p.q >= -1",
        "p.q <= 0x12345",
        "p.q <= 0XaB00AB",
        "p.q > 1.2",
        "p.q < -1.2",
        "p.q > -0.1222e+10",
        "p.q = !0.1e+10",
        "p.q = 0xAAA.1",
        "p.q = 0aaaa",
    ] {
        accepts(text);
    }
    for text in ["p.q > !0.1", "p.q < 0xAAA.1", "p.q >= 0aaaa", "p.q <= a"] {
        refuses(text);
    }
}

fn right_text(text: &str) -> Vec<u8> {
    match parse(text).unwrap().kind {
        Kind::Compare(compare) => match compare.right {
            Right::Literal { text, .. } => text,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_that_ends_with_a_backslash_is_written_so_that_it_is_read_again() {
    let condition = parse(r#"proc.name = "\x41\ ""#).unwrap();
    assert_eq!(condition.to_string(), r#"proc.name = "A\x5c""#);
    assert_eq!(parse(&condition.to_string()).unwrap().to_string(), condition.to_string());
}

#[test]
fn quotes_and_escapes() {
    for (text, bytes) in [
        (r#"p.q = """#, &b""[..]),
        ("p.q = ''", b""),
        (r#"p.q = "a \" b""#, b"a \" b"),
        (r"p.q = 'a \' b'", b"a ' b"),
        (r#"p.q = 'a " b'"#, b"a \" b"),
        (r#"p.q = "a ' b""#, b"a ' b"),
        (r"p.q = 'a \' \\''", b"a ' \\'"),
        (r#"p.q = "\b\f\n\r\t\\\/""#, b"\x08\x0c\n\r\t\\/"),
        (r#"p.q = "a \ b""#, b"a \\b"),
        (r#"p.q = "\x41\x00\xfF""#, b"A\0\xff"),
    ] {
        let found = right_text(text);
        assert_eq!(found, bytes, "{text}");
        // What is written for it reads as the same bytes.
        assert_eq!(right_text(&format!("p.q = {}", escape(&found))), found);
    }
    for text in [
        "p.q = '",
        "p.q = \"",
        "p.q = '\"",
        "p.q = \"'",
        "p.q = 'no end",
        "p.q = no start'",
        r#"p.q = "two"""#,
        r#"p.q = "\'""#,
        r#"p.q = '\"'"#,
        r#"p.q = "\q""#,
        r#"p.q = "\x4""#,
        r#"p.q = "\xzz""#,
        "p.q in ('\\q')",
    ] {
        refuses(text);
    }
    refuses_with(r#"p.q = "\w""#, "unsupported string escape sequence: \\w");
    refuses_with(r#"p.q = "\x4""#, "truncated hex char escape sequence");
    refuses_with(r#"p.q = "\x4g""#, "invalid hex char escape sequence: 4g");
}

#[test]
fn arguments_in_brackets() {
    for (text, printed) in [
        ("p.q[0] = v", "p.q[0] = v"),
        ("p.q[key] = v", "p.q[key] = v"),
        ("p.q['a key'] = v", "p.q[\"a key\"] = v"),
        ("p.q[\"\"] = v", "p.q[\"\"] = v"),
        ("p.q[+0.2e+1] = v", "p.q[\"+0.2e+1\"] = v"),
        ("p.q[a@#/\\.;!$(){}|] = v", "p.q[\"a@#/\\\\.;!$(){}|\"] = v"),
        ("getopt(p.args, \"nt:\")[t] = v", "getopt(p.args, \"nt:\")[t] = v"),
    ] {
        prints(text, printed);
    }
    let argument = |text: &str| match parse(text).unwrap().kind {
        Kind::Compare(compare) => match compare.left.kind {
            OperandKind::Field { argument, .. } => argument,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(argument("p.q = v"), None);
    assert_eq!(argument("p.q[''] = v"), Some(String::new()));
    refuses_with("p.q[] = v", "expected a valid field argument: a quoted string or a bare string");
    refuses_with("p.q['x' = v", "expected a ']' token");
    refuses_with(
        "getopt(p.args, 'n')[] = v",
        "expected a valid field argument: a quoted string or a bare string",
    );
    for text in
        ["p.q[[] = v", "p.q[]] = v", "p.q['''] = v", "p.q[a\"] = v", "p.q[ a ] = v", "p.q[ = v", "p.q] = v"]
    {
        refuses(text);
    }
}

#[test]
fn functions_on_both_sides() {
    for function in Function::ALL {
        accepts(&format!("{}(p.q) exists", function.name()));
        accepts(&format!("p.q = {}(r.s)", function.name()));
    }
    for operator in [
        "=",
        "==",
        "!=",
        "glob",
        "iglob",
        "contains",
        "icontains",
        "bcontains",
        "startswith",
        "bstartswith",
        "endswith",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "intersects",
        "pmatch",
    ] {
        accepts(&format!("p.q {operator} val(r.s)"));
        accepts(&format!("p.q {operator} b64(r.s)"));
    }
    for text in [
        "b64(toupper(p.q)) exists",
        "b64( b64(p.q )) exists",
        "(b64(p.q) exists)",
        "not b64(p.q) exists or web",
        "tolower(p.q) = b64(r.s)",
        "p.q = b64( r.s)",
        "p.q = b64 and(web)",
        "p.q = b64 or(web)",
        "p.q = 'b64(web)'",
        "join(\",\", (p.q, \"x\", 3)) = v",
        "concat(p.q, \"-\", tolower(r.s)) = v",
        "join(\",\", ()) = v",
        "len(p.q) > 3",
        "basename(p.q) in (a, b)",
        "p.q = val(r.s[1])",
    ] {
        accepts(text);
    }
    for text in [
        "val(p.q) exists",
        "b64(val(p.q)) exists",
        "b64(p.q [1]) exists",
        "made_up(p.q) exists",
        "made.up(p.q) exists",
        "b64 (p.q) exists",
        "b64\n(p.q) exists",
        "b64(web) exists",
        "b64(b64) exists",
        "b64(p.q exists",
        "p.q) exists",
        "(p.q) exists",
        "b64(b64(p.q) exists",
        "p.q = b64and(web)",
        "p.q = val(p.q [1])",
        "p.q = made_up(r.s)",
        "p.q = val(val(r.s))",
        "p.q = val(toupper(r.s))",
        "p.q = b64(val(r.s))",
        "p.q = b64 (r.s)",
        "p.q = (b64(r.s))",
        "p.q = b64(r.s))",
        "p.q = b64(r.s",
        "p.q = val(web)",
        "p.q in (b64(r.s))",
        "p.q in (a, b64(r.s))",
        "join(p.q,) = v",
        "join((p.q) = v",
        "b64() exists",
    ] {
        refuses(text);
    }
}

#[test]
fn positions_count_bytes_lines_and_columns() {
    let end = |text: &str| parse(&format!("{text} )")).map_err(|error| error.at).unwrap_err();
    assert_eq!(end("a and b"), Position { offset: 8, line: 1, column: 9 });
    assert_eq!(end("a \n and \n  b"), Position { offset: 13, line: 3, column: 5 });
    assert_eq!(parse("a and b=").unwrap_err().at.column, 8);
    let Kind::And(parts) = parse("web and\n p.q = 1").unwrap().kind else { panic!() };
    assert_eq!(parts[1].at, Position { offset: 9, line: 2, column: 2 });
}

#[test]
fn nesting_is_bounded() {
    refuses_with(&"(".repeat(100_000), "exceeded max depth limit of 100");
    accepts("((((((((((web))))))))))");
    let deep = |levels: usize| format!("{}web{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse_condition(&deep(150), DEPTH_MAX_IN_RULES).is_ok());
    assert!(parse_condition(&deep(100_000), DEPTH_MAX_IN_RULES).is_err());
    let functions = format!("{}p.q{} exists", "b64(".repeat(10_000), ")".repeat(10_000));
    refuses_with(&functions, "exceeded max depth limit of 100");
    // Many parts beside each other are no depth.
    assert!(parse(&vec!["web"; 100_000].join(" or ")).is_ok());
}

#[test]
fn damaged_conditions_never_panic() {
    let seed = "not (a.b[x] in ('a\\x41', \"c\") or join(\",\", (p.q, 1))[k] startswith oneof (d)) and web";
    for cut in 0..seed.len() {
        let _ = parse(&seed[..cut]);
        for byte in [b'(', b')', b'\'', b'\\', b' ', 0, b'['] {
            let mut damaged = seed.as_bytes().to_vec();
            damaged[cut] = byte;
            let _ = parse(&String::from_utf8_lossy(&damaged));
        }
    }
}
