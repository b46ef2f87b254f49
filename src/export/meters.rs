//! A meter provider of our own, whose metrics go out by OTLP over the same transports as spans.
//!
//! Sums are cumulative: what one request that failed held is in the next one.

use std::fmt;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use prost::Message as _;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Dispatch, dispatcher};

use super::destination::{Destination, DestinationError};
#[cfg(feature = "grpc")]
use super::grpc::Grpc;
use super::http::Http;
use super::outcome::{Outcome, Transport};
use super::protocol::Wire;
use super::retry::{self, Backoff};
use super::target::Target;
use crate::self_report::SelfReport;

/// The provider, with its reader's thread.
#[derive(Clone, Debug)]
pub(crate) struct Meters {
    provider: SdkMeterProvider,
}

impl Meters {
    /// Sends to `destination`, which was checked, each `interval`. Nothing when it takes no OTLP.
    pub(crate) fn start(
        destination: &Destination,
        resource: Resource,
        interval: Option<Duration>,
        report: SelfReport,
    ) -> Result<Option<Self>, DestinationError> {
        let Some(prepared) = destination.prepare()? else { return Ok(None) };
        let (target, name) = (prepared.target, prepared.counts.name().to_owned());
        let provider = SdkMeterProvider::builder().with_resource(resource);
        let provider = match target.wire {
            #[cfg(feature = "grpc")]
            Wire::Grpc => {
                provider.with_reader(reader(Exporter::<Grpc>::new(target, name, report, Grpc::open), interval))
            }
            Wire::Http => {
                provider.with_reader(reader(Exporter::<Http>::new(target, name, report, Http::open), interval))
            }
        };
        Ok(Some(Self { provider: provider.build() }))
    }

    pub(crate) fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// Sends what was measured; gives up after `within`.
    pub(crate) fn flush(&self, within: Duration) {
        let provider = self.provider.clone();
        wait_for(within, move || drop(provider.force_flush()));
    }

    /// The last sending; what is measured afterwards is gone.
    pub(crate) fn shut_down(&self, within: Duration) {
        let provider = self.provider.clone();
        wait_for(within, move || drop(provider.shutdown_with_timeout(within)));
    }

    /// `work` without blocking, in any runtime and in none.
    pub(crate) async fn apart(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let (done, is_done) = oneshot::channel();
        let meters = self.clone();
        let spawned = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
            work(&meters);
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        });
        if spawned.is_ok() {
            let _ = is_done.await;
        }
    }
}

/// Between two sendings; `OTEL_METRIC_EXPORT_INTERVAL`.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
const THREAD: &str = "tracing-genai-metrics";

/// The SDK's own deadline is fixed, so the work is left to itself when the time is over.
fn wait_for(within: Duration, work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::sync_channel(1);
    let spawned = std::thread::Builder::new().name(THREAD.to_owned()).spawn(move || {
        work();
        // Whoever asked may have stopped waiting.
        let _ = done.try_send(());
    });
    if spawned.is_ok() {
        let _ = is_done.recv_timeout(within);
    }
}

fn reader<T: Transport>(exporter: Exporter<T>, interval: Option<Duration>) -> PeriodicReader<Exporter<T>> {
    // The SDK would read the process's environment for it by itself.
    PeriodicReader::builder(exporter).with_interval(interval.unwrap_or(DEFAULT_INTERVAL)).build()
}

/// Sends in the reader's thread, which blocks for it.
struct Exporter<T> {
    open: fn(&Target) -> T,
    /// Made at the first sending.
    line: Mutex<Option<Line<T>>>,
    target: Target,
    name: String,
    report: SelfReport,
}

/// A transport, and the runtime that it works in.
struct Line<T> {
    transport: T,
    runtime: Runtime,
}

impl<T: Transport> Exporter<T> {
    fn new(target: Target, name: String, report: SelfReport, open: fn(&Target) -> T) -> Self {
        Self { open, line: Mutex::new(None), target, name, report }
    }

    fn send(&self, request: Vec<u8>) -> Result<(), String> {
        // Exports would be measured and traced themselves.
        let _quiet = dispatcher::set_default(&Dispatch::none());
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.is_none() {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| format!("no runtime could be started: {error}"))?;
            let transport = {
                let _inside = runtime.enter();
                (self.open)(&self.target)
            };
            *line = Some(Line { transport, runtime });
        }
        let Some(Line { transport, runtime }) = line.as_mut() else { return Ok(()) };
        let body = transport.body(request.into()).map_err(|error| error.to_string())?;
        let timeout = self.target.timeout;
        runtime.block_on(async {
            let deadline = Instant::now() + timeout;
            let mut backoff = Backoff::default();
            loop {
                let message = match timeout_at(deadline, transport.send(body.clone())).await {
                    Ok(Outcome::Accepted { rejected: 0, .. }) => return Ok(()),
                    Ok(Outcome::Accepted { rejected, message }) => {
                        return Err(format!("{rejected} data points were rejected: {message}"));
                    }
                    Ok(Outcome::TooLarge { message } | Outcome::Refused { message } | Outcome::Denied { message }) => {
                        return Err(message);
                    }
                    Ok(again @ (Outcome::Retry { .. } | Outcome::Strained { .. } | Outcome::Broken { .. })) => {
                        let (after, message) = again.into_wait();
                        let wait = retry::kept(after) + backoff.next();
                        if Instant::now() + wait < deadline {
                            sleep(wait).await;
                            continue;
                        }
                        message
                    }
                    Err(_) => {
                        // The connection may be half open, as where spans are sent.
                        *transport = (self.open)(&self.target);
                        format!("no answer within {timeout:?}")
                    }
                };
                return Err(message);
            }
        })
    }
}

impl<T: Transport> PushMetricExporter for Exporter<T>
where
    Self: Sync,
{
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let request = ExportMetricsServiceRequest::from(metrics).encode_to_vec();
        self.send(request).map_err(|message| {
            self.report.warn(
                &format!("{} metrics", self.name),
                format_args!("{}: metrics were not taken, and are sent again with the next: {message}", self.name),
            );
            OTelSdkError::InternalFailure(message)
        })
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

impl<T> fmt::Debug for Exporter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("name", &self.name).finish_non_exhaustive()
    }
}
