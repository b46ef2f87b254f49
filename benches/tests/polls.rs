//! A poll of a stream in a span allocates nothing.

use tracing_genai_bench::Polled;

#[test]
fn a_poll_allocates_nothing_whether_a_chunk_came_or_not() {
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1, "it counts");
    for polled in [Polled::Waiting, Polled::Chunks] {
        let counted = polled.run(|poll| allocation_counter::measure(|| poll(1_000)));
        assert_eq!(counted.count_total, 0, "{polled:?}");
    }
}
