//! Credential helpers: `docker-credential-NAME get` (docker-credential-helpers, README, "Development").

use crate::{Credential, Options};
use model::Redacted;
use serde::Deserialize;
use std::{
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    time::Instant,
};

// Far more than any token.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// A credential helper that has no answer; never with what it keeps.
#[derive(Debug, thiserror::Error)]
#[error("credential helper docker-credential-{helper} has no answer for {server}: {reason}")]
pub(crate) struct HelperError {
    helper: String,
    server: String,
    reason: String,
}

/// Asks a helper for the credential of a server; `None` when it has none.
pub(crate) fn get(helper: &str, server: &str, options: &Options) -> Result<Option<Credential>, HelperError> {
    let failed = |reason: String| HelperError {
        helper: crate::error::sanitised(helper.as_bytes(), 80),
        server: server.to_owned(),
        reason,
    };
    // The name becomes a file name: nothing that could leave the search path.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if helper.is_empty() || !helper.chars().all(is_name) {
        return Err(failed("its name is not a plain word".to_owned()));
    }
    let program = find(&format!("docker-credential-{helper}"), options).ok_or_else(|| {
        failed("it is not installed; install it, or remove it from the Docker config file".to_owned())
    })?;
    let (status, stdout) = run(&program, server, options).map_err(failed)?;
    if !status {
        // The protocol's words for "none", on stdout (credentials/error.go).
        let words = String::from_utf8_lossy(&stdout);
        if words.contains("credentials not found") {
            return Ok(None);
        }
        return Err(failed(format!("it ended with an error: {}", crate::error::sanitised(&stdout, 200))));
    }
    // The text of a parse error could show the secret.
    let answer: Answer =
        serde_json::from_slice(&stdout).map_err(|_| failed("its answer is malformed".to_owned()))?;
    if answer.username.is_empty() && answer.secret.is_empty() {
        return Ok(None);
    }
    // "<token>" marks an identity token (docker-cli, cli/config/credentials/native_store.go).
    if answer.username == "<token>" {
        return Ok(Some(Credential::IdentityToken(Redacted::new(answer.secret))));
    }
    Ok(Some(Credential::Basic { username: answer.username, password: Redacted::new(answer.secret) }))
}

fn find(name: &str, options: &Options) -> Option<PathBuf> {
    std::env::split_paths(&options.helper_path)
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

fn run(program: &PathBuf, server: &str, options: &Options) -> Result<(bool, Vec<u8>), String> {
    let deadline = Instant::now() + options.helper_timeout;
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read its input may still answer.
        let _ = writeln!(stdin, "{server}");
    }
    let stdout = child.stdout.take().expect("stdout was asked to be a pipe");
    let (sender, receiver) = mpsc::channel();
    // The thread ends when the helper, or whoever inherited its stdout, closes it.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes);
        let _ = sender.send(result);
    });
    let answer = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let Ok(answer) = answer else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("it did not answer within {} s", options.helper_timeout.as_secs_f32()));
    };
    let bytes = answer.map_err(|error| format!("its answer cannot be read: {error}"))?;
    // It closed its stdout, so it is about to end; if not, it is ended.
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return Ok((status.success(), bytes)),
            Ok(None) => std::thread::sleep(std::time::Duration::from_millis(2)),
            Err(error) => return Err(format!("it cannot be waited for: {error}")),
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    Err("it did not end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::fs::PermissionsExt as _, time::Duration};

    fn ask(script: &str, timeout: Duration) -> Result<Option<Credential>, HelperError> {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("docker-credential-test");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let options =
            Options { helper_path: directory.path().into(), helper_timeout: timeout, ..Options::default() };
        get("test", "reg.example", &options)
    }

    #[test]
    fn helper_is_told_the_server_and_its_answer_used() {
        let script = r#"read server; printf '{"ServerURL":"%s","Username":"for-%s","Secret":"s"}' "$server" "$server""#;
        match ask(script, Duration::from_secs(20)).unwrap() {
            Some(Credential::Basic { username, password }) => {
                assert_eq!((username.as_str(), password.reveal().as_str()), ("for-reg.example", "s"));
            }
            other => panic!("{other:?}"),
        }
        let token = ask(r#"echo '{"Username":"<token>","Secret":"t"}'"#, Duration::from_secs(20)).unwrap();
        assert!(matches!(token, Some(Credential::IdentityToken(_))));
    }

    #[test]
    fn helper_without_credentials_is_no_error() {
        let script = "echo credentials not found in native keychain; exit 1";
        assert_eq!(ask(script, Duration::from_secs(20)).unwrap(), None);
    }

    #[test]
    fn helper_that_hangs_or_fails_is_an_error_without_its_secret() {
        let hangs = ask("exec sleep 60", Duration::from_millis(50)).unwrap_err().to_string();
        assert!(hangs.contains("did not answer"), "{hangs}");
        let malformed =
            ask(r#"echo '{"Username":"u","Secret":"hunter2"'"#, Duration::from_secs(20)).unwrap_err();
        assert!(!format!("{malformed:?} {malformed}").contains("hunter2"));
    }

    #[test]
    fn helper_name_cannot_name_a_path() {
        let error = get("../evil", "reg.example", &Options::default()).unwrap_err().to_string();
        assert!(error.contains("plain word"), "{error}");
    }
}
