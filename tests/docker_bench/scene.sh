# What all scenes share. OUT takes what both tools say, SEAWALL is the binary, DOCKER_BENCH the other tool's directory.
programs=$WORK/programs.tar
root_of sh sleep ps grep > "$programs"
# A program of another name, for a container that runs an ssh server and one that cannot tell its processes.
mkdir -p "$WORK/ssh/usr/sbin" && cp "$(command -v sleep)" "$WORK/ssh/usr/sbin/sshd"
cp "$programs" "$WORK/ssh.tar" && tar --append --file "$WORK/ssh.tar" -C "$WORK/ssh" usr
root_of sleep > "$WORK/bare.tar" && tar --append --file "$WORK/bare.tar" -C "$WORK/ssh" usr

images() {
  docker import --change 'CMD ["sleep","1000000"]' "$programs" plain:1 > /dev/null
  docker import --change 'CMD ["/usr/sbin/sshd","1000000"]' "$WORK/ssh.tar" ssh:1 > /dev/null
  docker import --change 'CMD ["/usr/sbin/sshd","1000000"]' "$WORK/bare.tar" bare-ssh:1 > /dev/null
}
run() { docker run --detach "$@" > /dev/null; }

# Both tools look at the same host.
compare() {
  docker version --format '{{.Server.Version}}' > "$OUT/engine"
  (cd "$DOCKER_BENCH" && rm -rf log && bash docker-bench-security.sh -b > "$OUT/theirs.txt" 2> "$OUT/theirs.err") || true
  cp "$DOCKER_BENCH/log/docker-bench-security.log.json" "$OUT/theirs.json"
  "$SEAWALL" audit --docker-bench json > "$OUT/ours.json" 2> "$OUT/ours.err" || [ $? = 1 ]
}
