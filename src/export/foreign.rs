//! provisional
use super::report::DestinationCounts;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::future::Future;
type Push = Box<dyn Fn(SpanData) + Send>;
pub(crate) struct Foreign {
    push: Push,
    counts: DestinationCounts,
}
impl std::fmt::Debug for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("parts")
    }
}
impl Foreign {
    pub(crate) fn of(e: impl SpanExporter + 'static) -> Self {
        Self {
            counts: DestinationCounts::new("exporter"),
            push: Box::new(move |s| {
                let f = e.export(vec![s]);
                tokio::pin!(f);
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                let _ = f.as_mut().poll(&mut cx);
            }),
        }
    }
    pub(crate) fn built_by<E: SpanExporter + 'static>(_b: impl FnOnce() -> E + Send + 'static) -> Self {
        Self { push: Box::new(|_| {}), counts: DestinationCounts::new("exporter") }
    }
    pub(crate) fn counts(&self) -> DestinationCounts {
        self.counts.clone()
    }
    pub(crate) fn open(self, _: &Resource) -> Self {
        self
    }
    pub(crate) fn offer(&mut self, s: &SpanData) {
        self.counts.accept();
        (self.push)(s.clone());
        self.counts.deliver(1, 0);
    }
}
impl Foreign {
    pub(crate) fn flush(&mut self, _: tokio::time::Instant) -> impl Future<Output = ()> + Send + use<> {
        std::future::ready(())
    }
    pub(crate) fn shutdown(self, _: tokio::time::Instant) -> impl Future<Output = ()> + Send + use<> {
        std::future::ready(())
    }
}
