# shellcheck shell=bash
# Where the services' programs, configurations and runs are. Sourced, never run.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Cargo reads a relative CARGO_TARGET_DIR from the folder it is started in, which for `tests/run` is the repository.
case ${CARGO_TARGET_DIR:-} in
'') services_dir=$repository/target/services ;;
/*) services_dir=$CARGO_TARGET_DIR/services ;;
*) services_dir=$repository/$CARGO_TARGET_DIR/services ;;
esac

export TEST_JAEGER_BIN=$services_dir/bin/jaeger
export TEST_COLLECTOR_BIN=$services_dir/bin/otelcol
export TEST_PHOENIX_BIN=$services_dir/python/phoenix/bin/phoenix
export TEST_MLFLOW_BIN=$services_dir/python/mlflow/bin/mlflow
