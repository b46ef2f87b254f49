//! One stack under one load, from the application to the receiver.
//!
//! `end_to_end STACK burst SPANS` makes so many spans as fast as it can. `end_to_end STACK rate SPANS SECONDS` makes so
//! many in each second. Prints `made <tab> arrived <tab> CPU microseconds of this process <tab> peak resident KiB`.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tracing_genai_bench::load::{Load, SPANS};
use tracing_genai_bench_end_to_end::{Receiver, Stack};

/// How often spans are made where there is a rate.
const TICK: Duration = Duration::from_millis(5);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|number| number.parse::<u64>().ok()).expect("a number");
    let stack = arguments.first().expect("the name of a stack");
    let mut receiver = Receiver::start();
    let stack = Stack::start(stack, receiver.endpoint());
    // Connections are made and call sites registered before anything counts.
    tracing::dispatcher::with_default(&stack.dispatch, || Load::Record.trace());
    std::thread::sleep(Duration::from_millis(200));

    let before = processor_time();
    let made = tracing::dispatcher::with_default(&stack.dispatch, || match arguments.get(1).map(String::as_str) {
        Some("burst") => burst(number(2)),
        Some("rate") => paced(number(2), Duration::from_secs(number(3))),
        _ => panic!("burst or rate"),
    });
    stack.shut_down();
    let processor = (processor_time() - before) / 1_000;
    println!("{made}\t{}\t{processor}\t{}", receiver.arrived().saturating_sub(SPANS), peak_kib());
}

fn burst(spans: u64) -> u64 {
    for _ in 0..spans / SPANS {
        Load::Record.trace();
    }
    spans / SPANS * SPANS
}

fn paced(rate: u64, time: Duration) -> u64 {
    let start = Instant::now();
    let mut made = 0;
    while start.elapsed() < time {
        #[expect(clippy::cast_possible_truncation, reason = "hours at millions a second")]
        let due = (start.elapsed().as_micros() * u128::from(rate) / 1_000_000) as u64;
        while made < due {
            Load::Record.trace();
            made += SPANS;
        }
        std::thread::sleep(TICK);
    }
    made
}

/// Nanoseconds.
fn processor_time() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
