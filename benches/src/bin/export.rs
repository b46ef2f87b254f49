//! The export path alone, from finished spans to the bytes of a request.
//!
//! `export ROUNDS` prints `figure <tab> load <tab> stock <tab> ours` for time, allocations and allocated bytes of one
//! span. `export STACK LOAD TIMES` does one of them so often and nothing else, for callgrind.

use allocation_counter::measure;
use opentelemetry_sdk::trace::SpanData;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use tracing_genai_bench::load::Load;
use tracing_genai_bench::{captured, encoders};

/// What the SDK's processor hands over at once.
const BATCH: usize = 512;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [rounds] => compare(rounds.parse().expect("a number of rounds")),
        [stack, load, times] => {
            let spans = captured::spans(Load::named(load).expect("a load of this name"), BATCH);
            let run = stack_named(stack);
            run(&spans, times.parse().expect("a number of times"));
        }
        _ => panic!("usage: export ROUNDS | export STACK LOAD TIMES"),
    }
}

type Run = fn(&[SpanData], u64);

fn stack_named(name: &str) -> Run {
    match name {
        "stock" => stock,
        "ours" => ours,
        _ => panic!("no stack is named {name}"),
    }
}

fn stock(spans: &[SpanData], times: u64) {
    let resource = encoders::resource();
    for _ in 0..times {
        black_box(encoders::stock(black_box(spans), &resource));
    }
}

fn ours(spans: &[SpanData], times: u64) {
    let resource = encoders::encoded_resource();
    let mut packed = Vec::new();
    for _ in 0..times {
        black_box(encoders::ours(black_box(spans), &resource, &mut packed));
    }
}

fn compare(rounds: usize) {
    const TIMES: u64 = 20;
    for (name, load) in [("record", Load::Record), ("call", Load::Call), ("8kb", Load::Large)] {
        let spans = captured::spans(load, BATCH);
        let mut medians: Vec<[f64; 3]> = Vec::new();
        for run in [stock as Run, ours] {
            run(&spans, 2);
            let mut rounds: Vec<f64> = (0..rounds).map(|_| time(|| run(&spans, TIMES)) / per_span(TIMES)).collect();
            rounds.sort_by(f64::total_cmp);
            // What a run allocates once is in both and goes out with the difference.
            let (few, many) = (measure(|| run(&spans, 1)), measure(|| run(&spans, 1 + TIMES)));
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let per_span = |few: u64, many: u64| (many - few) as f64 / per_span(TIMES);
            medians.push([
                rounds[rounds.len() / 2],
                per_span(few.count_total, many.count_total),
                per_span(few.bytes_total, many.bytes_total),
            ]);
        }
        for (at, figure) in ["ns", "allocations", "bytes"].into_iter().enumerate() {
            println!("{figure}\t{name}\t{:.1}\t{:.1}", medians[0][at], medians[1][at]);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn per_span(times: u64) -> f64 {
    (times * BATCH as u64) as f64
}

/// Nanoseconds of this thread's processor time.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn time(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec * 1_000_000_000 + time.tv_nsec
    };
    let before = now();
    work();
    (now() - before) as f64
}
