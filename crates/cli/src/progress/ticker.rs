//! A call now and then, more seldom the longer it goes on.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

/// Calls until it is dropped.
pub(super) struct Ticker {
    _ends_with_it: Sender<()>,
}

impl Ticker {
    /// `None` where no thread is to be had: then nobody is called.
    pub(super) fn start(mut tick: impl FnMut() + Send + 'static) -> Option<Self> {
        let (sender, ended) = channel::<()>();
        let mut wait = FIRST;
        let calls = move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(wait) {
                tick();
                wait = (wait * 2).min(LONGEST);
            }
        };
        std::thread::Builder::new().name("progress".to_owned()).spawn(calls).ok()?;
        Some(Self { _ends_with_it: sender })
    }
}
