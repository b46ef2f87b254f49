//! A disk that is full, as the system says it: a process that may write no more than 2 MiB into a file, and a small file
//! system that others have filled.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tracing_genai::{Destination, Guard, Protocol, Spool, SpoolMode};

use crate::peer::{Deed, Peer};
use crate::{CASE, Case, ENDPOINT};

const DIR: &str = "TRACING_GENAI_TEST_DIR";
/// Of 4 KB each.
const SPANS: u64 = 2_000;
const BESIDE: u64 = 300;

pub(crate) const ALL: &[Case] = &[
    Case {
        name: "a_limit_of_the_process_is_said_with_the_remedy_and_memory_goes_on",
        variables: &[],
        run: fill,
        check: |output| {
            assert_said_once(&output.stdout, "can grow no more");
            assert!(output.stdout.contains("ulimit -f") && !output.stdout.contains("free space there"));
        },
    },
    Case {
        name: "a_full_disk_takes_again_what_waits_once_there_is_room_and_the_next_process_sends_it",
        variables: &[],
        run: share,
        check: |output| {
            if !output.stdout.contains("figures: skipped") {
                assert_said_once(&output.stdout, "cannot be used");
                assert!(output.stdout.contains("No space left on device"));
            }
        },
    },
];

fn assert_said_once(output: &str, what: &str) {
    let said = output.matches(what).count();
    assert!(said == 1, "it is said {said} times");
}

/// Not cases, but what they start.
pub(crate) const ROLES: &[Case] = &[
    Case { name: "role: writer on a full disk", variables: &[], run: write, check: |_| {} },
    Case { name: "role: writer beside a full neighbour", variables: &[], run: write_beside, check: |_| {} },
    Case { name: "role: heir", variables: &[], run: inherit, check: |_| {} },
];

fn start() -> Guard {
    tracing_genai::builder("test")
        .with_destination(
            Destination::otlp(std::env::var(ENDPOINT).unwrap()).with_protocol(Protocol::HttpProtobuf).with_name("peer"),
        )
        .with_spool(Spool::in_dir(std::env::var(DIR).unwrap()).with_mode(SpoolMode::WriteAhead))
        .install()
        .unwrap()
}

fn make(spans: u64) {
    for id in 0..spans {
        drop(tracing::info_span!("work", app.id = id.cast_signed(), app.rows = "0123456789abcdef".repeat(256)));
    }
}

fn write() {
    let guard = start();
    make(SPANS);
    // What fits lies on disk and in memory, the rest in memory alone.
    guard.flush(Duration::from_millis(1_500));
    println!("all made");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    println!("{}", guard.shutdown(Duration::from_secs(20)));
}

fn fill() {
    let dir = tempfile::tempdir().unwrap();
    let peer = Peer::start();
    peer.does(|_| Deed::Refuse("503 Service Unavailable", ""));
    // The shell has the limit. Who goes beyond it is ended by a signal.
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"ulimit -f 4096; exec "$0""#]);
    let mut writer = play("role: writer on a full disk", shell, &peer, dir.path());
    let mut told = BufReader::new(writer.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("all made") {
        assert!(told.read_line(&mut line).unwrap() > 0, "{line}");
    }
    all_arrive(writer, told, &mut line, &peer, SPANS);
    assert!(line.contains(&format!("{SPANS} delivered, 0 waiting, 0 lost")), "{line}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left on disk");
}

/// The peer takes everything from now on, the writer ends, and so many spans have arrived, each once.
fn all_arrive(mut writer: Child, mut told: impl Read, line: &mut String, peer: &Peer, spans: u64) {
    peer.does(|_| Deed::Take);
    drop(writer.stdin.take());
    told.read_to_string(line).unwrap();
    assert!(writer.wait().unwrap().success(), "{line}");
    println!("{line}");
    let mut arrived: Vec<u64> = peer.taken().into_iter().flatten().collect();
    arrived.sort_unstable();
    assert!(arrived.iter().copied().eq(0..spans), "{} arrived, once each", arrived.len());
}

/// This program in a role, started by a `shell` that has what it needs.
fn play(role: &str, mut shell: Command, peer: &Peer, dir: &Path) -> Child {
    shell
        .arg(std::env::current_exe().unwrap())
        .env_clear()
        .env(CASE, role)
        .env(ENDPOINT, &peer.endpoint)
        .env(DIR, dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// On a file system that is full before the spool has its file, and has room again at the end.
fn write_beside() {
    let neighbour = Path::new(&std::env::var(DIR).unwrap()).join("neighbour");
    let mut file = std::fs::File::create(&neighbour).unwrap();
    while file.write_all(&[1; 4_096]).is_ok() {}
    // What is open takes its room also when it is removed.
    drop(file);
    let guard = start();
    make(BESIDE);
    guard.flush(Duration::from_millis(1_500));
    std::fs::remove_file(&neighbour).unwrap();
    println!("{}", guard.shutdown(Duration::from_secs(5)));
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let heir = Command::new(std::env::current_exe().unwrap()).env(CASE, "role: heir").status().unwrap();
    assert!(heir.success());
    let left = std::fs::read_dir(std::env::var(DIR).unwrap()).unwrap().count();
    assert_eq!(left, 0, "nothing is left on disk");
}

fn inherit() {
    println!("{}", start().shutdown(Duration::from_secs(20)));
}

fn share() {
    let dir = tempfile::tempdir().unwrap();
    let own = |then: &str| {
        let mut shell = Command::new("unshare");
        shell.args([
            "-rm",
            "sh",
            "-c",
            &format!(r#"mount -t tmpfs -o size=8m none "$TRACING_GENAI_TEST_DIR" && {then}"#),
        ]);
        shell
    };
    let tried = own("true").env(DIR, dir.path()).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return println!("figures: skipped: no file system of one's own is allowed here");
    }
    let peer = Peer::start();
    peer.does(|_| Deed::Refuse("503 Service Unavailable", ""));
    let mut writer = play("role: writer beside a full neighbour", own(r#"exec "$0""#), &peer, dir.path());
    let mut told = BufReader::new(writer.stdout.take().unwrap());
    let mut line = String::new();
    let spooled = format!("0 delivered, 0 waiting, {BESIDE} spooled, 0 lost");
    while !line.contains(" delivered") {
        assert!(told.read_line(&mut line).unwrap() > 0, "{line}");
    }
    assert!(line.contains(&spooled), "{line}");
    all_arrive(writer, told, &mut line, &peer, BESIDE);
}
