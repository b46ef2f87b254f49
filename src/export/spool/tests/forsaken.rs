//! The store, where files lie that nobody will ever use.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use super::in_dir;
use crate::export::spool::bounds::now_nanos;
use crate::export::spool::file::{File, Head, RealDisk};

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[test]
fn what_lies_there_for_a_destination_that_no_process_has_goes_after_a_month_and_is_named() {
    for (days, goes) in [(29, false), (31, true)] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("tracing-genai-0.spool");
        let file = File::create(&RealDisk, path.clone()).unwrap();
        let at = now_nanos() - u64::try_from((DAY * days).as_nanos()).unwrap();
        for number in 0..2 {
            let head = Head { identity: 8, spans: 10, bytes: 1, checksum: crc32fast::hash(b"a") };
            file.put(at + number, head, b"a").unwrap();
        }
        file.close();
        let mut rig = in_dir(dir.path());
        assert_eq!(path.exists(), !goes, "{days} days");
        let said = rig.warnings.said();
        assert_eq!(said.iter().any(|said| said.contains("20 spans") && said.contains("31 days")), goes, "{said:?}");
    }
}

#[test]
fn of_damaged_files_the_youngest_are_kept() {
    let dir = TempDir::new().unwrap();
    for number in 10..30 {
        fs::write(dir.path().join(format!("tracing-genai-{number}.spool")), "x".repeat(10_000)).unwrap();
    }
    let mut rig = in_dir(dir.path());
    let entries = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut aside: Vec<String> = entries.filter(|name| name.ends_with(".damaged")).collect();
    aside.sort();
    assert_eq!(aside, (22..30).map(|number| format!("tracing-genai-{number}.damaged")).collect::<Vec<_>>());
    assert!(rig.warnings.said().iter().any(|said| said.contains("is removed")));
    assert!(rig.keep("a"));
}
