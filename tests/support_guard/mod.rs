//! A guard before a private engine, and the docker command through it.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::Dockerd;

pub(crate) struct Guarded {
    child: Child,
    place: tempfile::TempDir,
    pub(crate) dockerd: Dockerd,
}

impl Guarded {
    pub(crate) fn start(policy: &str) -> Option<Self> {
        Self::start_with(policy, |command, dockerd| {
            command.arg("--upstream").arg(dockerd.host());
        })
    }

    /// `more` adds `--upstream` and whatever else.
    pub(crate) fn start_with(policy: &str, more: impl FnOnce(&mut Command, &Dockerd)) -> Option<Self> {
        let dockerd = testkit::private_dockerd()?;
        let place = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(place.path().join("stderr")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
        command
            .args(["guard", "docker", "--policy", policy])
            .arg("--listen")
            .arg(format!("unix://{}", place.path().join("guard.sock").display()))
            .arg("--ledger")
            .arg(place.path().join("log"))
            .stderr(log);
        more(&mut command, &dockerd);
        let child = command.spawn().unwrap();
        let guarded = Self { child, place, dockerd };
        let is_there = guarded.wait_for(|| UnixStream::connect(guarded.socket()).is_ok());
        assert!(is_there, "{}", guarded.stderr());
        Some(guarded)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.place.path().join("guard.sock")
    }

    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(crate) fn stderr(&self) -> String {
        std::fs::read_to_string(self.place.path().join("stderr")).unwrap_or_default()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.place.path().join("log")).unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub(crate) fn wait_for(&self, is_so: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if is_so() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// The image `root:1` with a shell and a few programs of this machine.
    pub(crate) fn image(&self) -> Option<String> {
        self.dockerd.import_programs(
            "root:1",
            &["sh", "cat", "sleep", "echo", "env", "ls", "ps"],
            testkit::Tar::new(),
        )
    }

    pub(crate) fn command(&self, host: &str, words: &str) -> Command {
        let files = self.files();
        let mut command = Command::new("docker");
        command
            .env("DOCKER_HOST", host)
            .env("DOCKER_BUILDKIT", "0")
            .env("DOCKER_CONFIG", self.place.path().join("config"))
            .env_remove("DOCKER_CONTEXT")
            .current_dir(&files);
        for word in split(words) {
            command.arg(word.replace('@', files.to_str().unwrap()).replace('%', "root:1"));
        }
        command
    }

    /// Standard output, then standard error with the exit status.
    pub(crate) fn docker(&self, host: &str, words: &str, input: &str) -> (String, String) {
        let mut command = self.command(host, words);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not read its input may have ended by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), format!("{}[{}]", text(&output.stderr), output.status.code().unwrap_or(-1)))
    }

    /// Runs all commands, beginning and ending without containers and images but the one.
    pub(crate) fn run_all(&self, host: &str, commands: &[(&str, &str)]) -> Vec<String> {
        self.image().expect("programs of this machine");
        commands
            .iter()
            .map(|(words, input)| {
                let (stdout, stderr) = self.docker(host, words, input);
                format!("{stdout}\n{stderr}")
            })
            .collect()
    }

    fn files(&self) -> PathBuf {
        let files = self.place.path().join("files");
        if !files.exists() {
            std::fs::create_dir_all(files.join("context")).unwrap();
            std::fs::write(files.join("file.txt"), "text of a file\n").unwrap();
            std::fs::write(files.join("tiny.tar"), testkit::Tar::new().file("etc/motd", b"hello").finish())
                .unwrap();
            let dockerfile = "FROM scratch\nCOPY file.txt /\nCMD [\"/x\"]\n";
            std::fs::write(files.join("context/Dockerfile"), dockerfile).unwrap();
            std::fs::write(files.join("context/file.txt"), "in the context\n").unwrap();
        }
        files
    }

    /// Sends bytes as they are and nothing more; what comes until the end.
    pub(crate) fn raw(&self, request: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Sends bytes as they are; the head of the answer, and what of its body came along.
    pub(crate) fn head_of(&self, request: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        let mut bytes = [0; 4096];
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(size) => answer.extend_from_slice(&bytes[..size]),
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn verify_log(&self) -> String {
        verify(&self.place.path().join("log"))
    }
}

fn verify(log: &Path) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_seawall")).args(["ledger", "verify"]).arg(log).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let containers = self.dockerd.docker(&["ps", "--all", "--quiet"]);
        for container in containers.lines() {
            self.dockerd.docker(&["rm", "--force", container]);
        }
    }
}

/// Words, with `'…'` around those that have spaces.
fn split(words: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (index, part) in words.split('\'').enumerate() {
        if index % 2 == 1 {
            out.push(part.to_owned());
        } else {
            out.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    out
}

/// Without what differs from run to run: ids, numbers, times, the width of columns.
pub(crate) fn normalised(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
            continue;
        }
        let is_id = word.len() >= 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id {
            out.push_str("ID");
        } else {
            let mut was_digit = false;
            for letter in word.chars() {
                if !(letter.is_ascii_digit() && was_digit) {
                    out.push(if letter.is_ascii_digit() { '0' } else { letter });
                }
                was_digit = letter.is_ascii_digit();
            }
        }
        word.clear();
        if !(letter == ' ' && out.ends_with(' ')) {
            out.push(letter);
        }
    }
    for (time, shown) in [
        ("Less than a second", "T"),
        ("0 seconds", "T"),
        ("0 second", "T"),
        ("About a minute", "T"),
        ("0 minutes", "T"),
    ] {
        out = out.replace(time, shown);
    }
    // Names are resolved before the engine hears of them, so some of its errors tell the id.
    out = out.replace(" in container web", " in container ID");
    // What does not exist is told by the guard, in the engine's words without those of the call.
    out = out.replace("Cannot kill container: missing: ", "");
    let mut lines: Vec<String> = out.lines().map(|line| line.trim_end().to_owned()).collect();
    // Two streams come in no order between each other.
    lines.sort();
    lines.join("\n")
}
