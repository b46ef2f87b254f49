# shellcheck shell=bash
# Starts Jaeger, the Collector, Phoenix and MLflow on free ports of the loopback interface and says in the environment where they are.
# Sourced, never run. They are stopped when the script ends (processes.sh).

# shellcheck source=tests/services/paths.sh
source "${BASH_SOURCE[0]%/*}/paths.sh"
# shellcheck source=tests/services/processes.sh
source "${BASH_SOURCE[0]%/*}/processes.sh"

# Logs and files of this run; a run that ended leaves its own for a look, until the next one starts.
run_dir=$services_dir/run/$$
ready_within=120

# start_services: all, in the order in which they need each other. The slow ones start first and are waited for last.
start_services() {
  start_phoenix
  local phoenix=$!
  start_mlflow
  local mlflow=$!
  start_jaeger && start_collector && await_phoenix "$phoenix" && await_mlflow "$mlflow"
}

# start_jaeger: sets TEST_JAEGER_QUERY, TEST_JAEGER_OTLP_GRPC and TEST_JAEGER_OTLP_HTTP.
start_jaeger() {
  local log=$run_dir/jaeger.log
  prepare_run_dir
  start "$TEST_JAEGER_BIN" --config "$repository/tests/services/jaeger.yaml" >"$log" 2>&1
  await_ready Jaeger "$!" "$log" jaeger_is_ready "$log"
}

# start_collector: sets TEST_COLLECTOR_GRPC, TEST_COLLECTOR_HTTP and TEST_COLLECTOR_FILE.
start_collector() {
  local log=$run_dir/collector.log
  prepare_run_dir
  export TEST_COLLECTOR_FILE=$run_dir/collector.jsonl
  # The Collector makes the file with the first request; a test may look before.
  : >"$TEST_COLLECTOR_FILE"
  export TEST_COLLECTOR_METRICS_FILE=$run_dir/collector-metrics.jsonl
  : >"$TEST_COLLECTOR_METRICS_FILE"
  start "$TEST_COLLECTOR_BIN" --config "$repository/tests/services/collector.yaml" >"$log" 2>&1
  await_ready "the Collector" "$!" "$log" collector_is_ready "$log"
}

# start_phoenix, then await_phoenix ID: sets TEST_PHOENIX.
start_phoenix() {
  prepare_run_dir
  mkdir -p "$run_dir/phoenix"
  start env PHOENIX_HOST=127.0.0.1 PHOENIX_PORT=0 PHOENIX_WORKING_DIR="$run_dir/phoenix" PHOENIX_TELEMETRY_ENABLED=false \
    PHOENIX_ALLOW_EXTERNAL_RESOURCES=false PHOENIX_DISABLE_AGENT_ASSISTANT=true PHOENIX_ENABLE_MCP_SERVER=false \
    "${TEST_PHOENIX_BIN%/*}/python" "$repository/tests/services/phoenix_server.py" >"$run_dir/phoenix.log" 2>&1
}

await_phoenix() {
  await_ready Phoenix "$1" "$run_dir/phoenix.log" phoenix_is_ready "$run_dir/phoenix.log"
}

# start_mlflow, then await_mlflow ID: sets TEST_MLFLOW.
start_mlflow() {
  local dir=$run_dir/mlflow
  prepare_run_dir
  mkdir -p "$dir"
  start env MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
    PATH="${TEST_MLFLOW_BIN%/*}:$PATH" "$TEST_MLFLOW_BIN" server --host 127.0.0.1 --port 0 --workers 1 \
    --backend-store-uri "sqlite:///$dir/mlflow.db" --default-artifact-root "$dir/artifacts" >"$run_dir/mlflow.log" 2>&1
}

await_mlflow() {
  await_ready MLflow "$1" "$run_dir/mlflow.log" mlflow_is_ready "$run_dir/mlflow.log"
}

phoenix_is_ready() {
  uvicorn_address "$1" && export TEST_PHOENIX=http://$address && answers "$TEST_PHOENIX" /healthz 200
}

mlflow_is_ready() {
  uvicorn_address "$1" && export TEST_MLFLOW=http://$address && answers "$TEST_MLFLOW" /health 200
}

# uvicorn_address LOG: the address is in $address afterwards.
uvicorn_address() {
  [[ $(<"$1") =~ Uvicorn\ running\ on\ http://([0-9.]+:[0-9]+) ]] && address=${BASH_REMATCH[1]}
}

jaeger_is_ready() {
  address_in "$1" 'Query server started' http_addr && export TEST_JAEGER_QUERY=http://$address &&
    address_in "$1" 'Starting GRPC server' endpoint && export TEST_JAEGER_OTLP_GRPC=http://$address &&
    address_in "$1" 'Starting HTTP server' endpoint && export TEST_JAEGER_OTLP_HTTP=http://$address &&
    answers "$TEST_JAEGER_QUERY" /api/services 200
}

# The receiver starts after all that stands behind it, and has no page for a GET: an answer at all is what counts.
collector_is_ready() {
  address_in "$1" 'Starting GRPC server' endpoint && export TEST_COLLECTOR_GRPC=http://$address &&
    address_in "$1" 'Starting HTTP server' endpoint && export TEST_COLLECTOR_HTTP=http://$address &&
    answers "$TEST_COLLECTOR_HTTP" /v1/traces 405
}

# await_ready NAME ID LOG CHECK…: polls CHECK; when the process ends or the time is up, shows the log's end.
await_ready() {
  local name=$1 id=$2 log=$3 deadline=$((SECONDS + ready_within)) problem
  shift 3
  until "$@"; do
    problem=
    runs "$id" || problem="ended before it was ready"
    ((SECONDS < deadline)) || problem="was not ready within $ready_within s"
    if [ -n "$problem" ]; then
      echo "$name $problem; the end of $log:" >&2
      tail -n 30 "$log" >&2
      return 1
    fi
    sleep 0.1
  done
}

# address_in LOG MESSAGE FIELD: finds the address that a server says it listens on; it is in $address afterwards.
address_in() {
  local pattern="$2"$'[^\n]*'"\"$3\": \"([0-9.]+:[0-9]+)\""
  [[ $(<"$1") =~ $pattern ]] && address=${BASH_REMATCH[1]}
}

# answers URL PATH STATUS: whether a GET is answered by that status.
answers() {
  local address=${1#http://} line
  line=$(
    exec 3<>"/dev/tcp/${address%:*}/${address#*:}" || exit
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$address" >&3
    IFS= read -r -t 5 line <&3 && echo "$line"
  ) 2>/dev/null
  [[ $line == "HTTP/1."?" $3"* ]]
}

prepare_run_dir() {
  local old
  for old in "$services_dir"/run/*; do
    [ ! -d "$old" ] || kill -0 "${old##*/}" 2>/dev/null || rm -rf "$old"
  done
  mkdir -p "$run_dir"
}
