//! The generator of prices: `conventions/prices/` in, `src/price/generated/` out.
//!
//! On a difference the test writes the files and fails, so that the next run passes; where `CI` is set it only fails.

use std::fs;
use std::path::PathBuf;

mod catalogue;
mod overlay;

#[test]
fn generated_prices_are_what_the_data_says() {
    let overlay = overlay::Overlay::read();
    let catalogue = catalogue::text(&overlay);
    let rust = overlay.rust(&catalogue);
    let mut stale = Vec::new();
    for (name, text) in [("catalogue.txt", catalogue), ("overlay.rs", rust)] {
        let path = root().join("src/price/generated").join(name);
        if fs::read_to_string(&path).is_ok_and(|on_disk| on_disk == text) {
            continue;
        }
        if std::env::var_os("CI").is_none() {
            fs::write(&path, text).expect("the generated folder takes files");
        }
        stale.push(name);
    }
    let remedy = if std::env::var_os("CI").is_some() {
        "run `cargo test price_codegen` and commit"
    } else {
        "they were written anew: run again"
    };
    assert!(stale.is_empty(), "{stale:?} are not what conventions/prices/ says: {remedy}");
}

#[test]
fn every_row_of_the_overlay_says_where_it_comes_from_and_when_it_was_read() {
    let rows = overlay::Overlay::read().rows();
    assert!(rows.len() > 20, "{} rows", rows.len());
    for row in rows {
        let text = |key: &str| overlay::text(&row, key).unwrap_or_default();
        assert!(!text("source").is_empty() && text("as_of").len() == "2026-11-20".len(), "{row:?}");
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
