// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::dialect::table::{Form, Quantity, Row, Table};

/// The conventions' names with the older name of the provider, the operation's cost, and Logfire's tags.
pub(in crate::dialect) static TABLE: Table = Table {
    kind: None,
    leaves_only: &["gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage."],
    only: &[],
    keys: &[
        Row { from: &["gen_ai.provider.name"], to: &["gen_ai.system"], form: Form::Same, on: &[] },
        Row { from: &["tag.tags"], to: &["logfire.tags"], form: Form::Same, on: &[] },
    ],
    counts: &[
        ("operation.cost", Quantity::Cost),
    ],
    bags: &[],
    values: None,
    flat: None,
    status: None,
    omit: &["tag.tags", "gen_ai.usage.cost", "gen_ai.usage.cost."],
    aside: None,
    metadata: None,
    core: &["gen_ai.system", "operation.cost"],
};
