//! `builder()`: what code decides; the environment decides the rest.

mod by_hand;
mod destinations;
mod money;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample, SpanExporter, SpanLimits};

use crate::budget::Budget;
use crate::config::{self, Decided, Environment, Settings};
use crate::content::{Content, ContentStep, Limits, Redaction};
use crate::core::{Core, Shared};
use crate::dialect::Names;
use crate::error::BuildError;
#[cfg(feature = "spool")]
use crate::export::Spool;
use crate::export::{self, Destination, Plan, SinkSettings, SpoolSetting};
use crate::layer::{LayerParts, TraceFilter};
use crate::normalize::{Memory, Normalizer, Repair, Sites, Undeclared};
use crate::observe::{self, Metrics, Observers, UsageRecord};
use crate::pipeline::Pipeline;
use crate::price::{PriceSettings, PriceStep};
use crate::processor::GenAiSpanProcessor;
use crate::queue::Queue;
use crate::rollup::{ChildrenFirst, Totals};
use crate::self_report::SelfReport;
use crate::telemetry::Telemetry;
use crate::trace::{Bounds, Ids};
use crate::usage::{UsageConvention, UsageStep};
use crate::worker::Worker;

use self::destinations::{Where, destinations};

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
        names: Names::default(),
        price: PriceSettings::default(),
        usage: UsageStep::default(),
        budget: DEFAULT_BUDGET,
        spool: SpoolSetting::default(),
        shutdown_timeout: DEFAULT_SHUTDOWN_TIMEOUT,
        observers: Observers::default(),
        meter: None,
        open_spans: Bounds::default(),
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
    names: Names,
    price: PriceSettings,
    usage: UsageStep,
    budget: usize,
    spool: SpoolSetting,
    shutdown_timeout: Duration,
    observers: Observers,
    meter: Option<Meter>,
    open_spans: Bounds,
}

