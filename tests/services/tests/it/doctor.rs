//! The example `doctor`, which reads a trace back.

#[path = "../../../../examples/doctor/concept.rs"]
pub(crate) mod concept;
#[path = "../../../../examples/doctor/sample.rs"]
#[expect(dead_code, reason = "the example makes the trace")]
pub(crate) mod sample;
#[path = "../../../../examples/doctor/seen.rs"]
#[expect(dead_code, reason = "the example asks for parents")]
mod seen;
