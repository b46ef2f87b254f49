//! Values that are none: models, counts, costs, types.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::info_span;
use tracing_genai::{Content, GenAiSpanExt, Payload, Usage};

use crate::support::{Memory, get, json, named, text};

#[test]
fn a_model_that_is_empty_names_nothing_and_costs_nothing() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", provider = "openai", model = "").record_usage(Usage::new(1, 1));
    });
    let chat = named(&spans, "chat");
    assert_eq!(get(chat, "gen_ai.usage.cost"), None);
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(1)));
}

#[test]
fn a_model_of_a_megabyte_is_shortened_and_stays_out_of_the_name() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm").record_model("m".repeat(1 << 20)).record_usage(Usage::new(1, 2));
    });
    let chat = named(&spans, "chat");
    let model = text(chat, "gen_ai.request.model").unwrap();
    assert!(model.len() < 70_000 && model.contains("…[+"), "{} bytes", model.len());
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(2)));
    assert!(matches!(get(chat, "tracing_genai.truncated"), Some(Value::I64(cut)) if *cut > 900_000));
}

#[test]
fn a_model_that_is_a_number_or_a_flag_is_text_and_one_that_is_a_list_is_invalid() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", span_type = "llm", model = 4));
        drop(info_span!("b", span_type = "llm", model = true));
        let list = Value::Array(Array::I64(vec![1, 2]));
        info_span!("c", span_type = "llm").record_attribute("model", list);
    });
    assert_eq!(text(named(&spans, "chat 4"), "gen_ai.request.model").as_deref(), Some("4"));
    assert_eq!(text(named(&spans, "chat true"), "gen_ai.request.model").as_deref(), Some("true"));
    let list = named(&spans, "chat");
    assert_eq!(get(list, "gen_ai.request.model"), None);
    assert_eq!(text(list, "tracing_genai.invalid.gen_ai.request.model").as_deref(), Some("[1,2]"));
    assert_eq!(memory.report().values_invalid(), 1);
}

#[test]
fn values_that_are_not_of_their_type_are_said_in_the_log() {
    let memory = Memory::new();
    let (_, log) = memory.run_logged(|| {
        drop(info_span!("a", span_type = "llm", gen_ai.request.max_tokens = "many"));
        drop(info_span!("b", span_type = "llm", gen_ai.request.temperature = "warm"));
    });
    let line = log.line_with("attribute's type");
    assert!(line.contains("so far: 2") && line.contains("tracing_genai.invalid"), "{line}");
}

#[test]
fn a_reason_that_is_empty_is_none() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", model = "a").record_finish_reason("");
        let span = info_span!("b", span_type = "llm", model = "b");
        span.record_finish_reason("").record_finish_reason("stop").record_finish_reason("");
    });
    assert_eq!(get(named(&spans, "chat a"), "gen_ai.response.finish_reasons"), None);
    let reasons = text(named(&spans, "chat b"), "gen_ai.response.finish_reasons");
    assert_eq!(reasons.as_deref(), Some("[\"stop\"]"));
}

#[test]
fn a_count_that_is_none_is_kept_as_text_and_counted() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", span_type = "llm", model = "field", input_tokens = 1_u64 << 63, output_tokens = "twelve"));
        info_span!("b", span_type = "llm", model = "trait").record_usage(Usage::new(u64::MAX, 1 << 63));
        drop(info_span!("c", span_type = "llm", model = "least", input_tokens = i64::MIN, output_tokens = 0.5));
        drop(info_span!("d", span_type = "llm", model = "flag", input_tokens = true, output_tokens = f64::NAN));
        info_span!("e", span_type = "llm", model = "sum").record_usage(Usage::exclusive(u64::MAX, 1, 1, 0));
    });
    for (name, input, output) in [
        ("chat field", "9223372036854775808", Some("twelve")),
        ("chat trait", "18446744073709551615", Some("9223372036854775808")),
        ("chat least", "-9223372036854775808", Some("0.5")),
        ("chat flag", "true", Some("NaN")),
        ("chat sum", "18446744073709551615", None),
    ] {
        let span = named(&spans, name);
        let invalid = |key: &str| text(span, &format!("tracing_genai.invalid.gen_ai.usage.{key}"));
        assert_eq!(invalid("input_tokens").as_deref(), Some(input), "{name}");
        assert_eq!(invalid("output_tokens").as_deref(), output, "{name}");
        assert_eq!(get(span, "gen_ai.usage.input_tokens"), None, "{name}");
        assert_eq!(get(span, "gen_ai.usage.cost"), None, "{name}");
    }
    assert_eq!(memory.report().values_invalid(), 9);
}

