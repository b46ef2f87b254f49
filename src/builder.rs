//! `builder()`: what code decides; the environment decides the rest.

use std::error::Error;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanExporter, SpanLimits};

use crate::budget::Budget;
use crate::config::{self, Decided, Environment, Settings};
use crate::content::{Content, ContentStep, Limits, Redaction};
use crate::core::{Core, Shared};
use crate::error::BuildError;
#[cfg(all(feature = "spool", feature = "_otlp"))]
use crate::export::SharedSpool;
#[cfg(feature = "spool")]
use crate::export::Spool;
use crate::export::{Destination, Plan, SinkSettings};
use crate::layer::{LayerParts, TraceFilter};
use crate::normalize::{Normalizer, Repair};
use crate::pipeline::Pipeline;
use crate::price::Prices;
use crate::processor::GenAiSpanProcessor;
use crate::queue::Queue;
use crate::self_report::SelfReport;
use crate::telemetry::Telemetry;
use crate::usage::{UsageConvention, UsageStep};
use crate::worker::Worker;

const DEFAULT_BUDGET: usize = 64 * 1024 * 1024;
/// What the first span of a batch waits for others; `OTEL_BSP_SCHEDULE_DELAY`.
const DEFAULT_DELAY: Duration = Duration::from_secs(1);
const DEFAULT_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts a telemetry for a service. The name is a default: deployments rename services by `OTEL_SERVICE_NAME`.
pub fn builder(service: impl Into<String>) -> Builder {
    Builder {
        service: service.into(),
        environment: Environment::process(),
        destinations: Vec::new(),
        content: None,
        redaction: Redaction::default(),
        limits: None,
        resource: None,
        sampler: None,
        filter: None,
        repair: Repair::all(),
        usage: UsageStep::default(),
        budget: DEFAULT_BUDGET,
        #[cfg(feature = "spool")]
        spool: None,
        shutdown_timeout: DEFAULT_SHUTDOWN_TIMEOUT,
    }
}

/// Describes a [`Telemetry`]. What is set here wins over the environment.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` or `install` is called"]
pub struct Builder {
    service: String,
    environment: Environment,
    destinations: Vec<Where>,
    content: Option<Content>,
    redaction: Redaction,
    limits: Option<Limits>,
    resource: Option<Resource>,
    sampler: Option<Box<dyn ShouldSample>>,
    filter: Option<String>,
    repair: Repair,
    usage: UsageStep,
    budget: usize,
    #[cfg(feature = "spool")]
    spool: Option<Spool>,
    shutdown_timeout: Duration,
}

/// A destination, or what is to be made one.
#[derive(Debug)]
enum Where {
    Ours(Destination),
    Foreign(Box<Plan>),
}

