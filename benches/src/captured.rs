//! Finished spans as an exporter gets them, to measure what comes after.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

use crate::load::Load;

/// What the stock stack, without attributes of its own, makes of at least `spans` spans of the load: exactly so many.
pub fn spans(load: Load, spans: usize) -> Vec<SpanData> {
    let keeper = Keeper::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(keeper.clone()).build();
    let otel = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("bench"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    let dispatch: Dispatch = tracing_subscriber::registry().with(otel).into();
    tracing::dispatcher::with_default(&dispatch, || {
        while keeper.kept.lock().expect("nothing panics").len() < spans {
            load.trace();
        }
    });
    let mut kept = std::mem::take(&mut *keeper.kept.lock().expect("nothing panics"));
    kept.truncate(spans);
    kept
}

#[derive(Clone, Debug, Default)]
struct Keeper {
    kept: Arc<Mutex<Vec<SpanData>>>,
}

impl SpanExporter for Keeper {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.kept.lock().expect("nothing panics").extend(batch);
        Ok(())
    }
}
