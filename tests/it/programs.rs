//! Whatever a program does, each span stands below what started it, with its own values, the scope that it was made in, and
//! the totals of what is below it: programs made at random, which run on many threads.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use tracing::Dispatch;
use tracing_genai::Telemetry;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

use self::program::{Kind, Made, Start, Work, program};
use self::run::{CHUNKS, World, run};
use crate::support::{DEADLINE, builder, get};

mod program;
mod run;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_span_stands_where_it_was_started_with_what_is_its_own(
        program in program(),
        stack in 0..5_u8,
        sampled in prop_oneof![3 => Just(1.0), 1 => Just(0.5)],
    ) {
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(sampled)));
        let exporter = InMemorySpanExporter::default();
        let telemetry = builder().with_sampler(sampler.clone()).with_span_exporter(exporter.clone()).build().unwrap();
        let (dispatch, provider) = under(stack, &telemetry, &sampler);
        run(World { telemetry: telemetry.clone(), dispatch, provider: provider.clone() }, &program);
        let report = telemetry.flush(DEADLINE);
        prop_assert_eq!(report.waiting(), 0, "{}", report);
        let traces = Traces::of(exporter.get_finished_spans().unwrap());
        for work in &program {
            let is_sampled = sampled >= 1.0 || any(work, &|work| traces.by_work.contains_key(&work.id));
            if is_sampled {
                check(work, &Above::of(work), &traces)?;
            }
        }
    }
}

/// The subscriber, and the provider where that is not ours.
fn under(stack: u8, telemetry: &Telemetry, sampler: &Sampler) -> (Dispatch, Option<SdkTracerProvider>) {
    macro_rules! log {
        () => {
            fmt::layer().with_writer(std::io::sink)
        };
    }
    let info = || EnvFilter::new("info");
    let dispatch = match stack {
        0 => Dispatch::new(registry().with(telemetry.layer()).with(log!())),
        1 => Dispatch::new(registry().with(info()).with(telemetry.layer())),
        2 => Dispatch::new(registry().with(log!().with_filter(info())).with(telemetry.layer())),
        _ => {
            let provider = SdkTracerProvider::builder()
                .with_sampler(sampler.clone())
                .with_span_processor(telemetry.processor())
                .build();
            let otel = tracing_opentelemetry::layer().with_tracer(provider.tracer("app"));
            let both = telemetry.companion_layer().and_then(otel);
            let dispatch = match stack {
                3 => Dispatch::new(registry().with(both).with(log!())),
                _ => Dispatch::new(registry().with(both).with(log!().with_filter(info()))),
            };
            return (dispatch, Some(provider));
        }
    };
    (dispatch, None)
}

/// What holds of the work above one, for all below.
#[derive(Clone)]
struct Above {
    id: Option<i64>,
    user: Option<u8>,
    /// It may have been given up before it began.
    may_be_missing: bool,
    /// A trace by hand may have ended before what was started in it.
    may_be_late: bool,
}

impl Above {
    fn of(program: &Work) -> Self {
        let is_given_up = any(program, &|work| work.panics || work.cancelled_after.is_some());
        let may_be_late = is_given_up && any(program, &|work| work.made == Made::ByHand);
        Self { id: None, user: None, may_be_missing: false, may_be_late }
    }
}

