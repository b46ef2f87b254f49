//! What prices cost the worker: the first one, each further one, and memory.
//!
//! Prints `figure <tab> value`. The time of a priced span is the difference, in processor time of the whole process,
//! between model calls and the same spans declared as tools, which are not priced: the price itself, and what the
//! attributes that it writes cost the steps behind it. Arguments: rounds; or `calls` and how many, which only makes
//! them, for a profiler that counts.

use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use rustix::time::{ClockId, clock_gettime};
use tracing_genai::Telemetry;
use tracing_genai_bench::destination::Nowhere;

/// Spans of one measurement; fewer than the queue holds.
const SPANS: u32 = 20_000;
const DEADLINE: Duration = Duration::from_secs(30);

/// Models of several providers, with a tier, a region and several steps among them.
const MODELS: [(&str, &str); 6] = [
    ("openai", "gpt-4o-mini-2024-07-18"),
    ("openai", "gpt-6.1-sol"),
    ("anthropic", "claude-opus-4-8"),
    ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("gcp.gemini", "gemini-2.5-flash"),
    ("openrouter", "anthropic/claude-haiku-5.5"),
];

struct Bench {
    telemetry: Telemetry,
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Bench {
    fn start() -> Self {
        let telemetry = tracing_genai::builder("bench")
            .without_env()
            .with_span_exporter(Nowhere::default())
            .build()
            .expect("a telemetry of defaults can be built");
        let provider = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
        let tracer = provider.tracer("bench");
        Self { telemetry, provider, tracer }
    }

    fn send(&self, span_type: &'static str, (provider, model): (&'static str, &'static str)) {
        let attributes = vec![
            KeyValue::new("span_type", span_type),
            KeyValue::new("gen_ai.provider.name", provider),
            KeyValue::new("gen_ai.request.model", model),
            KeyValue::new("gen_ai.response.model", model),
            KeyValue::new("gen_ai.response.id", "chatcmpl-9J3uQz0aTn4K"),
            KeyValue::new("gen_ai.usage.input_tokens", 812),
            KeyValue::new("gen_ai.usage.cache_read.input_tokens", 512),
            KeyValue::new("gen_ai.usage.output_tokens", 140),
            KeyValue::new("gen_ai.request.temperature", 0.2),
            KeyValue::new("gen_ai.conversation.id", "conv_5j66UpCpwteGg4YSxUnt7lPY"),
        ];
        self.tracer.span_builder("call").with_attributes(attributes).start(&self.tracer).end();
    }

    fn flush(&self) {
        let report = self.telemetry.flush(DEADLINE);
        assert!(report.is_complete(), "{report}");
    }

    /// Nanoseconds of the process for each of many spans.
    fn many(&self, span_type: &'static str) -> f64 {
        let before = processor_time();
        for (_, model) in (0..SPANS).zip(MODELS.into_iter().cycle()) {
            self.send(span_type, model);
        }
        self.flush();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let nanoseconds = (processor_time() - before) as f64;
        nanoseconds / f64::from(SPANS)
    }

    /// From the end of one span until it has arrived.
    fn one(&self, span_type: &'static str, model: (&'static str, &'static str)) -> Duration {
        let before = Instant::now();
        self.send(span_type, model);
        self.flush();
        before.elapsed()
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("calls") {
        let calls: usize = std::env::args().nth(2).map_or(0, |argument| argument.parse().expect("a number"));
        let bench = Bench::start();
        for model in MODELS.into_iter().cycle().take(calls) {
            bench.send("llm", model);
        }
        return bench.flush();
    }
    let rounds: u32 = std::env::args().nth(1).map_or(11, |argument| argument.parse().expect("a number"));
    let bench = Bench::start();
    // Whatever is set up for the first span of any kind is no part of the first price.
    for _ in 0..50 {
        bench.one("tool", MODELS[0]);
    }
    let unpriced = bench.one("tool", MODELS[0]);
    let before = resident();
    let first = bench.one("llm", MODELS[0]);
    println!("first price, with flush, ms\t{:.3}", first.as_secs_f64() * 1e3);
    println!("the same without a price, ms\t{:.3}", unpriced.as_secs_f64() * 1e3);
    for model in MODELS {
        bench.one("llm", model);
    }
    println!("resident after first prices, KiB\t{}", resident().saturating_sub(before));

    let (mut priced, mut others) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        others.push(bench.many("tool"));
        priced.push(bench.many("llm"));
    }
    let (priced, others) = (median(&mut priced), median(&mut others));
    println!("span that is priced, ns\t{priced:.0}");
    println!("span that is not, ns\t{others:.0}");
    println!("difference, ns\t{:.0}", priced - others);
    drop(bench.provider);
}

/// Nanoseconds that all threads have run.
fn processor_time() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Kibibytes of memory that the process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