impl Builder {
    /// Sends spans to `destination`; repeatable. Destinations named in code replace those of the environment.
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destinations.push(Where::Ours(destination));
        self
    }

    /// Sends spans to any exporter of the OpenTelemetry SDK, on a thread of its own, in batches of at most 512 spans and
    /// 3.5 MiB. An exporter that must be built inside a Tokio runtime is given by the handle of the runtime that is running
    /// now.
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

    /// Which traces are recorded. Defaults to `OTEL_TRACES_SAMPLER`, or new ones and those whose parent is sampled.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Which spans and events become traces: directives such as `info,my_crate=debug,noisy=off`. Defaults to
    /// `TRACING_GENAI_FILTER`, or `info`. GenAI spans pass at every level, and so do events of level error.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// Which repairs are made on GenAI spans. Defaults to all.
    pub fn with_repair(mut self, repair: Repair) -> Self {
        self.repair = repair;
        self
    }

    /// Calls `observer` with each model call, once it was priced; repeatable. It runs on the worker, where spans wait
    /// for it: hand over what takes time. A panic in it is told in the log and goes no further.
    ///
    /// A call is told once, also where a span of yours wraps a client's own span for it, unless that one lacks usage or
    /// amount; see [`UsageRecord`]. Calls in traces that the sampler dropped are not told, and by default it drops those
    /// whose caller says in `traceparent` that it did.
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// // A budget for the whole run, in USD, that the application asks before a call. Calls at the same time can go
    /// // beyond it, since each is told at its end, and a call without a price counts nothing.
    /// static SPENT: Mutex<f64> = Mutex::new(0.0);
    /// const LIMIT: f64 = 50.0;
    ///
    /// let telemetry = tracing_genai::builder("support-agent")
    ///     .with_usage_observer(|record| {
    ///         let mut spent = SPENT.lock().unwrap();
    ///         let before = *spent;
    ///         *spent += record.cost().unwrap_or_default();
    ///         if before < LIMIT && *spent >= LIMIT {
    ///             eprintln!("the budget is spent; the last call was for user {:?}", record.user_id());
    ///         }
    ///     })
    ///     .without_env()
    ///     .build()?;
    /// let may_call = || *SPENT.lock().unwrap() < LIMIT;
    /// assert!(may_call());
    /// # Ok::<(), tracing_genai::BuildError>(())
    /// ```
    pub fn with_usage_observer(mut self, observer: impl FnMut(&UsageRecord) + Send + 'static) -> Self {
        self.observers.add(observer);
        self
    }

    /// Measures with instruments of `provider`: the conventions' metrics of GenAI clients, cost, and what the
    /// [`Report`](crate::Report) says. Measurements are made on the worker, so [`Telemetry::flush`] goes before a flush or
    /// shutdown of the provider, which stays yours.
    ///
    /// The provider of the process is `&*opentelemetry::global::meter_provider()`. The README lists the metrics.
    pub fn with_meter_provider(mut self, provider: &dyn MeterProvider) -> Self {
        self.meter = Some(observe::meter(provider));
        self
    }

    /// Lets spans and metrics leave under the names that came after release 1.41 of the conventions: `cache_write` in
    /// place of `cache_creation`, and the metrics `gen_ai.client.inference.*`. Some backends do not know them yet. What
    /// comes in may have either.
    pub fn with_newer_names(mut self) -> Self {
        self.names.newer = true;
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

    /// How many bytes may wait, in the queue and for all destinations together. Defaults to 64 MiB. Above three quarters
    /// spans come in without values above 1 KiB, above seven eighths GenAI spans alone; see [`Report`](crate::Report).
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.budget = bytes;
        self
    }

    /// Where requests wait on disk for OTLP destinations that are away. Defaults to `TRACING_GENAI_SPOOL_DIR`, or to
    /// memory alone. Needs the feature `spool`.
    #[cfg(feature = "spool")]
    pub fn with_spool(mut self, spool: Spool) -> Self {
        self.spool = SpoolSetting::of(spool);
        self
    }

    /// How long dropping the [`Guard`](crate::Guard) or the last handle may take. Defaults to 5 s.
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Reads no environment variable but those of logs, proxies and terminals (`RUST_LOG`, `HTTPS_PROXY`, `NO_COLOR` ..).
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
    /// When an environment variable has a value that cannot be used, a destination is not usable as described, the filter or
    /// the prices cannot be read, or the worker cannot be started. The message names the remedy.
    pub fn build(mut self) -> Result<Telemetry, BuildError> {
        let settings = if config::is_disabled(&self.environment)? {
            self = self.switched_off();
            Settings::off()
        } else {
            Settings::read(&self.environment, self.decided())?
        };
        let resource = config::resource(&self.environment, &self.service, self.resource.as_ref())?;
        let filter = match &self.filter {
            Some(directives) => TraceFilter::parse(directives).ok_or_else(|| BuildError::filter(directives))?,
            None => settings.filter.clone().unwrap_or_else(TraceFilter::info),
        };

        let self_report = SelfReport::default();
        for sentence in config::unused(&self.environment, &settings, self.decided()) {
            self_report.warn(&sentence, &sentence);
        }
        let prices = self.price.source(config::PRICES, settings.prices.as_deref()).map_err(BuildError::prices)?;
        let budget = Budget::new(self.budget);
        let content = Content::resolve(self.content, settings.content);
        let destinations = destinations(self.destinations, &self.environment, &settings, &content, &self_report)?;
        let sinks = SinkSettings {
            // Destinations that are away together leave half to the queue and to those that are there.
            outbox_bytes: self.budget / 2 / destinations.len().max(1),
            budget: budget.clone(),
            delay: settings.schedule_delay.unwrap_or(DEFAULT_DELAY),
            max_batch_spans: settings.max_batch_spans,
            export_timeout: settings.export_timeout,
            #[cfg(feature = "_otlp")]
            spool: self.spool.shared(settings.spool_dir.as_deref(), &self_report),
            report: self_report.clone(),
        };
        #[cfg(feature = "metrics")]
        let meters = match self.meter {
            Some(_) => None,
            None => destinations::meters(&self.environment, &settings, &resource, &self_report)?,
        };
        #[cfg(feature = "metrics")]
        let meter = self.meter.or_else(|| meters.as_ref().map(|own| observe::meter(own.provider())));
        #[cfg(not(feature = "metrics"))]
        let meter = self.meter;
        let queue = Queue::new(budget, settings.max_queue_spans);
        let shared = Arc::new(Shared::new(queue, self_report.clone(), resource.clone(), meter.is_some()));
        let pipeline = Pipeline {
            normalize: Normalizer {
                repair: self.repair,
                self_report: self_report.clone(),
                invalid: Arc::clone(&shared.invalid),
                undeclared: Undeclared::default(),
                sites: Sites::default(),
                memory: Memory::default(),
            },
            usage: self.usage,
            price: PriceStep::new(Arc::clone(&prices), self.price.lines, destinations.iter().any(Plan::tells_sides)),
            cost_keys: self.price.keys,
            names: self.names,
            order: ChildrenFirst::default(),
            totals: Totals::new(Arc::clone(&shared.calls_missed)),
            observers: self.observers,
            content: ContentStep::new(
                content,
                self.redaction,
                self.limits.unwrap_or(settings.limits),
                self_report.clone(),
            ),
            metrics: meter.as_ref().map(|meter| Metrics::new(meter, &shared.unlabelled, self.names.newer)),
            self_report: self_report.clone(),
        };

        let worker = Worker { shared: Arc::clone(&shared), pipeline, destinations, settings: sinks }.spawn()?;
        let core = Core::new(shared, worker, self.shutdown_timeout);
        #[cfg(feature = "metrics")]
        let core = core.with_meters(meters);
        let core = Arc::new(core);
        if let Some(meter) = meter {
            // It may outlive the telemetry, whose last numbers are then still told.
            let shared = core.shared_by_all();
            export::observe_figures(&meter, core.id(), move || shared.figures());
        }

        let mut provider = SdkTracerProvider::builder()
            .with_span_processor(GenAiSpanProcessor::of_own_provider(Arc::clone(&core)))
            .with_span_limits(roomy())
            .with_id_generator(Ids::default())
            .with_resource(resource);
        let sampler_looks = self.sampler.is_some();
        if let Some(sampler) = self.sampler {
            provider = provider.with_sampler(sampler);
        } else if let Some(sampler) = settings.sampler {
            provider = provider.with_sampler(sampler);
        } else {
            provider = provider.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)));
        }
        let (counts, scoped) = (Arc::clone(&core.shared().layer_counts), Arc::clone(&core.shared().scoped));
        let layer = LayerParts { telemetry: core.id(), self_report, filter, sampler_looks, counts, scoped };
        Ok(Telemetry::new(core, provider.build(), layer, prices, self.open_spans))
    }

    fn decided(&self) -> Decided {
        Decided {
            destinations: !self.destinations.is_empty(),
            exporters: self.destinations.iter().any(|given| matches!(given, Where::Foreign(_))),
            filter: self.filter.is_some(),
            limits: self.limits.is_some(),
            prices: self.price.file.is_some(),
            sampler: self.sampler.is_some(),
            spool: self.spool.is_given(),
            meter: self.meter.is_some(),
        }
    }

    /// What [`install`](Self::install) makes the program's propagators.
    pub(crate) fn propagators(&self) -> Result<config::Propagators, BuildError> {
        Ok(config::propagators(&self.environment)?)
    }

    pub(crate) fn shutdown_timeout(&self) -> Duration {
        self.shutdown_timeout
    }
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
