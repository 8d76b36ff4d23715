//! How late a busy machine wakes sleeping threads: no assertion about time can be more exact than that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A thread that sleeps for [`NAP`] over and over, and measures how late it wakes.
pub(crate) struct Lateness {
    is_over: Arc<AtomicBool>,
    sleeper: JoinHandle<Duration>,
}

const NAP: Duration = Duration::from_millis(1);

impl Lateness {
    pub(crate) fn watch() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let sleeper = std::thread::spawn(move || {
            let mut most = Duration::ZERO;
            while !told.load(Ordering::Relaxed) {
                let asleep = Instant::now();
                std::thread::park_timeout(NAP);
                most = most.max(asleep.elapsed().saturating_sub(NAP));
            }
            most
        });
        Self { is_over, sleeper }
    }

    /// The latest wake-up.
    pub(crate) fn most(self) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        self.sleeper.join().unwrap()
    }
}
