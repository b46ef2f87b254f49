//! The process at the other end: takes OTLP, decodes it, and counts the spans.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running `receiver`. It ends with this value.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
    grpc: u64,
    http: u64,
}

impl Receiver {
    /// Starts the binary that the variable `RECEIVER` names, or that stands beside the one that runs.
    pub fn start() -> Self {
        let own = std::env::current_exe().expect("the path of this program");
        let program = std::env::var_os("RECEIVER").map_or(own.with_file_name("receiver"), Into::into);
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the receiver is built beside this program");
        let ask = child.stdin.take();
        let answer = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut receiver = Self { child, ask, answer, grpc: 0, http: 0 };
        receiver.grpc = receiver.number();
        receiver.http = receiver.number();
        receiver
    }

    /// Where it takes OTLP over gRPC.
    pub fn grpc_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc)
    }

    /// Where it takes OTLP over HTTP, without the path.
    pub fn http_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// Spans that have come so far.
    pub fn arrived(&mut self) -> u64 {
        self.ask.as_mut().expect("it runs").write_all(b"\n").expect("it runs");
        self.number()
    }

    fn number(&mut self) -> u64 {
        let mut line = String::new();
        self.answer.read_line(&mut line).expect("it runs");
        line.trim().parse().expect("a number")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // The end of its input is the end of it.
        self.ask = None;
        let _ = self.child.wait();
    }
}
