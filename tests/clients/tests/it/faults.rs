//! Streams that break, in each way that the stand-in knows: with two client crates, and with the bytes themselves.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use genai::adapter::AdapterKind;
use genai::chat::{ChatOptions, ChatStreamEvent};
use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;
use tracing::{Instrument as _, info_span};
use tracing_genai::{Api, Content, GenAiStreamExt as _, Usage};
use tracing_genai_client_tests::flows;

use crate::llmock::llmock;
use crate::twice::ours;

/// One event for each word, after one to three that open the answer.
const ANSWER: &str = "A span is a part of a trace, with a name.";
/// Events that arrive before the fault.
const BEFORE: i64 = 5;
/// After which a stall is given up: what comes before it comes at once, what comes after it half a minute later.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// None.
    Whole,
    /// The connection breaks.
    Disconnect,
    /// The body ends in the middle of the answer, as if it were whole.
    Truncate,
    /// Nothing comes any more; the program gives up.
    Stall,
    /// An event is no JSON.
    Malformed,
}

/// What left of one call.
#[derive(Debug)]
struct Call {
    span: SpanData,
    /// What the program was given.
    chunks: i64,
    /// The words of these chunks.
    words: String,
}

impl Fault {
    /// Gives `model` its words, and breaks them.
    fn script(self, model: &str) {
        let kind = match self {
            Self::Whole => None,
            Self::Disconnect => Some("disconnect"),
            Self::Truncate => Some("truncate"),
            Self::Stall => Some("stall"),
            Self::Malformed => Some("malformed"),
        };
        let reply = json!({ "type": "reply", "text": ANSWER, "times": null });
        let fault = |kind| json!({ "type": "stream_fault", "kind": kind, "after_chunks": BEFORE, "times": null });
        let behaviors: Vec<_> = [Some(reply), kind.map(fault)].into_iter().flatten().collect();
        llmock().script(model, &behaviors);
    }

    /// Reads what comes, and gives up where nothing does.
    async fn read<C, E>(
        self,
        mut stream: impl Stream<Item = Result<C, E>> + Unpin,
        words: impl Fn(&C) -> String,
    ) -> (i64, String) {
        let (mut chunks, mut said) = (0, String::new());
        loop {
            let next = stream.next();
            let item = if self == Self::Stall {
                match tokio::time::timeout(PATIENCE, next).await {
                    Ok(item) => item,
                    Err(_) => break,
                }
            } else {
                next.await
            };
            let Some(item) = item else { break };
            if let Ok(chunk) = &item {
                chunks += 1;
                said.push_str(&words(chunk));
            }
        }
        (chunks, said)
    }
}

impl Call {
    fn of(spans: Vec<SpanData>, (chunks, words): (i64, String)) -> Self {
        let span = spans.into_iter().find(|span| span.parent_span_id == opentelemetry::SpanId::INVALID);
        Self { span: span.expect("the call's span"), chunks, words }
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.span.attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| &kv.value)
    }

    fn is(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    fn int(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::I64(number)) => Some(*number),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> String {
        self.get(key).map(|value| value.as_str().into_owned()).unwrap_or_default()
    }
}

/// `async-openai`, whose chunks are read as the provider's.
fn by_async_openai(fault: Fault, model: &str) -> Call {
    fault.script(model);
    let told = std::cell::RefCell::default();
    let spans = ours(
        |builder| builder.with_content(Content::span_only()),
        async || {
            let stream = flows::async_openai_answer(model).await.expect("a stream");
            let words = |chunk: &_| flows::async_openai_words(chunk).to_owned();
            *told.borrow_mut() = fault.read(stream, words).await;
        },
    );
    Call::of(spans, told.into_inner())
}

