//! Processor time on the application's thread, all variants interleaved in one process.
//!
//! Prints `variant <tab> nanoseconds per span <tab> nanoseconds of the whole process per span`. Arguments: rounds,
//! samples of a round, traces of a sample.

use rustix::time::{ClockId, clock_gettime};
use tracing_genai_bench::load::SPANS;
use tracing_genai_bench::{Stack, Variant};

struct Measured {
    variant: Variant,
    stack: Stack,
    /// One median for each round.
    thread: Vec<f64>,
    process: Vec<f64>,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let rounds: usize = arguments.next().map_or(11, |rounds: u64| usize::try_from(rounds).expect("few rounds"));
    let samples: u64 = arguments.next().unwrap_or(15);
    let traces: u64 = arguments.next().unwrap_or(200);

    let mut all: Vec<Measured> = Variant::ALL
        .into_iter()
        .map(|variant| Measured { variant, stack: variant.start(), thread: Vec::new(), process: Vec::new() })
        .collect();
    // Call sites are registered and queues have grown before anything is measured.
    for measured in &mut all {
        measured.stack.run(traces, |work| work());
    }
    for _ in 0..rounds {
        for measured in &mut all {
            let mut thread = Vec::new();
            let process = now(ClockId::ProcessCPUTime);
            for _ in 0..samples {
                thread.push(measured.stack.run(traces, |work| {
                    let before = now(ClockId::ThreadCPUTime);
                    work();
                    per_span(now(ClockId::ThreadCPUTime) - before, traces)
                }));
            }
            let process = now(ClockId::ProcessCPUTime) - process;
            measured.thread.push(median(&mut thread));
            measured.process.push(per_span(process, traces * samples));
        }
    }
    for Measured { variant, thread, process, .. } in &mut all {
        println!("{}\t{:.0}\t{:.0}", variant.name, median(thread), median(process));
    }
}

/// Nanoseconds of a processor clock.
fn now(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn per_span(nanoseconds: i64, traces: u64) -> f64 {
    nanoseconds as f64 / (traces * SPANS) as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
