# Runs as process 1 of namespaces of its own. WORK is an empty directory.
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$WORK"
# What is written below these directories is seen here alone, and gone at the end.
for directory in /etc /var/lib /usr/lib/systemd; do
  [ -d "$directory" ] || continue
  place="$WORK/changes$directory"
  mkdir -p "$place/upper" "$place/work"
  mount -t overlay overlay -o "lowerdir=$directory,upperdir=$place/upper,workdir=$place/work" "$directory"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /var/lib/docker /etc/docker
# overlay2 does not lie on an overlay.
mount -t tmpfs tmpfs /var/lib/docker
ip link set lo up
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
export DOCKER_CONFIG="$WORK/docker" DOCKER_BUILDKIT=0

# start_engine ARGUMENTS…: at the usual places, with the bridge and the packet filter of this network namespace.
start_engine() {
  dockerd "$@" > "$WORK/engine.log" 2>&1 &
  engine=$!
  for _ in $(seq 300); do
    docker ps > /dev/null 2>&1 && return
    kill -0 "$engine" 2> /dev/null || break
    sleep 0.1
  done
  echo "no-engine: $(tail -n 3 "$WORK/engine.log")" >&2
  exit 77
}

# Containers first, so that their control groups go.
stop_engine() {
  [ -n "$engine" ] || return 0
  docker swarm leave --force > /dev/null 2>&1 || true
  docker ps --all --quiet | xargs --no-run-if-empty docker rm --force > /dev/null 2>&1 || true
  kill "$engine" 2> /dev/null || true
  wait "$engine" || true
  engine=
}
engine=
trap stop_engine EXIT

# root_of PROGRAMS…: prints the tar of a root directory with programs of this machine and their libraries.
root_of() {
  for program in "$@"; do
    path=$(command -v "$program")
    echo "$path"
    ldd "$path" 2> /dev/null | grep -o '/[^ ]*' || true
  done | sort -u | tar --create --dereference --files-from - 2> /dev/null
}
