//! What is recorded arrives: from any thread, declared or not, at any time; the last write wins.

mod orders;

use opentelemetry::Value;
use opentelemetry::trace::Status;
use tracing::{info_span, instrument};
use tracing_genai::{GenAiSpanExt, Usage};

use crate::support::{Memory, get, named, text};

#[test]
fn undeclared_values_arrive_whenever_and_wherever_they_are_recorded() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("call", span_type = "llm");
        span.record_model("before");
        {
            let _entered = span.enter();
            tracing::Span::current().record_provider("openai");
        }
        let elsewhere = span.clone();
        std::thread::spawn(move || {
            elsewhere.record_usage(Usage::new(3, 4));
        })
        .join()
        .unwrap();
        span.record_attribute("app.tier", "gold");
    });
    let chat = named(&spans, "chat before");
    assert_eq!(text(chat, "gen_ai.provider.name").as_deref(), Some("openai"));
    assert_eq!(get(chat, "gen_ai.usage.input_tokens"), Some(&Value::I64(3)));
    assert_eq!(get(chat, "gen_ai.usage.output_tokens"), Some(&Value::I64(4)));
    assert_eq!(text(chat, "app.tier").as_deref(), Some("gold"));
}

#[test]
fn the_last_write_wins_over_fields_and_trait_in_every_order() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let field_then_trait = info_span!("a", span_type = "llm", model = "x", input_tokens = 1_u32);
        field_then_trait.record_usage(Usage::new(2, 0)).record_model("field-then-trait");

        let trait_then_field = info_span!("b", span_type = "llm", model = "x", input_tokens = 1_u32);
        trait_then_field.record_model("trait-then-field").record_usage(Usage::new(2, 0));
        trait_then_field.record("input_tokens", 3_u32);

        let thrice = info_span!("c", span_type = "llm", model = "field-again", input_tokens = 1_u32);
        thrice.record_usage(Usage::new(2, 0));
        thrice.record("input_tokens", 3_u32);
        thrice.record_usage(Usage::new(4, 0));

        let own = info_span!("d", span_type = "llm", model = "own", app.tier = "tin");
        own.record_attribute("app.tier", "gold");
        own.record("app.tier", "silver");
    });
    assert_eq!(text(named(&spans, "chat own"), "app.tier").as_deref(), Some("silver"));
    for (name, tokens) in [("chat field-then-trait", 2), ("chat trait-then-field", 3), ("chat field-again", 4)] {
        assert_eq!(get(named(&spans, name), "gen_ai.usage.input_tokens"), Some(&Value::I64(tokens)), "{name}");
    }
}

#[test]
fn of_texts_of_any_length_the_last_one_counts() {
    let memory = Memory::new();
    let texts = ["a".repeat(300), "short".to_owned(), "b".repeat(300)];
    for order in [[0, 1, 2], [1, 0, 1], [0, 2, 1], [2, 1, 0]] {
        let spans = memory.run(|| {
            let span = info_span!("work", span_type = "tool", tool = "t", app.text = tracing::field::Empty);
            for at in order {
                span.record("app.text", &texts[at]);
            }
        });
        assert_eq!(text(spans.last().unwrap(), "app.text").as_ref(), Some(&texts[order[2]]), "{order:?}");
    }
}

#[test]
fn short_and_full_names_are_equals_and_stand_once() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span =
            info_span!("a", span_type = "llm", model = "short", gen_ai.request.model = "full", input_tokens = 1_u64);
        span.record("input_tokens", 2_u64);
        span.record("input_tokens", 3_u64);
    });
    assert_eq!(get(named(&spans, "chat full"), "gen_ai.usage.input_tokens"), Some(&Value::I64(3)));
}

#[test]
fn a_span_that_is_not_ours_keeps_its_own_model() {
    let memory = Memory::new();
    let spans = memory.run(|| drop(info_span!("car", model = "T", input_tokens = 7_i64)));
    let car = named(&spans, "car");
    assert_eq!(text(car, "model").as_deref(), Some("T"));
    assert_eq!(get(car, "input_tokens"), Some(&Value::I64(7)));
    assert!(car.attributes.iter().all(|kv| !kv.key.as_str().starts_with("gen_ai.")), "{:?}", car.attributes);
}

