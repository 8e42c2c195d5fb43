# Settings and containers that are wrong in the ways that configuration text hides.
cat > /etc/docker/daemon.json <<'JSON'
{
  "log-level": "debug",
  "iptables": false,
  "insecure-registries": ["10.1.0.0/16"],
  "cgroup-parent": "/mine",
  "default-ulimits": { "nofile": { "Name": "nofile", "Soft": 1024, "Hard": 4096 } },
  "log-driver": "local",
  "experimental": true
}
JSON
chmod 0622 /etc/docker/daemon.json /etc/default/docker
mkdir -p /etc/docker/certs.d/registry.example.com
touch /etc/docker/certs.d/registry.example.com/ca.crt /etc/docker/certs.d/registry.example.com/client.key
chmod 0444 /etc/docker/certs.d/registry.example.com/ca.crt
chmod 0666 /etc/docker/certs.d/registry.example.com/client.key
cp /usr/lib/systemd/system/docker.service /etc/systemd/system/docker.service
chmod 0622 /etc/systemd/system/docker.service
groupadd --force docker
useradd --no-create-home --groups docker alice
mkdir -p /run/shared && mount -t tmpfs tmpfs /run/shared && mount --make-shared /run/shared
start_engine --host unix:///var/run/docker.sock --host tcp://127.0.0.1:2375
images
run --name root-by-number --user 0:0 plain:1
run --name new-privileges --security-opt no-new-privileges:false plain:1
# Beside a mount that can be written docker-bench tells it, or not, by the order in which the engine lists them.
run --name reads-etc --volume /etc:/h:ro plain:1
run --name has-run --volume /var/run:/vr plain:1
run --name has-socket --volume /var/run/docker.sock:/s plain:1
run --name on-ipv6 --publish '[::]:81:81' plain:1
run --name restarts --restart always plain:1
run --name host-network --network host plain:1
run --name joined-network --network container:host-network plain:1
run --name host-processes --pid host plain:1
run --name joined-processes --pid container:host-processes plain:1
run --name host-ipc --ipc host --uts host plain:1
run --name may-trace --cap-add SYS_PTRACE --cap-drop ALL plain:1
run --name unfiltered --security-opt seccomp=unconfined plain:1
run --name shares-mounts --mount type=bind,src=/run/shared,dst=/m,bind-propagation=shared plain:1
run --name has-device --device /dev/kmsg plain:1
run --name is-entered --user 1000:1000 plain:1
docker exec --detach --user 0 is-entered sleep 1000000
run --name ssh ssh:1
run --name bare-ssh bare-ssh:1
run --name few-processors --cpus 0.5 --memory 64m --pids-limit 50 plain:1
docker create --name privileged --privileged plain:1 > /dev/null
compare
