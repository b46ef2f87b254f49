//! What answers say beside tokens of text, at the price of what it is.

use opentelemetry::Value as Attribute;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Value, json};
use tracing::info_span;
use tracing_genai::{Api, GenAiSpanExt as _, ProviderResponse, ResponseReader, Unit};

use crate::support::{Memory, get, text};

/// The span of a call of `model` with an answer.
fn answered(api: Api, model: &str, body: &Value) -> SpanData {
    let spans = Memory::new().run(|| {
        info_span!("a", span_type = "llm", gen_ai.request.model = model).record_response(api, body);
    });
    assert_eq!(text(&spans[0], "tracing_genai.response.flaw"), None, "{model}");
    spans[0].clone()
}

fn costs(span: &SpanData, usd: f64) {
    assert_eq!(text(span, "tracing_genai.cost.status").as_deref(), Some("priced"), "{:?}", span.attributes);
    assert_eq!(get(span, "gen_ai.usage.cost"), Some(&Attribute::F64(usd)), "{:?}", span.attributes);
}

#[test]
fn spoken_chat_has_the_price_of_audio_in_every_snapshot() {
    let body = json!({"id": "c", "choices": [{"index": 0, "finish_reason": "stop"}], "usage": {
        "prompt_tokens": 1_000, "prompt_tokens_details": {"audio_tokens": 600, "text_tokens": 400},
        "completion_tokens": 500, "completion_tokens_details": {"audio_tokens": 400, "text_tokens": 100}, "total_tokens": 1_500
    }});
    for (model, usd) in [
        ("gpt-4o-audio-preview", 0.058),
        ("gpt-4o-audio-preview-2025-06-03", 0.058),
        ("gpt-4o-audio-preview-2024-10-01", 0.142),
        ("gpt-4o-mini-audio-preview", 0.014_12),
        ("gpt-4o-mini-audio-preview-2024-12-17", 0.014_12),
        ("gpt-audio-2025-08-28", 0.046_8),
    ] {
        costs(&answered(Api::OpenAiChat, model, &body), usd);
        costs(&answered(Api::AzureOpenAi, model, &body), usd);
    }
}

#[test]
fn a_rerank_costs_its_searches() {
    let body = json!({"id": "r", "results": [], "meta": {"billed_units": {"search_units": 3}}});
    for (model, usd) in [("rerank-v3.5", 0.006), ("rerank-v4.0-fast", 0.006), ("rerank-v4.0-pro", 0.007_5)] {
        costs(&answered(Api::Cohere, model, &body), usd);
    }
}

#[test]
fn images_among_texts_that_cohere_embeds_are_input_at_the_price_of_images() {
    let body = json!({"id": "e", "embeddings": {}, "meta": {"billed_units":
        {"images": 1, "image_tokens": 1_000, "input_tokens": 500}}});
    let span = answered(Api::Cohere, "embed-v4.0", &body);
    assert_eq!(get(&span, "gen_ai.usage.input_tokens"), Some(&Attribute::I64(1_500)));
    assert_eq!(get(&span, "gen_ai.usage.image.input_tokens"), Some(&Attribute::I64(1_000)));
    costs(&span, 0.000_53);
}

#[test]
fn a_part_of_a_second_of_audio_counts() {
    for (seconds, billed) in [(12.7, 13), (12.2, 12), (0.2, 1), (90.0, 90)] {
        let body = json!({"text": "…", "usage": {"type": "duration", "seconds": seconds}});
        let span = answered(Api::OpenAiChat, "whisper-1", &body);
        assert_eq!(get(&span, "tracing_genai.usage.units.input_audio_seconds"), Some(&Attribute::I64(billed)));
        assert!(get(&span, "gen_ai.usage.cost").is_some());
    }
    let body = json!({"usage": {"prompt_tokens": 1.5}});
    assert_eq!(ProviderResponse::read(Api::OpenAiChat, &body).flaw(), Some("prompt_tokens is not whole"));
}

