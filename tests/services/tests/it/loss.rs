//! Nothing is lost at a real Collector: large spans, one that goes and comes back, one that is short of memory.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tracing::info_span;
use tracing_genai::{Destination, Limits, Protocol, Redaction, Report, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::collector::Collector;

/// Long enough for a loaded machine; nothing waits for it in a test that passes.
const DEADLINE: Duration = Duration::from_secs(60);

fn telemetry(collector: &Collector, more: Option<Destination>) -> Telemetry {
    let destination = Destination::otlp(format!("http://127.0.0.1:{}", collector.grpc))
        .with_protocol(Protocol::Grpc)
        .with_name("collector");
    let builder = tracing_genai::builder("loss")
        .with_env(|name| (name == "OTEL_BSP_SCHEDULE_DELAY").then(|| "50".to_owned()))
        .with_limits(Limits::default().with_value_bytes(usize::MAX).with_span_bytes(usize::MAX))
        .with_redaction(Redaction::none())
        .with_destination(destination);
    more.into_iter().fold(builder, tracing_genai::Builder::with_destination).build().unwrap()
}

/// Ends spans with these ids, and a text of so many bytes, under the telemetry's layer.
fn end(telemetry: &Telemetry, ids: std::ops::Range<u64>, bytes: usize) {
    let text = "why? ".repeat(bytes / 5);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        for id in ids {
            drop(info_span!("work", app.id = id.cast_signed(), app.text = &*text));
        }
    });
}

fn all(count: u64) -> BTreeSet<u64> {
    (0..count).collect()
}

/// Waits until the condition of the report holds.
fn until(telemetry: &Telemetry, holds: impl Fn(&Report) -> bool) {
    let begin = Instant::now();
    while !holds(&telemetry.report()) {
        assert!(begin.elapsed() < DEADLINE, "{}", telemetry.report());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn large_spans_arrive_whole_where_a_message_may_have_four_mebibytes() {
    for (count, bytes) in [(512, 8_400), (2_000, 20_000)] {
        let collector = Collector::writing("large", &[]);
        let telemetry = telemetry(&collector, None);
        end(&telemetry, 0..count, bytes);
        let report = telemetry.shutdown(DEADLINE);
        assert!(report.is_complete(), "{report}");
        assert_eq!(collector.ids(), all(count), "{count} of {bytes}");
    }
}

#[test]
fn of_a_span_of_thirty_megabytes_the_core_arrives_and_says_what_is_missing() {
    let collector = Collector::writing("giant", &[]);
    let telemetry = telemetry(&collector, None);
    end(&telemetry, 0..1, 30_000_000);
    end(&telemetry, 1..3, 10);
    let report = telemetry.shutdown(DEADLINE);
    assert_eq!((report.delivered(), report.lost(), report.waiting()), (3, 0, 0), "{report}");
    assert_eq!(collector.ids(), all(3));
    let written = collector.written();
    assert!(written.contains("tracing_genai.truncated") && written.len() < 8 << 20, "{} bytes", written.len());
}

#[test]
fn a_collector_that_goes_and_comes_back_has_lost_nothing() {
    let mut collector = Collector::writing("away", &[]);
    let telemetry = telemetry(&collector, None);
    end(&telemetry, 0..100, 100);
    until(&telemetry, |report| report.delivered() == 100);
    collector.stop();
    for round in 1..=20 {
        end(&telemetry, round * 100..(round + 1) * 100, 100);
    }
    until(&telemetry, |report| report.destinations().iter().any(|part| part.last_problem().is_some()));
    collector.start_again(&[]);
    let report = telemetry.shutdown(DEADLINE);
    assert!(report.is_complete(), "{report}");
    assert_eq!(collector.ids(), all(2_100));
}

#[test]
fn a_collector_that_is_short_of_memory_has_lost_nothing_once_it_has_recovered() {
    let limiter = |mebibytes: u32| format!("    check_interval: 100ms\n    limit_mib: {mebibytes}\n");
    let (short, enough) = (limiter(1), limiter(4_000));
    let mut collector = Collector::writing("memory", &[("memory_limiter", &short)]);
    let telemetry = telemetry(&collector, None);
    let refuses = |report: &Report| {
        let problems = report.destinations().iter().filter_map(|part| part.last_problem());
        problems.into_iter().any(|problem| problem.contains("high memory usage"))
    };
    // It looks at its memory now and then: more comes until it has.
    let (mut ended, begin) = (0, Instant::now());
    while !refuses(&telemetry.report()) {
        assert!(begin.elapsed() < DEADLINE, "{}", telemetry.report());
        end(&telemetry, ended..ended + 100, 100);
        ended += 100;
        std::thread::sleep(Duration::from_millis(20));
    }
    collector.stop();
    let before = collector.ids().len() as u64;
    collector.start_again(&[("memory_limiter", &enough)]);
    let report = telemetry.shutdown(DEADLINE);
    assert!(before < ended, "it refused some");
    assert!(report.is_complete(), "{report}");
    assert_eq!(collector.ids(), all(ended));
}

#[test]
fn a_destination_that_is_dead_does_not_hold_up_another() {
    let collector = Collector::writing("two", &[]);
    let dead = Destination::otlp("http://127.0.0.1:9").with_protocol(Protocol::Grpc).with_name("dead");
    let telemetry = telemetry(&collector, Some(dead));
    let of = |report: &Report, name: &str| report.destinations().iter().find(|part| part.name() == name).cloned();
    for round in 0..10 {
        end(&telemetry, round * 500..(round + 1) * 500, 500);
        // Nobody flushes, and nothing is waited for but the living one.
        until(&telemetry, |report| of(report, "collector").is_some_and(|part| part.delivered() == (round + 1) * 500));
    }
    let report = telemetry.shutdown(Duration::from_secs(1));
    assert!(of(&report, "collector").unwrap().is_complete(), "{report}");
    assert_eq!(of(&report, "dead").unwrap().lost(), 5_000, "{report}");
    assert_eq!(collector.ids(), all(5_000));
}
