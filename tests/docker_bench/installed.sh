# An engine as Debian's package brings it, and containers started without thought.
start_engine
images
run --name plain plain:1
run --name web --publish 8080:80 plain:1
docker create --name stopped plain:1 > /dev/null
compare
