//! Conversations and documents in the words that a backend's pages draw: what they do not know, they show as raw JSON or not
//! at all.

use serde_json::{Value, json};
use tracing::info_span;
use tracing_genai::{Dialect, GenAiSpanExt, Media, Message, Payload, Scope};

use super::rules::in_dialect;
use super::sample::{attribute, text};

/// A call with everything that messages are made of.
fn call() {
    let chat = info_span!("a", span_type = "llm", model = "m");
    chat.record_attribute("gen_ai.tool.definitions", r#"[{"type":"function","name":"look","parameters":{}}]"#);
    chat.record_input(&[
        Message::system("Be brief."),
        Message::user("And this?").with_media(Media::uri("image", "https://example.com/a.png")),
        Message::assistant("Let me look.").with_reasoning("Not sure.").with_tool_call("c1", "look", r#"{"at":1}"#),
        Message::tool("c1", r#"{"seen":"a cat"}"#),
    ]);
    chat.record_output(&[Message::assistant("A cat.").with_reasoning("Clear.").with_finish_reason("stop")]);
}

#[test]
fn a_conversation_is_one_of_chat_completions_where_pages_draw_no_other() {
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "text", "text": "And this?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ]},
        {"role": "assistant", "content": "Let me look.", "reasoning": "Not sure.", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "look", "arguments": r#"{"at":1}"#}},
        ]},
        {"role": "tool", "tool_call_id": "c1", "content": r#"{"seen":"a cat"}"#},
    ]);
    let answer = json!([{"role": "assistant", "content": "A cat.", "reasoning": "Clear.", "finish_reason": "stop"}]);
    let tools = json!([{"type": "function", "function": {"name": "look", "parameters": {}}}]);
    for (dialect, input, output) in [
        (Dialect::Mlflow, "mlflow.spanInputs", "mlflow.spanOutputs"),
        (Dialect::Langsmith, "gen_ai.prompt", "gen_ai.completion"),
        (Dialect::Langfuse, "langfuse.observation.input", "langfuse.observation.output"),
    ] {
        let spans = in_dialect(dialect, call);
        let parsed = |key| serde_json::from_str::<Value>(text(&spans[0], key)).unwrap();
        assert_eq!(parsed(input), json!({"messages": messages, "tools": tools}), "{dialect:?}");
        let said = parsed(output);
        assert_eq!(said.get("messages").unwrap_or(&said), &answer, "{dialect:?}");
        if dialect == Dialect::Mlflow {
            assert_eq!(parsed("mlflow.chat.tools"), tools);
        }
    }
}

/// One message that is not understood makes pages show none.
#[test]
fn what_chat_completions_have_no_word_for_is_kept_as_text() {
    let messages = r#"[{"role":"developer","parts":[{"type":"text","content":"Be brief."}]},
        {"role":"narrator","parts":[{"type":"blob","modality":"audio","content":"AAAA"}]},
        {"role":"user","content":"plain"}, "bare",
        {"role":"user","parts":[{"type":"tool_call_response","id":"c1","response":1},{"type":"text","content":"Go on."}]}]"#;
    let spans = in_dialect(Dialect::Mlflow, || {
        info_span!("a", span_type = "llm", model = "m").record_attribute("gen_ai.input.messages", messages);
    });
    let input: Value = serde_json::from_str(text(&spans[0], "mlflow.spanInputs")).unwrap();
    let input = input["messages"].as_array().unwrap();
    assert_eq!(input[0], json!({"role": "system", "content": "Be brief."}));
    assert_eq!(input[1]["role"], "user");
    assert!(input[1]["content"].as_str().unwrap().contains(r#""modality":"audio""#), "{input:?}");
    assert_eq!(input[2], json!({"role": "user", "content": "plain"}));
    assert_eq!(input.last(), Some(&json!({"role": "user", "content": "Go on."})));
    assert_eq!(input[input.len() - 2], json!({"role": "tool", "tool_call_id": "c1", "content": "1"}));
}

#[test]
fn what_came_out_is_the_models_and_parts_keep_their_order() {
    let spans = in_dialect(Dialect::Mlflow, || {
        let span = info_span!("a", span_type = "llm", model = "m");
        span.record_attribute("gen_ai.output.messages", r#"[{"parts":[{"type":"text","content":"It is."}]}]"#);
        span.record_attribute(
            "gen_ai.input.messages",
            r#"[{"role":"tool","parts":[{"type":"text","content":"Here."},{"type":"tool_call_response","id":"c","response":"1"}]},
                {"role":"user","content":"shown","parts":[{"type":"uri","uri":"https://example.com/a.png"}]}]"#,
        );
    });
    let parsed = |key| serde_json::from_str::<Value>(text(&spans[0], key)).unwrap();
    assert_eq!(parsed("mlflow.spanOutputs")["messages"][0]["role"], "assistant");
    let input = parsed("mlflow.spanInputs");
    assert_eq!(input["messages"][0], json!({"role": "user", "content": "Here."}));
    assert_eq!(input["messages"][1], json!({"role": "tool", "tool_call_id": "c", "content": "1"}));
    assert_eq!(input["messages"][2]["content"][0]["image_url"]["url"], "https://example.com/a.png");
}

#[test]
fn what_a_retrieval_was_asked_is_no_document() {
    let spans = in_dialect(Dialect::Mlflow, || {
        info_span!("a", span_type = "retrieval").record_input(Payload::json(r#"["one","two"]"#));
    });
    assert_eq!(text(&spans[0], "mlflow.spanInputs"), r#"["one","two"]"#);
}

#[test]
fn json_of_an_agent_is_json_and_no_message() {
    let work = || {
        let agent = info_span!("a", span_type = "agent", agent = "a");
        agent.record_input(Payload::json(r#"{"order":4711}"#)).record_output("found");
    };
    let spans = in_dialect(Dialect::Phoenix, work);
    assert_eq!(text(&spans[0], "input.mime_type"), "application/json");
    let spans = in_dialect(Dialect::Mlflow, work);
    assert_eq!(text(&spans[0], "mlflow.spanInputs"), r#"{"order":4711}"#);
}

#[test]
fn thoughts_are_parts_of_a_message_in_open_inference() {
    let spans = in_dialect(Dialect::OpenInference, call);
    let prefix = "llm.output_messages.0.message.contents";
    assert_eq!(text(&spans[0], &format!("{prefix}.0.message_content.text")), "A cat.");
    assert_eq!(text(&spans[0], &format!("{prefix}.1.message_content.type")), "reasoning");
    assert_eq!(text(&spans[0], &format!("{prefix}.1.message_content.text")), "Clear.");
}

#[test]
fn documents_have_the_name_of_their_words_that_mlflow_looks_for() {
    let spans = in_dialect(Dialect::Mlflow, || {
        let search = info_span!("a", span_type = "retrieval");
        search.record_output(Payload::json(r#"[{"id":"p","score":0.5,"content":"30 days"},"plain"]"#));
    });
    let documents: Value = serde_json::from_str(text(&spans[0], "mlflow.spanOutputs")).unwrap();
    let expected = json!([{"id": "p", "score": 0.5, "page_content": "30 days"}, {"page_content": "plain"}]);
    assert_eq!(documents, expected);
}

/// Phoenix shows nothing else of a reranking.
#[test]
fn a_reranking_shows_its_query_and_its_documents() {
    for dialect in [Dialect::Phoenix, Dialect::OpenInference] {
        let spans = in_dialect(dialect, || {
            let span = info_span!("a", span_type = "rerank", model = "m");
            span.record_input("refunds").record_output(Payload::json(r#"[{"id":"d2","content":"b","score":0.9}]"#));
        });
        assert_eq!(text(&spans[0], "reranker.query"), "refunds", "{dialect:?}");
        assert_eq!(text(&spans[0], "reranker.output_documents.0.document.content"), "b", "{dialect:?}");
    }
}

#[test]
fn metadata_of_a_scope_stands_where_a_backend_has_a_place_for_it() {
    let work = || {
        Scope::new()
            .with_metadata("plan", "premium")
            .in_scope(|| drop(info_span!("a", span_type = "agent", agent = "a")));
    };
    for (dialect, key) in [
        (Dialect::Langfuse, "langfuse.trace.metadata.plan"),
        (Dialect::Langsmith, "langsmith.metadata.plan"),
        (Dialect::Mlflow, "mlflow.traceTag.plan"),
        (Dialect::Traceloop, "traceloop.association.properties.plan"),
        (Dialect::Otel, "tracing_genai.metadata.plan"),
        (Dialect::Signoz, "tracing_genai.metadata.plan"),
    ] {
        let spans = in_dialect(dialect, work);
        assert_eq!(text(&spans[0], key), "premium", "{dialect:?}");
        let own = attribute(&spans[0], "tracing_genai.metadata.plan");
        assert_eq!(own.is_some(), key.starts_with("tracing_genai."), "{dialect:?}");
    }
    let both = in_dialect(Dialect::OpenInference, || {
        let scope = Scope::new().with_metadata("plan", "premium");
        scope.in_scope(|| drop(info_span!("a", span_type = "agent", metadata = r#"{"own":1}"#)));
    });
    assert_eq!(text(&both[0], "metadata"), r#"{"own":1}"#);
    assert_eq!(text(&both[0], "metadata.plan"), "premium");
    for (dialect, key) in [
        (Dialect::Phoenix, "metadata"),
        (Dialect::OpenInference, "metadata"),
        (Dialect::Datadog, "_dd.ml_obs.metadata"),
    ] {
        let spans = in_dialect(dialect, work);
        let object: Value = serde_json::from_str(text(&spans[0], key)).unwrap();
        assert_eq!(object["plan"], "premium", "{dialect:?}");
    }
}
