//! Too much of it: attributes, events, children, depth.

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, Status};
use tracing::{info, info_span};
use tracing_genai::{GenAiSpanExt, Usage};

use crate::support::{Memory, get, named, text};

#[test]
fn tokens_survive_though_they_come_after_three_hundred_attributes() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", provider = "openai", model = "gpt-4o-mini");
        for n in 0..300 {
            span.record_attribute(format!("app.n{n}"), n);
        }
        span.record_usage(Usage::new(812, 140)).record_error_type("timeout");
    });
    let chat = named(&spans, "chat gpt-4o-mini");
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(140)));
    assert!(matches!(get(chat, "gen_ai.usage.cost"), Some(Value::F64(usd)) if *usd > 0.0));
    assert_eq!(text(chat, "error.type").as_deref(), Some("timeout"));
    let kept = chat.attributes.iter().filter(|kv| kv.key.as_str().starts_with("app.n")).count();
    assert!(kept > 50 && chat.attributes.len() <= 129, "{kept} of {}", chat.attributes.len());
    assert_eq!(usize::try_from(chat.dropped_attributes_count).unwrap(), 300 - kept);
}

#[test]
fn the_exception_survives_among_five_hundred_events() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "tool", tool = "t");
        span.in_scope(|| (0..500).for_each(|n| info!(n, "a line")));
        span.record_error(&std::io::Error::other("refused"));
    });
    let tool = named(&spans, "execute_tool t");
    assert_eq!(tool.status, Status::error("refused"));
    assert_eq!(tool.events.iter().filter(|event| event.name == "exception").count(), 1);
    assert_eq!(tool.events.len(), 128);
    assert_eq!(tool.events.dropped_count, 501 - 128);
}

#[test]
fn ten_thousand_children_arrive() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let parent = info_span!("p", span_type = "agent", agent = "a");
        parent.in_scope(|| (0..10_000_i64).for_each(|n| drop(info_span!("c", span_type = "tool", tool = "t", n))));
    });
    let parent = named(&spans, "invoke_agent a").span_context.span_id();
    assert_eq!(spans.iter().filter(|span| span.parent_span_id == parent).count(), 10_000);
    assert!(memory.report().is_complete(), "{}", memory.report());
}

#[test]
fn a_thousand_spans_within_each_other_arrive_as_one_chain() {
    let memory = Memory::new();
    let mut spans = memory.run(|| {
        let mut entered: Vec<_> =
            (0..1_000).map(|_| info_span!("deep", span_type = "chain", chain = "c").entered()).collect();
        while entered.pop().is_some() {}
    });
    assert_eq!(spans.len(), 1_000);
    // The innermost ends first.
    spans.reverse();
    let mut parent = SpanId::INVALID;
    for span in &spans {
        assert_eq!(span.parent_span_id, parent);
        parent = span.span_context.span_id();
    }
}
