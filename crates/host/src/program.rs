//! Programs of the host, run with a limit on time and output.

use std::{
    io::Read as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// Where programs of the administrator lie; never the caller's PATH, which another may have set.
const DIRECTORIES: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const TIME_MAX: Duration = Duration::from_secs(5);
const OUTPUT_BYTES_MAX: u64 = 16 << 20;

/// Standard output of a program that must end well.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<String, String> {
    let path = find(name).ok_or("it is not installed")?;
    let mut child = Command::new(path)
        .args(arguments)
        .env_clear()
        .env("PATH", DIRECTORIES.join(":"))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let stdout = child.stdout.take().expect("it was piped");
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes);
        // The receiver has gone away when time is up.
        let _ = send.send(result);
    });
    let output = receive.recv_timeout(TIME_MAX);
    if output.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let bytes =
        output.map_err(|_| format!("no end after {} s", TIME_MAX.as_secs()))?.map_err(|e| e.to_string())?;
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn find(name: &str) -> Option<PathBuf> {
    DIRECTORIES.iter().map(|directory| PathBuf::from(directory).join(name)).find(|path| path.is_file())
}
