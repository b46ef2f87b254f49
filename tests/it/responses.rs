//! A provider's answer, recorded in one line.

mod billed;

use opentelemetry::Value;
use opentelemetry::trace::Status;
use serde::{Serialize, Serializer};
use serde_json::json;
use tracing::info_span;
use tracing_genai::{Api, GenAiSpanExt, ProviderResponse, ResponseReader, Usage};

use crate::support::{Memory, get, text};

fn body() -> serde_json::Value {
    json!({
        "id": "chatcmpl-1",
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "choices": [
            {"index": 0, "finish_reason": "tool_calls", "message": {"content": "a secret"}},
            {"index": 1, "finish_reason": "length"}
        ],
        "usage": {
            "prompt_tokens": 812, "completion_tokens": 140, "total_tokens": 952,
            "prompt_tokens_details": {"cached_tokens": 512, "audio_tokens": 0}
        }
    })
}

#[test]
fn an_answer_as_bytes_text_value_or_type_is_the_same_on_the_span() {
    #[derive(Serialize)]
    struct Typed {
        id: String,
        model: String,
        service_tier: String,
        choices: serde_json::Value,
        usage: serde_json::Value,
    }
    let value = body();
    let bytes = value.to_string().into_bytes();
    let part = |key: &str| value[key].as_str().unwrap().to_owned();
    let typed = Typed {
        id: part("id"),
        model: part("model"),
        service_tier: part("service_tier"),
        choices: value["choices"].clone(),
        usage: value["usage"].clone(),
    };
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, &value);
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, &bytes);
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, bytes.as_slice());
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, &value.to_string());
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, &typed);
    });
    assert_eq!(spans.len(), 5);
    for span in &spans {
        for (key, expected) in [
            ("gen_ai.response.id", "chatcmpl-1"),
            ("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
            ("gen_ai.provider.name", "openai"),
            ("openai.response.service_tier", "default"),
            ("tracing_genai.api", "openai_chat"),
        ] {
            assert_eq!(text(span, key).as_deref(), Some(expected), "{key}");
        }
        assert_eq!(get(span, "gen_ai.response.finish_reasons").unwrap().to_string(), r#"["tool_call","length"]"#);
        assert_eq!(get(span, "gen_ai.usage.input_tokens"), Some(&Value::I64(812)));
        assert_eq!(get(span, "gen_ai.usage.cache_read.input_tokens"), Some(&Value::I64(512)));
        assert_eq!(get(span, "gen_ai.usage.audio.input_tokens"), None);
        assert!(get(span, "gen_ai.usage.cost").is_some());
        assert!(!format!("{span:?}").contains("a secret"));
    }
}

#[test]
fn the_type_of_a_client_crate_is_an_answer_too() {
    use async_openai::types::chat::CreateChatCompletionResponse;
    let mut given = body();
    given["object"] = json!("chat.completion");
    given["created"] = json!(0);
    given["choices"] =
        json!([{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}]);
    let typed: CreateChatCompletionResponse = serde_json::from_value(given).unwrap();
    let response = ProviderResponse::read(Api::OpenAiChat, &typed);
    assert_eq!((response.id(), response.flaw()), (Some("chatcmpl-1"), None));
    assert_eq!(response.finish_reasons(), ["stop"]);
    assert_eq!(response.usage().map(|usage| (usage.input_tokens(), usage.cache_read_tokens())), Some((812, 512)));
}

#[test]
fn a_provider_that_was_named_wins_over_the_one_that_the_api_implies() {
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm", provider = "lmstudio").record_response(Api::OpenAiChat, &body());
        info_span!("b", span_type = "llm").record_response(Api::OpenAiChat, &body()).record_provider("groq");
    });
    assert_eq!(text(&spans[0], "gen_ai.provider.name").as_deref(), Some("lmstudio"));
    assert_eq!(text(&spans[1], "gen_ai.provider.name").as_deref(), Some("groq"));
}

