//! The network between us and a peer, which breaks as it is told.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Reset when the peer was sent so many bytes.
    ResetAfter(usize),
    /// Reset in the middle of the answer to the first request: the peer has taken what we do not know it has.
    ResetInAnswer,
    /// Open, and nothing passes.
    HalfOpen,
    /// A few bytes at a time, both ways.
    Drip,
    /// Closed in good order in the middle of the answer.
    CloseInAnswer,
    /// Reset as soon as these bytes are sent, as a firewall does that reads along.
    ResetOn(&'static [u8]),
}

pub(super) struct Cable {
    pub(super) address: SocketAddr,
    left: Arc<Mutex<VecDeque<Fault>>>,
    task: JoinHandle<()>,
}

/// Whether the peer has seen a request.
pub(super) type Seen = Arc<dyn Fn() -> bool + Send + Sync>;

impl Cable {
    /// To `peer`: each connection has the next fault, and later ones have none.
    pub(super) async fn to(peer: SocketAddr, faults: &[Fault], seen: Seen) -> Self {
        Self::with(peer, faults, None, seen).await
    }

    /// To `peer`, and each connection has the fault.
    pub(super) async fn always(peer: SocketAddr, fault: Fault) -> Self {
        Self::with(peer, &[], Some(fault), Arc::new(|| true)).await
    }

    async fn with(peer: SocketAddr, faults: &[Fault], always: Option<Fault>, seen: Seen) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let left = Arc::new(Mutex::new(faults.iter().copied().collect::<VecDeque<_>>()));
        let faults = Arc::clone(&left);
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let fault = faults.lock().unwrap().pop_front().or(always);
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    // However it ends, the connection is gone.
                    let _ = join(near, peer, fault, seen).await;
                });
            }
        });
        Self { address, left, task }
    }

    /// Whether every fault has had its connection.
    pub(super) fn is_mended(&self) -> bool {
        self.left.lock().unwrap().is_empty()
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(mut near: TcpStream, peer: SocketAddr, fault: Option<Fault>, seen: Seen) -> io::Result<()> {
    if matches!(fault, Some(Fault::HalfOpen)) {
        // Held until the test is over.
        std::future::pending::<()>().await;
    }
    let mut far = TcpStream::connect(peer).await?;
    let slow = matches!(fault, Some(Fault::Drip));
    let piece = if slow { 64 } else { 16 << 10 };
    let (mut there, mut back) = (vec![0; piece], vec![0; piece]);
    let mut read_along = Vec::new();
    let mut passed = 0;
    loop {
        tokio::select! {
            read = near.read(&mut there) => {
                let read = read?;
                if read == 0 {
                    return far.shutdown().await;
                }
                if let Some(Fault::ResetAfter(bytes)) = fault
                    && passed + read > bytes
                {
                    far.write_all(&there[..bytes - passed]).await?;
                    return reset(near);
                }
                if let Some(Fault::ResetOn(bytes)) = fault {
                    read_along.extend_from_slice(&there[..read]);
                    if read_along.windows(bytes.len()).any(|window| window == bytes) {
                        return reset(near);
                    }
                    // Enough for one that comes in two pieces.
                    read_along.drain(..read_along.len().saturating_sub(bytes.len()));
                }
                passed += read;
                far.write_all(&there[..read]).await?;
            }
            read = far.read(&mut back) => {
                let read = read?;
                if read == 0 {
                    return near.shutdown().await;
                }
                match fault {
                    Some(Fault::ResetInAnswer) if seen() => {
                        near.write_all(&back[..read / 2]).await?;
                        return reset(near);
                    }
                    Some(Fault::CloseInAnswer) if seen() => {
                        near.write_all(&back[..read / 2]).await?;
                        return near.shutdown().await;
                    }
                    _ => near.write_all(&back[..read]).await?,
                }
            }
        }
        if slow {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
}

/// Closes without a word, as a peer that was killed or a firewall does.
fn reset(connection: TcpStream) -> io::Result<()> {
    connection.set_zero_linger()?;
    drop(connection);
    Ok(())
}
