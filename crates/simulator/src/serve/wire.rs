//! Connections that a handler can cut.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// A handler's hold on the connection its request came in by.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire {
    manner: Arc<Mutex<Manner>>,
}

/// How what is written leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Manner {
    #[default]
    AsItComes,
    /// Nothing leaves; the connection closes with RST.
    Cut,
    /// Nothing leaves; the connection closes.
    HungUp,
    /// Nothing leaves; the connection stays.
    Mute,
    /// So many bytes at a time, so far apart.
    Drip { bytes: usize, apart: Duration },
}

impl Wire {
    /// Nothing is written any more; the connection closes with RST.
    pub(super) fn cut(&self) {
        self.set(Manner::Cut);
    }

    /// Nothing is written any more; the connection closes as at its end.
    pub(super) fn hang_up(&self) {
        self.set(Manner::HungUp);
    }

    /// Nothing is written any more; the connection stays open.
    pub(super) fn mute(&self) {
        self.set(Manner::Mute);
    }

    /// What is written from now on leaves a few bytes at a time.
    pub(super) fn drip(&self, bytes: usize, apart: Duration) {
        self.set(Manner::Drip { bytes: bytes.max(1), apart });
    }

    fn set(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    fn manner(&self) -> Manner {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection that behaves as its [`Wire`] was told.
#[derive(Debug)]
pub(super) struct CuttableStream {
    stream: TcpStream,
    wire: Wire,
    /// Until when nothing more leaves, where it drips.
    pause: Option<Pin<Box<Sleep>>>,
}

impl CuttableStream {
    /// How many bytes may leave now.
    fn allowance(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.wire.manner() {
            Manner::AsItComes => Poll::Ready(Ok(usize::MAX)),
            Manner::Cut | Manner::HungUp => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Manner::Mute => Poll::Pending,
            Manner::Drip { bytes, apart } => {
                if let Some(pause) = &mut self.pause {
                    std::task::ready!(pause.as_mut().poll(context));
                }
                self.pause = Some(Box::pin(sleep_until(Instant::now() + apart)));
                Poll::Ready(Ok(bytes))
            }
        }
    }
}

impl Drop for CuttableStream {
    fn drop(&mut self) {
        if self.wire.manner() == Manner::Cut {
            // Only how the end looks to the peer depends on this.
            drop(self.stream.set_zero_linger());
        }
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let most = std::task::ready!(self.allowance(context))?.min(bytes.len());
        Pin::new(&mut self.stream).poll_write(context, &bytes[..most])
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Accepts connections as [`CuttableStream`]s.
#[derive(Debug)]
pub(super) struct CuttableListener(pub(super) TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // Latency is part of what is measured against the simulator; small answers must not wait for an ACK.
        drop(stream.set_nodelay(true));
        (CuttableStream { stream, wire: Wire::default(), pause: None }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Wire {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().wire.clone()
    }
}
