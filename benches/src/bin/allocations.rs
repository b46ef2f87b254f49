//! Allocations and allocated bytes on the application's thread.
//!
//! Prints `variant <tab> allocations per span <tab> bytes per span`. A binary of its own: a counting allocator would
//! take part in the time.

use tracing_genai_bench::Variant;
use tracing_genai_bench::load::SPANS;

const TRACES: u64 = 200;

fn main() {
    for variant in Variant::ALL {
        let mut stack = variant.start();
        // Tables, queues and the registry's pool have grown before anything is counted.
        for _ in 0..5 {
            stack.run(TRACES, |work| work());
        }
        let counted = stack.run(TRACES, |work| allocation_counter::measure(work));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let per_span = |count: u64| count as f64 / (TRACES * SPANS) as f64;
        println!("{}\t{:.1}\t{:.0}", variant.name, per_span(counted.count_total), per_span(counted.bytes_total));
    }
}
