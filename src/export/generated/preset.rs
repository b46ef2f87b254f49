// Generated from conventions/ by tests/it/codegen.rs: do not edit, run `cargo test codegen`.

use crate::dialect::Dialect;
use crate::export::destination::Protocol;
use crate::export::limits::Length;
use crate::export::preset::{Filling, Header, Preset, Variable, limits};

// Jaeger.
pub(in crate::export) static JAEGER: Preset = Preset {
    name: "jaeger",
    endpoint: "http://localhost:4317",
    protocol: Protocol::Grpc,
    gzip: false,
    dialect: Dialect::Otel,
    headers: &[],
    variables: &[],
    limits: limits(None, None, None, None, None, None),
};

// Grafana Tempo.
pub(in crate::export) static TEMPO: Preset = Preset {
    name: "tempo",
    endpoint: "http://localhost:4317",
    protocol: Protocol::Grpc,
    gzip: false,
    dialect: Dialect::Otel,
    headers: &[],
    variables: &[],
    limits: limits(Some(Length::Bytes(2048)), None, None, None, None, None),
};

// OpenTelemetry Collector.
pub(in crate::export) static COLLECTOR: Preset = Preset {
    name: "collector",
    endpoint: "http://localhost:4317",
    protocol: Protocol::Grpc,
    gzip: false,
    dialect: Dialect::Otel,
    headers: &[],
    variables: &[],
    limits: limits(None, None, None, None, None, None),
};

// Arize Phoenix.
pub(in crate::export) static PHOENIX: Preset = Preset {
    name: "phoenix",
    endpoint: "{PHOENIX_COLLECTOR_ENDPOINT}",
    protocol: Protocol::HttpProtobuf,
    gzip: false,
    dialect: Dialect::Phoenix,
    headers: &[
        Header { name: "authorization", value: Filling::Text("Bearer {PHOENIX_API_KEY}"), optional: true },
        Header { name: "x-project-name", value: Filling::Text("{PHOENIX_PROJECT_NAME}"), optional: true },
    ],
    variables: &[
        Variable { name: "PHOENIX_COLLECTOR_ENDPOINT", brief: "the server's URL", default: Some("http://localhost:6006"), older: None },
        Variable { name: "PHOENIX_API_KEY", brief: "an API key of the server", default: None, older: None },
        Variable { name: "PHOENIX_PROJECT_NAME", brief: "the project", default: None, older: None },
    ],
    limits: limits(None, None, None, None, None, None),
};

// MLflow.
pub(in crate::export) static MLFLOW: Preset = Preset {
    name: "mlflow",
    endpoint: "{MLFLOW_TRACKING_URI}",
    protocol: Protocol::HttpProtobuf,
    gzip: false,
    dialect: Dialect::Mlflow,
    headers: &[
        Header { name: "x-mlflow-experiment-id", value: Filling::Text("{MLFLOW_EXPERIMENT_ID}"), optional: false },
        Header { name: "authorization", value: Filling::Text("Bearer {MLFLOW_TRACKING_TOKEN}"), optional: true },
    ],
    variables: &[
        Variable { name: "MLFLOW_TRACKING_URI", brief: "the tracking server's URL", default: Some("http://localhost:5000"), older: None },
        Variable { name: "MLFLOW_EXPERIMENT_ID", brief: "the experiment's number", default: None, older: None },
        Variable { name: "MLFLOW_TRACKING_TOKEN", brief: "a token of the server", default: None, older: None },
    ],
    limits: limits(None, None, None, None, None, None),
};

