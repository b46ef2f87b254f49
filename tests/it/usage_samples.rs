//! Answers of providers, as they are sent, say what they used.
//!
//! Each folder `tests/data/usage/<set>/` with an `expected.json` is a set: samples in a folder for each API, and what
//! each of them says.

mod expected;
mod hostile;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tracing_genai::{Api, ProviderResponse, ResponseReader};

#[test]
fn usage_samples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/usage");
    let mut sets: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    sets.retain(|set| set.join("expected.json").is_file());
    sets.sort();
    assert!(!sets.is_empty(), "there is no set of samples");
    let wrong: Vec<String> = sets.iter().flat_map(|set| judge(set)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Reads a set and prints how much of it is right.
fn judge(set: &Path) -> Vec<String> {
    let expected: Value = serde_json::from_slice(&fs::read(set.join("expected.json")).unwrap()).unwrap();
    let files = expected["files"].as_object().expect("a set names its files");
    assert!(!files.is_empty(), "{} has no files", set.display());
    let mut not_compared = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut right = 0;
    for (file, expected) in files {
        let errors = sample(&set.join(file), file, expected, &mut not_compared);
        right += usize::from(errors.is_empty());
        wrong.extend(errors.into_iter().map(|error| format!("{file}: {error}")));
    }
    let name = set.file_name().unwrap().to_string_lossy();
    // Not by `println!`, which a passing test keeps to itself.
    let mut out = std::io::stdout().lock();
    writeln!(out, "usage_samples {name}: {right} of {}", files.len()).unwrap();
    if !not_compared.is_empty() {
        writeln!(out, "usage_samples {name}: nothing of ours to compare {not_compared:?} with").unwrap();
    }
    wrong
}

fn sample(path: &Path, file: &str, expected: &Value, not_compared: &mut BTreeSet<String>) -> Vec<String> {
    let folder = file.split('/').next().unwrap();
    let Some(api) = api(folder) else { return vec![format!("no API is called {folder}")] };
    let body = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));

    let mut whole = reader(api, expected);
    whole.push(&body);
    let response = whole.finish();
    let mut errors = expected::compare(&response, expected, not_compared);
    for form in [by_event(api, expected, &body, path), by_event(api, expected, &twice(&body, path), path)] {
        if form != response {
            errors.push(format!("read by event it says {form:?}\nand whole {response:?}"));
        }
    }
    errors
}

fn reader(api: Api, expected: &Value) -> ResponseReader {
    let mut reader = ResponseReader::new(api);
    if let Some(status) = expected["http_status"].as_u64() {
        reader = reader.with_status(status.try_into().unwrap());
    }
    // Whatever a set calls it: the model of the answer is the only other one.
    for (key, model) in expected.as_object().unwrap() {
        if let Some(model) = model.as_str().filter(|_| expected::is_request_model(key)) {
            reader = reader.with_request_model(model);
        }
    }
    let headers = expected["headers"].as_object().into_iter().flatten();
    reader.with_headers(headers.filter_map(|(name, value)| Some((name, value.as_str()?))))
}

/// The events of a stream one at a time.
fn by_event(api: Api, expected: &Value, body: &[u8], path: &Path) -> ProviderResponse {
    let text = std::str::from_utf8(body).unwrap();
    let mut reader = reader(api, expected);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("sse") => {
            text.split("\n\n").filter(|event| !event.is_empty()).for_each(|event| reader.push(event.as_bytes()));
        }
        Some("jsonl") => text.lines().filter(|line| !line.is_empty()).for_each(|line| reader.push(line.as_bytes())),
        _ => match serde_json::from_str(text) {
            Ok(Value::Array(events)) => events.iter().for_each(|event| reader.push_event(event)),
            Ok(body) => reader.push_event(&body),
            Err(error) => panic!("{}: {error}", path.display()),
        },
    }
    reader.finish()
}

/// A stream whose every event comes twice.
fn twice(body: &[u8], path: &Path) -> Vec<u8> {
    let text = std::str::from_utf8(body).unwrap();
    let between = match path.extension().and_then(|extension| extension.to_str()) {
        Some("sse") => "\n\n",
        Some("jsonl") => "\n",
        _ => return body.to_vec(),
    };
    let events = text.split(between).filter(|event| !event.is_empty());
    events.flat_map(|event| [event, between, event, between]).collect::<String>().into_bytes()
}

fn api(folder: &str) -> Option<Api> {
    Some(match folder {
        "anthropic_messages" => Api::Anthropic,
        "azure_openai" => Api::AzureOpenAi,
        "bedrock_converse" => Api::BedrockConverse,
        "bedrock_invoke_anthropic" => Api::BedrockInvoke,
        "cohere_v2_chat" => Api::Cohere,
        "deepseek_chat" => Api::DeepSeek,
        "fireworks_chat" => Api::Fireworks,
        "gemini_generate_content" => Api::GeminiGenerateContent,
        "gemini_interactions" => Api::GeminiInteractions,
        "groq_chat" => Api::Groq,
        "mistral_chat" => Api::Mistral,
        "moonshot_chat" => Api::Moonshot,
        "ollama_native_chat" => Api::OllamaNative,
        "ollama_openai_compat" => Api::OllamaCompatible,
        "openai_chat" => Api::OpenAiChat,
        "openai_realtime" => Api::OpenAiRealtime,
        "openai_responses" => Api::OpenAiResponses,
        "openrouter_chat" => Api::OpenRouter,
        "perplexity_chat" => Api::Perplexity,
        "together_chat" => Api::Together,
        "vllm_openai" => Api::Vllm,
        "xai_chat" => Api::XaiChat,
        "xai_responses" => Api::XaiResponses,
        _ => return None,
    })
}