#[test]
fn an_amount_that_is_none_never_stands_as_a_cost() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        for (model, usd) in [("nan", f64::NAN), ("inf", f64::INFINITY), ("neg", f64::NEG_INFINITY), ("owed", -1.0)] {
            info_span!("a", span_type = "llm").record_model(model).record_cost(usd);
        }
        drop(info_span!("b", span_type = "llm", model = "words", cost = "a lot"));
    });
    for (name, kept) in
        [("chat nan", "NaN"), ("chat inf", "inf"), ("chat neg", "-inf"), ("chat owed", "-1"), ("chat words", "a lot")]
    {
        let span = named(&spans, name);
        assert_eq!(get(span, "gen_ai.usage.cost"), None, "{name}");
        assert_eq!(text(span, "tracing_genai.invalid.gen_ai.usage.cost").as_deref(), Some(kept));
    }
    assert_eq!(memory.report().values_invalid(), 5);
}

#[test]
fn an_unknown_span_type_is_exported_as_it_is_and_said_once() {
    let memory = Memory::new();
    let (spans, log) = memory.run_logged(|| {
        for _ in 0..3 {
            drop(info_span!("gadget", span_type = "Gizmo", model = "m"));
        }
    });
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert_eq!(text(span, "span_type").as_deref(), Some("Gizmo"));
        assert_eq!(text(span, "gen_ai.request.model").as_deref(), Some("m"));
        assert_eq!(span.name, "gadget");
    }
    let line = log.line_with("Gizmo");
    assert!(line.contains("guardrail") && line.contains("retrieval"), "{line}");
}

#[test]
fn a_field_that_is_recorded_twice_stands_once_with_the_later_value() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "llm", model = "m", app.step = tracing::field::Empty);
        span.record("app.step", "first").record("app.step", "second");
        span.record_attribute("app.note", "first").record_attribute("app.note", "second");
        span.record_finish_reason("stop").record_finish_reason("length");
    });
    let chat = named(&spans, "chat m");
    assert_eq!(text(chat, "app.step").as_deref(), Some("second"));
    assert_eq!(text(chat, "app.note").as_deref(), Some("second"));
    assert_eq!(text(chat, "gen_ai.response.finish_reasons").as_deref(), Some(r#"["stop","length"]"#));
}

#[test]
fn bytes_that_are_no_text_become_text_that_parses() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        info_span!("a", span_type = "llm", model = "m").record_input(Payload::bytes(b"caf\xC3 \xFF\x00 ok"));
    });
    let messages = json(named(&spans, "chat m"), "gen_ai.input.messages");
    assert_eq!(messages[0]["parts"][0]["content"], "caf\u{FFFD} \u{FFFD}\0 ok");
}

struct GivesUp;

impl fmt::Display for GivesUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half of ")?;
        Err(fmt::Error)
    }
}

impl fmt::Debug for GivesUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for GivesUp {}

/// As a time does that is printed by a pattern which its crate does not know. A log layer writes it as far as it goes.
#[test]
fn a_field_whose_value_gives_up_on_being_printed_says_what_it_said() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", app.debug = ?GivesUp, app.display = %GivesUp, app.error = tracing::field::Empty);
        span.record("app.error", &GivesUp as &(dyn std::error::Error + 'static));
    });
    for key in ["app.debug", "app.display", "app.error"] {
        assert_eq!(text(named(&spans, "a"), key).as_deref(), Some("half of "), "{key}");
    }
}

#[test]
fn a_span_does_not_end_before_it_started_where_the_clock_was_set_back() {
    let memory = Memory::new();
    let provider = SdkTracerProvider::builder().with_span_processor(memory.telemetry.processor()).build();
    let tracer = provider.tracer("calls");
    let at = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    for attributes in [vec![KeyValue::new("span_type", "tool")], Vec::new()] {
        let mut span = tracer.span_builder("work").with_start_time(at).with_attributes(attributes).start(&tracer);
        span.end_with_timestamp(at - Duration::from_secs(3_600));
    }
    for span in memory.spans() {
        assert_eq!((span.start_time, span.end_time), (at, at), "{}", span.name);
    }
}

#[test]
fn span_types_that_are_made_of_what_users_send_do_not_silence_what_else_is_wrong() {
    let memory = Memory::new();
    let (_, log) = memory.run_logged(|| {
        for number in 0..600 {
            drop(info_span!("a", span_type = format!("of-user-{number}")));
        }
        memory.spans();
        drop(info_span!("b", span_type = "llm", tracing_genai.content = "some"));
    });
    let told = log.lines_with("is not known and is exported as it is");
    assert!((2..=16).contains(&told.len()), "{told:?}");
    log.line_with("its content was withheld");
}
