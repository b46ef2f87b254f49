//! `async-openai`, which emits no spans, under a user's own `#[instrument]`.

use async_openai::error::OpenAIError;
use futures::StreamExt as _;
use serde_json::json;
use tracing::{Span, field, instrument};
use tracing_genai_client_tests::flows::{async_openai, async_openai_request};

use crate::llmock::llmock;
use crate::snapshot::compare;
use crate::twice::twice;

/// As people write it: the fields that the stock layer can carry, recorded by hand.
#[instrument(
    err,
    skip_all,
    fields(
        gen_ai.operation.name = "chat",
        gen_ai.system = "openai",
        gen_ai.request.model = model,
        gen_ai.usage.input_tokens = field::Empty,
        gen_ai.usage.output_tokens = field::Empty,
        gen_ai.response.finish_reasons = field::Empty,
    )
)]
async fn ask(model: &str) -> Result<(), OpenAIError> {
    let answer = async_openai().chat().create(async_openai_request(model)).await?;
    let span = Span::current();
    if let Some(usage) = &answer.usage {
        span.record("gen_ai.usage.input_tokens", usage.prompt_tokens);
        span.record("gen_ai.usage.output_tokens", usage.completion_tokens);
    }
    if let Some(reason) = answer.choices.first().and_then(|choice| choice.finish_reason) {
        span.record("gen_ai.response.finish_reasons", field::debug([format!("{reason:?}").to_lowercase()]));
    }
    Ok(())
}

#[instrument(err, skip_all, fields(span_type = "llm", provider = "openai", model, input_tokens, output_tokens))]
async fn ask_for_a_stream(model: &str) -> Result<(), OpenAIError> {
    Span::current().record("model", model);
    let mut stream = async_openai().chat().create_stream(async_openai_request(model)).await?;
    while let Some(chunk) = stream.next().await {
        if let Some(usage) = chunk?.usage {
            Span::current().record("input_tokens", usage.prompt_tokens);
            Span::current().record("output_tokens", usage.completion_tokens);
        }
    }
    Ok(())
}

#[test]
fn a_chat() {
    let twice = twice(async || ask("gpt-4o").await.expect("an answer"));
    compare("async_openai_chat", &twice);
}

#[test]
fn a_stream() {
    let twice = twice(async || ask_for_a_stream("gpt-4o").await.expect("a stream"));
    compare("async_openai_stream", &twice);
}

#[test]
fn an_answer_of_a_wrong_request() {
    let model = "gpt-3.5-turbo";
    llmock().script(model, &[json!({ "type": "fail", "status": 400, "times": null })]);
    let twice = twice(async || {
        ask(model).await.expect_err("no answer");
    });
    compare("async_openai_error", &twice);
}

#[test]
fn a_stream_that_is_cut() {
    let model = "gpt-4.5-preview";
    let cut = json!({ "type": "stream_fault", "kind": "disconnect", "after_chunks": 3, "times": null });
    llmock().script(model, &[cut]);
    let twice = twice(async || {
        ask_for_a_stream(model).await.expect_err("a cut stream");
    });
    compare("async_openai_cut_stream", &twice);
}
