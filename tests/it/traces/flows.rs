//! The same work twice: annotated, and by hand.

use std::io;

use tracing::{Span, instrument};
use tracing_genai::{GenAiSpanExt as _, Message, SpanType, Telemetry, Usage};

fn usage() -> Usage {
    Usage::new(812, 140).cache_read(512)
}

pub(crate) mod annotated {
    use super::*;

    #[instrument(skip_all, fields(span_type = "agent"))]
    pub(crate) fn support_agent() {
        Span::current().record_input("Where is order 4711?");
        retrieve();
        plan();
        drop(order_lookup());
        Span::current().record_output("It has left.");
    }

    #[instrument(skip_all, fields(span_type = "retrieval", data_source = "policies"))]
    fn retrieve() {
        Span::current().record_input("Where is order 4711?").record_attribute("top_k", 3);
    }

    #[instrument(skip_all, fields(span_type = "llm", provider = "openai", model = "gpt-4o-mini"))]
    fn plan() {
        Span::current()
            .record_input([Message::system("You plan."), Message::user("Where is order 4711?")])
            .record_output(Message::assistant("Look it up."))
            .record_response_model("gpt-4o-mini-2024-07-18")
            .record_finish_reason("stop")
            .record_usage(usage());
    }

    #[instrument(skip_all, fields(span_type = "tool"), err)]
    fn order_lookup() -> Result<(), io::Error> {
        Span::current().record_input(r#"{"order":"4711"}"#).record_error_type("timeout");
        Err(io::Error::other("the shop gave no answer"))
    }
}

pub(crate) fn by_hand(telemetry: &Telemetry) {
    let agent = telemetry.trace("support_agent");
    agent.set_span_type(SpanType::Agent).set_input("Where is order 4711?");

    let search = agent.span(SpanType::Retrieval, "retrieve");
    search.set_attribute("data_source", "policies").set_input("Where is order 4711?").set_attribute("top_k", 3);
    search.complete();

    let plan = agent.span(SpanType::Llm, "plan");
    plan.set_provider("openai")
        .set_model("gpt-4o-mini")
        .set_input([Message::system("You plan."), Message::user("Where is order 4711?")])
        .set_output(Message::assistant("Look it up."))
        .set_response_model("gpt-4o-mini-2024-07-18")
        .set_finish_reason("stop")
        .set_usage(usage());
    plan.complete();

    let lookup = agent.span(SpanType::Tool, "order_lookup");
    lookup.set_input(r#"{"order":"4711"}"#).set_error_type("timeout");
    lookup.fail(&io::Error::other("the shop gave no answer"));

    agent.set_output("It has left.").complete();
}
