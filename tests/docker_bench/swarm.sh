# A manager of a swarm.
start_engine
images
docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377 --cert-expiry 47h > /dev/null
docker network create --driver overlay plain > /dev/null
docker network create --driver overlay --opt encrypted sealed > /dev/null
echo word | docker secret create word - > /dev/null
run --name plain plain:1
compare
