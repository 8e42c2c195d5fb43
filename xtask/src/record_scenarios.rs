//! Records what `tests/recordings/actions.txt` says, anew: real actions in real containers, as the sensor tells of them.

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The binary that records.
    #[arg(long, value_name = "FILE", default_value = "target/debug/seawall")]
    seawall: PathBuf,
    /// Only actions whose names begin so.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// Makes the root directory of the image: programs of this machine with their libraries, and what intruders look for.
const IMAGE: &str = r#"
set -e
home=root
mkdir -p $ROOT/tmp $ROOT/etc $ROOT/$home/.ssh $ROOT/$home/.aws $ROOT/var/log $ROOT/mnt $ROOT/usr/sbin \
  $ROOT/var/run/secrets/kubernetes.io/serviceaccount
for program in sh bash cat head cp ls rm echo true sleep mkdir chmod dd mknod mount nsenter unshare base64 tar id; do
  for path in /usr/bin /bin /usr/sbin; do [ -x $path/$program ] && echo $path/$program && break; done
done > $ROOT/tmp/programs
echo /usr/bin/python3 >> $ROOT/tmp/programs
for program in $(cat $ROOT/tmp/programs); do
  ldd $program 2> /dev/null | grep -o '/[^ ]*' || true
  echo $program
done | sort -u | tar --create --dereference --files-from - 2> /dev/null | tar --extract --directory $ROOT
library=$(/usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')
tar --create --exclude test --exclude __pycache__ --exclude dist-packages $library 2> /dev/null | tar --extract --directory $ROOT
for extension in _ctypes _socket; do
  find $library/lib-dynload -name "$extension.*" -exec ldd {} + | grep -o '/[^ ]*' || true
done | grep -v : | sort -u | tar --create --dereference --files-from - 2> /dev/null | tar --extract --directory $ROOT
[ -e $ROOT/bin ] || ln -s usr/bin $ROOT/bin
rm $ROOT/tmp/programs
# Shells and others by another name.
cp $ROOT/usr/bin/sh $ROOT/usr/sbin/nginx
cp $ROOT/usr/bin/true $ROOT/usr/bin/apt-get
cp $ROOT/usr/bin/true $ROOT/usr/bin/nmap
cp $ROOT/usr/bin/true $ROOT/usr/bin/runc
echo "root:x:0:0:root:/$home:/bin/sh" > $ROOT/etc/passwd
echo 'root:*:1::::::' > $ROOT/etc/shadow
for file in $home/.ssh/id_rsa $home/.aws/credentials var/run/secrets/kubernetes.io/serviceaccount/token var/log/auth.log; do
  echo nothing > $ROOT/$file
done
"#;
/// A recording larger than that says more than its action.
const BYTES_MAX: usize = 20_000;

#[derive(Default)]
struct Action {
    name: String,
    how: String,
    run: String,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let directory = crate::workspace().join("tests/recordings");
    let actions = actions(&std::fs::read_to_string(directory.join("actions.txt"))?);
    let Some(engine) = testkit::private_dockerd() else { bail!("no private engine here") };
    make_image(&engine)?;
    let recording = engine.directory().join("recording");
    let mut watch = Command::new(&options.seawall)
        .args(["watch", "--no-integrity", "--quiet", "--to", "file:/dev/null", "--record"])
        .arg(&recording)
        .env("DOCKER_HOST", engine.host())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", options.seawall.display()))?;
    wait_until_it_watches(&recording)?;
    let mut containers = HashMap::new();
    for action in actions.iter().filter(|action| action.name.starts_with(&options.only)) {
        containers.insert(perform(&engine, action)?, action.name.clone());
        eprintln!("{}", action.name);
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&watch), rustix::process::Signal::TERM)?;
    watch.wait()?;
    for (name, text) in split(&recording, &containers)? {
        if text.len() > BYTES_MAX {
            eprintln!("{name}: {} bytes are too many", text.len());
        }
        std::fs::write(directory.join(format!("{name}.jsonl.gz")), text)?;
    }
    Ok(())
}

fn actions(text: &str) -> Vec<Action> {
    let mut actions: Vec<Action> = Vec::new();
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("name", name)) => actions.push(Action { name: name.to_owned(), ..Action::default() }),
            Some((word, rest)) => match (word, actions.last_mut()) {
                ("how", Some(action)) => rest.clone_into(&mut action.how),
                ("run", Some(action)) => rest.clone_into(&mut action.run),
                _ => {}
            },
            None => {}
        }
    }
    actions
}

fn make_image(engine: &testkit::Dockerd) -> Result<()> {
    let root = engine.directory().join("image");
    let status = Command::new("sh").args(["-c", IMAGE]).env("ROOT", &root).status()?;
    let tar = Command::new("tar").arg("--create").arg("--directory").arg(&root).arg(".").output()?;
    if !status.success() || !tar.status.success() {
        bail!("the image cannot be made");
    }
    engine.import("actions:1", &tar.stdout);
    Ok(())
}

/// Its first events are those of programs that something here starts.
fn wait_until_it_watches(recording: &Path) -> Result<()> {
    for _ in 0..200 {
        Command::new("true").status()?;
        std::thread::sleep(std::time::Duration::from_millis(50));
        if std::fs::metadata(recording).is_ok_and(|metadata| metadata.len() > 0) {
            return Ok(());
        }
    }
    bail!("nothing is recorded")
}

/// Does it; gives the container's id.
fn perform(engine: &testkit::Dockerd, action: &Action) -> Result<String> {
    let socket = engine.socket().display().to_string();
    let how = action.how.replace("SOCKET", &socket);
    let mut words = vec!["create", "--network", "none", "--env", "PATH=/usr/sbin:/usr/bin:/bin"];
    words.extend(how.split_whitespace());
    words.extend(["actions:1", "/bin/sh", "-c", &action.run]);
    let id = engine.docker(&words);
    let mut child = engine.command().args(["start", "--attach", &id]).stdout(Stdio::null()).spawn()?;
    child.wait()?;
    engine.docker(&["rm", "--force", &id]);
    Ok(id)
}

/// The lines of each container. What stands in a recording of the machine and the moment is left as it was.
fn split(recording: &Path, containers: &HashMap<String, String>) -> Result<HashMap<String, Vec<u8>>> {
    let mut texts: HashMap<String, GzEncoder<Vec<u8>>> = HashMap::new();
    for line in BufReader::new(std::fs::File::open(recording)?).lines() {
        let line = line?;
        let event: serde_json::Value = serde_json::from_str(&line).context("a line is no JSON")?;
        let group = event["extension"]["container"].as_str().unwrap_or_default();
        if let Some((_, name)) = containers.iter().find(|(id, _)| group.contains(id.as_str())) {
            // What the engine does in the group before is the same each time, and much.
            let is_first = event["event"] == "execve" && event["parameters"]["exe"] == "/bin/sh";
            if is_first && !texts.contains_key(name) {
                texts.insert(name.clone(), GzEncoder::new(Vec::new(), Compression::best()));
            }
            if let Some(text) = texts.get_mut(name) {
                text.write_all(line.as_bytes())?;
                text.write_all(b"\n")?;
            }
        }
    }
    texts.into_iter().map(|(name, text)| Ok((name, text.finish()?))).collect()
}