#[test]
fn every_api_names_its_provider() {
    let apis = [
        Api::OpenAiChat,
        Api::OpenAiResponses,
        Api::OpenAiRealtime,
        Api::AzureOpenAi,
        Api::Anthropic,
        Api::GeminiGenerateContent,
        Api::GeminiInteractions,
        Api::BedrockConverse,
        Api::BedrockInvoke,
        Api::Mistral,
        Api::Cohere,
        Api::Groq,
        Api::DeepSeek,
        Api::XaiChat,
        Api::XaiResponses,
        Api::Together,
        Api::Fireworks,
        Api::OpenRouter,
        Api::OllamaNative,
        Api::OllamaCompatible,
        Api::Vllm,
        Api::Perplexity,
        Api::Moonshot,
    ];
    let spans = Memory::new().run(|| {
        for api in apis {
            info_span!("a", span_type = "llm").record_response(api, "{}");
        }
    });
    let named: Vec<_> = spans.iter().map(|span| text(span, "gen_ai.provider.name").unwrap()).collect();
    assert_eq!(named, apis.map(Api::provider));
}

#[test]
fn an_error_in_the_body_fails_the_span_as_a_recorded_error_does() {
    let error = json!({"error": {"message": "Rate limit reached", "type": "tokens", "code": "rate_limit_exceeded"}});
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, &error);
        let mut reader = ResponseReader::new(Api::OllamaNative).with_status(503);
        reader.push(b"<html>busy</html>");
        info_span!("b", span_type = "llm").record_provider_response(&reader.finish());
    });
    assert_eq!(spans[0].status, Status::error("Rate limit reached"));
    assert_eq!(text(&spans[0], "error.type").as_deref(), Some("rate_limit_exceeded"));
    assert_eq!(spans[0].events.iter().filter(|event| event.name == "exception").count(), 1);
    assert_eq!(spans[1].status, Status::error("503"));
    assert_eq!(text(&spans[1], "error.type").as_deref(), Some("503"));
}

#[test]
fn a_stream_that_was_cut_off_says_that_its_usage_is_partial() {
    let mut reader = ResponseReader::new(Api::Anthropic);
    reader.push_event(&json!({"type": "message_start", "message": {
        "id": "msg_1", "model": "claude-sonnet-5-5", "usage": {"input_tokens": 25, "output_tokens": 1}
    }}));
    let response = reader.finish();
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_provider_response(&response);
    });
    assert_eq!(get(&spans[0], "tracing_genai.usage.partial"), Some(&Value::Bool(true)));
    assert_eq!(get(&spans[0], "gen_ai.usage.input_tokens"), Some(&Value::I64(25)));
}

#[test]
fn what_cannot_be_read_is_said_and_what_can_is_kept() {
    let spans = Memory::new().run(|| {
        let cut = br#"{"id": "chatcmpl-1", "model": "m", "usage": {"prompt_tokens": 12"#.as_slice();
        info_span!("a", span_type = "llm").record_response(Api::OpenAiChat, cut);
        let negative = json!({"id": "chatcmpl-1", "usage": {"prompt_tokens": -1, "completion_tokens": 5}});
        info_span!("b", span_type = "llm").record_response(Api::OpenAiChat, &negative);
    });
    assert_eq!(text(&spans[0], "gen_ai.response.model").as_deref(), Some("m"));
    assert_eq!(get(&spans[0], "gen_ai.usage.input_tokens"), None);
    assert_eq!(text(&spans[0], "tracing_genai.response.flaw").as_deref(), Some("the body ends early, at byte 64"));
    assert_eq!(get(&spans[1], "gen_ai.usage.output_tokens"), Some(&Value::I64(5)));
    assert_eq!(text(&spans[1], "tracing_genai.response.flaw").as_deref(), Some("prompt_tokens is negative"));
}

#[test]
fn what_a_tool_made_or_ran_is_counted_and_the_amount_says_that_it_is_left_out() {
    for (item, unit) in [("image_generation_call", "image_generations"), ("code_interpreter_call", "code_executions")] {
        let body = json!({
            "id": "resp_1", "object": "response", "model": "gpt-4o-mini-2024-07-18", "status": "completed",
            "output": [{"type": item, "id": "ig_1", "status": "completed"}, {"type": "message"}],
            "usage": {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
        });
        let spans = Memory::new().run(|| {
            info_span!("a", span_type = "llm").record_response(Api::OpenAiResponses, &body);
        });
        assert_eq!(get(&spans[0], &format!("tracing_genai.usage.units.{unit}")), Some(&Value::I64(1)));
        assert_eq!(text(&spans[0], "tracing_genai.cost.status").as_deref(), Some("unit_unpriced"));
        assert!(get(&spans[0], "gen_ai.usage.cost").is_some());
    }
}

#[test]
fn a_stream_that_called_a_tool_says_so_also_where_its_end_lists_no_items() {
    let mut reader = ResponseReader::new(Api::OpenAiResponses);
    reader
        .push_event(&json!({"type": "response.output_item.done", "item": {"type": "function_call", "name": "lookup"}}));
    let response = json!({"id": "resp_1", "status": "completed", "output": []});
    reader.push_event(&json!({"type": "response.completed", "response": response}));
    assert_eq!(reader.finish().finish_reasons(), ["tool_call"]);
}

#[test]
fn embeddings_of_titan_have_their_tokens_and_their_price() {
    let body = json!({"embedding": [0.1, 0.2], "inputTextTokenCount": 1_000});
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "embedding", model = "amazon.titan-embed-text-v2:0")
            .record_response(Api::BedrockInvoke, &body);
    });
    assert_eq!(get(&spans[0], "gen_ai.usage.input_tokens"), Some(&Value::I64(1_000)));
    assert_eq!(get(&spans[0], "gen_ai.usage.cost"), Some(&Value::F64(0.00002)));
    assert_eq!(get(&spans[0], "tracing_genai.response.flaw"), None);
}

