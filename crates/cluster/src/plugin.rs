//! Programs that tell credentials (client.authentication.k8s.io/v1 and v1beta1, `ExecCredential`).

use crate::{ClusterEntry, ClusterError, Plugin, error::sanitised};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Redacted;
use serde::Deserialize;
use serde_json::json;
use std::{
    io::Read as _,
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// Far more than a token and a certificate.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// What a program told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) token: Option<Redacted<String>>,
    pub(crate) identity: Option<tls::Identity>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "apiVersion", default)]
    api_version: String,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs the program once. The caller decided that it may be run.
pub(crate) fn run(plugin: &Plugin, cluster: &ClusterEntry, time_max: Duration) -> Result<Told, ClusterError> {
    let failed = |reason: String| ClusterError::Program { command: sanitised(&plugin.command, 200), reason };
    if plugin.command.is_empty() {
        return Err(failed("it has no name".to_owned()));
    }
    if !VERSIONS.contains(&plugin.api_version.as_str()) {
        return Err(failed(format!("its answers have another form: {}", sanitised(&plugin.api_version, 80))));
    }
    if plugin.needs_terminal {
        return Err(failed("it works only with a terminal (interactiveMode: Always)".to_owned()));
    }
    let mut spec = json!({ "interactive": false });
    if plugin.wants_cluster {
        let authority = cluster.authority.as_ref().map(crate::kubeconfig::Source::read).transpose()?;
        spec["cluster"] = json!({
            "server": cluster.server,
            "tls-server-name": cluster.tls_server_name,
            "insecure-skip-tls-verify": cluster.is_unverified,
            "certificate-authority-data": authority.map(|pem| STANDARD.encode(pem)),
            "proxy-url": cluster.proxy_url,
        });
    }
    let request = json!({ "apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec });
    let output = output(plugin, &request.to_string(), time_max).map_err(failed)?;
    // The text of a parse error could show the token.
    let answer: Answer =
        serde_json::from_slice(&output).map_err(|_| failed("its answer is malformed".to_owned()))?;
    if answer.api_version != plugin.api_version {
        return Err(failed("its answer has another apiVersion than the kubeconfig names".to_owned()));
    }
    let Status { token, client_certificate_data, client_key_data } = answer.status;
    let token = token.filter(|token| !token.is_empty()).map(Redacted::new);
    let identity = match (client_certificate_data, client_key_data) {
        (Some(chain), Some(key)) => {
            let chain = (chain.as_bytes(), "clientCertificateData");
            let identity = tls::Identity::from_pem(chain, (key.as_bytes(), "clientKeyData"));
            Some(identity.map_err(|error| failed(error.to_string()))?)
        }
        (None, None) => None,
        _ => return Err(failed("certificate and key belong together".to_owned())),
    };
    if token.is_none() && identity.is_none() {
        return Err(failed("its answer holds neither token nor certificate".to_owned()));
    }
    Ok(Told { token, identity })
}

fn output(plugin: &Plugin, request: &str, time_max: Duration) -> Result<Vec<u8>, String> {
    let deadline = Instant::now() + time_max;
    let mut child = Command::new(&plugin.command)
        .args(&plugin.arguments)
        .envs(plugin.environment.iter().map(|(name, value)| (name, value.reveal())))
        .env("KUBERNETES_EXEC_INFO", request)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let stdout = child.stdout.take().expect("stdout was asked to be a pipe");
    let (sender, receiver) = mpsc::channel();
    // The thread ends when the program, or whoever inherited its stdout, closes it.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes);
        let _ = sender.send(result);
    });
    let answer = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let mut status = None;
    // It closed its stdout, so it is about to end; if not, it is ended.
    while answer.is_ok() && status.is_none() && Instant::now() < deadline {
        status = child.try_wait().map_err(|error| format!("it cannot be waited for: {error}"))?;
        if status.is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("it did not end within {} s", time_max.as_secs_f32()));
    };
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    match answer {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(format!("its answer cannot be read: {error}")),
        Err(_) => Err("it did not answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(script: &str, time_max: Duration) -> Result<Told, ClusterError> {
        let plugin = Plugin {
            command: "/bin/sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: vec![("GIVEN".to_owned(), Redacted::new("t0".to_owned()))],
            api_version: VERSIONS[0].to_owned(),
            wants_cluster: true,
            ..Plugin::default()
        };
        let cluster = ClusterEntry { server: "https://192.0.2.1".to_owned(), ..ClusterEntry::default() };
        run(&plugin, &cluster, time_max)
    }

    #[test]
    fn the_program_is_told_the_cluster_and_its_token_used() {
        let script = r#"case "$KUBERNETES_EXEC_INFO" in *https://192.0.2.1*) ;; *) exit 1;; esac
            printf '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}' "$GIVEN""#;
        let told = ask(script, Duration::from_secs(20)).unwrap();
        assert_eq!(told.token.unwrap().reveal(), "t0");
    }

    #[test]
    fn programs_that_hang_fail_or_babble_are_errors_without_their_words() {
        for (script, words) in [
            ("exec sleep 60", "did not end"),
            ("exit 3", "exit status: 3"),
            ("echo '{\"status\":{\"token\":\"hunter2\"'", "malformed"),
            ("echo '{\"apiVersion\":\"v2\",\"status\":{\"token\":\"hunter2\"}}'", "another apiVersion"),
            ("echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{}}'", "neither token"),
            ("exec yes", "malformed"),
        ] {
            let time_max = Duration::from_millis(if script.contains("sleep") { 50 } else { 5_000 });
            let error = ask(script, time_max).unwrap_err().to_string();
            assert!(error.contains(words) || error.contains("ended with signal"), "{script}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
