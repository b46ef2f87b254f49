//! The agent's tools.

use std::fmt;
use std::time::Duration;

use tracing::{Span, instrument};
use tracing_genai::GenAiSpanExt;

/// Why a tool gave nothing.
#[derive(Debug)]
pub(crate) enum ToolError {
    /// The service behind it was too slow.
    Timeout(&'static str),
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout(service) => write!(f, "{service} gave no answer"),
        }
    }
}

impl std::error::Error for ToolError {}

#[instrument(skip_all, fields(span_type = "tool"), err)]
pub(crate) async fn order_lookup(order: String) -> Result<String, ToolError> {
    Span::current().record_input(format!("{{\"order\":\"{order}\"}}"));
    tokio::time::sleep(Duration::from_millis(31)).await;
    let found = format!("order {order} left the warehouse, customer Ada Lovelace");
    Span::current().record_output(&found);
    Ok(found)
}

#[instrument(skip_all, fields(span_type = "tool"), err)]
pub(crate) async fn refund_status(order: String) -> Result<String, ToolError> {
    Span::current().record_input(format!("{{\"order\":\"{order}\"}}"));
    tokio::time::sleep(Duration::from_millis(22)).await;
    if order == "1234" {
        Span::current().record_error_type("timeout");
        return Err(ToolError::Timeout("refund service"));
    }
    Ok("no refund was asked for".to_owned())
}

/// What the model is told of a tool's outcome.
pub(crate) fn told(outcome: Result<String, ToolError>) -> String {
    outcome.unwrap_or_else(|error| format!("a tool failed: {error}"))
}
