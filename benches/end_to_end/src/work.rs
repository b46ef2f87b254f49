//! What is to be made of spans, and what that cost.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tracing_genai_bench::load::SPANS;

use crate::Receiver;

/// How often spans are made where there is a rate.
const TICK: Duration = Duration::from_millis(5);

/// Does the work, which is `burst SPANS`, so many as fast as it can, or `rate SPANS SECONDS`, so many in each second.
/// `trace` makes [`SPANS`] of them.
///
/// Prints `made <tab> arrived <tab> CPU microseconds of this process <tab> peak resident KiB <tab> CPU nanoseconds of
/// this thread for each span`.
pub fn measure(work: &[String], mut receiver: Receiver, trace: impl Fn(), shut_down: impl FnOnce()) {
    let number = |at: usize| work.get(at).and_then(|number| number.parse::<u64>().ok()).expect("a number");
    // Connections are made and call sites registered before anything counts.
    trace();
    std::thread::sleep(Duration::from_millis(200));

    let (process, thread) = (time_of(ClockId::ProcessCPUTime), time_of(ClockId::ThreadCPUTime));
    let made = match work.first().map(String::as_str) {
        Some("burst") => burst(number(1), &trace),
        Some("rate") => paced(number(1), Duration::from_secs(number(2)), &trace),
        _ => panic!("burst or rate"),
    };
    let thread = (time_of(ClockId::ThreadCPUTime) - thread) / i64::try_from(made.max(1)).expect("a number of spans");
    shut_down();
    let process = (time_of(ClockId::ProcessCPUTime) - process) / 1_000;
    println!("{made}\t{}\t{process}\t{}\t{thread}", receiver.arrived().saturating_sub(SPANS), peak_kib());
}

fn burst(spans: u64, trace: &impl Fn()) -> u64 {
    for _ in 0..spans / SPANS {
        trace();
    }
    spans / SPANS * SPANS
}

fn paced(rate: u64, time: Duration, trace: &impl Fn()) -> u64 {
    let start = Instant::now();
    let mut made = 0;
    while start.elapsed() < time {
        #[expect(clippy::cast_possible_truncation, reason = "hours at millions a second")]
        let due = (start.elapsed().as_micros() * u128::from(rate) / 1_000_000) as u64;
        while made < due {
            trace();
            made += SPANS;
        }
        std::thread::sleep(TICK);
    }
    made
}

/// Nanoseconds.
fn time_of(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
