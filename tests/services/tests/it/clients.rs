//! What real clients do, and the guide's flow, in every backend at once: asked through the backends' own APIs.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::doctor::backend::Backend;
use crate::doctor::seen::Seen;
use crate::doctor::{http, mlflow, phoenix};
use crate::jaeger::variable;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BACKENDS: [&str; 3] = ["jaeger", "phoenix", "mlflow"];

/// What a backend must show of one span.
struct Expected {
    span: &'static str,
    /// By backend, in their words.
    kind: [&'static str; 3],
    model: Option<&'static str>,
    /// USD for a million tokens in and out.
    price: Option<(f64, f64)>,
    /// Words of what went in and came out.
    content: Option<(&'static str, &'static str)>,
}

impl Expected {
    fn check(&self, backend: usize, spans: &[Seen]) {
        let name = BACKENDS[backend];
        let found: Vec<&Seen> = spans.iter().filter(|span| span.name == self.span).collect();
        assert!(!found.is_empty(), "{name} shows no {}: {spans:#?}", self.span);
        for span in &found {
            let kind = ["gen_ai.operation.name", "kind", "mlflow.spanType"][backend];
            assert_eq!(span.attributes.get(kind), Some(&self.kind[backend].into()), "{name}: {span:#?}");
            if let Some(model) = self.model {
                let key = ["gen_ai.response.model", "llm.model_name", "mlflow.llm.model"][backend];
                let asked = span.attributes.get("gen_ai.request.model");
                let shown = span.attributes.get(key).or(asked).and_then(Value::as_str);
                assert_eq!(shown, Some(model), "{name}: {span:#?}");
            }
            if let Some(prices) = self.price {
                check_amounts(backend, span, prices);
            }
        }
        if let Some((input, output)) = self.content {
            let all = |keys: [&[&str]; 3]| -> String {
                let values =
                    found.iter().flat_map(|span| keys[backend].iter().filter_map(|key| span.attributes.get(*key)));
                values.map(Value::to_string).collect()
            };
            let tool = [
                &["gen_ai.input.messages", "gen_ai.tool.call.arguments"][..],
                &["input.value"],
                &["mlflow.spanInputs"],
            ];
            assert!(all(tool).contains(input), "{name}: {input} in {found:#?}");
            let tool = [
                &["gen_ai.output.messages", "gen_ai.tool.call.result"][..],
                &["output.value"],
                &["mlflow.spanOutputs"],
            ];
            assert!(all(tool).contains(output), "{name}: {output} in {found:#?}");
        }
    }
}

/// Tokens as numbers, and our cost where the backend shows it.
fn check_amounts(backend: usize, span: &Seen, (per_input, per_output): (f64, f64)) {
    let of = |value: Option<&Value>| value.cloned().unwrap_or_default();
    let own = |key: &str| of(span.attributes.get(key));
    let (input, output) = match backend {
        0 => (own("gen_ai.usage.input_tokens"), own("gen_ai.usage.output_tokens")),
        1 => (own("llm.token_count.prompt"), own("llm.token_count.completion")),
        _ => {
            let usage = own("mlflow.chat.tokenUsage");
            (usage["input_tokens"].clone(), usage["output_tokens"].clone())
        }
    };
    let (Some(input), Some(output)) = (input.as_i64(), output.as_i64()) else { panic!("tokens of {span:#?}") };
    assert!(input > 0 && output > 0);
    let cost = match backend {
        0 => own("gen_ai.usage.cost"),
        // Phoenix has prices of its own, and shows only those.
        1 => return,
        _ => own("mlflow.llm.cost")["total_cost"].clone(),
    };
    let expected = (input as f64 * per_input + output as f64 * per_output) / 1e6;
    assert!((cost.as_f64().unwrap_or_default() - expected).abs() < 1e-9, "{cost} for {expected}: {span:#?}");
}

/// How each backend is asked.
fn backends(experiment: &str) -> [Backend; 3] {
    let [query, phoenix, mlflow] = ["TEST_JAEGER_QUERY", "TEST_PHOENIX", "TEST_MLFLOW"].map(variable);
    let parse = |arguments: &[&str]| Backend::parse(arguments.iter().map(|&argument| argument.to_owned())).unwrap();
    [
        parse(&["jaeger", "--query", &query]),
        parse(&["phoenix", &phoenix]),
        parse(&["mlflow", &mlflow, "--experiment", experiment]),
    ]
}

fn experiment(name: &str) -> String {
    mlflow::experiment(&variable("TEST_MLFLOW"), name).unwrap()
}

fn run(command: &mut Command) -> String {
    let output = command.current_dir(ROOT).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("not every span was delivered"), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Prices of the models that the flows use.
const MINI: (f64, f64) = (0.15, 0.60);
const GPT_4O: (f64, f64) = (2.50, 10.0);
const SONNET: (f64, f64) = (3.0, 15.0);

#[test]
fn what_real_clients_do_is_in_every_backend_from_one_emission() {
    let experiment = experiment("clients");
    let mut send = Command::new(env!("CARGO"));
    send.args(["run", "--quiet", "-p", "tracing-genai-client-tests", "--bin", "send", "--"]);
    send.args(["jaeger", &variable("TEST_JAEGER_OTLP_HTTP"), "phoenix", &variable("TEST_PHOENIX")]);
    let told = run(send.args(["mlflow", &variable("TEST_MLFLOW"), &experiment]));
    let trace = |flow: &str| {
        let id = told.lines().find_map(|line| line.strip_prefix(flow)?.strip_prefix(' '));
        id.unwrap_or_else(|| panic!("{flow} in {told}")).to_owned()
    };

    let chat = |span, price, content| Expected {
        span,
        kind: ["chat", "LLM", "CHAT_MODEL"],
        model: span.strip_prefix("chat "),
        price: Some(price),
        content,
    };
    let tool = Expected {
        span: "execute_tool get_weather",
        kind: ["execute_tool", "TOOL", "TOOL"],
        model: None,
        price: None,
        content: Some(("city", "21 degrees")),
    };
    // In a trace that is there already, rig makes no span of its own for the agent.
    let flows = [
        ("rig", 4, vec![tool, chat("chat gpt-4o-mini", MINI, Some(("weather in Paris", "get_weather")))]),
        ("genai", 2, vec![chat("chat claude-sonnet-4-5", SONNET, None)]),
        ("async-openai", 2, vec![chat("chat gpt-4o", GPT_4O, Some(("What is a span?", "A part of a trace.")))]),
    ];
    for (at, backend) in backends(&experiment).iter().enumerate() {
        for (flow, spans, expected) in &flows {
            let seen = backend.read(&trace(flow), *spans).unwrap();
            assert_eq!(seen.len(), *spans, "{flow} in {}: {seen:#?}", backend.name);
            for expected in expected {
                expected.check(at, &seen);
            }
        }
    }
}

/// The guide's flow as it is, sent in a backend's words because its environment says so.
fn support_agent(dialect: &str, endpoint: &str, variables: &[(&str, &str)]) {
    let mut example = Command::new(env!("CARGO"));
    example.args(["run", "--quiet", "--example", "support_agent"]);
    example.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).env("TRACING_GENAI_DIALECT", dialect);
    example.env("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY");
    run(example.envs(variables.iter().copied()));
}

/// Both traces of the flow, once `ids` gives theirs; `look` gives the spans of one.
fn check_support_agent(at: usize, ids: impl Fn() -> Vec<String>, look: impl Fn(&str) -> Vec<Seen>) {
    let started = Instant::now();
    let ids = loop {
        let mut ids = ids();
        ids.sort();
        ids.dedup();
        if ids.len() == 2 {
            break ids;
        }
        // There is nothing to wait for but the next answer.
        assert!(started.elapsed() < Duration::from_secs(60), "{} shows {ids:?}", BACKENDS[at]);
        std::thread::sleep(Duration::from_millis(100));
    };
    let step = |span, kind, content| Expected { span, kind, model: None, price: None, content };
    let expected = [
        step("invoke_agent support_agent", ["invoke_agent", "AGENT", "AGENT"], Some(("order", "order"))),
        step("retrieval policies", ["retrieval", "RETRIEVER", "RETRIEVER"], None),
        step("execute_tool order_lookup", ["execute_tool", "TOOL", "TOOL"], Some(("order", "warehouse"))),
        step("guardrail pii", ["", "GUARDRAIL", "GUARDRAIL"], None),
        Expected {
            model: Some("gpt-4o-mini-2024-07-18"),
            price: Some(MINI),
            ..step("chat gpt-4o-mini", ["chat", "LLM", "CHAT_MODEL"], Some(("order", "order")))
        },
    ];
    let mut failed = 0;
    for id in ids {
        let spans = http::until(7, || look(&id));
        assert_eq!(spans.len(), 7, "{spans:#?}");
        for expected in &expected {
            expected.check(at, &spans);
        }
        failed += spans.iter().filter(|span| span.attributes.get("status") == Some(&"ERROR".into())).count();
    }
    assert_eq!(failed, 1, "the refund that gave no answer");
}

#[test]
fn the_guides_flow_is_in_phoenix() {
    let url = variable("TEST_PHOENIX");
    support_agent("phoenix", &url, &[("OTEL_RESOURCE_ATTRIBUTES", "openinference.project.name=guide")]);
    let ids = || {
        let spans = http::get(&format!("{url}/v1/projects/guide/spans?limit=100"));
        let spans = spans["data"].as_array().cloned().unwrap_or_default();
        spans.iter().filter_map(|span| span["context"]["trace_id"].as_str().map(str::to_owned)).collect()
    };
    check_support_agent(1, ids, |id| phoenix::spans(&url, "guide", id));
}

#[test]
fn the_guides_flow_is_in_mlflow() {
    let (url, experiment) = (variable("TEST_MLFLOW"), experiment("guide"));
    let headers = format!("x-mlflow-experiment-id={experiment}");
    support_agent("mlflow", &url, &[("OTEL_EXPORTER_OTLP_HEADERS", &headers)]);
    let ids = || {
        let location = json!({ "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": experiment } });
        let question = json!({ "locations": [location], "max_results": 100 });
        let traces = http::post(&format!("{url}/api/3.0/mlflow/traces/search"), &question);
        let traces = traces["traces"].as_array().cloned().unwrap_or_default();
        traces.iter().filter_map(|trace| Some(trace["trace_id"].as_str()?.strip_prefix("tr-")?.to_owned())).collect()
    };
    check_support_agent(2, ids, |id| mlflow::spans(&url, &experiment, id));
}
