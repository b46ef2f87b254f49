//! Streams of every shape: boxed, pinned, generated, of Tokio, in another task, inside each other.

use std::pin::{Pin, pin};

use futures::executor::block_on;
use futures::stream::{BoxStream, FusedStream as _};
use futures::{FutureExt as _, Stream, StreamExt as _};
use tracing::{info_span, subscriber};
use tracing_genai::GenAiStreamExt as _;
use tracing_subscriber::prelude::*;

use super::{call, int, words};
use crate::support::{Memory, named};

fn generated(words: &[String]) -> impl Stream<Item = &str> {
    async_stream::stream! {
        for word in words {
            yield word.as_str();
        }
    }
}

fn tried() -> impl Stream<Item = Result<u8, std::io::Error>> {
    async_stream::try_stream! {
        yield 1;
        Err(std::io::Error::other("no more"))?;
    }
}

#[test]
fn boxed_pinned_generated_and_tokio_streams_have_their_span() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let span = |model: &'static str| info_span!("ask", span_type = "llm", model);
        let boxed: BoxStream<'static, &'static str> = words().in_genai_span(span("box inside")).boxed();
        assert_eq!(block_on(boxed.count()), 3);
        let boxed: BoxStream<'static, &'static str> = words().boxed();
        assert_eq!(block_on(boxed.in_genai_span(span("box")).count()), 3);
        let pinned: Pin<Box<dyn Stream<Item = &'static str>>> = Box::pin(words());
        assert_eq!(block_on(pinned.in_genai_span(span("pin")).count()), 3);
        // Neither `Unpin` nor `'static`.
        let words = ["a".to_owned(), "b".to_owned()];
        let generated = pin!(generated(&words).in_genai_span(span("generated")));
        assert_eq!(block_on(generated.count()), 2);
        let tried = pin!(tried().try_in_genai_span(span("tried")).on_chunk(|number: &u8, record| {
            record.attribute("app.number", i64::from(*number));
        }));
        assert_eq!(block_on(tried.count()), 2);
        let (sender, receiver) = tokio::sync::mpsc::channel(3);
        sender.try_send(1).unwrap();
        drop(sender);
        let of_tokio = tokio_stream::wrappers::ReceiverStream::new(receiver).in_genai_span(span("tokio"));
        assert_eq!(block_on(tokio_stream::StreamExt::collect::<Vec<_>>(of_tokio)), [1]);
    });
    for (model, chunks) in [("box inside", 3), ("box", 3), ("pin", 3), ("generated", 2), ("tried", 1), ("tokio", 1)] {
        assert_eq!(
            int(named(&spans, &format!("chat {model}")), "tracing_genai.stream.chunks"),
            Some(chunks),
            "{model}"
        );
    }
    assert_eq!(int(named(&spans, "chat tried"), "app.number"), Some(1));
}

#[test]
fn a_stream_that_moves_to_another_task_takes_its_span_along() {
    let memory = Memory::new();
    let _default = subscriber::set_default(tracing_subscriber::registry().with(memory.telemetry.layer()));
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&dispatch)))
        .build()
        .unwrap();
    let root = info_span!("agent", span_type = "agent", agent = "a");
    let mut answer = root.in_scope(|| words().in_genai_span(call()).boxed());
    block_on(answer.next()).unwrap();
    let count = runtime.block_on(async move { tokio::spawn(answer.count()).await.unwrap() });
    assert_eq!(count, 2);
    drop(root);
    let spans = memory.spans();
    let chat = named(&spans, "chat m");
    assert_eq!(chat.parent_span_id, named(&spans, "invoke_agent a").span_context.span_id());
    assert_eq!(int(chat, "tracing_genai.stream.chunks"), Some(3));
}

#[test]
fn a_stream_that_is_polled_after_its_end_stays_ended() {
    /// One that begins anew.
    struct Again(bool);
    impl Stream for Again {
        type Item = u8;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<u8>> {
            self.0 = !self.0;
            std::task::Poll::Ready(self.0.then_some(1))
        }
    }
    let memory = Memory::new();
    let spans = memory.run(|| {
        for span in [call(), tracing::Span::none()] {
            let mut answer = Again(false).in_genai_span(span);
            assert_eq!(answer.next().now_or_never(), Some(Some(1)));
            assert!(!answer.is_terminated());
            for _ in 0..3 {
                assert_eq!(answer.next().now_or_never(), Some(None));
                assert!(answer.is_terminated());
            }
            assert_eq!(answer.size_hint(), (0, Some(0)));
        }
    });
    assert_eq!(spans.len(), 1);
    assert_eq!(int(&spans[0], "tracing_genai.stream.chunks"), Some(1));
}

#[test]
fn a_stream_inside_a_stream_is_a_child() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let outer = info_span!("agent", span_type = "agent", agent = "a");
        let answers = futures::stream::iter(0..2).flat_map(|_| words().in_genai_span(call()));
        assert_eq!(block_on(answers.in_genai_span(outer).count()), 6);
    });
    let agent = named(&spans, "invoke_agent a");
    let calls: Vec<_> = spans.iter().filter(|span| span.name == "chat m").collect();
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.parent_span_id, agent.span_context.span_id());
        assert!(call.end_time <= agent.end_time);
    }
}
