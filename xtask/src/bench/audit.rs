//! `seawall audit` of a host with 44 containers, beside docker-bench-security on the same host.

use super::goals::{self, Goal, Limit};
use super::measure::{Case, Measured, Sample};
use super::report::rows;
use super::{Setting, machine};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

const OURS: &str = "audit by Seawall";
const THEIRS: &str = "docker-bench-security";
/// Containers that run.
const CONTAINERS: usize = 44;
/// Counted runs of the other tool, which takes a minute each.
const THEIR_RUNS_MAX: usize = 2;

/// A third of the containers are limited and read-only, as on a host that somebody looks after; some publish ports. Both
/// tools run in turns, each once before it counts.
const SCRIPT: &str = r#"
start_engine
root_of sleep > "$WORK/sleep.tar"
docker import --change 'CMD ["sleep","1000000"]' "$WORK/sleep.tar" sleep:1 > /dev/null
docker network create inner > /dev/null
for n in $(seq "$CONTAINERS"); do
  case $((n % 3)) in
    0) options="--memory 32m --cpus 0.5 --pids-limit 20 --read-only --cap-drop ALL --user 1000:1000 --network inner" ;;
    1) options="--publish 127.0.0.1:$((8000 + n)):80" ;;
    *) options="--volume /etc:/host:ro" ;;
  esac
  docker run --detach --name "c$n" $options sleep:1 > /dev/null
done
for round in $(seq 0 "$RUNS"); do
  echo "ours $round $("$XTASK" measure "$SEAWALL" audit --format json --output "$WORK/report.json")"
  if [ -n "$DOCKER_BENCH" ] && [ "$round" -le "$THEIR_RUNS" ]; then
    echo "theirs $round $(cd "$DOCKER_BENCH" && "$XTASK" measure bash docker-bench-security.sh -b)"
  fi
done
"#;

/// The section of the page; `None`, and a line on stderr, where no such host can be made.
pub(crate) fn measure(setting: &Setting, runs: usize) -> Result<Option<String>> {
    let Some(host) = testkit::private_host() else { return Ok(None) };
    let docker_bench = docker_bench(setting)?;
    let mut command = host.command(SCRIPT);
    command
        .env("CONTAINERS", CONTAINERS.to_string())
        .env("RUNS", runs.to_string())
        .env("THEIR_RUNS", runs.min(THEIR_RUNS_MAX).to_string())
        .env("SEAWALL", &setting.seawall)
        .env("HOME", setting.directory.join("home"))
        .env("XDG_DATA_HOME", setting.directory.join("home/data"))
        .env("XDG_CACHE_HOME", setting.directory.join("home/cache"))
        .env("XTASK", std::env::current_exe().context("this program does not know its file")?)
        .env("DOCKER_BENCH", docker_bench.as_deref().unwrap_or(Path::new("")));
    eprintln!("{CONTAINERS} containers on a host of their own");
    let Some(output) = host.run(command) else { return Ok(None) };
    let text = String::from_utf8_lossy(&output.stdout);
    let of = |name: &str, word: &str, against: Option<&str>| Measured {
        case: Case { against: against.map(str::to_owned), ..Case::new(name, &setting.seawall, &[]) },
        samples: samples(&text, word),
    };
    let ours = of(OURS, "ours", None);
    if ours.samples.len() != runs {
        bail!("{} of {runs} runs were measured: {text}", ours.samples.len());
    }
    let theirs = of(THEIRS, "theirs", Some(OURS));
    let goals = [Goal {
        what: format!("audit of a host with {CONTAINERS} containers, CPU time"),
        limit: Limit::AtMost(0.3),
        unit: "s",
        measured: ours.cpu_secs().map(|spread| spread.median),
    }];
    let measured = [ours, theirs];
    let mut page = format!(
        "{}. {runs} runs of Seawall and {} of docker-bench-security, in turns; median (least to greatest).\n\n",
        machine::describe(),
        measured[1].samples.len()
    );
    page.push_str(&goals::table(&goals));
    page.push('\n');
    page.push_str(&rows(&measured.iter().collect::<Vec<_>>(), &measured));
    if docker_bench.is_none() {
        page.push_str("\nNot measured: docker-bench-security, of which SEAWALL_MIRROR holds no mirror.\n");
    }
    Ok(Some(page))
}

fn samples(text: &str, word: &str) -> Vec<Sample> {
    let counted = text.lines().filter_map(|line| {
        let (round, sample) = line.strip_prefix(word)?.trim_start().split_once(' ')?;
        (round != "0").then(|| Sample::parse(sample))?
    });
    counted.collect()
}

/// The files of docker-bench-security, from the mirror that `SEAWALL_MIRROR` names.
fn docker_bench(setting: &Setting) -> Result<Option<std::path::PathBuf>> {
    let Some(mirror) = std::env::var_os("SEAWALL_MIRROR").map(std::path::PathBuf::from) else {
        return Ok(None);
    };
    let repository = mirror.join("docker+docker-bench-security/repo");
    if !repository.is_dir() {
        return Ok(None);
    }
    let directory = setting.directory.join("docker-bench");
    std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let archive = directory.join("archive.tar");
    let git = |command: &mut Command| super::image::succeed(command);
    git(Command::new("git")
        .arg("-C")
        .arg(&repository)
        .args(["archive", "--output"])
        .arg(&archive)
        .arg("HEAD"))?;
    git(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&directory))?;
    Ok(Some(directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_that_warms_up_is_not_counted() {
        let text = "ours 0 9 9 9\ntheirs 0 1 1 1\nours 1 1000000000 500000000 4096\n";
        let samples = samples(text, "ours");
        assert_eq!(samples.len(), 1);
        assert_eq!((samples[0].cpu.as_millis(), samples[0].peak_bytes), (500, 4096));
    }
}
