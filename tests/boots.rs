//! Promise: on a machine under systemd `guard docker install` puts the guard before the engine, and `uninstall` leaves everything as it
//! was. A real systemd boots over a copy of this machine's files that goes with it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use std::{collections::BTreeMap, process::Command};

/// Makes the machine and boots it: `$PLACE` is an empty directory, `$SEAWALL` the program. All mounts are its own.
const BOOT: &str = r#"
set -e
mount -t tmpfs -o size=2g tmpfs "$PLACE"
mkdir "$PLACE/up" "$PLACE/work" "$PLACE/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$PLACE/up,workdir=$PLACE/work" "$PLACE/root"
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
units="$PLACE/root/etc/systemd/system"
rm -rf "$units" "$PLACE/root/etc/docker" "$PLACE/root/etc/seawall" "$PLACE/root/var/lib/seawall"
mkdir -p "$units/multi-user.target.wants" "$units/sockets.target.wants"
ln -s /lib/systemd/system/docker.service "$units/multi-user.target.wants/docker.service"
ln -s /lib/systemd/system/docker.socket "$units/sockets.target.wants/docker.socket"
: > "$PLACE/root/etc/fstab"
echo 0123456789abcdef0123456789abcdef > "$PLACE/root/etc/machine-id"
cat > "$units/trial.service" <<'END'
[Unit]
Wants=docker.service
After=docker.service
[Service]
Type=oneshot
ExecStart=/bin/sh /root/trial
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=file:/root/told
StandardError=inherit
END
ln -s ../trial.service "$units/multi-user.target.wants/trial.service"
printf '%s' "$TRIAL" > "$PLACE/root/root/trial"
timeout 150 systemd-nspawn --quiet --directory="$PLACE/root" --boot --keep-unit --register=no --private-network \
  --capability=all --link-journal=no --system-call-filter='@keyring bpf' --tmpfs=/var/lib/docker \
  --tmpfs=/var/lib/containerd --bind-ro="$SEAWALL:/usr/local/sbin/seawall" --machine=seawall-trial --console=pipe \
  > "$PLACE/console" 2>&1 < /dev/null || true
cat "$PLACE/root/root/told" 2> /dev/null || tail -n 3 "$PLACE/console"
"#;

/// What happens there: a line `== NAME` before what each step says, and `status NUMBER` behind it.
const TRIAL: &str = r#"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
step() { echo "== $1"; shift; "$@" 2>&1; echo "status $?"; }
answers() { for second in 1 2 3 4 5 6 7 8 9 10; do docker version > /dev/null 2>&1 && break; sleep 1; done; }
files() { find /etc/systemd /etc/seawall /var/lib/seawall ! -type d 2> /dev/null | sort | xargs ls -l; systemctl show docker.socket -p Listen; }
systemctl start docker.service
step before files
step direct docker version --format 'engine {{.Server.Version}}'
step no-guard seawall guard docker status
step install seawall guard docker install --policy guarded --apply
step verify systemd-analyze verify /etc/systemd/system/seawall-guard.service
systemctl daemon-reload
systemctl restart docker.socket docker.service
systemctl enable --now seawall-guard.service
answers
step through docker version --format 'engine {{.Server.Version}}'
step refused docker volume create --opt type=none --opt o=bind --opt device=/etc hole
step status seawall guard docker status
step json seawall guard docker status --json
systemctl restart docker.service
step engine-again docker version --format 'engine {{.Server.Version}}'
systemctl kill --signal=KILL seawall-guard.service
answers
step guard-again docker version --format 'engine {{.Server.Version}}'
step log seawall ledger verify /var/log/seawall/guard.jsonl
step uninstall seawall guard docker uninstall --apply
systemctl disable --now seawall-guard.service
systemctl daemon-reload
systemctl restart docker.socket docker.service
step after files
step direct-again docker version --format 'engine {{.Server.Version}}'
step failed systemctl --failed --no-legend
"#;

#[test]
fn guard_takes_the_engines_place_under_systemd_and_gives_it_back() {
    let needed = ["systemd-nspawn", "dockerd", "docker", "unshare"];
    let missing = needed.into_iter().find(|program| testkit::find_program(program).is_none());
    if let Some(missing) = missing {
        eprintln!("skipped: {missing} is not installed");
        return;
    }
    if !rustix::process::geteuid().is_root()
        || !std::path::Path::new("/lib/systemd/system/docker.socket").exists()
    {
        eprintln!("skipped: not root, or the engine has no units here");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", BOOT]).env("PLACE", place.path());
    let output = command.env("SEAWALL", env!("CARGO_BIN_EXE_seawall")).env("TRIAL", TRIAL).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if !told.starts_with("== before") {
        let stderr = String::from_utf8_lossy(&output.stderr);
        eprintln!("skipped: no systemd boots here: {} {}", told.trim(), stderr.trim());
        return;
    }
    let steps: BTreeMap<&str, &str> = told
        .split("== ")
        .filter_map(|step| step.split_once('\n'))
        .map(|(name, said)| (name, said.trim()))
        .collect();
    let has = |step: &str, words: &[&str]| {
        let said = steps.get(step).copied().unwrap_or_default();
        assert!(words.iter().all(|word| said.contains(word)), "{step} says no {words:?}:\n{told}");
    };
    has("direct", &["engine ", "status 0"]);
    has("no-guard", &["in place    no", "no guard answers", "status 1"]);
    has("install", &["Written.", "status 0"]);
    has("verify", &["status 0"]);
    has("through", &["engine ", "status 0"]);
    has("refused", &["refused by the guard", "status 1"]);
    has(
        "status",
        &["in place    yes", "/run/seawall-guard/docker.sock: 0600 0:0", "held by seawall", "status 0"],
    );
    has("json", &["\"in_place\": true", "\"problems\": []", "\"state\": \"as written\"", "status 0"]);
    has("engine-again", &["engine ", "status 0"]);
    has("guard-again", &["engine ", "status 0"]);
    has("log", &["whole", "status 0"]);
    has("uninstall", &["is removed", "status 0"]);
    has("direct-again", &["engine ", "status 0"]);
    has("failed", &["status 0"]);
    assert_eq!(steps.get("after"), steps.get("before"), "everything is as it was");
}
