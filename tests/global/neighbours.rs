//! Two processes that live with one spool directory: each keeps to its own file, which the other finds locked.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use crate::Case;
use crate::killed::{child, first_id, telemetry};
use crate::peer::{Deed, Peer};

/// Spans of one process.
const SPANS: u64 = 100;

pub(crate) const ALL: &[Case] = &[Case {
    name: "a_process_leaves_the_spool_of_one_that_lives_alone",
    variables: &[],
    run: live_together,
    check: |output| assert!(output.stderr.is_empty(), "nothing is amiss: {}", output.stderr),
}];

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] = &[Case { name: "role: neighbour", variables: &[], run: live, check: |_| {} }];

/// Makes spans, and ends when it is told to.
fn live() {
    let telemetry = telemetry();
    for id in first_id()..first_id() + SPANS {
        drop(tracing::info_span!("work", app.id = id.cast_signed()));
    }
    let report = telemetry.flush(Duration::from_secs(1));
    println!("{} here, {} of others", report.waiting(), report.spooled());
    std::io::stdin().read_line(&mut String::new()).unwrap();
    println!("{}", telemetry.shutdown(Duration::from_secs(20)));
}

fn live_together() {
    let dir = tempfile::tempdir().unwrap();
    let peer = Peer::start();
    peer.does(|_| Deed::Refuse("503 Service Unavailable", ""));
    let (mut first, mut of_first) = start(&peer, dir.path(), 0);
    // A request is sent when it is on disk.
    peer.wait_for_more_than(0);
    assert_eq!(line(&mut of_first), format!("{SPANS} here, 0 of others"));
    // What lies in the first one's file is not counted, taken over, or touched by the second.
    let (mut second, mut of_second) = start(&peer, dir.path(), SPANS);
    assert_eq!(line(&mut of_second), format!("{SPANS} here, 0 of others"));
    assert_eq!(files(dir.path()), 2);

    peer.does(|_| Deed::Take);
    for (process, told) in [(&mut second, &mut of_second), (&mut first, &mut of_first)] {
        drop(process.stdin.take());
        let mut report = String::new();
        told.read_to_string(&mut report).unwrap();
        assert!(process.wait().unwrap().success(), "{report}");
        assert!(report.starts_with(&format!("{SPANS} delivered, 0 waiting, 0 lost")), "{report}");
    }
    let mut arrived: Vec<u64> = peer.taken().into_iter().flatten().collect();
    arrived.sort_unstable();
    assert_eq!(arrived, (0..2 * SPANS).collect::<Vec<_>>(), "each once");
    assert_eq!(files(dir.path()), 0);
}

fn start(peer: &Peer, dir: &Path, first: u64) -> (Child, BufReader<ChildStdout>) {
    let mut process = child("role: neighbour", peer, dir, first).stdin(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(process.stdout.take().unwrap());
    (process, told)
}

fn line(told: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn files(dir: &Path) -> usize {
    std::fs::read_dir(dir).unwrap().count()
}
