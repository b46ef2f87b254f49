//! Answers that are cut short, torn, shuffled or made up: what is told of them is true, and nothing panics.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use futures::executor::block_on;
use opentelemetry_sdk::trace::SpanData;
use proptest::prelude::*;
use serde_json::{Value, json};
use tracing::info_span;
use tracing_genai::{Api, GenAiSpanExt as _, GenAiStreamExt as _, ProviderResponse, ResponseReader, Usage};

use crate::support::Memory;

/// Every API that has a sample, with the samples that are one JSON document, and with the others.
fn samples() -> impl Iterator<Item = (Api, PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/usage/given");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.flat_map(|folder| {
        let api = super::api(folder.file_name().unwrap().to_str().unwrap()).unwrap();
        fs::read_dir(folder).unwrap().map(move |entry| {
            let path = entry.unwrap().path();
            (api, path.clone(), fs::read(&path).unwrap())
        })
    })
}

#[test]
fn of_a_body_that_is_cut_anywhere_nothing_wrong_is_told() {
    for (api, path, body) in samples() {
        let name = path.display();
        let whole = ProviderResponse::read(api, &body);
        let streamed = path.extension().is_none_or(|extension| extension != "json") || body.starts_with(b"[");
        let end = body.trim_ascii_end().len();
        for at in (0..end).step_by(3) {
            let cut = ProviderResponse::read(api, body.get(..at).unwrap());
            if streamed {
                // Earlier events of a stream say less, and their counts are those of then.
                assert!(cut.id().is_none() || cut.id() == whole.id(), "{name} at {at}");
                continue;
            }
            assert!(cut.flaw().is_some(), "{name} at {at}");
            assert!(cut.id().is_none() || cut.id() == whole.id(), "{name} at {at}");
            assert!(cut.model().is_none() || cut.model() == whole.model(), "{name} at {at}");
            assert!(cut.usage().is_none() || cut.usage() == whole.usage(), "{name} at {at}");
            assert!(cut.cost().is_none() || cut.cost() == whole.cost(), "{name} at {at}");
            let (told, all) = (cut.provider_finish_reasons(), whole.provider_finish_reasons());
            assert!(told.is_empty() || told == all, "{name} at {at}");
        }
    }
}

#[test]
fn a_body_that_comes_in_pieces_says_what_the_whole_of_it_says() {
    for (api, path, body) in samples() {
        let spans = Memory::new().run(|| {
            info_span!("a", span_type = "llm").record_response(api, &body);
            for size in [1, 2, 7, 64, 1_000, body.len()] {
                let pieces: Vec<Vec<u8>> = body.chunks(size).map(<[u8]>::to_vec).collect();
                let stream = futures::stream::iter(pieces).in_genai_span(info_span!("a", span_type = "llm"));
                block_on(stream.with_response_bytes(api).count());
            }
        });
        let told = |span: &SpanData| {
            let of_streams =
                ["gen_ai.request.stream", "gen_ai.response.time_to_first_chunk", "tracing_genai.stream.chunks"];
            let attributes = span.attributes.iter().filter(|kv| !of_streams.contains(&kv.key.as_str()));
            let attributes: BTreeMap<String, String> =
                attributes.map(|kv| (kv.key.to_string(), kv.value.to_string())).collect();
            (span.status.clone(), attributes)
        };
        for span in &spans[1..] {
            assert_eq!(told(span), told(&spans[0]), "{}", path.display());
        }
    }
}

