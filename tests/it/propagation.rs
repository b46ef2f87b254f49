//! A trace that goes on in another process.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;

use opentelemetry::trace::{SpanContext, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::{Span, info_span};
use tracing_genai::{Carrier, GenAiSpanExt, Propagation, Usage};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{registry, reload};

use crate::support::{Memory, get, named, text};

mod baggage;
#[cfg(feature = "tower")]
mod services;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers<const N: usize>(fields: [(&str, &str); N]) -> HashMap<String, String> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn agent(name: &str) -> Span {
    info_span!("agent", span_type = "agent", agent = name)
}

fn is_below_caller(span: &SpanData) -> bool {
    span.span_context.trace_id().to_string() == CALLER[3..35]
        && span.parent_span_id.to_string() == CALLER[36..52]
        && span.parent_span_is_remote
}

/// Carries a trace from one span to another, and gives what `read` finds on the way.
fn carried<C: Carrier, R>(mut carrier: C, read: impl FnOnce(&C) -> R) -> R {
    let memory = Memory::new();
    let propagation = Propagation::new();
    let spans = memory.run(|| {
        agent("caller").in_scope(|| propagation.inject(&mut carrier));
        propagation.extract(&carrier).in_scope(|| drop(agent("called")));
    });
    let (caller, answer) = (named(&spans, "invoke_agent caller"), named(&spans, "invoke_agent called"));
    assert_eq!(answer.span_context.trace_id(), caller.span_context.trace_id());
    assert_eq!(answer.parent_span_id, caller.span_context.span_id());
    assert!(answer.parent_span_is_remote);
    assert_eq!(memory.report().remote_parents_ignored(), 0);
    read(&carrier)
}

#[test]
fn every_carrier_takes_a_trace_along() {
    carried(HashMap::new(), |fields| assert!(fields.contains_key("traceparent") && fields.len() == 1));
    carried(BTreeMap::new(), |fields| assert_eq!(fields.len(), 1));
    carried(vec![("Traceparent".to_owned(), "old".to_owned())], |fields| assert_eq!(fields.len(), 1));
    // The `_meta` of MCP; what else stands there stays.
    let meta = serde_json::json!({ "progressToken": 7, "traceparent": CALLER, "tracestate": "old=1" });
    carried(meta.as_object().unwrap().clone(), |meta| {
        assert_eq!(meta.keys().collect::<Vec<_>>(), ["progressToken", "traceparent"]);
        assert_ne!(meta["traceparent"], CALLER);
    });
    carried(Command::new("true"), |command| {
        let set: Vec<_> = command.get_envs().map(|(name, value)| (name.to_str().unwrap(), value.is_some())).collect();
        assert_eq!(set, [("TRACEPARENT", true), ("TRACESTATE", false)], "the state of another parent is not inherited");
    });
    #[cfg(feature = "http")]
    carried(http::HeaderMap::new(), |fields| assert_eq!(fields.len(), 1));
    #[cfg(feature = "grpc")]
    carried(tonic::metadata::MetadataMap::new(), |fields| assert_eq!(fields.len(), 1));
}

#[test]
fn without_a_current_span_nothing_is_written_and_nothing_taken_away() {
    let mut fields = headers([("traceparent", CALLER), ("tracestate", "theirs=1"), ("baggage", "a=b")]);
    let before = fields.clone();
    let memory = Memory::new();
    memory.run(|| Propagation::new().inject(&mut fields));
    assert_eq!(fields, before);
}

#[test]
fn a_malformed_traceparent_is_ignored_and_counted_and_never_an_error() {
    let long = format!("cc{}-{}", &CALLER[2..], "x".repeat(1 << 20));
    let twice = format!("{CALLER},{CALLER}");
    let wrong = [
        "00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "\u{0}\u{1b}[2J",
        "ünicode",
        &long,
        &twice,
    ];
    let memory = Memory::new();
    let (spans, said) = memory.run_logged(|| {
        for value in wrong {
            let remote = Propagation::new().extract(&headers([("traceparent", value), ("tracestate", "theirs=1")]));
            assert_eq!(remote.span_context(), None, "{value}");
            remote.in_scope(|| {
                let span = agent("called");
                assert!(remote.set_parent_of(&span), "there is nothing to set");
            });
        }
        // No caller is no fault.
        drop(Propagation::new().extract(&headers([("traceparent", " ")])));
        drop(Propagation::new().extract(&headers([])));
    });
    assert_eq!(spans.len(), wrong.len());
    assert!(spans.iter().all(|span| span.parent_span_id.to_string() == "0000000000000000"));
    assert!(spans.iter().all(|span| span.span_context.trace_state().header().is_empty()));
    assert_eq!(memory.report().remote_parents_ignored(), wrong.len() as u64);
    said.line_with("callers whose trace was not continued");
}

#[test]
fn a_state_goes_along_and_a_broken_one_costs_the_state_alone() {
    let memory = Memory::new();
    let propagation = Propagation::new();
    let mut sent = headers([]);
    let spans = memory.run(|| {
        let remote = propagation.extract(&headers([("traceparent", CALLER), ("tracestate", "theirs=1")]));
        remote.in_scope(|| agent("whole").in_scope(|| propagation.inject(&mut sent)));
        let remote = propagation.extract(&headers([("traceparent", CALLER), ("tracestate", "=,,\u{1}")]));
        remote.in_scope(|| drop(agent("broken")));
    });
    assert_eq!(sent["tracestate"], "theirs=1");
    assert!(spans.iter().all(is_below_caller));
    assert_eq!(memory.report().remote_parents_ignored(), 0);
}

#[test]
fn a_state_with_a_line_break_goes_into_no_request() {
    let propagation = Propagation::new();
    let mut sent: Vec<(String, String)> = Vec::new();
    Memory::new().run(|| {
        // As a caller may write it in JSON.
        let from = headers([("traceparent", CALLER), ("tracestate", "a=b\r\nx-admin: yes")]);
        let remote = propagation.extract(&from);
        remote.in_scope(|| agent("called").in_scope(|| propagation.inject(&mut sent)));
    });
    assert_eq!(sent.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["traceparent"]);
}

#[cfg(feature = "http")]
#[test]
fn headers_that_are_not_ascii_are_read() {
    let memory = Memory::new();
    let header = |bytes: &[u8]| http::HeaderValue::from_bytes(bytes).unwrap();
    let mut from = http::HeaderMap::new();
    from.insert("traceparent", header(b"\xfc"));
    from.insert("baggage", header("user.id=J\u{fc}rgen,session.id=s-1".as_bytes()));
    let spans = memory.run(|| {
        let remote = Propagation::new().with_baggage_in(["user.id", "session.id"]).extract(&from);
        remote.in_scope(|| drop(agent("called")));
    });
    assert_eq!(text(&spans[0], "user.id").as_deref(), Some("J\u{fc}rgen"));
    assert_eq!(text(&spans[0], "session.id").as_deref(), Some("s-1"));
    assert_eq!(memory.report().remote_parents_ignored(), 1);
}

#[test]
fn a_span_that_exists_gets_its_parent_before_it_is_entered_and_not_later() {
    let memory = Memory::new();
    let remote = Propagation::new().with_baggage_in(["user.id"]);
    let remote = remote.extract(&headers([("traceparent", CALLER), ("baggage", "user.id=u-1")]));
    let spans = memory.run(|| {
        let early = agent("early");
        assert!(remote.set_parent_of(&early));
        early.in_scope(|| ());
        let late = agent("late");
        late.in_scope(|| ());
        assert!(!remote.set_parent_of(&late));
        assert!(!remote.set_parent_of(&Span::none()));
    });
    assert!(is_below_caller(named(&spans, "invoke_agent early")));
    assert_eq!(text(named(&spans, "invoke_agent early"), "user.id").as_deref(), Some("u-1"));
    assert!(!is_below_caller(named(&spans, "invoke_agent late")));
    assert_eq!(memory.report().remote_parents_ignored(), 1);
}

#[test]
fn beside_a_layer_of_the_users_own_both_ways_to_a_parent_work() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let propagation = Propagation::new();
    let remote = propagation.extract(&headers([("traceparent", CALLER)]));
    for activates in [true, false] {
        let otel =
            tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs")).with_context_activation(activates);
        let subscriber = registry().with(memory.telemetry.companion_layer()).with(otel);
        tracing::subscriber::with_default(subscriber, || {
            let given = agent("given");
            assert!(remote.set_parent_of(&given));
            let mut sent = headers([]);
            given.in_scope(|| propagation.inject(&mut sent));
            let sent = propagation.extract(&sent).span_context().unwrap();
            assert_eq!(sent.trace_id().to_string(), CALLER[3..35]);
            remote.in_scope(|| drop(agent("inside")));
        });
    }
    let spans = memory.spans();
    assert_eq!(spans.len(), 4);
    assert!(spans.iter().all(is_below_caller));
}

#[test]
fn under_reload_spans_made_inside_continue_the_trace() {
    let memory = Memory::new();
    let (layer, _handle) = reload::Layer::new(memory.telemetry.layer());
    let remote = Propagation::new().extract(&headers([("traceparent", CALLER)]));
    tracing::subscriber::with_default(registry().with(layer), || {
        remote.in_scope(|| drop(agent("inside")));
        assert!(!remote.set_parent_of(&agent("given")));
    });
    let spans = memory.spans();
    assert!(is_below_caller(named(&spans, "invoke_agent inside")));
    assert_eq!(memory.report().remote_parents_ignored(), 1);
}

#[test]
fn whether_the_caller_samples_holds_for_what_it_calls() {
    let memory = Memory::new();
    let propagation = Propagation::new();
    let unsampled = format!("{}00", &CALLER[..53]);
    let mut sent = headers([]);
    let spans = memory.run(|| {
        propagation.extract(&headers([("traceparent", unsampled.as_str())])).in_scope(|| {
            agent("unseen").in_scope(|| propagation.inject(&mut sent));
        });
        propagation.extract(&headers([("traceparent", CALLER)])).in_scope(|| drop(agent("seen")));
    });
    assert_eq!(spans.len(), 1);
    assert!(is_below_caller(&spans[0]));
    assert!(sent["traceparent"].starts_with(&CALLER[..35]) && sent["traceparent"].ends_with("-00"));
}

#[test]
fn each_local_root_has_the_totals_of_its_own_process() {
    let (front, back) = (Memory::new(), Memory::new());
    let propagation = Propagation::new();
    let mut sent = headers([]);
    let call = |tokens| {
        info_span!("c", span_type = "llm", model = "m").record_usage(Usage::new(tokens, 0));
    };
    let fronts = front.run(|| {
        agent("front").in_scope(|| {
            call(100);
            propagation.inject(&mut sent);
        });
    });
    let backs = back.run(|| propagation.extract(&sent).in_scope(|| agent("back").in_scope(|| call(7))));
    let (front, back) = (named(&fronts, "invoke_agent front"), named(&backs, "invoke_agent back"));
    assert_eq!(back.parent_span_id, front.span_context.span_id());
    assert_eq!(get(front, "tracing_genai.total.input_tokens"), Some(&Value::I64(100)));
    assert_eq!(get(back, "tracing_genai.total.input_tokens"), Some(&Value::I64(7)));
    assert_eq!(get(back, "tracing_genai.total.incomplete"), None);
}

#[test]
fn an_extracted_context_says_what_it_holds() {
    let remote = Propagation::new().extract(&headers([("traceparent", CALLER)]));
    let caller: SpanContext = remote.span_context().unwrap();
    assert!(caller.is_remote() && caller.is_sampled());
    assert!(!Context::current().span().span_context().is_valid(), "nothing is current because of it");
}
