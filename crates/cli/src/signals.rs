//! SIGINT, SIGTERM and SIGHUP: the first ends a run with work left, the second ends it at once.

use convolake_engine::{Scratch, Stop};

use crate::terminal;
use convolake_engine::Failure;

/// Sends signals on to `stop` from here on. Panics outside of a runtime.
pub(crate) fn forward(stop: Stop) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(Failure::other)?;
    tokio::spawn(async move {
        signals.next().await;
        stop.ask();
        terminal::line("asked to end: the page under way is finished, and what has come is committed");
        terminal::line("  (ask once more to end at once; the next run then goes on from the landed pages)");
        let code = signals.next().await;
        std::process::exit(code);
    });
    Ok(())
}

/// Has a signal end the process once what a verification has in `scratch` is removed. Panics outside of a runtime.
pub(crate) fn end_after(scratch: Scratch) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(Failure::other)?;
    tokio::spawn(async move {
        let code = signals.next().await;
        scratch.remove_and_exit(|| std::process::exit(code));
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None` where it is ignored, as below `nohup`, or may be: who is not to notice that a terminal goes away does not.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: match is_hang_up_heeded() {
                true => Some(signal(SignalKind::hangup())?),
                false => None,
            },
        })
    }

    /// Waits for a signal, and gives the exit code that shells have for it.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 130,
            _ = self.terminate.recv() => 143,
            true = Self::hung_up(&mut self.hang_up) => 129,
        }
    }

    /// Waits for SIGHUP; false at once where it is not waited for.
    async fn hung_up(hang_up: &mut Option<tokio::signal::unix::Signal>) -> bool {
        match hang_up {
            Some(hang_up) => hang_up.recv().await.is_some(),
            None => false,
        }
    }
}

/// True where this process is known not to ignore SIGHUP, as Linux tells it.
#[cfg(unix)]
fn is_hang_up_heeded() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is that of signal 1.
    ignored.is_some_and(|mask| mask & 1 == 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        // Where signals cannot be listened to, none ever comes.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        130
    }
}
