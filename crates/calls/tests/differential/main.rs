//! Bodies as Go's own decoder reads them, against what is forwarded and what is judged.
//!
//! For every body that is taken: Go must read the client's bytes and ours as the same request, and as what we see of it. The
//! judge is `tests/go`, built with Go and moby's types; without Go or its modules the test says so and is skipped.
//! `SEAWALL_DIFFERENTIAL_CASES=10000000 cargo test --release -p calls --test differential -- --nocapture` runs as many.
#![allow(clippy::disallowed_methods, reason = "tests run programs and read files")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod hostile;

use calls::{BodyKind, Head, Json, Limits, Shape, UnknownKeys, read, route};
use hostile::Hostile;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const KINDS: [(&str, &str); 6] = [
    ("containers.create", "/containers/create"),
    ("containers.update", "/containers/web/update"),
    ("containers.exec", "/containers/web/exec"),
    ("volumes.create", "/volumes/create"),
    ("networks.create", "/networks/create"),
    ("services.create", "/services/create"),
];

/// The judge, built where the test keeps its files; the reason when it cannot be.
fn judge() -> Result<PathBuf, String> {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("differential");
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/go");
    std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    for file in ["main.go", "go.mod", "go.sum"] {
        std::fs::copy(source.join(file), directory.join(file)).map_err(|error| error.to_string())?;
    }
    let built = Command::new("go")
        .args(["build", "-mod=mod", "-o", "differential", "."])
        .current_dir(&directory)
        .output()
        .map_err(|error| format!("no Go ({error})"))?;
    if !built.status.success() {
        return Err(format!("the judge cannot be built: {}", String::from_utf8_lossy(&built.stderr).trim()));
    }
    Ok(directory.join("differential"))
}

/// What is seen of a body: without the keys that name no field, of which Go does not tell either.
fn known(json: &Json, shape: &Shape) -> Json {
    match (json, shape) {
        (Json::Object(entries), Shape::Object(object)) => {
            let fields = entries.iter().filter_map(|(key, value)| {
                let field = object.fields.iter().copied().flatten().find(|field| field.name == key)?;
                Some((key.clone(), known(value, &field.shape)))
            });
            Json::Object(fields.collect())
        }
        (Json::Object(entries), Shape::Map(item)) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), known(value, item))).collect())
        }
        (Json::List(items), Shape::List(item)) => {
            Json::List(items.iter().map(|value| known(value, item)).collect())
        }
        _ => json.clone(),
    }
}

#[test]
fn go_reads_what_we_read_and_what_we_forward() {
    let judge = match judge() {
        Ok(judge) => judge,
        Err(reason) => {
            println!("skipped: {reason}");
            return;
        }
    };
    let cases: u64 =
        std::env::var("SEAWALL_DIFFERENTIAL_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(30_000);
    let seed: u64 =
        std::env::var("SEAWALL_DIFFERENTIAL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut child = Command::new(judge)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge was just built");
    let mut output = child.stdout.take().unwrap();
    let told = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let mut input = BufWriter::with_capacity(1 << 20, child.stdin.take().unwrap());
    let mut hostile = Hostile::new(seed);
    let strict = Limits { unknown_keys: UnknownKeys::Refuse, ..Limits::default() };
    let lax = Limits::default();
    let mut taken = 0_u64;
    for number in 0..cases {
        let kind = if number % 2 == 0 { 0 } else { usize::try_from(number / 2 % 6).unwrap() };
        let (id, target) = KINDS[kind];
        let BodyKind::Json { shape, .. } = route(id).unwrap().body else { unreachable!() };
        let body = hostile.body(shape);
        let limits = if number % 3 == 0 { &lax } else { &strict };
        let head = Head {
            method: "POST",
            target,
            content_type: Some("application/json"),
            has_body: true,
            upgrade: None,
        };
        let Ok(call) = read(&head, limits).unwrap().with_body(&body, limits) else { continue };
        taken += 1;
        let forwarded = call.body_bytes();
        let view = known(call.body().unwrap(), shape).to_value().to_string();
        input.write_all(&[u8::try_from(kind).unwrap()]).unwrap();
        for part in [&body, &forwarded, view.as_bytes()] {
            input.write_all(&u32::try_from(part.len()).unwrap().to_le_bytes()).unwrap();
            input.write_all(part).unwrap();
        }
    }
    drop(input);
    let text = told.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    println!("cases {cases}, taken {taken}; {}", text.trim());
    assert!(text.contains(" DIFFERENT 0"), "{text}");
    assert!(taken * 5 > cases, "hardly any body is taken: {taken} of {cases}");
    let (_, rest) = text.split_once(" TAKEN ").unwrap();
    let by_go: u64 = rest.split(' ').next().unwrap().parse().unwrap();
    assert!(by_go * 2 > taken, "Go takes hardly any of ours: {by_go} of {taken}");
}