// Langfuse.
pub(in crate::export) static LANGFUSE: Preset = Preset {
    name: "langfuse",
    endpoint: "{LANGFUSE_BASE_URL}/api/public/otel",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Langfuse,
    headers: &[
        Header { name: "authorization", value: Filling::Basic("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"), optional: false },
        Header { name: "x-langfuse-ingestion-version", value: Filling::Text("4"), optional: false },
    ],
    variables: &[
        Variable { name: "LANGFUSE_PUBLIC_KEY", brief: "the project's public key", default: None, older: None },
        Variable { name: "LANGFUSE_SECRET_KEY", brief: "the project's secret key", default: None, older: None },
        Variable { name: "LANGFUSE_BASE_URL", brief: "the server's URL, of another region or your own", default: Some("https://cloud.langfuse.com"), older: Some("LANGFUSE_HOST") },
    ],
    limits: limits(None, None, None, None, None, None),
};

// LangSmith.
pub(in crate::export) static LANGSMITH: Preset = Preset {
    name: "langsmith",
    endpoint: "{LANGSMITH_ENDPOINT}/otel",
    protocol: Protocol::HttpProtobuf,
    gzip: false,
    dialect: Dialect::Langsmith,
    headers: &[
        Header { name: "x-api-key", value: Filling::Text("{LANGSMITH_API_KEY}"), optional: false },
        Header { name: "langsmith-project", value: Filling::Text("{LANGSMITH_PROJECT}"), optional: true },
    ],
    variables: &[
        Variable { name: "LANGSMITH_API_KEY", brief: "an API key", default: None, older: None },
        Variable { name: "LANGSMITH_PROJECT", brief: "the project", default: None, older: None },
        Variable { name: "LANGSMITH_ENDPOINT", brief: "the API's URL, of another region or your own", default: Some("https://api.smith.langchain.com"), older: None },
    ],
    limits: limits(None, None, None, None, None, None),
};

// Datadog LLM Observability.
pub(in crate::export) static DATADOG: Preset = Preset {
    name: "datadog",
    endpoint: "https://otlp.{DD_SITE}/v1/traces",
    protocol: Protocol::HttpProtobuf,
    gzip: false,
    dialect: Dialect::Datadog,
    headers: &[
        Header { name: "dd-api-key", value: Filling::Text("{DD_API_KEY}"), optional: false },
        Header { name: "dd-otlp-source", value: Filling::Text("llmobs"), optional: false },
        Header { name: "dd-ml-app", value: Filling::Text("{DD_LLMOBS_ML_APP}"), optional: true },
    ],
    variables: &[
        Variable { name: "DD_API_KEY", brief: "an API key", default: None, older: None },
        Variable { name: "DD_SITE", brief: "the site of the account", default: Some("datadoghq.com"), older: None },
        Variable { name: "DD_LLMOBS_ML_APP", brief: "the application's name there, where it is not the service's", default: None, older: None },
    ],
    limits: limits(None, None, None, None, None, Some(24)),
};

// Honeycomb.
pub(in crate::export) static HONEYCOMB: Preset = Preset {
    name: "honeycomb",
    endpoint: "{HONEYCOMB_API_ENDPOINT}",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Otel,
    headers: &[
        Header { name: "x-honeycomb-team", value: Filling::Text("{HONEYCOMB_API_KEY}"), optional: false },
        Header { name: "x-honeycomb-dataset", value: Filling::Text("{HONEYCOMB_DATASET}"), optional: true },
    ],
    variables: &[
        Variable { name: "HONEYCOMB_API_KEY", brief: "an ingest key", default: None, older: None },
        Variable { name: "HONEYCOMB_API_ENDPOINT", brief: "the API's URL, such as that of the EU", default: Some("https://api.honeycomb.io"), older: None },
        Variable { name: "HONEYCOMB_DATASET", brief: "the dataset, for classic environments", default: None, older: None },
    ],
    limits: limits(Some(Length::Bytes(64000)), None, None, None, None, None),
};

