//! What a stream's chunks tell of the whole.

use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use futures::executor::block_on;
use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, HistogramDataPoint, MetricData, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Span, info, info_span};
use tracing_genai::{Api, Content, GenAiStreamExt as _};

use super::{call, flag, int, words};
use crate::support::{Memory, get, json, named, text};

#[test]
fn the_first_chunk_is_timed_from_the_beginning_of_the_span_and_has_an_event() {
    let memory = Memory::new();
    let spans = memory.run(|| assert_eq!(block_on(words().in_genai_span(call()).count()), 3));
    let chat = named(&spans, "chat m");
    let event = chat.events.iter().find(|event| event.name == "tracing_genai.first_chunk").unwrap();
    let seconds = event.timestamp.duration_since(chat.start_time).unwrap().as_secs_f64();
    assert_eq!(get(chat, "gen_ai.response.time_to_first_chunk"), Some(&Value::F64(seconds)));
    assert_eq!(int(chat, "tracing_genai.stream.chunks"), Some(3));
    assert!(flag(chat, "gen_ai.request.stream"));
}

#[test]
fn a_request_that_was_made_before_the_span_is_timed_from_there() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let requested = SystemTime::now() - Duration::from_secs(100);
        block_on(words().in_genai_span(call()).requested_at(requested).count());
    });
    let Some(Value::F64(seconds)) = get(named(&spans, "chat m"), "gen_ai.response.time_to_first_chunk") else {
        panic!("it is a double")
    };
    assert!(*seconds >= 100.0, "{seconds}");
}

#[test]
fn text_reasoning_and_tool_calls_are_put_together_and_leave_with_capture_on() {
    let answer = |memory: &Memory| {
        memory.run(|| {
            let stream = words().in_genai_span(call()).on_chunk(|word, record| {
                record.text(word).reasoning("h");
                record.tool_call(0, "c-1", "order_lookup", "").tool_call(0, "", "", "{\"order\":");
                record.tool_call(1, "c-2", "refund", "{}");
                if *word == "left." {
                    record.tool_call(0, "", "", "4711}").finish_reason("tool_call");
                }
            });
            block_on(stream.count());
        })
    };
    let on = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = answer(&on);
    let messages = json(named(&spans, "chat m"), "gen_ai.output.messages");
    let parts = messages[0]["parts"].as_array().unwrap();
    assert_eq!(parts[0]["content"], "hhh");
    assert_eq!(parts[1]["content"], "Your order left.");
    assert_eq!((&parts[2]["id"], &parts[2]["name"]), (&"c-1".into(), &"order_lookup".into()));
    assert_eq!(parts[2]["arguments"].to_string().matches("order").count(), 3, "one for each chunk: {messages}");
    assert_eq!(parts[3]["name"], "refund");
    assert_eq!(messages[0]["finish_reason"], "tool_call");

    let off = Memory::new();
    let spans = answer(&off);
    assert_eq!(get(named(&spans, "chat m"), "gen_ai.output.messages"), None);
}

#[test]
fn tool_calls_with_one_index_for_all_of_them_are_told_apart_by_their_ids() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        let fragments = [
            ("c-1", "order_lookup", "{\"order\":4711}"),
            ("c-2", "refund", "{\"sum\""),
            ("", "", ":7"),
            ("c-of-this-chunk", "", "}"),
        ];
        let stream =
            futures::stream::iter(fragments).in_genai_span(call()).on_chunk(|(id, name, arguments), record| {
                record.tool_call(0, id, name, arguments);
            });
        block_on(stream.count());
    });
    let messages = json(named(&spans, "chat m"), "gen_ai.output.messages");
    let parts = messages[0]["parts"].as_array().unwrap();
    let told: Vec<_> = parts.iter().map(|part| (&part["id"], &part["name"], &part["arguments"])).collect();
    let (lookup, refund) = (serde_json::json!({"order": 4711}), serde_json::json!({"sum": 7}));
    assert_eq!(
        told,
        [(&"c-1".into(), &"order_lookup".into(), &lookup), (&"c-2".into(), &"refund".into(), &refund)],
        "{messages}"
    );
}

