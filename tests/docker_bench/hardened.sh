# Settings and containers as both tools ask for them.
cat > /etc/docker/daemon.json <<'JSON'
{
  "icc": false,
  "log-level": "info",
  "live-restore": true,
  "userland-proxy": false,
  "no-new-privileges": true,
  "userns-remap": "default",
  "default-ulimits": { "nofile": { "Name": "nofile", "Soft": 1024, "Hard": 4096 } },
  "log-driver": "syslog",
  "log-opts": { "syslog-address": "udp://127.0.0.1:514" }
}
JSON
chmod 0644 /etc/docker/daemon.json
groupadd --force docker
mkdir -p /etc/audit
for path in /usr/sbin/dockerd /run/containerd /var/lib/docker /etc/docker /usr/lib/systemd/system/docker.service \
  /usr/lib/systemd/system/docker.socket /etc/default/docker /etc/containerd/config.toml /usr/bin/containerd \
  /usr/bin/containerd-shim-runc-v2 /usr/sbin/runc; do
  echo "-w $path -p wa -k docker"
done > /etc/audit/audit.rules
start_engine
images
docker network create inner > /dev/null
docker volume create data > /dev/null
run --name web --read-only --cap-drop ALL --security-opt no-new-privileges --memory 64m --cpus 0.5 --cpu-shares 512 \
  --pids-limit 50 --user 1000:1000 --restart on-failure:5 --health-cmd true --network inner \
  --publish 127.0.0.1:8080:8080 --volume data:/data:ro plain:1
compare
