//! What is written is valid by the published schemas: our own, and the official ones of SARIF, CycloneDX and SPDX.

#![allow(clippy::disallowed_methods, reason = "tests read schemas from files")]
#![allow(clippy::unwrap_used, reason = "a helper of a test fails by panic too")]

use jsonschema::{Registry, Validator};
use model::Report;
use report::{Details, Format, Options, sample};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The official schemas come from registry packages and are not part of this repository. Each line says the
/// package, the file inside it, and the name under which the tests look for it; README.md has the commands.
const OFFICIAL: [(&str, &str, &str); 5] = [
    (
        "npm @cyclonedx/cyclonedx-library 10.3.0",
        "package/res/schema/bom-1.6.SNAPSHOT.schema.json",
        "cyclonedx-1.6.json",
    ),
    (
        "npm @cyclonedx/cyclonedx-library 10.3.0",
        "package/res/schema/spdx.SNAPSHOT.schema.json",
        "cyclonedx-spdx.json",
    ),
    (
        "npm @cyclonedx/cyclonedx-library 10.3.0",
        "package/res/schema/jsf-0.82.SNAPSHOT.schema.json",
        "cyclonedx-jsf-0.82.json",
    ),
    ("crates.io serde-sarif 0.8.0", "src/schema.json", "sarif-2.1.0.json"),
    ("PyPI lib4sbom 0.10.4", "lib4sbom/schemas/spdx/2.3-schema.json", "spdx-2.3.json"),
];

fn options() -> Options {
    Options { timestamp: "2026-11-22T05:00:00Z".to_owned(), details: Details::Full, ..Options::default() }
}

fn written(format: Format, report: &Report) -> Value {
    let mut out = Vec::new();
    report::write(format, report, &options(), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

fn schema_directory() -> PathBuf {
    std::env::var_os("SEAWALL_SCHEMAS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/schemas")),
        PathBuf::from,
    )
}

/// An official schema, or nothing with a loud word when it was not installed.
fn official(name: &str) -> Option<Value> {
    let path = schema_directory().join(name);
    if path.is_file() {
        return Some(read_json(&path));
    }
    let (package, file, _) = OFFICIAL.iter().find(|(_, _, target)| *target == name).expect("listed");
    eprintln!(
        "skipped: no {} (take {file} from {package}; see crates/report/tests/README.md)",
        path.display()
    );
    None
}

#[track_caller]
fn check(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .take(5)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Checks the rich and the empty report, and that the schema is not one that accepts everything.
#[track_caller]
fn check_format(validator: &Validator, format: Format) {
    for report in [sample::rich(), sample::empty(), sample::large(200)] {
        check(validator, &written(format, &report));
    }
    assert!(!validator.is_valid(&json!({ "neither": "this" })));
}

#[test]
fn sarif_is_valid_by_the_official_schema() {
    let Some(mut schema) = official("sarif-2.1.0.json") else { return };
    // A stray bracket makes this pattern no regular expression of ECMA 262; we write no language.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"]["pattern"] = json!("^[a-zA-Z]{2}");
    }
    check_format(&jsonschema::options().should_validate_formats(true).build(&schema).unwrap(), Format::Sarif);
}

#[test]
fn spdx_is_valid_by_the_official_schema() {
    let Some(schema) = official("spdx-2.3.json") else { return };
    check_format(&jsonschema::options().should_validate_formats(true).build(&schema).unwrap(), Format::Spdx);
}

#[test]
fn cyclonedx_is_valid_by_the_official_schema() {
    let (Some(schema), Some(spdx), Some(jsf)) = (
        official("cyclonedx-1.6.json"),
        official("cyclonedx-spdx.json"),
        official("cyclonedx-jsf-0.82.json"),
    ) else {
        return;
    };
    let registry = Registry::new()
        .add("http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json", &spdx)
        .unwrap()
        .add("http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json", &jsf)
        .unwrap()
        .prepare()
        .unwrap();
    let validator =
        jsonschema::options().with_registry(&registry).should_validate_formats(true).build(&schema).unwrap();
    check_format(&validator, Format::CycloneDx);
}

fn own_schema() -> Value {
    read_json(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema/report-1.3.json")))
}

#[test]
fn json_is_valid_by_the_published_schema() {
    let validator = jsonschema::draft202012::new(&own_schema()).unwrap();
    check_format(&validator, Format::Json);
}

/// A field that is added to the model without the schema is refused (`additionalProperties: false`), and one in
/// the schema that no report can hold is found here: the rich sample uses every field.
#[test]
fn sample_and_schema_have_the_same_fields() {
    fn keys_of(value: &Value, schema: &Value, root: &Value, place: &str, unused: &mut Vec<String>) {
        let schema = match schema["$ref"].as_str() {
            Some(reference) => root.pointer(&reference[1..]).unwrap(),
            None => schema,
        };
        if let Some(properties) = schema["properties"].as_object() {
            for (key, inner) in properties {
                let values: Vec<Value> =
                    value.as_array().unwrap().iter().filter_map(|value| value.get(key).cloned()).collect();
                if values.is_empty() {
                    unused.push(format!("{place}.{key}"));
                } else {
                    keys_of(&Value::Array(values), inner, root, &format!("{place}.{key}"), unused);
                }
            }
        } else if schema["type"] == "array" {
            let values: Vec<Value> =
                value.as_array().unwrap().iter().flat_map(|list| list.as_array().unwrap().clone()).collect();
            keys_of(&Value::Array(values), &schema["items"], root, &format!("{place}[]"), unused);
        }
    }
    let schema = own_schema();
    let report = json!([written(Format::Json, &sample::rich())]);
    let mut unused = Vec::new();
    keys_of(&report, &schema, &schema, "report", &mut unused);
    // Vulnerability findings have no line and suppressed ones no rating of their own.
    unused.retain(|field| !field.starts_with("report.suppressed[]"));
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn the_same_report_gives_the_same_bytes_in_every_format() {
    for format in Format::ALL {
        let write = || {
            let mut out = Vec::new();
            report::write(format, &sample::rich(), &options(), &mut out).unwrap();
            out
        };
        assert_eq!(write(), write(), "{format}");
    }
}

#[test]
fn every_format_tells_severity_exploitation_prediction_layer_and_gaps() {
    for format in Format::ALL.into_iter().filter(|format| format.shows_gaps()) {
        let mut out = Vec::new();
        report::write(format, &sample::rich(), &options(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap().to_lowercase();
        let mut words =
            vec!["cve-2021-44228", "critical", "epss", "/opt/big.jar", "no-advisories|no advisories"];
        words.push("known_exploited|known exploited|knownexploited|known-exploited|known to be exploited|kev|exploited since");
        // OpenVEX has no place for layers.
        if format != Format::OpenVex {
            words.push("layer");
            words.push("base");
        }
        for word in words {
            assert!(word.split('|').any(|word| text.contains(word)), "{format} lacks {word}");
        }
    }
}
