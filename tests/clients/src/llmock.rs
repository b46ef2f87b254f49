//! The stand-in for the providers: `llmock`, a Python program that `tests/clients/install` puts into the target folder.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

/// Ends when its input does, and so with this process, however that ends.
const SERVE: &str = "
import sys
from llmock.testing import LLMockServer
server = LLMockServer().start()
print(server.url, flush=True)
sys.stdin.read()
";

/// One for all tests: what is scripted holds for one model, and each test has models of its own.
#[derive(Debug)]
pub struct Llmock {
    url: String,
    _process: Child,
    _input: ChildStdin,
}

/// The running stand-in.
pub fn llmock() -> &'static Llmock {
    static LLMOCK: OnceLock<Llmock> = OnceLock::new();
    LLMOCK.get_or_init(Llmock::start)
}

impl Llmock {
    fn start() -> Self {
        let python = python();
        assert!(
            python.is_file(),
            "{} is missing: run tests/clients/install (it needs Python 3.10 or newer), and this again",
            python.display()
        );
        let mut process = Command::new(python)
            .args(["-c", SERVE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the stand-in starts");
        let input = process.stdin.take().expect("it has an input");
        let output = process.stdout.take().expect("it has an output");
        let url = BufReader::new(output).lines().next().expect("it says where it is").expect("in text");
        Self { url, _process: process, _input: input }
    }

    /// Where `path` of the stand-in is.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the address ends in a port")
    }

    /// What the next requests for `model` meet.
    pub fn script(&self, model: &str, behaviors: &[Value]) {
        let behaviors: Vec<Value> = behaviors
            .iter()
            .cloned()
            .map(|mut behavior| {
                behavior["match"] = json!({ "model": model });
                behavior
            })
            .collect();
        let body = json!({ "behaviors": behaviors });
        ureq::post(self.at("/_llmock/scenario")).send_json(&body).expect("the stand-in takes the script");
    }
}

/// `tests/services/paths.sh` has the same.
fn python() -> PathBuf {
    let repository = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    repository.join(target).join("services/llmock/bin/python")
}
