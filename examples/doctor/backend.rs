//! The backends: how the sample gets there, and how it is read back where there is an API for it that is known.

use tracing_genai::Destination;

use super::seen::Seen;
use super::{http, mlflow, otlp_json, phoenix};

/// A backend, as the arguments name it.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) name: String,
    endpoint: Option<String>,
    /// Where it is asked; several listen elsewhere than where they take spans.
    query: Option<String>,
    experiment: Option<String>,
}

impl Backend {
    /// From `NAME [ENDPOINT] [--query URL] [--experiment ID]`, where a URL alone is any OTLP endpoint.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut backend = Self { name: String::new(), endpoint: None, query: None, experiment: None };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = |name: &str| arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match argument.as_str() {
                "--query" => backend.query = Some(trimmed(&value("--query")?)),
                "--experiment" => backend.experiment = Some(value("--experiment")?),
                url if url.contains("://") => backend.endpoint = Some(trimmed(url)),
                name if backend.name.is_empty() && !name.starts_with('-') => backend.name = argument,
                other => return Err(format!("{other:?} is not understood")),
            }
        }
        if backend.name.is_empty() {
            "otlp".clone_into(&mut backend.name);
            backend.endpoint.as_ref().ok_or("name a backend, or a URL")?;
        }
        if backend.name == "mlflow" && backend.experiment.is_none() {
            backend.experiment =
                variable("MLFLOW_EXPERIMENT_ID").or_else(|| mlflow::experiment(&backend.url(), "doctor"));
        }
        Ok(backend)
    }

    /// The preset, with what the arguments say.
    pub(crate) fn destination(&self) -> Result<Destination, String> {
        let preset = match self.name.as_str() {
            "jaeger" => Destination::jaeger(),
            "tempo" => Destination::tempo(),
            "collector" => Destination::collector(),
            "phoenix" => Destination::phoenix(),
            "mlflow" => Destination::mlflow(),
            "langfuse" => Destination::langfuse(),
            "langsmith" => Destination::langsmith(),
            "datadog" => Destination::datadog(),
            "honeycomb" => Destination::honeycomb(),
            "grafana_cloud" => Destination::grafana_cloud(),
            "signoz" => Destination::signoz(),
            "new_relic" => Destination::new_relic(),
            "dash0" => Destination::dash0(),
            "logfire" => Destination::logfire(),
            "otlp" => Destination::otlp(self.endpoint.clone().unwrap_or_default()),
            other => return Err(format!("there is no preset {other:?}; any OTLP endpoint can be given as a URL")),
        };
        let preset = match &self.endpoint {
            Some(endpoint) => preset.with_endpoint(endpoint.clone()),
            None => preset,
        };
        Ok(match &self.experiment {
            Some(id) => preset.with_header("x-mlflow-experiment-id", id.clone()),
            None => preset,
        })
    }

    /// The trace as the backend shows it, once it has `count` spans; nothing where its API is not known.
    pub(crate) fn read(&self, trace_id: &str, count: usize) -> Option<Vec<Seen>> {
        let url = self.url();
        let project = variable("PHOENIX_PROJECT_NAME").unwrap_or_else(|| "default".to_owned());
        let experiment = self.experiment.as_deref().unwrap_or_default();
        let look: &dyn Fn() -> Vec<Seen> = match self.name.as_str() {
            "jaeger" => &|| otlp_json::jaeger(&url, trace_id),
            "tempo" => &|| otlp_json::tempo(&url, trace_id),
            "phoenix" => &|| phoenix::spans(&url, &project, trace_id),
            "mlflow" => &|| mlflow::spans(&url, experiment, trace_id),
            _ => return None,
        };
        Some(http::until(count, look))
    }

    /// Where it is asked: two listen elsewhere than where they take spans.
    fn url(&self) -> String {
        let taken = |name, default: &str| {
            self.endpoint.clone().or_else(|| variable(name)).unwrap_or_else(|| default.to_owned())
        };
        self.query.clone().unwrap_or_else(|| match self.name.as_str() {
            "jaeger" => "http://localhost:16686".to_owned(),
            "tempo" => "http://localhost:3200".to_owned(),
            "phoenix" => trimmed(&taken("PHOENIX_COLLECTOR_ENDPOINT", "http://localhost:6006")),
            _ => trimmed(&taken("MLFLOW_TRACKING_URI", "http://localhost:5000")),
        })
    }

    /// The column of `shown.toml` that is for it.
    pub(crate) fn column(&self) -> &str {
        if self.name == "tempo" { "jaeger" } else { &self.name }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
