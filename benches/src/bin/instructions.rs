//! Runs one variant and nothing else, for callgrind to count. Arguments: the variant's name, and how often to make
//! 200 traces. The difference of two counts leaves out what starts and stops the program.

use tracing_genai_bench::Variant;

const TRACES: u64 = 200;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("the name of a variant");
    let times: u64 = arguments.next().and_then(|times| times.parse().ok()).expect("a number of times");
    let mut stack = Variant::named(&name).expect("a variant of this name").start();
    for _ in 0..times {
        stack.run(TRACES, |work| work());
    }
}
