//! Polls one thing so often, for callgrind to count: `polls stock|waiting|chunks TIMES`. The difference of two counts
//! leaves out what starts and stops the program.

use tracing_genai_bench::Polled;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let polled = match arguments.next().as_deref() {
        Some("stock") => Polled::Stock,
        Some("waiting") => Polled::Waiting,
        Some("chunks") => Polled::Chunks,
        other => panic!("nothing is named {other:?}"),
    };
    let times = arguments.next().and_then(|times| times.parse().ok()).expect("a number of times");
    polled.run(|poll| poll(times));
}
