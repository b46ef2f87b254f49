//! provisional
use std::sync::Arc; use std::sync::Mutex;
use opentelemetry_sdk::Resource; use opentelemetry_sdk::trace::{SpanExporter, SpanData};
use crate::{budget::Budget, config::Settings, self_report::SelfReport, span::Span};
/// a
#[derive(Clone, Debug)] pub struct Destination;
impl Destination { /// a
 pub fn terminal() -> Self { Self } pub(crate) fn into_parts(self, _: &Defaults, _: &dyn Fn(&str) -> Option<String>) -> Result<SinkParts, String> { Err("x".into()) } }
/// a
#[derive(Clone, Debug, Default)] pub struct Report { lost: u64, waiting: u64 }
impl Report { pub(crate) fn collect(_: &[Arc<DestinationCounters>], waiting: u64, lost: u64, _f: u64, _t: u64, _i: u64) -> Self { Self { lost, waiting } }
 /// a
 pub fn waiting(&self) -> u64 { self.waiting } /// a
 pub fn is_complete(&self) -> bool { self.lost + self.waiting == 0 } }
impl std::fmt::Display for Report { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self:?}") } }
#[derive(Debug)] pub(crate) struct DestinationCounters;
pub(crate) struct Defaults; impl Defaults { pub(crate) fn new(_: &Budget, _: &Settings) -> Self { Self } }
type Push = Box<dyn Fn(SpanData) + Send>;
pub(crate) struct SinkParts(Mutex<Option<Push>>);
impl std::fmt::Debug for SinkParts { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("parts") } }
impl SinkParts {
 pub(crate) fn foreign(e: impl SpanExporter + 'static) -> Self { Self(Mutex::new(Some(Box::new(move |s| { let f = e.export(vec![s]); tokio::pin!(f); let mut cx = std::task::Context::from_waker(std::task::Waker::noop()); let _ = f.as_mut().poll(&mut cx); })))) }
 pub(crate) fn foreign_fn<E: SpanExporter + 'static>(_b: impl FnOnce() -> E + Send + 'static) -> Self { Self(Mutex::new(None)) }
 pub(crate) fn with_defaults(self, _: &Defaults) -> Self { self }
 pub(crate) fn start(self, _: &Resource, _: &SelfReport) -> Sink { Sink(self.0.into_inner().unwrap().unwrap()) }
}
use std::future::Future;
pub(crate) struct Sink(Push);
impl Sink { pub(crate) fn offer(&mut self, s: &Span) { (self.0)(s.data.clone()) }
 pub(crate) fn counters(&self) -> Arc<DestinationCounters> { Arc::new(DestinationCounters) }
 pub(crate) fn flush(&mut self, _: tokio::time::Instant) -> impl Future<Output=()> + Send + use<> { std::future::ready(()) }
 pub(crate) fn shutdown(&mut self, _: tokio::time::Instant) -> impl Future<Output=()> + Send + use<> { std::future::ready(()) }
}
