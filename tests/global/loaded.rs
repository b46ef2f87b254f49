//! Bursts, a peer that stops reading, and large spans: what arrives, read back by ids, and what memory it takes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::info_span;
use tracing_genai::{Content, Destination, GenAiSpanExt, Message, Protocol, Redaction, Scope, Telemetry};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::peer::Peer;
use crate::{CASE, Case, ENDPOINT};

/// How many spans a burst has; see there.
pub(crate) const SPANS: &str = "TRACING_GENAI_TEST_SPANS";
const BYTES: &str = "TRACING_GENAI_TEST_BYTES";
/// What the spans look like; as `Shape` has it.
const SHAPE: &str = "TRACING_GENAI_TEST_SHAPE";
const QUEUE: &str = "TRACING_GENAI_TEST_QUEUE_BYTES";
pub(crate) const MIB: u64 = 1 << 20;

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "a_burst_arrives_whole_within_64_mib",
        variables: &[],
        run: burst,
        check: |output| assert!(output.stdout.contains("figures: ")),
    },
    Case {
        name: "a_peer_that_has_stopped_reading_costs_content_first_and_no_more_memory_than_was_given",
        variables: &[],
        run: stopped,
        check: |output| assert!(output.stdout.contains("figures: ")),
    },
    Case {
        name: "a_peer_that_has_stopped_reading_costs_no_more_memory_whatever_the_spans_look_like",
        variables: &[],
        run: stopped_for_shapes,
        check: |output| assert!(output.stdout.contains("figures: ")),
    },
];

/// What takes far more memory than it says.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Short messages: their parts are JSON.
    Messages,
    /// An input and an output in texts with room for much more.
    Roomy,
    /// Spans of the OpenTelemetry API of as many tracers as there are spans, each with attributes.
    Tracers,
    /// Each in a scope of its own.
    Scopes,
}

const SHAPES: [Shape; 4] = [Shape::Messages, Shape::Roomy, Shape::Tracers, Shape::Scopes];

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] = &[Case { name: "role: producer", variables: &[], run: produce, check: |_| {} }];

fn telemetry() -> Telemetry {
    let destination =
        Destination::otlp(std::env::var(ENDPOINT).unwrap()).with_protocol(Protocol::HttpProtobuf).with_name("peer");
    let queue = std::env::var(QUEUE).ok().map(|bytes| bytes.parse().unwrap());
    let telemetry = queue
        .map_or(tracing_genai::builder("test"), |bytes| tracing_genai::builder("test").with_queue_bytes(bytes))
        .with_destination(destination)
        .with_content(Content::span_only())
        // What it costs the worker to look through much text is not what this is about.
        .with_redaction(Redaction::none())
        .with_shutdown_timeout(Duration::ZERO)
        .build()
        .unwrap();
    tracing_subscriber::registry().with(telemetry.layer()).init();
    telemetry
}

/// As many spans as it is told as fast as it can, with ten attributes and an input of so many bytes where that is not 0.
fn produce() {
    let number = |name| std::env::var(name).unwrap().parse::<usize>().unwrap();
    let (spans, bytes) = (number(SPANS), number(BYTES));
    let telemetry = telemetry();
    let shape = std::env::var(SHAPE).ok();
    let tracers = SdkTracerProvider::builder().with_span_processor(telemetry.processor()).build();
    let input = "why? ".repeat(bytes / 5);
    // What starting takes is not counted.
    drop(info_span!("first"));
    telemetry.flush(Duration::from_secs(5));
    let before = rss("VmRSS:");
    let begin = Instant::now();
    for id in 0..spans {
        let span = info_span!(
            "call",
            span_type = "llm",
            provider = "openai",
            model = "gpt-4o-mini",
            app.id = id,
            session_id = "s-1",
            temperature = 0.5,
            max_tokens = 400,
            input_tokens = 812,
            output_tokens = 140,
            input = tracing::field::Empty,
        );
        if bytes > 0 {
            span.record("input", &*input);
        }
        match &shape {
            Some(shape) if shape == "Messages" => {
                let messages = [Message::system("be brief"), Message::user("why?"), Message::assistant("because")];
                span.record_input(messages).record_output(Message::assistant("so"));
            }
            Some(shape) if shape == "Roomy" => {
                let roomy = || String::with_capacity(10_000) + "why?";
                span.record_input(roomy()).record_output(roomy());
            }
            Some(shape) if shape == "Tracers" => {
                let attributes = (0..10).map(|n| KeyValue::new(format!("key.{n}"), "x".repeat(200)));
                let scope = InstrumentationScope::builder(format!("library {id}")).with_attributes(attributes).build();
                drop(tracers.tracer_with_scope(scope).start("call"));
            }
            Some(_) => {
                let scope = (0..20).fold(Scope::new(), |scope, n| scope.with_metadata(format!("{n}"), "x".repeat(200)));
                scope.in_scope(|| drop(info_span!("call", span_type = "llm").entered()));
            }
            None => {}
        }
        drop(span.entered());
    }
    let ended = begin.elapsed();
    println!("ended in {ended:?}");
    // Until nothing moves any more, or all of it has arrived.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let report = telemetry.flush(Duration::from_secs(line.trim().parse().unwrap()));
    println!("{} {} {} {}", report.delivered(), report.waiting(), report.lost(), report.shed());
    println!("{}", rss("VmHWM:").saturating_sub(before));
    println!("{report}");
    telemetry.shutdown(Duration::ZERO);
    drop(tracers);
}

