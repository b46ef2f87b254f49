//! When a stream's span ends, and how.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use futures::executor::block_on;
use futures::{FutureExt as _, StreamExt as _};
use opentelemetry::trace::Status;
use tracing::{Span, info_span, instrument};
use tracing_genai::{Api, Content, GenAiSpanExt as _, GenAiStreamExt as _, Usage};

use super::{call, flag, int, words};
use crate::support::{Memory, get, json, named, text};

/// Waits until the clock shows another time.
fn later() -> SystemTime {
    let before = SystemTime::now();
    while SystemTime::now() <= before {}
    SystemTime::now()
}

#[test]
fn a_span_ends_with_the_last_chunk_and_not_when_its_function_returns_or_the_stream_is_dropped() {
    #[instrument(skip_all, fields(span_type = "llm", model = "m"))]
    fn ask() -> impl futures::Stream<Item = &'static str> + Unpin {
        words().in_genai_span(Span::current())
    }
    let memory = Memory::new();
    let mut after_return = None;
    let mut after_last = None;
    let spans = memory.run(|| {
        let mut answer = ask();
        after_return = Some(later());
        for _ in 0..3 {
            block_on(answer.next()).unwrap();
        }
        after_last = Some(SystemTime::now());
        later();
        assert_eq!(block_on(answer.next()), None);
        drop(answer);
    });
    let chat = named(&spans, "chat m");
    assert!(chat.end_time >= after_return.unwrap(), "it ended when the function returned");
    assert!(chat.end_time <= after_last.unwrap(), "it ended after the last chunk");
    assert_eq!(get(chat, "tracing_genai.cancelled"), None);
    assert_eq!(chat.status, Status::Unset);
}

#[test]
fn a_stream_that_was_waited_for_ends_when_it_says_so() {
    let memory = Memory::new();
    let mut closed = None;
    let spans = memory.run(|| {
        let (sender, chunks) = futures::channel::mpsc::unbounded();
        let mut answer = chunks.in_genai_span(call());
        sender.unbounded_send(1).unwrap();
        block_on(answer.next()).unwrap();
        assert_eq!(answer.next().now_or_never(), None, "there is nothing yet");
        closed = Some(later());
        drop(sender);
        assert_eq!(block_on(answer.next()), None);
    });
    assert!(named(&spans, "chat m").end_time >= closed.unwrap());
}

#[test]
fn a_stream_that_is_dropped_early_is_cancelled_and_keeps_what_it_told() {
    let memory = Memory::new();
    let mut after_last = None;
    let spans = memory.run(|| {
        let mut answer = words().in_genai_span(call()).on_chunk(|_, record| {
            record.usage(Usage::new(812, 2)).response_model("m-1");
        });
        block_on(answer.next()).unwrap();
        after_last = Some(SystemTime::now());
        later();
        drop(answer);
    });
    let chat = named(&spans, "chat m");
    assert!(chat.end_time <= after_last.unwrap());
    assert!(flag(chat, "tracing_genai.cancelled") && flag(chat, "tracing_genai.usage.partial"));
    assert_eq!(int(chat, "gen_ai.usage.output_tokens"), Some(2));
    assert_eq!(text(chat, "gen_ai.response.model").as_deref(), Some("m-1"));
    assert_eq!(int(chat, "tracing_genai.stream.chunks"), Some(1));
    assert_eq!((&chat.status, get(chat, "error.type")), (&Status::Unset, None));
}

#[test]
fn a_stream_that_was_given_up_before_anything_came_has_no_flaw() {
    const FLAW: &str = "tracing_genai.response.flaw";
    let memory = Memory::new();
    let spans = memory.run(|| {
        let events = || futures::stream::iter([Ok::<_, io::Error>(serde_json::Value::Null)]);
        let read = |name| {
            let span = info_span!("ask", span_type = "llm", model = name);
            events().try_in_genai_span(span).with_response(Api::OpenAiChat, |event| event)
        };
        drop(read("unpolled"));
        let span = info_span!("ask", span_type = "llm", model = "bytes");
        let bytes = futures::stream::pending::<&[u8]>().in_genai_span(span);
        assert!(bytes.with_response_bytes(Api::OpenAiChat).next().now_or_never().is_none());
        let span = info_span!("ask", span_type = "llm", model = "refused");
        let refused = futures::stream::iter([Err::<serde_json::Value, _>(io::Error::other("refused"))]);
        block_on(refused.try_in_genai_span(span).with_response(Api::OpenAiChat, |event| event).count());
        let span = info_span!("ask", span_type = "llm", model = "empty");
        let empty = futures::stream::empty::<serde_json::Value>();
        block_on(empty.in_genai_span(span).with_response(Api::OpenAiChat, |event| event).count());
    });
    for (name, is_cancelled) in [("chat unpolled", true), ("chat bytes", true), ("chat refused", false)] {
        let span = named(&spans, name);
        assert_eq!((text(span, FLAW), flag(span, "tracing_genai.cancelled")), (None, is_cancelled), "{name}");
    }
    assert!(text(named(&spans, "chat empty"), FLAW).is_some(), "an answer that says nothing has one");
}

