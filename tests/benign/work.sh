#!/bin/sh
# Ordinary work of a host and its containers, until SECONDS_MAX are over: software is built, packages are installed and upgraded, a
# web stack serves, databases are filled and asked, jobs of a continuous integration run. IMAGE is an image of Debian; ROOT
# a tree of Debian with apt; WORK an empty directory. (Packages are the host's: what is installed in a container that runs is drift,
# and Falco's stable rules say so.) Each kind of work that this machine has not the programs for is left out, and said.
set -u
end=$(($(date +%s) + SECONDS_MAX))
has() { command -v "$1" > /dev/null || { echo "left out: $1 is not here" >&2; return 1; }; }
running() { [ "$(date +%s)" -lt "$end" ]; }

build() {
  has gcc && has make || return 0
  mkdir -p "$WORK/build" && cd "$WORK/build" || return
  for number in 1 2 3 4 5; do
    printf '#include <stdio.h>\nint part%s(void) { return printf("%s\\n"); }\n' $number $number > part$number.c
  done
  printf 'int part1(void); int main(void) { return part1() < 0; }\n' > main.c
  printf 'program: main.o part1.o part2.o part3.o part4.o part5.o\n\t$(CC) -o $@ $^\nclean:\n\trm -f *.o program\ninstall: program\n\tinstall -D program out/program\n' > Makefile
  while running; do
    make -s clean && make -s -j2 install && ./program > /dev/null
    tar czf ../build.tar.gz . && tar tzf ../build.tar.gz > /dev/null
    if has git; then
      git init -q . 2> /dev/null; git add -A && git -c user.name=a -c user.email=a@example.com commit -qm work > /dev/null
    fi
    sleep 2
  done
}

cargo_build() {
  has cargo || return 0
  mkdir -p "$WORK/crate" && cd "$WORK/crate" && cargo init -q --name work . 2> /dev/null || return
  while running; do
    CARGO_TARGET_DIR="$WORK/crate/target" CARGO_BUILD_JOBS=1 cargo build -q --offline 2> /dev/null && CARGO_TARGET_DIR="$WORK/crate/target" cargo clean -q
    sleep 8
  done
}

packages() {
  while running; do
    for words in update upgrade 'install --no-install-recommends hello less'; do chroot "$ROOT" apt-get -qq -y $words; done > "$WORK/packages.log" 2>&1
    chroot "$ROOT" hello > /dev/null; chroot "$ROOT" apt-get -qq -y remove hello less > /dev/null 2>&1
    sleep 20
  done
}

web() {
  has python3 && has curl || return 0
  mkdir -p "$WORK/www" && cd "$WORK/www" && echo page > index.html
  /usr/bin/python3 -m http.server --bind 127.0.0.1 "$WEB_PORT" > /dev/null 2>&1 &
  server=$!
  sleep 2
  while running; do
    for number in 1 2 3 4 5 6 7 8 9 10; do curl -s "http://127.0.0.1:$WEB_PORT/index.html" > /dev/null; done
    sleep 1
  done
  kill $server
}

sqlite() {
  has sqlite3 || return 0
  while running; do
    sqlite3 "$WORK/data.db" 'create table if not exists t(a); insert into t values (random()), (random()); select count(*) from t; vacuum;' > /dev/null
    sleep 1
  done
}

postgres() {
  has initdb && has psql || return 0
  data="$WORK/postgres"
  install -d -o postgres "$data" 2> /dev/null || { echo "left out: no account postgres" >&2; return 0; }
  setpriv --reuid postgres --regid postgres --clear-groups initdb -D "$data/db" > /dev/null || return 0
  setpriv --reuid postgres --regid postgres --clear-groups pg_ctl -D "$data/db" -o "-k $data -c listen_addresses=''" -l "$data/log" start > /dev/null
  while running; do
    psql -h "$data" -U postgres -qc 'create table if not exists t(a float); insert into t select random() from generate_series(1, 100); select count(*) from t' > /dev/null
    sleep 2
  done
  setpriv --reuid postgres --regid postgres --clear-groups pg_ctl -D "$data/db" -m fast stop > /dev/null
}

jobs() {
  number=0
  while running; do
    number=$((number + 1))
    docker run --rm --network none --volume "$WORK/build:/source:ro" "$IMAGE" sh -ec 'cp -r /source /tmp/work && cd /tmp/work && ls -R . > list && grep -r part . > /dev/null; sha256sum *.c; perl -e "print 1+1"; tar cf /tmp/out.tar . && gzip /tmp/out.tar' > /dev/null 2>&1
    docker run --rm --network none --user 1000:1000 "$IMAGE" sh -c 'cd /tmp; for file in a b c; do echo $file > $file; done; find . -name a; rm a b c; date; env' > /dev/null 2>&1
    container=$(docker create --network none "$IMAGE" sleep 5)
    docker start "$container" > /dev/null && docker exec "$container" ls / > /dev/null
    docker cp "$container:/etc/debian_version" "$WORK/version" && docker rm -f "$container" > /dev/null
    sleep 3
  done
  echo "jobs: $number"
}

administration() {
  while running; do
    ps aux > /dev/null; df -h > /dev/null 2>&1; find /etc -name '*.conf' > /dev/null 2>&1; du -s "$WORK" > /dev/null
    id > /dev/null; hostname > /dev/null; ls -la /root > /dev/null; docker ps -a > /dev/null; docker images > /dev/null
    sleep 5
  done
}

for work in build cargo_build packages web sqlite postgres jobs administration; do $work & done
wait