/// Kilobytes, as Linux tells them; elsewhere none.
pub(crate) fn rss(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    found.and_then(|kilobytes| kilobytes.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

struct Producer {
    child: Child,
    says: BufReader<ChildStdout>,
}

struct Figures {
    delivered: u64,
    waiting: u64,
    lost: u64,
    shed: u64,
    /// Bytes, 0 where they are not told.
    grown: u64,
    report: String,
}

impl Producer {
    fn start(peer: &Peer, spans: u64, bytes: usize, queue: Option<u64>, shape: Option<Shape>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env_clear()
            .env(CASE, "role: producer")
            .env(ENDPOINT, &peer.endpoint)
            .env(SPANS, spans.to_string())
            .env(BYTES, bytes.to_string())
            .envs(queue.map(|bytes| (QUEUE, bytes.to_string())))
            .envs(shape.map(|shape| (SHAPE, format!("{shape:?}"))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        Self { child, says }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Flushes for that long at most.
    fn flush(mut self, seconds: u64) -> Figures {
        writeln!(self.child.stdin.as_mut().unwrap(), "{seconds}").unwrap();
        let counts = self.line();
        let counts: Vec<u64> = counts.split(' ').map(|count| count.parse().unwrap()).collect();
        let &[delivered, waiting, lost, shed] = counts.as_slice() else { panic!("{counts:?}") };
        let grown = self.line().parse::<u64>().unwrap() * 1_024;
        let report = self.line();
        assert!(self.child.wait().unwrap().success());
        Figures { delivered, waiting, lost, shed, grown, report }
    }
}

/// 100,000, as in the README's comparison, unless the variable says otherwise.
fn spans() -> u64 {
    std::env::var(SPANS).ok().and_then(|spans| spans.parse().ok()).unwrap_or(100_000)
}

fn burst() {
    let count = spans();
    let peer = Peer::start();
    let mut producer = Producer::start(&peer, count, 0, None, None);
    let ended = producer.line();
    let figures = producer.flush(50);
    let arrived: BTreeSet<u64> = peer.taken().into_iter().flatten().collect();
    println!("figures: {count} spans {ended}; grown by {} MiB; {}", figures.grown / MIB, figures.report);
    assert_eq!(arrived.len() as u64, count, "{}", figures.report);
    assert_eq!((figures.lost, figures.shed, figures.waiting), (0, 0, 0), "{}", figures.report);
    assert!(figures.grown <= 64 * MIB, "{} bytes", figures.grown);
}

/// A quarter of what is usual, so that there is less to do until it is full.
const BUDGET: u64 = 16 * MIB;

fn stopped() {
    // 320 MB come.
    const COUNT: u64 = 40_000;
    let peer = Peer::start();
    peer.stop(true);
    let mut producer = Producer::start(&peer, COUNT, 8_000, Some(BUDGET), None);
    let ended = producer.line();
    let figures = producer.flush(1);
    println!("figures: {ended}; grown by {} MiB; {}", figures.grown / MIB, figures.report);
    assert_eq!(figures.delivered + figures.waiting + figures.lost, COUNT + 1, "{}", figures.report);
    assert!(figures.shed > 5_000 && figures.lost > 100, "{}", figures.report);
    // Beside the budget: what the allocator keeps for itself, a request on its way, and what the worker has in hand.
    assert!(figures.grown <= BUDGET + 16 * MIB, "{} bytes", figures.grown);
}

fn stopped_for_shapes() {
    for shape in SHAPES {
        let count = if matches!(shape, Shape::Scopes) { 10_000 } else { 30_000 };
        let peer = Peer::start();
        peer.stop(true);
        let mut producer = Producer::start(&peer, count, 0, Some(BUDGET), Some(shape));
        let ended = producer.line();
        let figures = producer.flush(0);
        println!("figures: {shape:?}: {ended}; grown by {} MiB; {}", figures.grown / MIB, figures.report);
        let each = if matches!(shape, Shape::Tracers | Shape::Scopes) { 2 } else { 1 };
        assert_eq!(
            figures.delivered + figures.waiting + figures.lost,
            each * count + 1,
            "{shape:?}: {}",
            figures.report
        );
        assert!(figures.lost > 100, "{shape:?}: {}", figures.report);
        assert!(figures.grown <= BUDGET + 16 * MIB, "{shape:?}: {} bytes", figures.grown);
    }
}