impl Builder {
    /// Sends spans to `destination`; repeatable. Destinations named in code replace those of the environment.
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destinations.push(Where::Ours(destination));
        self
    }

    /// Sends spans to any exporter of the OpenTelemetry SDK, on a thread of its own. An exporter that must be built
    /// inside a Tokio runtime is given by the handle of the runtime that is running now.
    pub fn with_span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.destinations.push(Where::Foreign(Box::new(Plan::foreign(exporter))));
        self
    }

    /// As [`with_span_exporter`](Self::with_span_exporter), for an exporter that is to be built on that thread. When
    /// building it fails, its spans are lost and the reason is told in the log.
    pub fn with_span_exporter_fn<E, F>(mut self, build: impl FnOnce() -> Result<E, F> + Send + 'static) -> Self
    where
        E: SpanExporter + 'static,
        F: Into<Box<dyn Error + Send + Sync>> + 'static,
    {
        self.destinations.push(Where::Foreign(Box::new(Plan::foreign_built_by(build))));
        self
    }

    /// Which content may leave the process. Defaults to none; the stricter of this and
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` holds where both speak.
    pub fn with_content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// What is blacked out on every surface that leaves. Defaults to [`Redaction::patterns`].
    pub fn with_redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How large values and spans may be. Defaults to 64 KiB for a value and 256 KiB for a span.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// What the process is. Its attributes win over `OTEL_RESOURCE_ATTRIBUTES` and the service's name.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Which traces are recorded. Defaults to `OTEL_TRACES_SAMPLER`, or all whose parent is sampled.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Which spans and events become traces: directives such as `info,my_crate=debug,noisy=off`. Defaults to
    /// `TRACING_GENAI_FILTER`, or `info`. GenAI spans pass at every level.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// Which repairs are made on GenAI spans. Defaults to all.
    pub fn with_repair(mut self, repair: Repair) -> Self {
        self.repair = repair;
        self
    }

    /// How the spans of a `tracing` target, or of an instrumentation scope, count tokens; repeatable. A target stands for
    /// those below it too (`my_client` for `my_client::chat`), and the longest that fits counts. Without a setting, and
    /// with [`UsageConvention::Auto`], it is found out. Counts that [`GenAiSpanExt`](crate::GenAiSpanExt) recorded are
    /// inclusive in any case.
    pub fn with_usage_convention(mut self, target: impl Into<String>, convention: UsageConvention) -> Self {
        self.usage.set_convention(target.into(), convention);
        self
    }

    /// How many bytes may wait, in the queue and for all destinations together. Defaults to 64 MiB.
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Where requests wait on disk for OTLP destinations that are away. Defaults to `TRACING_GENAI_SPOOL_DIR`, or to
    /// memory alone. Needs the feature `spool`.
    #[cfg(feature = "spool")]
    pub fn with_spool(mut self, spool: Spool) -> Self {
        self.spool = Some(spool);
        self
    }

    /// How long dropping the [`Guard`](crate::Guard) or the last handle may take. Defaults to 5 s.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Reads no environment variable.
    pub fn without_env(mut self) -> Self {
        self.environment = Environment::empty();
        self
    }

    /// Reads variables from `lookup` in place of the process's environment.
    pub fn with_env(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Environment::from_lookup(lookup);
        self
    }

    /// Builds the telemetry and starts its worker. Touches no global state.
    ///
    /// # Errors
    ///
    /// When an environment variable has a value that cannot be used, a destination is not usable as described, or the
    /// worker cannot be started. The message names the remedy.
    pub fn build(self) -> Result<Telemetry, BuildError> {
        let settings = Settings::read(&self.environment)?;
        let resource = config::resource(&self.environment, &self.service, self.resource.as_ref())?;
        let filter = match &self.filter {
            _ if settings.disabled => TraceFilter::off(),
            Some(directives) => TraceFilter::parse(directives).ok_or_else(|| BuildError::filter(directives))?,
            None => settings.filter.clone().unwrap_or_else(TraceFilter::info),
        };

        let self_report = SelfReport::default();
        for sentence in config::unused(&self.environment, &settings, self.decided()) {
            self_report.warn(&sentence, &sentence);
        }
        let budget = Budget::new(self.budget);
        let content = Content::resolve(self.content, settings.content);
        let destinations = destinations(self.destinations, &self.environment, &settings, &content, &self_report)?;
        #[cfg(all(feature = "spool", feature = "_otlp"))]
        let spool = self
            .spool
            .or_else(|| settings.spool_dir.as_ref().map(Spool::in_dir))
            .map(|spool| SharedSpool::new(spool, self_report.clone()));
        let sinks = SinkSettings {
            // Destinations that are away together leave half to the queue and to those that are there.
            outbox_bytes: self.budget / 2 / destinations.len().max(1),
            budget: budget.clone(),
            delay: settings.schedule_delay.unwrap_or(DEFAULT_DELAY),
            max_batch_spans: settings.max_batch_spans,
            export_timeout: settings.export_timeout,
            #[cfg(all(feature = "spool", feature = "_otlp"))]
            spool,
            #[cfg(all(not(feature = "spool"), feature = "_otlp"))]
            spool: None,
            report: self_report.clone(),
        };
        let shared =
            Arc::new(Shared::new(Queue::new(budget, settings.max_queue_spans), self_report.clone(), resource.clone()));
        let pipeline = Pipeline {
            normalize: Normalizer {
                repair: self.repair,
                self_report: self_report.clone(),
                invalid: Arc::clone(&shared.invalid),
            },
            usage: self.usage,
            prices: Prices::default(),
            content: ContentStep::new(
                content,
                self.redaction,
                self.limits.unwrap_or(settings.limits),
                self_report.clone(),
            ),
        };

        let worker =
            Worker { shared: Arc::clone(&shared), pipeline, destinations, settings: sinks, told: 0 }.spawn()?;
        let core = Arc::new(Core::new(shared, worker, self.shutdown_timeout));

        let mut provider = SdkTracerProvider::builder()
            .with_span_processor(GenAiSpanProcessor::of_own_provider(Arc::clone(&core)))
            .with_span_limits(roomy())
            .with_resource(resource);
        let sampler_looks = self.sampler.is_some();
        if let Some(sampler) = self.sampler {
            provider = provider.with_sampler(sampler);
        } else if let Some(sampler) = settings.sampler {
            provider = provider.with_sampler(sampler);
        } else {
            provider = provider.with_sampler(opentelemetry_sdk::trace::Sampler::ParentBased(Box::new(
                opentelemetry_sdk::trace::Sampler::AlwaysOn,
            )));
        }
        let layer = LayerParts { telemetry: core.id(), self_report, filter, sampler_looks };
        Ok(Telemetry::new(core, provider.build(), layer))
    }

    fn decided(&self) -> Decided {
        Decided {
            destinations: !self.destinations.is_empty(),
            filter: self.filter.is_some(),
            limits: self.limits.is_some(),
            sampler: self.sampler.is_some(),
            #[cfg(feature = "spool")]
            spool: self.spool.is_some(),
            #[cfg(not(feature = "spool"))]
            spool: false,
        }
    }

    /// What [`install`](Self::install) makes the program's propagators.
    pub(crate) fn propagators(&self) -> Result<Option<TextMapCompositePropagator>, BuildError> {
        Ok(config::propagators(&self.environment)?)
    }

    pub(crate) fn shutdown_timeout(&self) -> Duration {
        self.shutdown_timeout
    }

    /// What to tell a user who has not said where traces are to go.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        let settled = !self.destinations.is_empty()
            || self.environment.get("OTEL_TRACES_EXPORTER").is_some()
            || self.environment.get("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
            || self.environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").is_some();
        let disabled =
            self.environment.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if settled || disabled {
            return None;
        }
        Some(if std::io::stderr().is_terminal() {
            "traces are drawn on the terminal; to send them to Jaeger or a Collector set \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317"
        } else {
            "traces go nowhere; to send them to Jaeger or a Collector set \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317, to draw them on stderr OTEL_TRACES_EXPORTER=console"
        })
    }
}

/// Those of the code, or else those of the environment, or else the terminal.
fn destinations(
    given: Vec<Where>,
    environment: &Environment,
    settings: &Settings,
    content: &Content,
    self_report: &SelfReport,
) -> Result<Vec<Plan>, BuildError> {
    if settings.disabled {
        return Ok(Vec::new());
    }
    let named = if given.is_empty() {
        from_environment(environment, settings)?.into_iter().map(Where::Ours).collect()
    } else {
        given
    };
    let variable = |name: &str| environment.get(name);
    named
        .into_iter()
        .map(|destination| match destination {
            Where::Ours(destination) => {
                Plan::of(destination, &variable, content, self_report).map_err(BuildError::destination)
            }
            Where::Foreign(plan) => Ok(*plan),
        })
        .collect()
}

fn from_environment(environment: &Environment, settings: &Settings) -> Result<Vec<Destination>, BuildError> {
    let lookup = |name: &str| environment.get(name);
    let otlp = config::otlp::destination(&lookup)?;
    let Some(exporters) = settings.exporters else {
        return Ok(match otlp {
            Some(otlp) => vec![otlp],
            None if std::io::stderr().is_terminal() => vec![Destination::terminal()],
            None => Vec::new(),
        });
    };
    let mut named = Vec::new();
    if exporters.otlp {
        named.push(match otlp {
            Some(otlp) => otlp,
            None => default_otlp(&lookup)?,
        });
    }
    if exporters.console {
        named.push(Destination::terminal());
    }
    Ok(named)
}

/// Where OTLP goes when an exporter is asked for and no endpoint is named, as the specification has it.
fn default_otlp(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Destination, BuildError> {
    const PROTOCOL: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let grpc = PROTOCOL.into_iter().find_map(lookup).is_some_and(|protocol| protocol == "grpc");
    let endpoint = if grpc { "http://localhost:4317" } else { "http://localhost:4318" };
    let with_endpoint = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(endpoint.to_owned()),
        _ => lookup(name),
    };
    Ok(config::otlp::destination(&with_endpoint)?.unwrap_or_else(|| Destination::otlp(endpoint)))
}

/// The SDK drops attributes after the 128th, tokens among them: the user's limits are kept on the worker. These bound
/// what an open span holds, since that of a service may never end and gathers an event for each line of the log.
fn roomy() -> SpanLimits {
    const MOST: u32 = 4_096;
    SpanLimits {
        max_events_per_span: MOST,
        max_attributes_per_span: MOST,
        max_links_per_span: MOST,
        max_attributes_per_event: MOST,
        max_attributes_per_link: MOST,
    }
}