// Grafana Cloud.
pub(in crate::export) static GRAFANA_CLOUD: Preset = Preset {
    name: "grafana_cloud",
    endpoint: "{GRAFANA_CLOUD_OTLP_ENDPOINT}",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Otel,
    headers: &[
        Header { name: "authorization", value: Filling::Basic("GRAFANA_CLOUD_INSTANCE_ID", "GRAFANA_CLOUD_API_KEY"), optional: false },
    ],
    variables: &[
        Variable { name: "GRAFANA_CLOUD_OTLP_ENDPOINT", brief: "the gateway of your zone, such as https://otlp-gateway-prod-eu-west-2.grafana.net/otlp", default: None, older: None },
        Variable { name: "GRAFANA_CLOUD_INSTANCE_ID", brief: "the number of the instance", default: None, older: None },
        Variable { name: "GRAFANA_CLOUD_API_KEY", brief: "a token that may write traces", default: None, older: None },
    ],
    limits: limits(Some(Length::Bytes(2048)), None, None, None, None, None),
};

// SigNoz Cloud.
pub(in crate::export) static SIGNOZ: Preset = Preset {
    name: "signoz",
    endpoint: "https://ingest.us.signoz.cloud",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Signoz,
    headers: &[
        Header { name: "signoz-ingestion-key", value: Filling::Text("{SIGNOZ_INGESTION_KEY}"), optional: false },
    ],
    variables: &[
        Variable { name: "SIGNOZ_INGESTION_KEY", brief: "an ingestion key", default: None, older: None },
    ],
    limits: limits(None, None, None, None, None, None),
};

// New Relic.
pub(in crate::export) static NEW_RELIC: Preset = Preset {
    name: "new_relic",
    endpoint: "https://otlp.nr-data.net",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Otel,
    headers: &[
        Header { name: "api-key", value: Filling::Text("{NEW_RELIC_LICENSE_KEY}"), optional: false },
    ],
    variables: &[
        Variable { name: "NEW_RELIC_LICENSE_KEY", brief: "a license key", default: None, older: None },
    ],
    limits: limits(Some(Length::Chars(4095)), Some(255), Some(64), None, None, None),
};

// Dash0.
pub(in crate::export) static DASH0: Preset = Preset {
    name: "dash0",
    endpoint: "https://ingress.eu-west-1.aws.dash0.com",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Otel,
    headers: &[
        Header { name: "authorization", value: Filling::Text("Bearer {DASH0_AUTH_TOKEN}"), optional: false },
        Header { name: "dash0-dataset", value: Filling::Text("{DASH0_DATASET}"), optional: true },
    ],
    variables: &[
        Variable { name: "DASH0_AUTH_TOKEN", brief: "a token that may ingest", default: None, older: None },
        Variable { name: "DASH0_DATASET", brief: "the dataset, where it is not the default one", default: None, older: None },
    ],
    limits: limits(Some(Length::Chars(2048)), None, None, Some(32), Some(8), None),
};

// Pydantic Logfire.
pub(in crate::export) static LOGFIRE: Preset = Preset {
    name: "logfire",
    endpoint: "{LOGFIRE_BASE_URL}",
    protocol: Protocol::HttpProtobuf,
    gzip: true,
    dialect: Dialect::Logfire,
    headers: &[
        Header { name: "authorization", value: Filling::Text("{LOGFIRE_TOKEN}"), optional: false },
    ],
    variables: &[
        Variable { name: "LOGFIRE_TOKEN", brief: "a write token of the project", default: None, older: None },
        Variable { name: "LOGFIRE_BASE_URL", brief: "the API's URL, such as that of the EU", default: Some("https://logfire-us.pydantic.dev"), older: None },
    ],
    limits: limits(None, None, None, None, None, None),
};

/// Every one.
#[cfg(test)]
pub(in crate::export) static ALL: [&Preset; 14] = [
    &JAEGER,
    &TEMPO,
    &COLLECTOR,
    &PHOENIX,
    &MLFLOW,
    &LANGFUSE,
    &LANGSMITH,
    &DATADOG,
    &HONEYCOMB,
    &GRAFANA_CLOUD,
    &SIGNOZ,
    &NEW_RELIC,
    &DASH0,
    &LOGFIRE,
];
