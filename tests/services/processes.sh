# shellcheck shell=bash
# The processes of a script: each leads a process group of its own, and is ended by its id with all that it started.
# Sourced, never run. Whoever sources it gets the traps that end everything when the script ends, however it ends.

# With job control, bash gives each background job its own process group.
set -m

# start COMMAND…: in the background; its id is in $! afterwards.
start() {
  "$@" </dev/null &
}

# foreground COMMAND…: runs it to its end. A signal to the script acts at once, which a plain call would hold back.
foreground() {
  start "$@"
  join "$!"
}

# within SECONDS COMMAND…: the same with a deadline.
within() {
  local limit=$1
  shift
  start "$@"
  join_within "$limit" "$!" || {
    local status=$?
    [ "$status" -ne 124 ] || echo "no end within $limit s: $*" >&2
    return "$status"
  }
}

# join ID: waits for its end, ends what it left behind, and returns its exit status.
join() {
  local status=0
  wait "$1" || status=$?
  stop "$1"
  return "$status"
}

# join_within SECONDS ID: the same; after the deadline it is stopped and the status is 124.
join_within() {
  local deadline=$((SECONDS + $1)) id=$2
  while runs "$id"; do
    if ((SECONDS >= deadline)); then
      stop "$id"
      return 124
    fi
    sleep 0.1
  done
  join "$id"
}

# runs ID
runs() {
  kill -0 "$1" 2>/dev/null
}

# stop ID: asks its group to end, and ends it after ten seconds.
stop() {
  local id=$1 tries=100
  # Bash would print that the job was terminated.
  {
    kill -TERM -- "-$id" || true
    while kill -0 -- "-$id" && ((tries-- > 0)); do
      sleep 0.1
    done
    kill -KILL -- "-$id" || true
    wait "$id" || true
  } 2>/dev/null
}

# All that runs still. The last one started goes first: it may depend on the others.
stop_all() {
  trap '' INT TERM HUP
  local id ids=
  for id in $(jobs -p); do
    ids="$id $ids"
  done
  for id in $ids; do
    stop "$id"
  done
}

trap stop_all EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
