use super::*;

/// The text with the change made; none when no edit was found.
fn amended(text: &str, path: &[Step<'_>], put: &Put) -> Option<String> {
    let document = parse_documents(text, &DocumentLimits::default()).remove(0);
    let edits = Amender::new(text, "x", DocumentLimits::default()).edits(&document, path, put)?;
    let edits: Edits = edits.into_iter().map(|edit| (edit.bytes, edit.text)).collect();
    made(text, &(0..text.len()), &edits)
}

#[track_caller]
fn check(text: &str, path: &[&str], put: &Put, expected: Option<&str>) {
    let path: Vec<Step<'_>> =
        path.iter().map(|part| part.parse().map_or(Step::Key(part), Step::Item)).collect();
    assert_eq!(amended(text, &path, put).as_deref(), expected);
}

fn set(text: &str) -> Put {
    Put::Set(New::plain(text))
}

fn append(text: &str) -> Put {
    Put::Append(New::text(text))
}

#[test]
fn an_entry_is_put_behind_the_last_and_comments_stay() {
    check(
        "a:\n  # first\n  b: 1 # one\n\n# end\nz: 2\n",
        &["a", "c"],
        &set("true"),
        Some("a:\n  # first\n  b: 1 # one\n  c: true\n\n# end\nz: 2\n"),
    );
    check("a:\n  b: 1", &["a", "c"], &set("true"), Some("a:\n  b: 1\n  c: true"));
    check("a:\r\n  b: 1\r\n", &["a", "c"], &set("true"), Some("a:\r\n  b: 1\r\n  c: true\r\n"));
    check(
        "a:\n  b: |\n    text\n\nz: 1\n",
        &["a", "c"],
        &set("true"),
        Some("a:\n  b: |\n    text\n  c: true\n\nz: 1\n"),
    );
    check(
        "a:\n  b: |+\n    text\n\nz: 1\n",
        &["a", "c"],
        &set("true"),
        Some("a:\n  b: |+\n    text\n\n  c: true\nz: 1\n"),
    );
}

#[test]
fn mappings_and_lists_on_the_way_are_made_in_the_style_of_their_neighbours() {
    check(
        "- name: web\n  ports:\n  - 80\n",
        &["0", "s", "drop"],
        &append("ALL"),
        Some("- name: web\n  ports:\n  - 80\n  s:\n    drop:\n    - ALL\n"),
    );
    check("a:\n  b: {}\n", &["a", "b", "c"], &append("x:y"), Some("a:\n  b: {c: [x:y]}\n"));
    check("a:\n  b:   # none yet\n", &["a", "b", "c"], &set("1"), Some("a:\n  b:   # none yet\n    c: 1\n"));
    check("a:\n  b: null\n", &["a", "b", "c"], &set("1"), Some("a:\n  b: {c: 1}\n"));
    check("a: {b: 1}\n", &["a", "c"], &set("true"), Some("a: {c: true, b: 1}\n"));
}

#[test]
fn items_are_put_behind_the_last() {
    check("a:\n  - b\n  - c # x\nz: 1\n", &["a"], &append("d"), Some("a:\n  - b\n  - c # x\n  - d\nz: 1\n"));
    check("a: [b, \"c\"]\n", &["a"], &append("d"), Some("a: [b, \"c\", d]\n"));
    check("a: []\n", &["a"], &append("d"), Some("a: [d]\n"));
    check("a:\n- - b\n  - c\n", &["a"], &append("d"), Some("a:\n- - b\n  - c\n- d\n"));
    check("a: text\n", &["a"], &append("d"), None);
}

#[test]
fn scalars_are_replaced_where_they_stand() {
    check("a: {b: false, c: 1}\n", &["a", "b"], &set("true"), Some("a: {b: true, c: 1}\n"));
    check("a: 'it''s #1' # c\nb: \"\\\"#\" # d\n", &["a"], &set("1"), Some("a: 1 # c\nb: \"\\\"#\" # d\n"));
    check("a: \"\\\"#\" # d\n", &["a"], &set("1"), Some("a: 1 # d\n"));
    check("é: 'x' # é\n", &["é"], &Put::Set(New::text("on")), Some("é: \"on\" # é\n"));
    check(
        "a:\n  - 80:80\n  - \"81:81\"\n",
        &["a", "1"],
        &Put::Set(New::text("1.2.3.4:81:81")),
        Some("a:\n  - 80:80\n  - \"1.2.3.4:81:81\"\n"),
    );
}

#[test]
fn json_stays_json() {
    check(
        "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n",
        &["a", "c"],
        &append("x"),
        Some("{\n  \"a\": {\n    \"c\": [\"x\"],\n    \"b\": 1\n  }\n}\n"),
    );
    check("{\"a\": {}}", &["a", "c"], &set("true"), Some("{\"a\": {\"c\": true}}"));
}

#[test]
fn what_would_change_something_else_too_is_not_edited() {
    // The mapping is that of both services.
    check("x: &x\n  a: 1\nb: *x\nc: *x\n", &["b", "d"], &set("1"), None);
    let merged = "x: &x\n  a: 1\nb:\n  <<: *x\n  e: 1\n";
    check(merged, &["b", "d"], &set("1"), Some("x: &x\n  a: 1\nb:\n  <<: *x\n  e: 1\n  d: 1\n"));
    check("a: b: c", &["a"], &set("1"), None);
}

#[test]
fn only_the_document_is_touched_and_the_mark_in_front_kept() {
    let text = "\u{feff}a: {b: 1}\n---\na:\n  b: 1\n---\na: 3\n";
    let documents = parse_documents(text, &DocumentLimits::default());
    let path = [Step::Key("a"), Step::Key("c")];
    for (document, expected) in
        [(0, "{c: 1, b: 1}\n---\na:\n  b: 1\n---"), (1, "{b: 1}\n---\na:\n  b: 1\n  c: 1\n---")]
    {
        let edits =
            Amender::new(text, "x", DocumentLimits::default()).edits(&documents[document], &path, &set("1"));
        let edits: Edits = edits.unwrap().into_iter().map(|edit| (edit.bytes, edit.text)).collect();
        assert_eq!(made(text, &(0..text.len()), &edits).unwrap(), format!("\u{feff}a: {expected}\na: 3\n"));
    }
}

#[test]
fn no_text_makes_it_panic() {
    let text = "a: &x\n  - {b: \"c\", d: [1, 'é']}\n  - |\n    t\ne: *x\nf:\n  <<: {g: 1}\n";
    let paths: [&[Step<'_>]; 4] = [
        &[Step::Key("a"), Step::Item(0), Step::Key("n")],
        &[Step::Key("a")],
        &[Step::Key("f"), Step::Key("n"), Step::Key("m")],
        &[Step::Key("a"), Step::Item(0), Step::Key("d")],
    ];
    for cut in 0..text.len() {
        for flip in [0_u8, 1, 0x20, 0x40] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[cut] ^= flip;
            if flip == 0 {
                bytes.truncate(cut);
            }
            let text = String::from_utf8_lossy(&bytes);
            if parse_documents(&text, &DocumentLimits::default()).is_empty() {
                continue;
            }
            for path in paths {
                for put in [set("1"), append("x")] {
                    amended(&text, path, &put);
                }
            }
        }
    }
}