/// `genai`, which has a span of its own below.
fn by_genai(fault: Fault, model: &str) -> Call {
    fault.script(model);
    let told = std::cell::RefCell::default();
    let spans = ours(
        |builder| builder.with_content(Content::span_only()),
        async || {
            let client = flows::genai(AdapterKind::OpenAI, "api.openai.com", llmock().port(), "/v1/");
            let options = ChatOptions::default().with_capture_usage(true);
            let span = info_span!("ask", span_type = "llm", provider = "openai", model);
            let answer =
                client.exec_chat_stream(model, flows::genai_request(), Some(&options)).instrument(span.clone()).await;
            let stream =
                answer.expect("a stream").stream.try_in_genai_span(span).on_chunk(|event, record| match event {
                    ChatStreamEvent::Chunk(chunk) => {
                        record.text(&chunk.content);
                    }
                    ChatStreamEvent::End(end) => {
                        if let Some(usage) = &end.captured_usage {
                            let tokens = |count: Option<i32>| {
                                count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
                            };
                            record.usage(Usage::new(tokens(usage.prompt_tokens), tokens(usage.completion_tokens)));
                        }
                        if let Some(reason) = &end.captured_stop_reason {
                            record.finish_reason(reason.raw());
                        }
                    }
                    _ => {}
                });
            let words = |event: &ChatStreamEvent| match event {
                ChatStreamEvent::Chunk(chunk) => chunk.content.clone(),
                _ => String::new(),
            };
            *told.borrow_mut() = fault.read(stream, words).await;
        },
    );
    Call::of(spans, told.into_inner())
}

/// The bytes of Anthropic's events, which tell the input at the beginning.
fn by_bytes(fault: Fault, model: &str) -> Call {
    fault.script(model);
    let told = std::cell::RefCell::default();
    let spans = ours(
        |builder| builder.with_content(Content::span_only()),
        async || {
            let span = info_span!("ask", span_type = "llm", provider = "anthropic", model);
            let body = json!({
                "model": model, "max_tokens": 100, "stream": true,
                "messages": [{ "role": "user", "content": "What is a span?" }],
            });
            let answer = reqwest::Client::new()
                .post(llmock().at("/anthropic/v1/messages"))
                .header("x-api-key", "key")
                .header("anthropic-version", "2023-06-01")
                .json(&body)
                .send()
                .instrument(span.clone())
                .await
                .expect("an answer");
            let stream = answer.bytes_stream().try_in_genai_span(span).with_response_bytes(Api::Anthropic);
            *told.borrow_mut() = fault.read(stream, |bytes| String::from_utf8_lossy(bytes).into_owned()).await;
        },
    );
    Call::of(spans, told.into_inner())
}

/// Each way of asking, and whether counts come before the fault. A model is for one fault: what is scripted for it stays.
fn each(fault: Fault) -> [(Call, bool); 3] {
    let model = |client: &str| format!("{client}-{fault:?}").to_lowercase();
    // Anthropic tells the tokens of the input at the beginning, OpenAI all at the end.
    [
        (by_async_openai(fault, &model("async-openai")), false),
        (by_genai(fault, &model("genai")), false),
        (by_bytes(fault, &model("bytes")), true),
    ]
}

impl Call {
    /// What holds however the stream ended.
    fn check(&self) {
        assert_eq!(self.int("tracing_genai.stream.chunks"), Some(self.chunks), "{self:#?}");
        assert!(self.is("gen_ai.request.stream"));
        assert!(matches!(self.get("gen_ai.response.time_to_first_chunk"), Some(Value::F64(seconds)) if *seconds > 0.0));
        assert_eq!(self.span.name, format!("chat {}", self.text("gen_ai.request.model")));
        let output = self.text("gen_ai.output.messages");
        // Of bytes the words are not read.
        if !self.words.starts_with("event:") {
            let output: serde_json::Value = serde_json::from_str(&output).expect("messages");
            assert_eq!(output[0]["parts"][0]["content"], self.words, "what was said is kept");
        }
        assert!(self.int("tracing_genai.total.calls") == Some(1), "a call that a client tells of too counts once");
    }