fn check(work: &Arc<Work>, above: &Above, traces: &Traces) -> Result<(), TestCaseError> {
    let user = work.user.or(above.user);
    let begins_task = above.id.is_none() || !is_of_same_task(work);
    let may_be_missing =
        above.may_be_missing || work.cancelled_after.is_some() || (begins_task && panics_in_task(work));
    if let Some(span) = traces.by_work.get(&work.id) {
        prop_assert_eq!(traces.work_above(span), above.id, "parent of {}", work.id);
        let expected = user.filter(|_| work.is_gen_ai()).map(|user| Value::from(user.to_string()));
        prop_assert_eq!(get(span, "user.id"), expected.as_ref(), "user of {}", work.id);
        let has_begun = get(span, "declared").is_some();
        prop_assert!(has_begun || may_be_missing || work.made == Made::Stream, "{} has not begun", work.id);
        if work.kind == Kind::Llm && has_begun {
            let counted = (number(span, "gen_ai.usage.input_tokens"), number(span, "gen_ai.usage.output_tokens"));
            prop_assert_eq!(counted, (work.tokens.0.into(), work.tokens.1.into()), "usage of {}", work.id);
            let is_priced = get(span, "gen_ai.usage.cost").is_some();
            prop_assert!(is_priced || counted == (0, 0), "cost of {}", work.id);
        }
        if work.made == Made::Stream && !may_be_missing {
            prop_assert_eq!(number(span, "tracing_genai.stream.chunks"), CHUNKS, "chunks of {}", work.id);
        }
        if work.kind == Kind::Agent && !above.may_be_late {
            let totals = ["input_tokens", "output_tokens", "calls"]
                .map(|what| number(span, &format!("tracing_genai.total.{what}")));
            prop_assert_eq!(totals, sums(work, traces), "totals of {}", work.id);
            prop_assert_eq!(get(span, "tracing_genai.total.incomplete"), None, "{}", work.id);
        }
    } else {
        prop_assert!(may_be_missing, "{} is missing", work.id);
    }
    let above = Above { id: Some(work.id), user, may_be_missing, ..above.clone() };
    work.below.iter().try_for_each(|below| check(below, &above, traces))
}

/// As what is above it, where a panic goes on.
fn is_of_same_task(work: &Work) -> bool {
    matches!(work.start, Start::Await | Start::Join)
}

/// A task that panics gives up whatever else is at work in it.
fn panics_in_task(work: &Work) -> bool {
    work.panics || work.below.iter().any(|below| is_of_same_task(below) && panics_in_task(below))
}

fn any(work: &Work, is: &impl Fn(&Work) -> bool) -> bool {
    is(work) || work.below.iter().any(|work| any(work, is))
}

/// What has arrived of all below: tokens in, tokens out, calls.
fn sums(work: &Work, traces: &Traces) -> [i64; 3] {
    let below = work.below.iter().map(|below| {
        let span = traces.by_work.get(&below.id).filter(|_| below.kind == Kind::Llm);
        let own =
            span.map(|span| [number(span, "gen_ai.usage.input_tokens"), number(span, "gen_ai.usage.output_tokens"), 1]);
        added(own.unwrap_or_default(), sums(below, traces))
    });
    below.fold([0; 3], added)
}

fn added(one: [i64; 3], other: [i64; 3]) -> [i64; 3] {
    std::array::from_fn(|at| one[at] + other[at])
}

/// 0 where it is not there.
fn number(span: &SpanData, key: &str) -> i64 {
    match get(span, key) {
        Some(Value::I64(number)) => *number,
        _ => 0,
    }
}

/// What has arrived.
struct Traces {
    by_work: HashMap<i64, SpanData>,
    by_id: HashMap<SpanId, SpanData>,
}

impl Traces {
    fn of(spans: Vec<SpanData>) -> Self {
        let by_work = spans.iter().filter_map(|span| Some((work_of(span)?, span.clone()))).collect();
        let by_id = spans.into_iter().map(|span| (span.span_context.span_id(), span)).collect();
        Self { by_work, by_id }
    }

    /// The nearest above it that is a part of the program.
    fn work_above(&self, span: &SpanData) -> Option<i64> {
        let mut parent = span.parent_span_id;
        while parent != SpanId::INVALID {
            let Some(span) = self.by_id.get(&parent) else { return Some(-1) };
            if let Some(work) = work_of(span) {
                return Some(work);
            }
            parent = span.parent_span_id;
        }
        None
    }
}

fn work_of(span: &SpanData) -> Option<i64> {
    match get(span, "app.work")? {
        Value::I64(work) => Some(*work),
        _ => None,
    }
}