#[test]
fn one_setting_makes_a_dropped_stream_an_error() {
    let memory = Memory::new();
    let spans = memory.run(|| drop(words().in_genai_span(call()).cancelled_is_error()));
    let chat = named(&spans, "chat m");
    assert!(matches!(chat.status, Status::Error { .. }));
    assert_eq!(text(chat, "error.type").as_deref(), Some("cancelled"));
    assert!(flag(chat, "tracing_genai.cancelled"));
    assert_eq!(int(chat, "tracing_genai.stream.chunks"), Some(0));
}

#[test]
fn a_stream_that_has_said_why_it_ended_may_be_dropped() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let mut answer = words().in_genai_span(call()).cancelled_is_error().on_chunk(|word, record| {
            if *word == "left." {
                record.finish_reason("stop").usage(Usage::new(812, 3));
            }
        });
        for _ in 0..3 {
            block_on(answer.next()).unwrap();
        }
    });
    let chat = named(&spans, "chat m");
    assert_eq!((&chat.status, get(chat, "tracing_genai.cancelled")), (&Status::Unset, None));
    assert_eq!(get(chat, "tracing_genai.usage.partial"), None);
    assert_eq!(text(chat, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
}

#[test]
fn an_error_in_the_stream_is_the_spans_error() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let items = [Ok("Your"), Err(io::Error::new(io::ErrorKind::ConnectionReset, "connection reset"))];
        let answer = futures::stream::iter(items)
            .try_in_genai_span(call())
            .on_chunk(|_, record| {
                record.usage(Usage::new(812, 1));
            })
            .on_error(|error: &io::Error, record| {
                record.error_type(format!("{:?}", error.kind()));
            });
        assert_eq!(block_on(answer.count()), 2);
    });
    let chat = named(&spans, "chat m");
    assert_eq!(chat.status, Status::error("connection reset"));
    assert_eq!(text(chat, "error.type").as_deref(), Some("ConnectionReset"));
    assert_eq!(chat.events.iter().filter(|event| event.name == "exception").count(), 1);
    assert!(flag(chat, "tracing_genai.usage.partial"));
    assert_eq!(get(chat, "tracing_genai.cancelled"), None, "it failed, and was not dropped");
}

#[test]
fn a_stream_that_is_dropped_for_an_error_that_its_answer_told_has_failed_and_was_not_cancelled() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let events = [
            "event: message_start\ndata: {\"type\": \"message_start\", \"message\": {\"usage\": {\"input_tokens\": 25}}}\n\n",
            "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n",
            ": more\n\n",
        ];
        let answer = futures::stream::iter(events).in_genai_span(call());
        let mut answer = answer.cancelled_is_error().with_response_bytes(Api::Anthropic);
        block_on(answer.next()).unwrap();
        block_on(answer.next()).unwrap();
    });
    let chat = named(&spans, "chat m");
    assert_eq!(chat.status, Status::error("Overloaded"));
    assert_eq!(text(chat, "error.type").as_deref(), Some("overloaded_error"));
    assert_eq!(get(chat, "tracing_genai.cancelled"), None);
    assert!(flag(chat, "tracing_genai.usage.partial"));
}

#[test]
fn of_several_choices_each_must_have_ended_and_a_stream_that_said_that_it_is_over_has() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let choice = |index: u8, reason: &str| {
            format!("data: {{\"choices\": [{{\"index\": {index}, \"finish_reason\": {reason}}}]}}\n\n")
        };
        let one = [choice(0, "null"), choice(1, "null"), choice(0, "\"stop\"")].concat();
        let both = format!("{one}{}", choice(1, "\"length\""));
        let done = format!("{}data: [DONE]\n\n", choice(0, "null"));
        for (name, told) in [("one", one), ("both", both), ("done", done)] {
            let answer = futures::stream::iter([told, ": more\n\n".to_owned()]);
            let answer = answer.in_genai_span(info_span!("ask", span_type = "llm", model = name));
            block_on(answer.with_response_bytes(Api::OpenAiChat).next()).unwrap();
        }
    });
    let cancelled = |name: &str| get(named(&spans, name), "tracing_genai.cancelled").is_some();
    assert_eq!([cancelled("chat one"), cancelled("chat both"), cancelled("chat done")], [true, false, false]);
}

#[test]
fn a_stream_of_results_that_is_taken_for_one_of_chunks_is_said_with_the_remedy() {
    let memory = Memory::new();
    let (_, log) = memory.run_logged(|| {
        let items: [Result<u8, io::Error>; 1] = [Ok(1)];
        drop(futures::stream::iter(items).in_genai_span(call()));
    });
    assert!(log.line_with("in_genai_span").contains("use try_in_genai_span"));
}