#[test]
fn a_count_that_a_stream_has_told_is_not_undone_by_a_later_nought() {
    let mut reader = ResponseReader::new(Api::Anthropic);
    reader.push_event(&json!({"type": "message_start", "message": {"id": "m", "model": "glm-4.6",
        "usage": {"input_tokens": 812, "cache_read_input_tokens": 100, "output_tokens": 1}}}));
    reader.push_event(&json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": {"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 140}}));
    reader.push_event(&json!({"type": "message_stop"}));
    let response = reader.finish();
    let usage = response.usage().unwrap();
    assert_eq!((usage.input_tokens(), usage.cache_read_tokens(), usage.output_tokens()), (912, 100, 140));
}

#[test]
fn on_a_disabled_span_the_body_is_not_touched() {
    struct Untouchable;
    impl Serialize for Untouchable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("serialized")
        }
    }
    tracing::Span::none().record_response(Api::OpenAiChat, &Untouchable);
}

#[test]
fn a_line_of_a_batchs_results_is_read_as_the_answer_in_it_at_the_batchs_price() {
    let claude = json!({"id": "m", "model": "claude-opus-5", "stop_reason": "end_turn",
        "usage": {"input_tokens": 812, "cache_read_input_tokens": 0, "output_tokens": 140}});
    let gemini = json!({"modelVersion": "gemini-2.5-flash", "candidates": [{"finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 812, "candidatesTokenCount": 140, "totalTokenCount": 952}});
    let chat =
        json!({"id": "batch_req_1", "custom_id": "1", "error": null, "response": {"status_code": 200, "body": body()}});
    for (api, line, tier) in [
        (Api::OpenAiChat, chat, "batch"),
        (Api::Anthropic, json!({"custom_id": "1", "result": {"type": "succeeded", "message": claude}}), "batch"),
        (Api::GeminiGenerateContent, json!({"key": "1", "response": gemini}), "batch"),
        (Api::OpenAiChat, body(), "standard"),
    ] {
        let spans = Memory::new().run(|| {
            info_span!("a", span_type = "llm").record_response(api, &line);
        });
        let of = |key| text(&spans[0], key);
        assert_eq!(of("tracing_genai.price.tier").as_deref(), Some(tier), "{line}");
        assert_eq!(
            (of("gen_ai.usage.output_tokens").as_deref(), of("tracing_genai.response.flaw")),
            (Some("140"), None)
        );
        assert_ne!(of("gen_ai.response.id").as_deref(), Some("batch_req_1"));
    }
    let failed = json!({"custom_id": "1", "result": {"type": "errored", "error":
        {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}}});
    let expired = json!({"custom_id": "1", "result": {"type": "expired"}});
    for (line, kind) in [(failed, "invalid_request_error"), (expired, "expired")] {
        let response = ProviderResponse::read(Api::Anthropic, &line);
        assert_eq!((response.error_type(), response.flaw()), (Some(kind), None), "{line}");
    }
}

#[test]
fn transcriptions_and_images_have_their_tokens_or_seconds_and_a_price_as_the_answer_of_either_api() {
    let heard = json!({"text": "…", "usage": {
        "type": "tokens", "input_tokens": 114, "input_token_details": {"text_tokens": 14, "audio_tokens": 100},
        "output_tokens": 45, "total_tokens": 159
    }});
    let timed = json!({"text": "…", "usage": {"type": "duration", "seconds": 90}});
    let drawn = json!({"created": 1, "data": [{"b64_json": "…"}], "usage": {
        "input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
        "output_tokens": 1_000, "output_tokens_details": {"image_tokens": 900, "text_tokens": 100}, "total_tokens": 1_050
    }});
    for api in [Api::OpenAiChat, Api::AzureOpenAi, Api::OpenAiResponses] {
        for (model, body, input, usd) in [
            ("gpt-4o-transcribe", &heard, Some(114), 0.001_085),
            ("whisper-1", &timed, None, 0.009),
            ("gpt-image-1.5", &drawn, Some(50), 0.030_17),
        ] {
            let spans = Memory::new().run(|| {
                info_span!("a", span_type = "llm", gen_ai.request.model = model).record_response(api, body);
            });
            let [span] = &spans[..] else { panic!("{spans:?}") };
            assert_eq!(get(span, "gen_ai.usage.input_tokens"), input.map(Value::I64).as_ref(), "{api:?} {model}");
            assert_eq!(get(span, "gen_ai.usage.cost"), Some(&Value::F64(usd)), "{api:?} {model}");
            assert_eq!(text(span, "tracing_genai.cost.status").as_deref(), Some("priced"), "{api:?} {model}");
            assert_eq!(text(span, "tracing_genai.response.flaw"), None, "{api:?} {model}");
        }
    }
}

#[test]
fn a_stream_of_a_transcription_or_an_image_that_has_its_last_event_is_whole() {
    for kind in ["transcript.text.done", "speech.audio.done", "image_generation.completed"] {
        let last = json!({"type": kind, "usage": {"input_tokens": 10, "output_tokens": 20, "total_tokens": 30}});
        let mut reader = ResponseReader::new(Api::OpenAiResponses);
        reader.push(format!("data: {}\n\ndata: {last}\n\n", json!({"type": "x.delta", "delta": "…"})).as_bytes());
        let answer = reader.finish();
        assert_eq!(answer.usage().map(Usage::output_tokens), Some(20), "{kind}");
        assert!(!answer.is_partial(), "{kind}");
    }
}

#[test]
fn what_a_tool_put_into_the_input_has_the_price_of_what_it_is() {
    let body = json!({"modelVersion": "gemini-2.5-flash", "candidates": [{"finishReason": "STOP"}], "usageMetadata": {
        "promptTokenCount": 300, "toolUsePromptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 410,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 280}, {"modality": "AUDIO", "tokenCount": 20}],
        "toolUsePromptTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}]
    }});
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm").record_response(Api::GeminiGenerateContent, &body);
    });
    assert_eq!(get(&spans[0], "gen_ai.usage.input_tokens"), Some(&Value::I64(400)));
    assert_eq!(get(&spans[0], "gen_ai.usage.audio.input_tokens"), Some(&Value::I64(120)));
    assert_eq!(get(&spans[0], "gen_ai.usage.cost"), Some(&Value::F64(0.000_229)));
}

#[test]
fn video_has_the_price_of_video_where_the_model_has_one() {
    let details = json!([{"modality": "TEXT", "tokenCount": 50}, {"modality": "VIDEO", "tokenCount": 250}]);
    let seen =
        json!({"usageMetadata": {"promptTokenCount": 300, "totalTokenCount": 300, "promptTokensDetails": details}});
    let made = json!({"candidates": [{"finishReason": "STOP"}], "usageMetadata": {
        "promptTokenCount": 10, "candidatesTokenCount": 300, "totalTokenCount": 310, "candidatesTokensDetails": details
    }});
    for (model, body, key, usd) in [
        ("gemini-embedding-2", &seen, "tracing_genai.usage.video.input_tokens", 0.003_01),
        ("gemini-2.5-flash", &seen, "tracing_genai.usage.video.input_tokens", 0.000_09),
        ("gemini-omni-1.1-flash", &made, "tracing_genai.usage.video.output_tokens", 0.004_84),
    ] {
        let spans = Memory::new().run(|| {
            info_span!("a", span_type = "llm", gen_ai.request.model = model)
                .record_response(Api::GeminiGenerateContent, body);
        });
        assert_eq!(get(&spans[0], key), Some(&Value::I64(250)), "{model}");
        assert_eq!(get(&spans[0], "gen_ai.usage.cost"), Some(&Value::F64(usd)), "{model}");
    }
}