#[test]
fn counts_are_integers_however_they_were_recorded_and_what_is_none_is_kept_as_text() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!("a", span_type = "llm", model = "typed", input_tokens = 12_u64, output_tokens = "12"));
        drop(info_span!("b", span_type = "llm", model = "odd", input_tokens = 12.5, output_tokens = -3_i64));
        drop(info_span!("c", span_type = "llm", model = "huge", input_tokens = u64::MAX, cost = f64::NAN));
    });
    let typed = named(&spans, "chat typed");
    assert_eq!(get(typed, "gen_ai.usage.input_tokens"), Some(&Value::I64(12)));
    assert_eq!(get(typed, "gen_ai.usage.output_tokens"), Some(&Value::I64(12)));
    let odd = named(&spans, "chat odd");
    assert_eq!(get(odd, "gen_ai.usage.input_tokens"), None);
    assert_eq!(text(odd, "tracing_genai.invalid.gen_ai.usage.input_tokens").as_deref(), Some("12.5"));
    assert_eq!(text(odd, "tracing_genai.invalid.gen_ai.usage.output_tokens").as_deref(), Some("-3"));
    let huge = named(&spans, "chat huge");
    assert_eq!(text(huge, "tracing_genai.invalid.gen_ai.usage.input_tokens").as_deref(), Some("18446744073709551615"));
    assert_eq!(text(huge, "tracing_genai.invalid.gen_ai.usage.cost").as_deref(), Some("NaN"));
    assert_eq!(get(huge, "gen_ai.usage.cost"), None);
}

#[test]
fn an_error_recorded_by_hand_fails_the_span_with_its_sources_even_after_an_early_ok() {
    #[derive(Debug)]
    struct Failure(std::io::Error);
    impl std::fmt::Display for Failure {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no plan")
        }
    }
    impl std::error::Error for Failure {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = info_span!("a", span_type = "tool", tool = "t", otel.status_code = "OK");
        span.record_error(&Failure(std::io::Error::other("connection reset"))).record_error_type("reset");
    });
    let tool = named(&spans, "execute_tool t");
    assert_eq!(tool.status, Status::error("no plan: connection reset"));
    assert_eq!(text(tool, "error.type").as_deref(), Some("reset"));
    assert_eq!(tool.events.iter().filter(|event| event.name == "exception").count(), 1);
}

#[test]
fn a_name_a_kind_and_a_status_that_were_set_on_purpose_are_left() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        drop(info_span!(
            "a",
            span_type = "llm",
            model = "m",
            otel.name = "mine",
            otel.kind = "producer",
            otel.status_code = "ERROR"
        ));
    });
    let mine = named(&spans, "mine");
    assert_eq!(mine.span_kind, opentelemetry::trace::SpanKind::Producer);
    assert_eq!(mine.status, Status::error(""));
    assert_eq!(text(mine, "tracing_genai.original_name"), None);
}

#[instrument(
    skip_all,
    fields(span_type = "llm", model = "m"),
    level = "trace",
    err(level = "debug"),
    ret(level = "trace")
)]
fn quiet(fail: bool) -> Result<u8, std::io::Error> {
    if fail { Err(std::io::Error::other("refused")) } else { Ok(3) }
}

#[test]
fn spans_of_ours_pass_at_every_level_with_their_err_and_ret() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        quiet(true).unwrap_err();
        quiet(false).unwrap();
        drop(tracing::trace_span!("theirs"));
    });
    assert_eq!(spans.len(), 2, "{spans:?}");
    assert_eq!(spans[0].status, Status::error("refused"));
    assert_eq!(spans[1].status, Status::Unset);
    assert_eq!(spans[1].events.len(), 1, "{:?}", spans[1].events);
}

#[test]
fn an_error_line_in_a_function_that_returns_well_does_not_fail_it() {
    #[instrument(skip_all, fields(span_type = "tool"), err)]
    fn works() -> Result<(), std::io::Error> {
        tracing::error!(error = "disk nearly full");
        tracing::error!("and a text");
        Ok(())
    }
    let memory = Memory::new();
    let spans = memory.run(|| works().unwrap());
    assert_eq!(named(&spans, "execute_tool works").status, Status::Unset);
}

#[test]
fn unsigned_arguments_are_integers_and_leave_though_content_does_not() {
    #[instrument(fields(span_type = "tool"))]
    fn search(query: &str, limit: usize) {
        let _ = (query, limit);
    }
    let memory = Memory::new();
    let spans = memory.run(|| search("a secret", 7));
    let tool = named(&spans, "execute_tool search");
    assert_eq!(get(tool, "limit"), Some(&Value::I64(7)));
    assert_eq!(get(tool, "query"), None);
    assert_eq!(get(tool, "tracing_genai.withheld"), Some(&Value::I64(1)));
}
