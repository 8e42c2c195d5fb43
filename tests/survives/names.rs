//! Names that would steer a terminal or a page, in every format.

use crate::sandbox::Sandbox;
use testkit::{LayerEncoding, Layout, Tar};

/// Colour, title and cursor sequences, an 8-bit one, right-to-left override, a line of its own, markup, a fence.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\r\n<script>alert(1)</script>'\"]]>|`x`![a](b)${{x}}";

fn image(sandbox: &Sandbox) -> String {
    let name = HOSTILE.replace('/', "");
    let package = serde_json::json!({ "name": "minimist", "version": "1.2.0", "license": HOSTILE });
    let other = serde_json::json!({ "name": HOSTILE, "version": HOSTILE });
    let layer = Tar::new()
        .file("etc/os-release", format!("ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"{name}\"\n").as_bytes())
        .file(&format!("app/{name}/node_modules/minimist/package.json"), package.to_string().as_bytes())
        .file("other/node_modules/x/package.json", other.to_string().as_bytes())
        .file(&format!("bad/{name}/node_modules/x/package.json"), b"{")
        .symlink(&format!("{name}.link"), "../../../x")
        .hard_link(&format!("{name}.hard"), "../../../x")
        .finish();
    let mut layout = Layout::new(&sandbox.path("l"));
    let image = layout.image("amd64", &[layer], LayerEncoding::Gzip);
    layout.tag(HOSTILE, &image);
    format!("oci:{}", layout.finish().display())
}

#[test]
fn no_format_passes_on_what_would_steer_a_terminal() {
    let sandbox = Sandbox::new();
    let target = image(&sandbox);
    for format in ["table", "json", "sarif", "cyclonedx", "spdx", "openvex", "junit", "markdown", "html"] {
        let run = sandbox.run(&["scan", &target, "--no-cache", "--format", format]);
        assert_eq!(run.status, Some(1), "{format}: {}", run.stderr);
        let text = String::from_utf8(run.stdout).unwrap();
        let bad = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        assert_eq!(bad, None, "{format}");
        let is_for_people = ["table", "markdown", "html"].contains(&format);
        if is_for_people {
            assert!(!text.contains(['\u{202e}', '\u{2066}']), "{format} turns text around");
        }
        if ["html", "markdown", "junit"].contains(&format) {
            assert!(!text.contains("<script>alert(1)"), "{format} holds markup of the image");
        }
    }
    let table = sandbox.run(&["scan", &target, "--no-cache", "--color", "always"]);
    let text = String::from_utf8(table.stdout).unwrap();
    for sequence in ["\u{1b}[2J", "\u{1b}]0", "\u{7}", "\u{9b}"] {
        assert!(!text.contains(sequence), "{sequence:?}");
    }
}

#[test]
fn no_other_command_passes_on_what_would_steer_a_terminal() {
    let sandbox = Sandbox::new();
    let target = image(&sandbox);
    let empty = sandbox.path("empty");
    std::fs::create_dir(&empty).unwrap();
    let empty = format!("rootfs:{}", empty.display());
    for arguments in [
        vec!["diff", empty.as_str(), &target],
        vec!["diff", &target, &empty],
        vec!["sbom", &target, "--format", "table"],
    ] {
        let run = sandbox.run(&[arguments.as_slice(), &["--no-cache"]].concat());
        let text = String::from_utf8(run.stdout).unwrap();
        let bad = text
            .chars()
            .find(|c| c.is_control() && !matches!(c, '\n' | '\t') || "\u{202e}\u{2066}".contains(*c));
        assert_eq!(bad, None, "{arguments:?}");
    }
}

#[test]
fn errors_about_hostile_names_are_one_line_of_plain_text() {
    let sandbox = Sandbox::new();
    image(&sandbox);
    let target = format!("oci:{}:missing", sandbox.path("l").display());
    let run = sandbox.run(&["scan", &target]);
    run.assert_refused("missing");
    assert!(!run.stderr.contains('\u{202e}'), "{:?}", run.stderr);
}
