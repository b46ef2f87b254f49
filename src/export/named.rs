//! Destinations with a name. Each is a table of `conventions/destinations.yaml`.

use super::destination::Destination;
use super::generated::preset;

/// Backends with a name: endpoint, transport, headers, dialect and limits are known. Secrets come from the variables that
/// the vendor documents, when the telemetry is built; one that is missing is an error that names it. What code says, by
/// [`with_header`](Self::with_header), [`with_endpoint`](Self::with_endpoint) and the others, wins and needs no variable.
/// Secrets are never printed.
impl Destination {
    /// Jaeger v2 on this machine: `http://localhost:4317`, gRPC, the conventions' names, no limits. Checked with a running Jaeger.
    ///
    /// Another one: [`with_endpoint`](Self::with_endpoint).
    pub fn jaeger() -> Self {
        Self::preset(&preset::JAEGER)
    }

    /// Grafana Tempo on this machine: `http://localhost:4317`, gRPC, the conventions' names. Tempo cuts texts at 2,048 bytes in
    /// silence, in the middle of JSON; here they are shortened before. Checked with a running Tempo 3.0.3 (November 2026).
    ///
    /// Where its `max_attribute_bytes` was raised, say so by [`with_max_value_bytes`](Self::with_max_value_bytes). A tenant is
    /// the header `X-Scope-OrgID`.
    pub fn tempo() -> Self {
        Self::preset(&preset::TEMPO)
    }

    /// An OpenTelemetry Collector on this machine: `http://localhost:4317`, gRPC, the conventions' names, no limits. Checked
    /// with a running Collector.
    pub fn collector() -> Self {
        Self::preset(&preset::COLLECTOR)
    }

    /// Arize Phoenix over HTTP, in [`Dialect::Phoenix`](crate::Dialect::Phoenix): `PHOENIX_COLLECTOR_ENDPOINT`, or
    /// `http://localhost:6006`; `PHOENIX_API_KEY` and `PHOENIX_PROJECT_NAME` where they are set. Phoenix works out costs itself.
    /// Checked with Phoenix 20 and its source (November 2026).
    pub fn phoenix() -> Self {
        Self::preset(&preset::PHOENIX)
    }

    /// MLflow's tracking server over HTTP, in [`Dialect::Mlflow`](crate::Dialect::Mlflow): `MLFLOW_TRACKING_URI`, or
    /// `http://localhost:5000`; `MLFLOW_EXPERIMENT_ID` is needed, `MLFLOW_TRACKING_TOKEN` where the server wants one. Checked
    /// with MLflow 3.17 and its source (November 2026).
    pub fn mlflow() -> Self {
        Self::preset(&preset::MLFLOW)
    }

    /// Langfuse over HTTP, in [`Dialect::Langfuse`](crate::Dialect::Langfuse): `LANGFUSE_PUBLIC_KEY` and
    /// `LANGFUSE_SECRET_KEY` are needed; `LANGFUSE_BASE_URL` (older: `LANGFUSE_HOST`), or `https://cloud.langfuse.com`. Checked
    /// against the server's source 4.16 and the vendor's documents (November 2026).
    pub fn langfuse() -> Self {
        Self::preset(&preset::LANGFUSE)
    }

    /// LangSmith over HTTP, in [`Dialect::Langsmith`](crate::Dialect::Langsmith): `LANGSMITH_API_KEY` is needed;
    /// `LANGSMITH_PROJECT`; `LANGSMITH_ENDPOINT`, or `https://api.smith.langchain.com`. Checked against the vendor's documents
    /// (November 2026); its limits, and that it takes costs over OTLP, are not confirmed.
    pub fn langsmith() -> Self {
        Self::preset(&preset::LANGSMITH)
    }

    /// Datadog's LLM Observability over HTTP, in [`Dialect::Datadog`](crate::Dialect::Datadog): `DD_API_KEY` is needed;
    /// `DD_SITE`, or `datadoghq.com`; `DD_LLMOBS_ML_APP`. Spans that ended more than 24 hours ago are not taken there and not
    /// sent. Checked against the vendor's documents (November 2026).
    pub fn datadog() -> Self {
        Self::preset(&preset::DATADOG)
    }

    /// Honeycomb over HTTP, with the conventions' names: `HONEYCOMB_API_KEY` is needed; `HONEYCOMB_API_ENDPOINT`, or
    /// `https://api.honeycomb.io`; `HONEYCOMB_DATASET` for classic environments. Texts are kept below 64,000 bytes, as its limit
    /// is commonly given; that is not confirmed. Otherwise checked against the vendor's documents (November 2026).
    pub fn honeycomb() -> Self {
        Self::preset(&preset::HONEYCOMB)
    }

    /// Grafana Cloud over HTTP, with the conventions' names: `GRAFANA_CLOUD_OTLP_ENDPOINT` (the gateway of your zone, with
    /// `/otlp`), `GRAFANA_CLOUD_INSTANCE_ID` and `GRAFANA_CLOUD_API_KEY` are needed. Texts are shortened to 2,048 bytes, which is
    /// Tempo's default; that it holds there, and the names of the variables, are not confirmed. Otherwise checked against the
    /// vendor's documents (November 2026).
    pub fn grafana_cloud() -> Self {
        Self::preset(&preset::GRAFANA_CLOUD)
    }

    /// `SigNoz` Cloud, region US, over HTTP, in [`Dialect::Signoz`](crate::Dialect::Signoz): `SIGNOZ_INGESTION_KEY` is needed.
    /// Other regions, and your own server, by [`with_endpoint`](Self::with_endpoint); one that wants no key takes any value.
    /// Checked against its source and the vendor's documents (November 2026); the name of the variable is not confirmed.
    pub fn signoz() -> Self {
        Self::preset(&preset::SIGNOZ)
    }

    /// New Relic over HTTP, region US, with the conventions' names: `NEW_RELIC_LICENSE_KEY` is needed. For the EU give
    /// `https://otlp.eu01.nr-data.net` by [`with_endpoint`](Self::with_endpoint). Texts are shortened to 4,095 characters, lists
    /// to 64 items; keys above 255 characters are dropped. Checked against the vendor's documents (November 2026).
    pub fn new_relic() -> Self {
        Self::preset(&preset::NEW_RELIC)
    }

    /// Dash0 over HTTP, region `eu-west-1`, with the conventions' names: `DASH0_AUTH_TOKEN` is needed; `DASH0_DATASET`. Other
    /// regions by [`with_endpoint`](Self::with_endpoint). It takes 32 attributes of 2,048 characters and 8 events of a span.
    /// Checked against the vendor's documents (November 2026); the names of the variables are not confirmed.
    pub fn dash0() -> Self {
        Self::preset(&preset::DASH0)
    }

    /// Pydantic Logfire over HTTP, in [`Dialect::Logfire`](crate::Dialect::Logfire): `LOGFIRE_TOKEN` is needed;
    /// `LOGFIRE_BASE_URL`, or `https://logfire-us.pydantic.dev`. Checked against the vendor's documents (November 2026); the
    /// default URL is not confirmed.
    pub fn logfire() -> Self {
        Self::preset(&preset::LOGFIRE)
    }
}
