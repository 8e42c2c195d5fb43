//! Turns the advisory lists of `data/` into shards, once, when the binary is built.
#![allow(clippy::disallowed_methods, reason = "a build script reads its inputs and writes its output")]

mod debian;
mod known;

use advisories::{Advisory, KNOWN_EXPLOITED_SHARD, ShardMeta, build_known_exploited, build_shards};
use std::fmt::Write as _;
use std::path::Path;

/// Where the advisory comes from, in shards.
const SOURCE: &str = "seawall";

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    let read = |name: &str| {
        let path = Path::new("data").join(name);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    };
    let lists = [debian::parse("12", &read("debian-12.txt")), debian::parse("13", &read("debian-13.txt"))];
    let known = known::parse(&[read("known-language.toml"), read("known-software.toml")]);
    let mined_date = lists[0].date.clone();
    let advisories: Vec<Advisory> =
        lists.into_iter().flat_map(|list| list.advisories).chain(known.advisories).collect();
    let meta_of = |shard: &str| {
        let is_debian = shard.starts_with("debian:");
        ShardMeta {
            date: if is_debian { mined_date.clone() } else { known.date.clone() },
            sources: vec![SOURCE.to_owned()],
            is_complete: false,
            note: if is_debian { debian::NOTE } else { known::NOTE }.to_owned(),
            licence: "Apache-2.0".to_owned(),
            ..ShardMeta::default()
        }
    };
    let mut built =
        build_shards(advisories, &meta_of).unwrap_or_else(|error| panic!("cannot build the shards: {error}"));
    let (shard, problems) = build_known_exploited(meta_of(KNOWN_EXPLOITED_SHARD), known.exploited)
        .unwrap_or_else(|error| panic!("cannot build the list of exploited vulnerabilities: {error}"));
    built.shards.insert(KNOWN_EXPLOITED_SHARD.to_owned(), shard);
    built.problems.extend(problems);
    assert!(built.problems.is_empty(), "advisories that cannot be stored: {:#?}", built.problems);
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut code = String::from("&[\n");
    for (name, bytes) in &built.shards {
        let file = format!("{}.shard", name.replace(':', "-"));
        std::fs::write(Path::new(&out).join(&file), bytes)
            .unwrap_or_else(|error| panic!("cannot write {file}: {error}"));
        writeln!(code, "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))),")
            .expect("writing to a String cannot fail");
    }
    code.push(']');
    std::fs::write(Path::new(&out).join("shards.rs"), code)
        .unwrap_or_else(|error| panic!("cannot write shards.rs: {error}"));
}
