//! Every limit at its ends.

use crate::sandbox::{Sandbox, text};
use crate::support;
use model::Limits;

#[test]
fn no_value_of_a_limit_is_too_small_or_too_large() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&[support::base_layer(), support::app_layer()]);
    let bill = sandbox
        .write("bill.cdx.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": []}"#);
    let bill = format!("sbom:{}", text(&bill));
    let root = support::rootfs(&sandbox.path("root"));
    let root = format!("rootfs:{}", text(&root));
    let limits = serde_json::to_value(Limits::default()).unwrap();
    for name in limits.as_object().unwrap().keys() {
        for value in ["0", "1", "18446744073709551615"] {
            for target in [&image, &bill, &root] {
                let limit = format!("{name}={value}");
                let run = sandbox.run(&["scan", target, "--no-cache", "--format", "json", "--limit", &limit]);
                if run.status != Some(2) {
                    run.report();
                    continue;
                }
                // What is needed to begin with may be cut off; the limit on the size of a number may refuse one.
                assert!(name.ends_with("bytes_max") || value.len() > 1, "{limit}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn a_limit_that_is_none_is_refused() {
    let sandbox = Sandbox::new();
    for limit in
        ["", "=", "x=1", "layers_max=", "layers_max=-1", "layers_max=1e3", "layers_max=18446744073709551616"]
    {
        sandbox.run(&["scan", "rootfs:.", "--limit", limit]).assert_refused("");
    }
}
