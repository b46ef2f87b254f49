//! The stacks that are compared, each with a load.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tracing::Dispatch;
use tracing_genai::{Content, Telemetry};
use tracing_subscriber::prelude::*;

use crate::destination::Nowhere;
use crate::load::{Load, SPANS};

/// No flush here has more to wait for than a few thousand spans.
const DEADLINE: Duration = Duration::from_secs(30);

/// What is measured under one name.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    pub name: &'static str,
    layers: Layers,
    load: Load,
}

#[derive(Clone, Copy, Debug)]
enum Layers {
    /// `Registry` alone: what every layer pays.
    Registry,
    /// tracing-opentelemetry and the SDK's batch processor, as their documentation has them.
    Stock,
    /// As `Stock`, without location, thread, target and busy/idle attributes.
    Lean,
    /// `Telemetry::layer` and all that belongs to it.
    Ours,
}

impl Variant {
    /// All of them, in the order in which a round runs them.
    pub const ALL: [Self; 17] = [
        Self { name: "registry/record", layers: Layers::Registry, load: Load::Record },
        Self { name: "stock/plain", layers: Layers::Stock, load: Load::Plain },
        Self { name: "ours/plain", layers: Layers::Ours, load: Load::Plain },
        Self { name: "stock/record", layers: Layers::Stock, load: Load::Record },
        Self { name: "ours/record", layers: Layers::Ours, load: Load::Record },
        Self { name: "lean/record", layers: Layers::Lean, load: Load::Record },
        Self { name: "ours/typed", layers: Layers::Ours, load: Load::Typed },
        Self { name: "stock/initial", layers: Layers::Stock, load: Load::Initial },
        Self { name: "ours/initial", layers: Layers::Ours, load: Load::Initial },
        Self { name: "lean/initial", layers: Layers::Lean, load: Load::Initial },
        Self { name: "stock/call", layers: Layers::Stock, load: Load::Call },
        Self { name: "ours/call", layers: Layers::Ours, load: Load::Call },
        Self { name: "ours/8kb", layers: Layers::Ours, load: Load::Large },
        Self { name: "stock/polls", layers: Layers::Stock, load: Load::Polls },
        Self { name: "ours/polls", layers: Layers::Ours, load: Load::Polls },
        Self { name: "registry/plain", layers: Layers::Registry, load: Load::Plain },
        Self { name: "lean/plain", layers: Layers::Lean, load: Load::Plain },
    ];

    /// The variant of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name == name)
    }

    /// Builds the stack; its threads run from now on.
    pub fn start(self) -> Stack {
        let nowhere = Nowhere::default();
        let exporter = nowhere.clone();
        let (dispatch, pipeline) = match self.layers {
            Layers::Registry => (tracing_subscriber::registry().into(), Pipeline::None),
            Layers::Stock | Layers::Lean => {
                let provider = SdkTracerProvider::builder()
                    .with_span_processor(BatchSpanProcessor::builder(exporter).build())
                    .build();
                let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
                let otel = if matches!(self.layers, Layers::Stock) {
                    otel
                } else {
                    otel.with_location(false).with_threads(false).with_target(false).with_tracked_inactivity(false)
                };
                (tracing_subscriber::registry().with(otel).into(), Pipeline::Sdk(provider))
            }
            Layers::Ours => {
                let telemetry = tracing_genai::builder("bench")
                    .without_env()
                    .with_content(Content::span_only())
                    .with_span_exporter(exporter)
                    .build()
                    .expect("a telemetry of defaults can be built");
                (tracing_subscriber::registry().with(telemetry.layer()).into(), Pipeline::Ours(Box::new(telemetry)))
            }
        };
        Stack { load: self.load, dispatch, pipeline, nowhere, made: 0 }
    }
}

/// A running variant.
#[derive(Debug)]
pub struct Stack {
    load: Load,
    dispatch: Dispatch,
    pipeline: Pipeline,
    nowhere: Nowhere,
    made: u64,
}

#[derive(Debug)]
enum Pipeline {
    None,
    Sdk(SdkTracerProvider),
    Ours(Box<Telemetry>),
}

impl Stack {
    /// Runs `measure` with a function that makes one trace for each of `traces`, and flushes afterwards.
    ///
    /// No more than 200 traces at once fit the SDK's queue; a figure of spans that were dropped would be none.
    pub fn run<R>(&mut self, traces: u64, measure: impl FnOnce(&dyn Fn()) -> R) -> R {
        let load = self.load;
        let measured = tracing::dispatcher::with_default(&self.dispatch, || {
            measure(&|| {
                for _ in 0..traces {
                    load.trace();
                }
            })
        });
        self.made += traces * SPANS;
        self.flush();
        measured
    }

    fn flush(&self) {
        match &self.pipeline {
            Pipeline::None => return,
            Pipeline::Sdk(provider) => provider.force_flush().expect("the batch processor answers"),
            Pipeline::Ours(telemetry) => {
                let report = telemetry.flush(DEADLINE);
                assert!(report.is_complete(), "{report}");
            }
        }
        assert_eq!(self.nowhere.arrived(), self.made, "spans were lost on the way");
    }
}
