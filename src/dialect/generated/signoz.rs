// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::conventions::SpanType;
use crate::dialect::table::{Form, Only, Row, Table};

/// The conventions' names, with models and usage on model calls and a tool's name on tools alone.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: None,
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[
        Only { keys: &["gen_ai.tool.name"], on: &[SpanType::Tool] },
        Only { keys: &["gen_ai.agent.name"], on: &[SpanType::Agent, SpanType::Plan] },
    ],
    keys: &[
        Row { from: &["gen_ai.response.time_to_first_chunk"], to: &["gen_ai.server.ttft"], form: Form::Same, on: &[SpanType::Llm] },
    ],
    counts: &[],
    bags: &[],
    values: None,
    flat: None,
    status: None,
    omit: &[],
    aside: None,
    metadata: None,
    core: &[],
};
