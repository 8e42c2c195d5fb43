use super::super::view::{Key, keys};
use super::*;

fn row(name: &str, rate: f64, alerts: u64) -> Row {
    Row {
        name: name.to_owned(),
        image: "registry.example.com/team/web:1.2".to_owned(),
        processes: 3,
        events_per_sec: rate,
        events: 12_345_678,
        alerts,
        lost: 0,
    }
}

fn scene() -> Scene {
    Scene {
        hostname: "box".to_owned(),
        uptime_secs: 3661,
        events_per_sec: 1234.4,
        alert_count: 2,
        lost_count: 0,
        memory_bytes: 30 << 20,
        rows: vec![row("host", 10.0, 0), row("shop", 1000.0, 2), row("db", 224.0, 0)],
        alerts: vec![AlertLine {
            time: "12:34:56".to_owned(),
            priority: "Warning",
            container: "shop".to_owned(),
            output: "Shell below a web server (command=sh)".to_owned(),
        }],
        troubles: vec![],
    }
}

fn texts(scene: &Scene, view: &View) -> Vec<String> {
    draw(scene, view).iter().map(Line::text).collect()
}

#[track_caller]
fn fits(scene: &Scene, width: usize, height: usize) {
    let lines = texts(scene, &View::new(width, height));
    assert_eq!(lines.len(), height.max(1));
    for line in lines {
        let wide: usize = line.chars().map(|character| character.width().unwrap_or(0)).sum();
        assert!(wide <= width, "{wide} > {width}: {line}");
    }
}

#[test]
fn a_frame_of_eighty_by_twenty_four_says_all_of_it() {
    let lines = texts(&scene(), &View::new(80, 24));
    assert_eq!(lines[0], "seawall watch  box  01:01:01  1234 events/s  2 alerts  0 lost  30 MiB");
    assert_eq!(lines[2], "CONTAINER          IMAGE               PROC EVENTS/S*     EVENTS  ALERTS    LOST");
    assert_eq!(lines[3], "shop               …com/team/web:1.2      3      1000      12.3M       2       0");
    assert!(lines[4].starts_with("db ") && lines[5].starts_with("host "), "{lines:?}");
    assert!(lines[6].starts_with("ALERTS, newest first  ·  2 containers"), "{lines:?}");
    assert_eq!(lines[7], "12:34:56 Warning   shop          Shell below a web server (command=sh)");
    assert_eq!(lines[23], "q quit   s sort (events/s)   p pause   ↑↓ scroll");
}

#[test]
fn frames_fit_terminals_of_every_size() {
    let mut scene = scene();
    scene.rows.extend((0..500).map(|number| row(&format!("容器-{number}"), 1.0, 0)));
    scene.alerts = vec![scene.alerts[0].clone(); 200];
    scene.alerts[0].output = "長い".repeat(300);
    scene.troubles = vec!["x".repeat(300)];
    for width in 0..130 {
        for height in [0, 1, 5, 8, 9, 24, 100] {
            fits(&scene, width, height);
        }
    }
}

#[test]
fn escapes_in_names_and_outputs_do_not_reach_the_terminal() {
    let mut scene = scene();
    let evil = "a\x1b[2J\x07\u{9b}31m\r\nb\u{202e}";
    scene.rows[0].name = evil.to_owned();
    scene.rows[0].image = evil.to_owned();
    scene.hostname = evil.to_owned();
    scene.troubles = vec![evil.to_owned()];
    scene.alerts[0].output = evil.to_owned();
    scene.alerts[0].container = evil.to_owned();
    for line in texts(&scene, &View::new(200, 30)) {
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
    }
}

#[test]
fn keys_sort_pause_scroll_and_quit() {
    let mut view = View::new(80, 24);
    assert_eq!(
        keys(b"s\x1b[A\x1b[1;5B\x1bOBp\x1b[200~z\x03"),
        [Key::Sort, Key::Up, Key::Down, Key::Down, Key::Pause, Key::Quit]
    );
    assert_eq!(keys(b"\x1b["), []);
    for _ in 0..2 {
        view.press(Key::Sort, 3);
    }
    let scene = scene();
    let lines = texts(&scene, &view);
    assert!(lines[2].contains("ALERTS*") && lines[23].contains("s sort (alerts)"), "{lines:?}");
    view.press(Key::Pause, 3);
    assert!(texts(&scene, &view)[1].starts_with("paused"));
    assert!(view.press(Key::Quit, 3));
}

#[test]
fn rows_that_do_not_fit_are_scrolled_to() {
    let mut scene = scene();
    scene.rows = (0..100).map(|number| row(&format!("c{number:03}"), 0.0, 0)).collect();
    let mut view = View::new(80, 24);
    for _ in 0..1000 {
        view.press(Key::Down, 100);
    }
    let lines = texts(&scene, &view);
    assert!(lines.iter().any(|line| line.starts_with("c099 ")), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("above, 0 below")), "{lines:?}");
}
