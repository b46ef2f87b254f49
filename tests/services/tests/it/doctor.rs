//! The example `doctor`, which reads a trace back.

#[path = "../../../../examples/doctor/backend.rs"]
#[expect(dead_code, reason = "the example sends the trace, too")]
pub(crate) mod backend;
#[path = "../../../../examples/doctor/concept.rs"]
pub(crate) mod concept;
#[path = "../../../../examples/doctor/http.rs"]
pub(crate) mod http;
#[path = "../../../../examples/doctor/mlflow.rs"]
pub(crate) mod mlflow;
#[path = "../../../../examples/doctor/otlp_json.rs"]
mod otlp_json;
#[path = "../../../../examples/doctor/phoenix.rs"]
pub(crate) mod phoenix;
#[path = "../../../../examples/doctor/sample.rs"]
#[expect(dead_code, reason = "the example makes the trace")]
pub(crate) mod sample;
#[path = "../../../../examples/doctor/seen.rs"]
#[expect(dead_code, reason = "the example asks for parents")]
pub(crate) mod seen;
