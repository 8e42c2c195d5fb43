//! What the limits and checks cost: zip and tar archives as large as usual packages, against the bare decompressors.
#![allow(missing_docs, reason = "made by a macro")]

use archives::{ArchiveLimits, open};
use content::Budget;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::time::Duration;
use zip::write::SimpleFileOptions;

/// 200 files of 2 to 20 KB that look like source code.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut state = 1_u32;
    let words =
        ["function", "return", "const", "module", "exports", "{", "}", "(", ")", ";\n", "value", "this"];
    let mut file = |number: usize| {
        let mut text = Vec::new();
        while text.len() < 2_000 + number * 90 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.extend_from_slice(words[(state >> 16) as usize % words.len()].as_bytes());
            text.push(b' ');
        }
        text
    };
    (0..200).map(|number| (format!("package/lib/{number}.js"), file(number))).collect()
}

fn compare(criterion: &mut Criterion) {
    let files = files();
    let bytes: u64 = files.iter().map(|(_, content)| content.len() as u64).sum();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    for (name, content) in &files {
        writer.start_file(name, SimpleFileOptions::default()).expect("memory can be written");
        writer.write_all(content).expect("memory can be written");
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, &content[..]).expect("memory can be written");
    }
    let zip = writer.finish().expect("memory can be written").into_inner();
    let tgz = tar.into_inner().and_then(|gzip| gzip.finish()).expect("memory can be written");
    let mut group = criterion.benchmark_group("open");
    group.throughput(Throughput::Bytes(bytes)).sample_size(20);
    let seen = |name: &str, archive: &[u8]| {
        let budget = Budget::new(Duration::from_secs(60));
        let mut sum = 0;
        let outcome = open(name, archive, &ArchiveLimits::default(), &budget, &mut |member| {
            sum += member.bytes.len();
            ControlFlow::Continue(())
        });
        assert!(outcome.is_complete() && outcome.members >= 200);
        sum
    };
    group.bench_function("zip", |bencher| bencher.iter(|| seen("a.zip", &zip)));
    group.bench_function("zip, bare", |bencher| {
        bencher.iter(|| {
            let mut archive = zip::ZipArchive::new(Cursor::new(&zip)).expect("it is one");
            let mut content = Vec::new();
            for index in 0..archive.len() {
                content.clear();
                archive.by_index(index).expect("it is there").read_to_end(&mut content).expect("it is whole");
            }
            content.len()
        });
    });
    group.bench_function("tar.gz", |bencher| bencher.iter(|| seen("a.tar.gz", &tgz)));
    group.bench_function("tar.gz, bare", |bencher| {
        bencher.iter(|| {
            let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(&tgz[..]));
            let mut content = Vec::new();
            for entry in archive.entries().expect("it is one") {
                content.clear();
                entry.expect("it is there").read_to_end(&mut content).expect("it is whole");
            }
            content.len()
        });
    });
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
