//! An instrument and the series that it has room for.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::series::Series;
use crate::conventions::metric::MetricDef;

#[derive(Debug)]
pub(super) struct Instrument<T> {
    instrument: T,
    series: Series,
}

/// Makes instruments as the conventions define them.
pub(super) struct Maker<'a> {
    pub(super) meter: &'a Meter,
    /// Counts measurements that lost their labels.
    pub(super) unlabelled: &'a Arc<AtomicU64>,
}

impl Maker<'_> {
    /// A histogram of seconds.
    pub(super) fn seconds(&self, def: MetricDef) -> Instrument<Histogram<f64>> {
        let histogram = self.meter.f64_histogram(def.name).with_unit(def.unit).with_description(def.brief);
        self.with_series(histogram.with_boundaries(def.buckets.to_vec()).build())
    }

    /// A histogram of whole numbers.
    pub(super) fn sizes(&self, def: MetricDef) -> Instrument<Histogram<u64>> {
        let histogram = self.meter.u64_histogram(def.name).with_unit(def.unit).with_description(def.brief);
        self.with_series(histogram.with_boundaries(def.buckets.to_vec()).build())
    }

    /// A counter of whole numbers.
    pub(super) fn count(&self, def: MetricDef) -> Instrument<Counter<u64>> {
        let counter = self.meter.u64_counter(def.name).with_unit(def.unit).with_description(def.brief);
        self.with_series(counter.build())
    }

    /// A counter of amounts.
    pub(super) fn amount(&self, def: MetricDef) -> Instrument<Counter<f64>> {
        let counter = self.meter.f64_counter(def.name).with_unit(def.unit).with_description(def.brief);
        self.with_series(counter.build())
    }

    fn with_series<T>(&self, instrument: T) -> Instrument<T> {
        Instrument { instrument, series: Series::new(Arc::clone(self.unlabelled)) }
    }
}

impl<T> Instrument<Histogram<T>> {
    pub(super) fn record(&mut self, value: T, labels: Vec<KeyValue>) {
        self.instrument.record(value, &self.series.admit(labels));
    }
}

impl Instrument<Histogram<f64>> {
    /// The same value so many times.
    pub(super) fn record_times(&mut self, times: u32, value: f64, labels: Vec<KeyValue>) {
        let labels = self.series.admit(labels);
        for _ in 0..times {
            self.instrument.record(value, &labels);
        }
    }
}

impl<T> Instrument<Counter<T>> {
    pub(super) fn add(&mut self, value: T, labels: Vec<KeyValue>) {
        self.instrument.add(value, &self.series.admit(labels));
    }
}