#[test]
fn a_stream_dropped_by_a_panic_is_cancelled_and_one_that_panics_itself_is_an_error() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut answer = words().in_genai_span(info_span!("a", span_type = "llm", model = "dropped"));
            block_on(answer.next()).unwrap();
            panic!("the consumer");
        }));
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let answer = words().map(|_| -> u8 { panic!("the producer") }).in_genai_span(info_span!(
                "a",
                span_type = "llm",
                model = "own"
            ));
            block_on(answer.count())
        }));
    });
    let dropped = named(&spans, "chat dropped");
    assert_eq!(dropped.status, Status::Unset);
    assert!(flag(dropped, "tracing_genai.cancelled"));
    let own = named(&spans, "chat own");
    assert_eq!(text(own, "error.type").as_deref(), Some("panic"));
}

#[test]
fn a_span_that_goes_on_after_its_stream_ends_when_it_ends() {
    let memory = Memory::new();
    let mut entered = None;
    let spans = memory.run(|| {
        let span = call();
        assert_eq!(block_on(words().in_genai_span(span.clone()).count()), 3);
        later();
        span.in_scope(|| entered = Some(SystemTime::now()));
        span.record_response_model("m-2");
    });
    let chat = named(&spans, "chat m");
    assert!(chat.end_time >= entered.unwrap());
    assert_eq!(text(chat, "gen_ai.response.model").as_deref(), Some("m-2"));
}

#[test]
fn an_error_is_no_chunk_and_the_span_lasts_until_it_came() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let mut before = None;
    let spans = memory.run(|| {
        let first = info_span!("ask", span_type = "llm", model = "first");
        let refused = futures::stream::iter([Err::<&str, _>("refused")]);
        assert!(block_on(refused.try_in_genai_span(first).next()).unwrap().is_err());

        let later_on = info_span!("ask", span_type = "llm", model = "later");
        let broken = futures::stream::iter([Ok("Your "), Err("broken")]);
        let mut broken = broken.try_in_genai_span(later_on).on_chunk(|word, record| {
            record.text(word).usage(Usage::new(812, 1));
        });
        block_on(broken.next()).unwrap().unwrap();
        later();
        before = Some(SystemTime::now());
        assert!(block_on(broken.next()).unwrap().is_err());
    });
    let first = named(&spans, "chat first");
    assert_eq!(int(first, "tracing_genai.stream.chunks"), Some(0));
    assert_eq!(get(first, "gen_ai.response.time_to_first_chunk"), None);
    let broken = named(&spans, "chat later");
    assert_eq!(int(broken, "tracing_genai.stream.chunks"), Some(1));
    assert!(broken.end_time >= before.unwrap());
    assert!(flag(broken, "tracing_genai.usage.partial"));
    assert_eq!(json(broken, "gen_ai.output.messages")[0]["finish_reason"], "error");
}

#[test]
fn an_answer_that_went_on_after_an_error_and_said_why_it_ended_has_told_all() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let items = futures::stream::iter([Ok("Your "), Err("an event is no JSON"), Ok("order left.")]);
        let mut answer = items.try_in_genai_span(call()).on_chunk(|word, record| {
            if word.ends_with('.') {
                record.finish_reason("stop").usage(Usage::new(812, 3));
            }
        });
        while block_on(answer.next()).is_some() {}
    });
    let chat = named(&spans, "chat m");
    assert!(matches!(chat.status, Status::Error { .. }));
    assert_eq!(get(chat, "tracing_genai.usage.partial"), None);
    assert_eq!(int(chat, "tracing_genai.stream.chunks"), Some(2));
}

#[test]
fn no_reason_is_made_up_for_an_answer_that_was_cut() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        let mut dropped =
            words().in_genai_span(info_span!("ask", span_type = "llm", model = "dropped")).on_chunk(|word, record| {
                record.text(word);
            });
        block_on(dropped.next()).unwrap();
        drop(dropped);

        let events = [serde_json::json!({ "id": "c-1", "choices": [{ "index": 0, "delta": { "content": "Your " } }] })];
        let cut = futures::stream::iter(events).in_genai_span(info_span!("ask", span_type = "llm", model = "cut"));
        let mut cut = cut.with_response(Api::OpenAiChat, |event| event).on_chunk(|_, record| {
            record.text("Your ");
        });
        while block_on(cut.next()).is_some() {}
    });
    let reason = |name: &str| json(named(&spans, name), "gen_ai.output.messages")[0]["finish_reason"].clone();
    assert_eq!((reason("chat dropped"), reason("chat cut")), ("cancelled".into(), "unknown".into()));
}
