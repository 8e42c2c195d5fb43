# Runs Falco's suite in a mount namespace of its own, over a copy of the host's files that nobody else sees.
# SEAWALL, GENERATOR, SUITE, RULES and OUT name the programs, the suite's directory, the published rules, and where results go.
set -e
mount --make-rprivate /
WORK=$(mktemp --directory /var/tmp/agrees.XXXXXX)
mount -t tmpfs tmpfs "$WORK"
mkdir -p "$WORK/bin" "$WORK/suite" "$WORK/docker"
# The generator gives its own file capabilities.
cp "$GENERATOR" "$WORK/bin/event-generator"
cp "$SUITE"/*.yaml "$WORK/suite"
# Where the host itself lacks a right, a privileged container has all others.
cat > "$WORK/bin/runtime" <<'END'
#!/bin/sh
for word in "$@"; do
  [ "$last" = --bundle ] && sed -i 's/"CAP_SYS_RESOURCE"/"CAP_SYS_NICE"/g' "$word/config.json"
  last=$word
done
exec runc "$@"
END
chmod +x "$WORK/bin/runtime"
runtime=
rights=0x$(sed -n 's/CapBnd:[^0-9a-f]*//p' /proc/self/status)
[ $((rights >> 24 & 1)) = 1 ] || runtime="--add-runtime less=$WORK/bin/runtime --default-runtime less"
# shellcheck disable=SC2086
dockerd $runtime --data-root "$WORK/docker/root" --exec-root "$WORK/docker/exec" --pidfile "$WORK/docker/pid" --host "unix://$WORK/docker.sock" \
  --bridge=none --iptables=false --ip6tables=false --storage-driver overlay2 > "$OUT/dockerd" 2>&1 &
engine=$!
export DOCKER_HOST="unix://$WORK/docker.sock"
for _ in $(seq 100); do docker ps > /dev/null 2>&1 && break; sleep 0.1; done
image="$WORK/image"
mkdir -p "$image/bin" "$image/tmp" "$image/etc" "$image/root" "$image/usr/local/bin" "$image/var/log"
cp "$GENERATOR" "$image/bin/event-generator"
printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n' > "$image/etc/passwd"
printf 'root:x:0:\ndaemon:x:1:\n' > "$image/etc/group"
for program in sh bash cat rm mkdir ls cp touch chmod ln; do
  path=$(command -v $program)
  cp --dereference "$path" "$image/bin/$program"
  ldd "$path" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$image$(dirname "$library")" && cp --dereference --update "$library" "$image$library"
  done
done
tar --create --directory "$image" . | docker import --change 'ENTRYPOINT ["/bin/event-generator"]' - event-generator:local > /dev/null
# One file system for everything that the suite writes: it makes hard links of its program.
root="$WORK/root"
mkdir -p "$root" "$WORK/changes/upper" "$WORK/changes/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/changes/upper,workdir=$WORK/changes/work" "$root"
for directory in /proc /sys /dev /dev/shm /run; do mount --bind "$directory" "$root$directory"; done
mkdir -p "$root/opt/suite" "$root/tmp"
cp "$WORK/bin/event-generator" "$root/opt/event-generator"
cp "$SUITE"/*.yaml "$root/opt/suite"
touch "$root/opt/docker.sock"
mount --bind "$WORK/docker.sock" "$root/opt/docker.sock"
"$SEAWALL" watch --json --rule-matching all --no-integrity --rules "$RULES/falco_rules.yaml" --rules "$RULES/falco-incubating_rules.yaml" \
  --rules "$RULES/falco-sandbox_rules.yaml" --append-output 'proc_env=%proc.env' --to "http://127.0.0.1:$PORT" --to "file:$OUT/alerts" \
  --buffer "$WORK/state" 2> "$OUT/watch" &
watch=$!
for _ in $(seq 300); do grep -q ^watching "$OUT/watch" && break; sleep 0.1; done
env -u SUITE -u OUT -u RULES -u GENERATOR -u SEAWALL -u PORT chroot "$root" /opt/event-generator suite test -d /opt/suite --timeout 30m --http-server-address "127.0.0.1:$PORT" \
  --container-runtime-unix-socket unix:///opt/docker.sock --container-base-image event-generator:local \
  --container-image-pull-policy never --report-format json > "$OUT/report" 2> "$OUT/generator" || true
kill "$watch" && wait "$watch" || true
docker ps --all --quiet | xargs --no-run-if-empty docker rm --force > /dev/null 2>&1 || true
kill "$engine" && wait "$engine" || true