#[test]
fn an_answer_without_end_is_kept_up_to_a_limit_and_what_is_missing_is_counted() {
    let memory = Memory::with(|builder| builder.with_content(Content::span_only()));
    let spans = memory.run(|| {
        let long = "ä".repeat(300_000);
        let chunks = std::iter::repeat_n(long, 4);
        block_on(
            futures::stream::iter(chunks)
                .in_genai_span(call())
                .on_chunk(|text, record| {
                    record.text(text);
                })
                .count(),
        );
    });
    let chat = named(&spans, "chat m");
    assert!(int(chat, "tracing_genai.truncated").unwrap() > 4 * 600_000 - 70_000);
    json(chat, "gen_ai.output.messages");
}

#[test]
fn events_of_a_providers_answer_are_read_as_they_come_and_from_bytes_cut_anywhere() {
    let sse = concat!(
        "data: {\"id\":\"c-1\",\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n",
        "data: {\"id\":\"c-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"id\":\"c-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":812,\"completion_tokens\":140}}\n\n",
        "data: [DONE]\n\n",
    );
    let memory = Memory::new();
    let spans = memory.run(|| {
        for size in [1, 7, 4096] {
            let span = info_span!("ask", span_type = "llm", model = format!("by-{size}"));
            let pieces: Vec<Vec<u8>> = sse.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            let stream = futures::stream::iter(pieces).in_genai_span(span).with_response_bytes(Api::OpenAiChat);
            block_on(stream.count());
        }
        let events: Vec<serde_json::Value> = sse
            .lines()
            .filter_map(|line| line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok()))
            .collect();
        let span = info_span!("ask", span_type = "llm", model = "by-event");
        block_on(
            futures::stream::iter(events).in_genai_span(span).with_response(Api::OpenAiChat, |event| event).count(),
        );
    });
    assert_eq!(spans.len(), 4);
    for chat in &spans {
        assert_eq!(int(chat, "gen_ai.usage.input_tokens"), Some(812), "{}", chat.name);
        assert_eq!(int(chat, "gen_ai.usage.output_tokens"), Some(140));
        assert_eq!(text(chat, "gen_ai.response.model").as_deref(), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!(text(chat, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
        assert_eq!(get(chat, "tracing_genai.usage.partial"), None);
        assert_eq!(get(chat, "tracing_genai.response.flaw"), None, "{}", chat.name);
    }
}

/// The span of an answer that came in pieces of this size.
fn answered(api: Api, body: &str, size: usize) -> SpanData {
    let spans = Memory::new().run(|| {
        let pieces: Vec<Vec<u8>> = body.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        block_on(futures::stream::iter(pieces).in_genai_span(call()).with_response_bytes(api).count());
    });
    named(&spans, "chat m").clone()
}

#[test]
fn json_from_the_connection_is_read_on_several_lines_in_a_long_list_and_without_any_line() {
    let refused = "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"Resource exhausted\",\n    \
                   \"status\": \"RESOURCE_EXHAUSTED\"\n  }\n}\n";
    for size in [1, 20, refused.len()] {
        let chat = answered(Api::GeminiGenerateContent, refused, size);
        assert_eq!(chat.status, Status::error("Resource exhausted"), "{size}");
        assert_eq!(text(&chat, "error.type").as_deref(), Some("RESOURCE_EXHAUSTED"));
        assert_eq!(get(&chat, "tracing_genai.response.flaw"), None);
    }
    let words = "w".repeat(100_000);
    let event = format!("{{\n  \"candidates\": [{{\"content\": {{\"parts\": [{{\"text\": \"{words}\"}}]}}}}]\n}}");
    let last = "{\n  \"candidates\": [{\"finishReason\": \"STOP\"}],\n  \"usageMetadata\": {\"promptTokenCount\": 9, \
                \"candidatesTokenCount\": 208}\n}";
    let array = format!("[{}\n,\r\n{last}\n]\n", [event.as_str(); 12].join("\n,\r\n"));
    let joined = format!("{}{last}", event.repeat(12));
    for body in [array, joined] {
        let chat = answered(Api::GeminiGenerateContent, &body, 16_384);
        assert_eq!(int(&chat, "gen_ai.usage.output_tokens"), Some(208));
        assert_eq!(text(&chat, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
        assert_eq!(get(&chat, "tracing_genai.response.flaw"), None);
    }
}

#[test]
fn an_event_with_an_image_is_read_and_one_that_is_too_long_takes_no_other_along() {
    let image = "iVBORw0KGgo".repeat(200_000);
    let event = format!(
        "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{\"inlineData\": {{\"data\": \"{image}\"}}}}]}}, \
         \"finishReason\": \"STOP\"}}], \"usageMetadata\": {{\"promptTokenCount\": 9, \"candidatesTokenCount\": 1290}}}}\n\n"
    );
    let chat = answered(Api::GeminiGenerateContent, &event, 16_384);
    assert_eq!(int(&chat, "gen_ai.usage.output_tokens"), Some(1_290));
    assert_eq!(text(&chat, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
    assert_eq!(get(&chat, "tracing_genai.response.flaw"), None);

    let numbers = "0.25,".repeat(300_000);
    let too_long = format!("data: {{\"id\": \"c-0\", \"a\": [{numbers}0]}}\n\ndata: {{\"id\": \"c-1\"}}\n\n");
    let chat = answered(Api::OpenAiChat, &too_long, 16_384);
    assert_eq!(text(&chat, "gen_ai.response.id").as_deref(), Some("c-1"));
    assert_eq!(text(&chat, "tracing_genai.response.flaw").as_deref(), Some("an event is too long"));
}

#[test]
fn children_and_log_lines_of_a_poll_are_below_the_streams_span() {
    let memory = Memory::new();
    let spans = memory.run(|| {
        let stream = words()
            .inspect(|_| {
                info!("a chunk");
                drop(info_span!("decode"));
            })
            .in_genai_span(call());
        block_on(stream.count());
        assert!(Span::current().is_none());
    });
    let chat = named(&spans, "chat m");
    let below = spans.iter().filter(|span| span.parent_span_id == chat.span_context.span_id());
    assert_eq!(below.count(), 3);
    assert_eq!(chat.events.len(), 4);
}

#[test]
fn a_function_that_panics_is_told_and_takes_nothing_down() {
    let memory = Memory::new();
    let (spans, log) = memory.run_logged(|| {
        let stream = words().in_genai_span(call()).on_chunk(|word, record| {
            record.text(word);
            assert_ne!(*word, "order ", "not this one");
        });
        assert_eq!(block_on(stream.count()), 3);
    });
    assert_eq!(int(named(&spans, "chat m"), "tracing_genai.stream.chunks"), Some(3));
    assert!(log.line_with("panicked").contains("on_chunk"));
}

#[test]
fn with_a_meter_each_further_chunk_is_measured() {
    for (newer, prefix) in [(false, "gen_ai.client.operation"), (true, "gen_ai.client.inference")] {
        let exporter = InMemoryMetricExporter::default();
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
        let memory = Memory::with(|builder| {
            let builder = builder.with_meter_provider(&meters);
            if newer { builder.with_newer_names() } else { builder }
        });
        memory.run(|| assert_eq!(block_on(words().in_genai_span(call()).count()), 3));
        meters.force_flush().unwrap();
        let finished = exporter.get_finished_metrics().unwrap();
        let count = |name: &str| {
            let metrics = finished.iter().flat_map(ResourceMetrics::scope_metrics);
            let metric = metrics.flat_map(ScopeMetrics::metrics).find(|metric| metric.name() == name).unwrap();
            match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    histogram.data_points().map(HistogramDataPoint::count).sum::<u64>()
                }
                other => panic!("{name} is no histogram: {other:?}"),
            }
        };
        assert_eq!(count(&format!("{prefix}.time_to_first_chunk")), 1);
        assert_eq!(count(&format!("{prefix}.time_per_output_chunk")), 2);
    }
}
