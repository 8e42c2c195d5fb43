//! Recall on generated samples, and on the samples of other projects where they are at hand.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test; samples of other projects are read when they are there"
)]

mod generator;

use content::{Budget, Detector, FileView};
use generator::{Parts, held_out, samples, tuned};
use model::{LayerPath, Severity};
use std::{path::PathBuf, time::Duration};
use webshells::Webshells;

fn worst(detector: &Webshells, path: &str, text: &[u8]) -> Option<Severity> {
    let layer_path = LayerPath::new(path);
    let class = content::classify(&layer_path, text);
    let file = FileView {
        path: &layer_path,
        nested: &[],
        class,
        size: text.len() as u64,
        mode: 0o644,
        uid: 0,
        package: None,
        is_verified: false,
    };
    let mut hits = Vec::new();
    detector.examine(&file, text, &Budget::new(Duration::from_secs(60)), &mut hits).unwrap();
    hits.iter().map(|hit| hit.severity).max()
}

#[track_caller]
fn check_recall(name: &str, parts: &Parts, step: usize, count_min: usize) {
    let detector = Webshells::new().unwrap();
    let all = samples(parts, step);
    let missed: Vec<&(String, String)> = all
        .iter()
        .filter(|(_, text)| worst(&detector, "srv/www/x.php", text.as_bytes()) < Some(Severity::High))
        .collect();
    for (name, _) in missed.iter().take(40) {
        eprintln!("missed: {name}");
    }
    eprintln!("{name}: {} of {} found", all.len() - missed.len(), all.len());
    assert!(all.len() >= count_min, "{} samples", all.len());
    assert!(missed.len() * 20 <= all.len(), "{} of {} missed", missed.len(), all.len());
}

#[test]
fn samples_of_tuned_parts_are_found() {
    check_recall("tuned", &tuned::PARTS, 7, 270);
}

#[test]
fn samples_of_held_out_parts_are_found() {
    check_recall("held out", &held_out::PARTS, 7, 330);
}

/// <https://github.com/jvoisin/php-malware-finder>, data/samples; never copied into the repository.
#[test]
fn samples_of_php_malware_finder_are_found() {
    let folder = std::env::var_os("SEAWALL_PMF_SAMPLES").map(PathBuf::from);
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: SEAWALL_PMF_SAMPLES names no folder of samples");
        return;
    };
    let detector = Webshells::new().unwrap();
    let (mut found, mut all) = (0, 0);
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "php") {
                all += 1;
                let severity = worst(&detector, "srv/www/x.php", &std::fs::read(&path).unwrap());
                found += usize::from(severity >= Some(Severity::Medium));
            }
        }
    }
    assert!(all == 28 && found >= 26, "{found} of {all}");
}
