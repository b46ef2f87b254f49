//! When a stream's span ends, and how.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use futures::executor::block_on;
use futures::{FutureExt as _, StreamExt as _};
use opentelemetry::trace::Status;
use tracing::{Span, info_span, instrument};
use tracing_genai::{GenAiSpanExt as _, GenAiStreamExt as _, Usage};

use super::{call, flag, int, words};
use crate::support::{Memory, get, named, text};

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
