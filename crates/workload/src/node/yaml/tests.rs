use super::*;

fn one(text: &str) -> Node {
    let documents = parse_documents(text, &DocumentLimits::default());
    assert_eq!(documents.len(), 1, "{documents:?}");
    documents[0].root.clone().unwrap_or_else(|| panic!("{:?}", documents[0].problems))
}

#[test]
fn places_are_those_of_the_stream() {
    let documents = parse_documents(
        "# head\n---\na: 1\n---\nb:\n  - c: yes\n    d: {e: [1, 2]}\n",
        &DocumentLimits::default(),
    );
    assert_eq!(documents.len(), 2);
    let root = documents[1].root.as_ref().unwrap();
    let item = &root.get("b").unwrap().items()[0];
    let value = item.get("c").unwrap().place.unwrap();
    assert_eq!((value.line, value.column, value.end_column), (6, 8, 11));
    let flow = item.entry("d").unwrap().place().unwrap();
    assert_eq!((flow.line, flow.column, flow.end_line, flow.end_column), (7, 5, 7, 19));
}

#[test]
fn merge_keys_and_aliases_are_resolved() {
    let root = one("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 9\nw: {<<: *x}\n");
    let z = root.get("z").unwrap();
    let number = |key: &str| z.get(key).unwrap().integer().unwrap();
    assert_eq!((number("a"), number("b"), number("c")), (9, 2, 4));
    assert_eq!(root.at(&["w", "b"]).unwrap().integer(), Some(2));
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let documents =
        parse_documents("a: 1\n---\n{{- if .Values.x }}\nb: [\n---\nc: 3\n", &DocumentLimits::default());
    assert_eq!(documents.len(), 3);
    assert!(documents[1].root.is_none() && documents[1].problems[0].contains("line "), "{documents:?}");
    assert_eq!(documents[2].root.as_ref().unwrap().get("c").unwrap().integer(), Some(3));
}

#[test]
fn aliases_that_grow_without_bound_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
    }
    let limits = DocumentLimits { nodes_max: 20_000, ..DocumentLimits::default() };
    let documents = parse_documents(&text, &limits);
    assert!(documents[0].problems[0].contains("nodes"), "{:?}", documents[0].problems);
}

#[test]
fn depth_and_cycles_are_refused() {
    for text in
        ["[".repeat(5_000), format!("a: {}1{}", "[".repeat(200), "]".repeat(200)), "a: &a [*a]".to_owned()]
    {
        let documents = parse_documents(&text, &DocumentLimits::default());
        assert!(documents[0].root.is_none() && !documents[0].problems.is_empty());
    }
}

#[test]
fn a_repeated_key_is_a_problem_and_the_last_counts() {
    let documents = parse_documents("a: 1\na: 2\n", &DocumentLimits::default());
    assert!(documents[0].problems[0].contains("given twice"));
    assert_eq!(documents[0].root.as_ref().unwrap().get("a").unwrap().integer(), Some(2));
}

#[test]
fn json_is_read_also_with_tabs() {
    let root = one("{\n\t\"kind\":\t\"List\",\n\t\"items\": [{\"a\": null}]\n}\n");
    assert_eq!(root.get("kind").unwrap().text(), Some("List"));
    assert!(root.get("items").unwrap().items()[0].get("a").unwrap().is_null());
}

#[test]
fn truncated_and_changed_bytes_do_not_panic() {
    let text = "a: &x {b: [1, 'two', \"th\\u00e4ree\"]}\nc: |\n  block\n  more\nd: !reset\n? complex\n: *x\n---\ne: >-\n  f\n";
    for end in 0..text.len() {
        if text.is_char_boundary(end) {
            let _ = parse_documents(&text[..end], &DocumentLimits::default());
        }
        for replacement in ["{", "]", "&", "*", "\t", "-", ":", "\u{0}"] {
            if text.is_char_boundary(end) && text.is_char_boundary(end + 1) {
                let changed = format!("{}{replacement}{}", &text[..end], &text[end + 1..]);
                let _ = parse_documents(&changed, &DocumentLimits::default());
            }
        }
    }
}

#[test]
fn what_only_libyaml_takes_is_read_without_places() {
    let root = one("a:\n    b: 'one\n  two'\n");
    assert_eq!(root.at(&["a", "b"]).unwrap().text(), Some("one two"));
}