#[test]
fn a_transcription_that_tells_its_length_alone_has_its_price() {
    let body = json!({"task": "transcribe", "language": "english", "duration": 45.67, "text": "…", "segments": [],
        "x_groq": {"id": "req_1"}});
    let span = answered(Api::Groq, "whisper-large-v3", &body);
    assert_eq!(get(&span, "tracing_genai.usage.units.input_audio_seconds"), Some(&Attribute::I64(46)));
    assert!(get(&span, "gen_ai.usage.cost").is_some());

    // What is billed is said better elsewhere.
    for (usage, seconds) in [(json!({"seconds": 9}), 9), (json!({"input_tokens": 80, "output_tokens": 9}), 0)] {
        let body = json!({"task": "transcribe", "duration": 45.67, "text": "…", "usage": usage});
        let response = ProviderResponse::read(Api::OpenAiChat, &body);
        assert_eq!(response.usage().map(|usage| usage.units(Unit::InputAudioSeconds)), Some(seconds));
    }
    let chat = json!({"duration": 2, "choices": [{"index": 0, "finish_reason": "stop"}]});
    assert_eq!(ProviderResponse::read(Api::OpenAiChat, &chat).usage(), None);
}

#[test]
fn models_of_any_maker_that_bedrock_invokes_have_their_tokens_and_their_end() {
    let chat = json!({"id": "c", "choices": [{"index": 0, "finish_reason": "length", "message": {}}], "usage": {
        "prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100, "prompt_tokens_details": {"cached_tokens": 600}}});
    let llama =
        json!({"generation": "…", "prompt_token_count": 1_000, "generation_token_count": 100, "stop_reason": "length"});
    for (model, body, usd) in
        [("us.meta.llama3-1-8b-instruct-v1:0", &llama, 0.000_242), ("openai.gpt-oss-20b-1:0", &chat, 0.000_1)]
    {
        let span = answered(Api::BedrockInvoke, model, body);
        assert_eq!(text(&span, "gen_ai.response.finish_reasons").as_deref(), Some("[\"length\"]"));
        costs(&span, usd);
    }

    let mut reader = ResponseReader::new(Api::BedrockInvoke);
    for (input, output, end) in [(Some(1_000), 1, None), (None, 2, None), (None, 3, Some("stop"))] {
        reader.push_event(&json!({"generation": "…", "prompt_token_count": input, "generation_token_count": output,
            "stop_reason": end}));
    }
    let response = reader.finish();
    assert_eq!(response.usage().map(|usage| (usage.input_tokens(), usage.output_tokens())), Some((1_000, 3)));
    assert!(!response.is_partial());

    let mut reader = ResponseReader::new(Api::BedrockInvoke);
    reader.push_event(&json!({"messageStop": {"stopReason": "end_turn"}}));
    reader.push_event(&json!({"metadata": {"usage": {"inputTokens": 1_000, "outputTokens": 100}}}));
    let response = reader.finish();
    assert_eq!(response.usage().map(|usage| (usage.input_tokens(), usage.output_tokens())), Some((1_000, 100)));

    // Those that say nothing of it in the body have it in headers.
    for body in [
        json!({"outputs": [{"text": "…", "stop_reason": "stop"}]}),
        json!({"choices": [{"text": "…", "stop_reason": "stop"}]}),
        json!({"text": "…", "finish_reason": "COMPLETE"}),
    ] {
        let headers = [("X-Amzn-Bedrock-Input-Token-Count", "1000"), ("X-Amzn-Bedrock-Output-Token-Count", "100")];
        let mut reader = ResponseReader::new(Api::BedrockInvoke).with_headers(headers);
        reader.push_event(&body);
        let response = reader.finish();
        assert_eq!(response.finish_reasons(), ["stop"]);
        assert_eq!(response.usage().map(|usage| (usage.input_tokens(), usage.output_tokens())), Some((1_000, 100)));
    }
}

#[test]
fn vectors_of_vertex_are_billed_by_the_character_or_by_the_token() {
    let body = json!({
        "predictions": [
            {"embeddings": {"statistics": {"truncated": false, "token_count": 600.0}, "values": [0.1]}},
            {"embeddings": {"statistics": {"truncated": false, "token_count": 400}, "values": [0.1]}}
        ],
        "metadata": {"billableCharacterCount": 4_000}
    });
    for (model, usd) in [("text-embedding-005", 0.000_1), ("gemini-embedding-001", 0.000_15)] {
        let span = answered(Api::GeminiGenerateContent, model, &body);
        assert_eq!(get(&span, "gen_ai.usage.input_tokens"), Some(&Attribute::I64(1_000)));
        assert_eq!(get(&span, "tracing_genai.usage.units.input_characters"), Some(&Attribute::I64(4_000)));
        costs(&span, usd);
    }
}

#[test]
fn pages_that_were_read_have_their_price_and_another_with_annotations() {
    for (annotation, annotated, usd) in
        [(None, None, 0.006), (Some("{}"), None, 0.009), (Some("{}"), Some(1), 0.007), (None, Some(3), 0.009)]
    {
        let mut body = json!({"pages": [], "model": "mistral-ocr-2512", "document_annotation": annotation,
            "usage_info": {"pages_processed": 3, "doc_size_bytes": null}});
        if let Some(annotated) = annotated {
            body["usage_info"]["pages_processed_annotation"] = json!(annotated);
        }
        costs(&answered(Api::Mistral, "mistral-ocr-latest", &body), usd);
    }
}

#[test]
fn a_text_of_titan_and_a_turn_of_a_live_session_have_their_output() {
    let titan = json!({"inputTextTokenCount": 1_000, "results": [{"tokenCount": 100, "completionReason": "FINISH"}]});
    costs(&answered(Api::BedrockInvoke, "amazon.titan-text-express-v1", &titan), 0.000_26);
    let turn = json!({"serverContent": {"turnComplete": true}, "usageMetadata": {
        "promptTokenCount": 100, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}],
        "responseTokenCount": 50, "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 50}], "totalTokenCount": 150}});
    let span = answered(Api::GeminiGenerateContent, "gemini-live-2.5-flash", &turn);
    assert_eq!(get(&span, "gen_ai.usage.audio.output_tokens"), Some(&Attribute::I64(50)));
    costs(&span, 0.000_9);
}

#[test]
fn a_live_session_that_has_said_that_its_turn_is_complete_is_no_stream_that_was_cut() {
    let partial = |events: &[Value]| {
        let mut reader = ResponseReader::new(Api::GeminiGenerateContent);
        for event in events {
            reader.push_event(event);
        }
        reader.finish().is_partial()
    };
    let said = json!({"serverContent": {"modelTurn": {"parts": [{"text": "Hello"}]}}, "usageMetadata": {"promptTokenCount": 10}});
    let end = json!({"serverContent": {"turnComplete": true}, "usageMetadata": {
        "promptTokenCount": 10, "responseTokenCount": 5, "totalTokenCount": 15}});
    assert!(partial(&[said.clone(), said.clone()]));
    assert!(!partial(&[said.clone(), said, end]));
}

#[test]
fn a_search_by_gemini_is_billed_by_the_query_and_before_gemini_3_by_the_answer() {
    let body = |queries: &[&str]| {
        json!({
            "candidates": [{"finishReason": "STOP", "groundingMetadata": {"webSearchQueries": queries}}],
            "usageMetadata": {"promptTokenCount": 1_000, "candidatesTokenCount": 100, "totalTokenCount": 1_100}
        })
    };
    for (model, queries, searches, usd) in [
        ("gemini-3-flash-preview", &["a", "", "b", "a"][..], Some(2), 0.028_8),
        ("gemini-2.5-flash", &["a", "b"], Some(2), 0.035_55),
        ("gemini-2.5-flash", &[""], None, 0.000_55),
    ] {
        let span = answered(Api::GeminiGenerateContent, model, &body(queries));
        let told = get(&span, "tracing_genai.usage.units.web_searches");
        assert_eq!(told, searches.map(Attribute::I64).as_ref(), "{model}");
        costs(&span, usd);
    }
    let mut reader = ResponseReader::new(Api::GeminiGenerateContent);
    for queries in [&["a"][..], &["a", "b"], &[]] {
        reader.push_event(&body(queries));
    }
    assert_eq!(reader.finish().usage().map(|usage| usage.units(Unit::WebSearches)), Some(2));
}