    fn failed(&self) -> bool {
        matches!(&self.span.status, Status::Error { description } if !description.is_empty())
            && !self.text("error.type").is_empty()
    }

    /// The reason that stands on the message.
    fn reason(&self) -> Option<String> {
        let output: serde_json::Value = serde_json::from_str(&self.text("gen_ai.output.messages")).ok()?;
        output[0]["finish_reason"].as_str().map(str::to_owned)
    }
}

#[test]
fn a_whole_stream_tells_all() {
    for (call, _) in each(Fault::Whole) {
        call.check();
        assert_eq!(call.span.status, Status::Unset);
        assert!(call.int("gen_ai.usage.input_tokens") > Some(0) && call.int("gen_ai.usage.output_tokens") > Some(1));
        assert_eq!(call.text("gen_ai.response.finish_reasons"), "[\"stop\"]");
        assert!(!call.is("tracing_genai.usage.partial") && !call.is("tracing_genai.cancelled"));
        assert!(call.words.contains("event:") || call.words == ANSWER, "{:?}", call.words);
    }
}

#[test]
fn a_connection_that_breaks_is_an_error_and_what_is_known_is_partial() {
    for (call, has_usage) in each(Fault::Disconnect) {
        call.check();
        assert!(call.failed(), "{call:#?}");
        assert_eq!(call.chunks, BEFORE);
        assert!(!call.is("tracing_genai.cancelled"));
        assert_eq!(call.int("gen_ai.usage.input_tokens").is_some(), has_usage);
        assert_eq!(call.is("tracing_genai.usage.partial"), has_usage);
        assert_eq!(call.get("gen_ai.response.finish_reasons"), None);
        assert!(call.reason().is_none_or(|reason| reason == "error"), "{call:#?}");
    }
}

#[test]
fn an_answer_that_is_cut_has_no_reason_and_what_is_known_is_partial() {
    for (call, has_usage) in each(Fault::Truncate) {
        call.check();
        assert_eq!(call.span.status, Status::Unset, "the client took it for whole");
        assert_eq!(call.chunks, BEFORE);
        assert!(!call.is("tracing_genai.cancelled"));
        assert_eq!(call.is("tracing_genai.usage.partial"), has_usage);
        assert_eq!(call.get("gen_ai.response.finish_reasons"), None);
    }
}

#[test]
fn an_answer_that_stalls_and_is_given_up_is_cancelled_and_no_error() {
    for (call, has_usage) in each(Fault::Stall) {
        call.check();
        assert!(call.is("tracing_genai.cancelled"));
        assert_eq!((&call.span.status, call.get("error.type")), (&Status::Unset, None));
        assert_eq!(call.chunks, BEFORE);
        assert_eq!(call.is("tracing_genai.usage.partial"), has_usage);
        assert!(call.reason().is_none_or(|reason| reason == "cancelled"), "{call:#?}");
        let lasted = call.span.end_time.duration_since(call.span.start_time).expect("it ends after its start");
        assert!(lasted < PATIENCE, "it ends with its last chunk: {lasted:?}");
    }
}

#[test]
fn an_event_that_is_no_json_is_told_and_the_rest_is_read() {
    let [(openai, _), (genai, _), (bytes, _)] = each(Fault::Malformed);
    for call in [&openai, &genai, &bytes] {
        call.check();
        // The clients go on after it.
        assert!(call.int("gen_ai.usage.output_tokens") > Some(1), "{call:#?}");
        assert_eq!(call.text("gen_ai.response.finish_reasons"), "[\"stop\"]");
        assert!(!call.is("tracing_genai.usage.partial"));
    }
    assert!(openai.failed() && genai.failed());
    // Bytes are not the client's to judge.
    assert_eq!(bytes.span.status, Status::Unset);
    assert!(!bytes.text("tracing_genai.response.flaw").is_empty());
}
