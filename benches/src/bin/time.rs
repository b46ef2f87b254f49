//! Processor time on the application's thread, all variants interleaved in one process.
//!
//! Prints `variant <tab> nanoseconds per span <tab> nanoseconds of the whole process per span`. Arguments: rounds,
//! samples of a round, and the variants' names; all of them when none is given.

use rustix::time::{ClockId, clock_gettime};
use tracing_genai_bench::load::SPANS;
use tracing_genai_bench::{Stack, Variant};

const TRACES: u64 = 200;

struct Measured {
    variant: Variant,
    stack: Stack,
    /// One median for each round.
    thread: Vec<f64>,
    process: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut count = |default: usize| arguments.next().map_or(default, |count| count.parse().expect("a number"));
    let (rounds, samples) = (count(11), count(15));
    let named: Vec<Variant> =
        arguments.map(|name| Variant::named(&name).unwrap_or_else(|| panic!("no variant is named {name}"))).collect();

    let mut all: Vec<Measured> = if named.is_empty() { Variant::ALL.to_vec() } else { named }
        .into_iter()
        .map(|variant| Measured { variant, stack: variant.start(), thread: Vec::new(), process: Vec::new() })
        .collect();
    // Call sites are registered and queues have grown before anything is measured.
    for measured in &mut all {
        measured.stack.run(TRACES, |work| work());
    }
    for _ in 0..rounds {
        for measured in &mut all {
            let mut thread = Vec::new();
            let process = now(ClockId::ProcessCPUTime);
            for _ in 0..samples {
                thread.push(measured.stack.run(TRACES, |work| {
                    let before = now(ClockId::ThreadCPUTime);
                    work();
                    per_span(now(ClockId::ThreadCPUTime) - before)
                }));
            }
            let process = now(ClockId::ProcessCPUTime) - process;
            measured.thread.push(median(&mut thread));
            measured.process.push(per_span(process) / samples as f64);
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

/// Of one sample.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn per_span(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / (TRACES * SPANS) as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
