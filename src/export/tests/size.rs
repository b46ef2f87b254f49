//! How large batches are once a peer has refused one as too large.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::super::held::Held;
use super::super::pack::{PackLimits, Packer};
use crate::budget::Budget;

/// Of the next batch that is full.
fn next(packer: &mut Packer) -> usize {
    let (scope, budget) = (InstrumentationScope::default(), Budget::new(usize::MAX));
    loop {
        let held = Held::reserve(&budget, &budget, 1).unwrap();
        if let Some(batch) = packer.push(&scope, &[0; 10_000], held) {
            packer.take();
            return batch.bytes();
        }
    }
}

#[test]
fn larger_ones_are_tried_again_once_some_were_taken_that_could_not_be_larger() {
    let limits = PackLimits { bytes: 1_000_000, spans: usize::MAX };
    let mut packer = Packer::new(&Resource::builder_empty().build(), limits);
    let whole = next(&mut packer);
    packer.shrink_to(200_000);
    assert!(next(&mut packer) <= 200_000);
    for _ in 0..100 {
        // Small ones say nothing.
        packer.was_taken(50_000);
    }
    assert!(next(&mut packer) <= 200_000);
    let sizes: Vec<usize> = (0..40)
        .map(|_| {
            let bytes = next(&mut packer);
            packer.was_taken(bytes);
            bytes
        })
        .collect();
    assert!(sizes.windows(2).all(|pair| pair[0] <= pair[1]), "{sizes:?}");
    assert!(sizes[10] <= 400_000 && sizes[10] > 200_000, "{sizes:?}");
    assert_eq!(sizes.last(), Some(&whole));
}