#[test]
fn numbers_that_cannot_be_counts_are_told_as_a_flaw_and_the_others_are_kept() {
    let texts = ["\"NaN\"", "true", "[]", "{\"a\": 1}"];
    for number in ["-1", "0.5", "18446744073709551616", "1e30", "NaN", "-Infinity"].into_iter().chain(texts) {
        let body = format!(r#"{{"id": "a", "usage": {{"prompt_tokens": {number}, "completion_tokens": 7}}}}"#);
        let response = ProviderResponse::read(Api::OpenAiChat, &body);
        let counts = response.usage().map(|usage| (usage.input_tokens(), usage.output_tokens()));
        assert_eq!((response.id(), counts), (Some("a"), Some((0, 7))), "{number}");
        assert!(response.flaw().is_some_and(|flaw| flaw.starts_with("prompt_tokens ")), "{number}");
    }
}

#[test]
fn depth_and_size_of_a_stranger_cost_neither_the_stack_nor_the_answer() {
    let deep = "[".repeat(500_000);
    let body = format!(
        r#"{{"choices": {deep}{}, "usage": {{"prompt_tokens": 1, "completion_tokens": 2}}}}"#,
        "]".repeat(500_000)
    );
    let response = ProviderResponse::read(Api::OpenAiChat, &body);
    assert_eq!(response.usage().map(Usage::input_tokens), Some(1));
    assert!(ProviderResponse::read(Api::OpenAiChat, &deep).flaw().is_some());
    let long = json!({"id": "x".repeat(10_000_000), "model": "m", "usage": {"prompt_tokens": 1}});
    let response = ProviderResponse::read(Api::OpenAiChat, &long);
    assert_eq!((response.id(), response.model(), response.flaw()), (None, Some("m"), Some("id is no name")));
}

const APIS: [Api; 9] = [
    Api::OpenAiChat,
    Api::OpenAiResponses,
    Api::Anthropic,
    Api::GeminiGenerateContent,
    Api::GeminiInteractions,
    Api::BedrockInvoke,
    Api::Cohere,
    Api::OllamaNative,
    Api::OpenRouter,
];

/// JSON of the words that answers are made of, with values that do not fit.
fn answer() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z]{0,6}".prop_map(Value::from),
    ];
    let word = prop_oneof![
        Just("id"),
        Just("model"),
        Just("usage"),
        Just("choices"),
        Just("message"),
        Just("error"),
        Just("index"),
        Just("finish_reason"),
        Just("prompt_tokens"),
        Just("completion_tokens"),
        Just("total_tokens"),
        Just("input_tokens"),
        Just("output_tokens"),
        Just("cache_read_input_tokens"),
        Just("iterations"),
        Just("usageMetadata"),
        Just("candidates"),
        Just("promptTokenCount"),
        Just("thoughtsTokenCount"),
        Just("code"),
        Just("type"),
        Just("cost"),
        Just("response"),
        Just("status"),
        Just("output"),
        Just("cacheDetails"),
        Just("ttl"),
        Just("inputTokens"),
        Just("delta"),
        Just("0"),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// An event of a chat stream that says something or nothing of each field.
fn chunk() -> impl Strategy<Value = Value> {
    let count = || proptest::option::of(0_u64..1_000);
    (count(), count(), count(), proptest::option::of("[a-z]{1,4}")).prop_map(|(input, output, cached, model)| {
        json!({
            "object": "chat.completion.chunk",
            "model": model,
            "usage": {
                "prompt_tokens": input, "completion_tokens": output, "prompt_tokens_details": {"cached_tokens": cached}
            }
        })
    })
}

fn read<'a>(events: impl IntoIterator<Item = &'a Value>) -> ProviderResponse {
    let mut reader = ResponseReader::new(Api::OpenAiChat);
    events.into_iter().for_each(|event| reader.push_event(event));
    reader.finish()
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), answer in answer()) {
        for api in APIS {
            let _ = ProviderResponse::read(api, &bytes).attributes();
            let response = ProviderResponse::read(api, &answer);
            let _ = response.attributes();
            if let Some(usage) = response.usage() {
                prop_assert!(usage.cache_read_tokens() <= usage.input_tokens());
                prop_assert!(usage.reasoning_tokens() <= usage.output_tokens());
            }
        }
    }

    #[test]
    fn events_that_come_again_change_nothing(events in proptest::collection::vec(chunk(), 2..8)) {
        prop_assert_eq!(read(events.iter().flat_map(|event| [event, event])), read(&events));
    }

    #[test]
    fn no_order_matters_that_keeps_the_last_word_on_each_field(
        events in proptest::collection::vec(chunk(), 1..8).prop_shuffle(),
        counts in (1_u64..1_000, 1_u64..1_000, 1_u64..1_000),
    ) {
        let last = json!({
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": counts.0,
                "completion_tokens": counts.1,
                "prompt_tokens_details": {"cached_tokens": counts.2},
            }
        });
        let mut sorted = events.clone();
        sorted.sort_by_key(Value::to_string);
        let expected = read([&last]);
        for order in [&events, &sorted] {
            prop_assert_eq!(&read(order.iter().chain([&last])), &expected);
        }
    }
}
