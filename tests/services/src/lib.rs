//! Tests only: see `tests/it`. They need the servers that `tests/run` starts and are run by it.
