//! An endpoint on loopback that speaks server-sent events, and breaks where it is told to.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// What happens to the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    /// The connection ends in the middle of an event, without the end of the body.
    Disconnect,
    /// The body ends properly, in the middle of the answer.
    Truncate,
    /// Nothing comes any more, and the connection stays.
    Stall,
    /// An event is no JSON.
    Malformed,
}

/// Answers one request; ends when it is dropped.
pub(super) struct Peer {
    pub(super) url: String,
    release: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const EVENTS: [&str; 5] = [
    r#"{"id":"c-1","object":"chat.completion.chunk","created":1761000000,"model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Your order "},"finish_reason":null}],"usage":null}"#,
    r#"{"id":"c-1","object":"chat.completion.chunk","created":1761000000,"model":"m-1","choices":[{"index":0,"delta":{"content":"left."},"finish_reason":null}],"usage":null}"#,
    r#"{"id":"c-1","object":"chat.completion.chunk","created":1761000000,"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
    r#"{"id":"c-1","object":"chat.completion.chunk","created":1761000000,"model":"m-1","choices":[],"usage":{"prompt_tokens":812,"completion_tokens":140,"total_tokens":952}}"#,
    "[DONE]",
];

impl Peer {
    pub(super) fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (release, released) = channel();
        let thread = std::thread::spawn(move || {
            let (connection, _) = listener.accept().unwrap();
            answer(connection, fault, &released);
        });
        Self { url, release: Some(release), thread: Some(thread) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.release.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

fn answer(mut connection: TcpStream, fault: Fault, released: &Receiver<()>) {
    take_request(&mut connection);
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    for (at, event) in EVENTS.into_iter().enumerate() {
        match (fault, at) {
            (Fault::Disconnect, 2) => {
                send(&mut connection, &format!("data: {}", &event[..20]));
                return connection.shutdown(Shutdown::Both).unwrap();
            }
            (Fault::Truncate, 2) => break,
            (Fault::Stall, 2) => {
                // Until the test has seen what it wants to see.
                let _ = released.recv();
                return;
            }
            (Fault::Malformed, 1) => send(&mut connection, "data: {\"id\":\n\n"),
            _ => {}
        }
        send(&mut connection, &format!("data: {event}\n\n"));
    }
    // A client that has given up is no fault of ours.
    let _ = connection.write_all(b"0\r\n\r\n");
}

/// One piece of a chunked body.
fn send(connection: &mut TcpStream, text: &str) {
    let _ = write!(connection, "{:x}\r\n{text}\r\n", text.len());
    let _ = connection.flush();
}

fn take_request(connection: &mut TcpStream) {
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let read = connection.read(&mut piece).unwrap();
        assert!(read > 0, "the request ends early");
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return;
        }
    }
}
