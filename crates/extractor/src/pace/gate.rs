//! What every request of a run passes: the stop, and the budget of requests and time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{Either, select};

use super::{Clock, Stop, StopReason};

/// What a run may spend; what is left undone then is work for the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// The most requests, those that are made again included; `None` for any number.
    pub max_requests: Option<u64>,
    /// The longest time until the last request; `None` for any.
    pub max_duration: Option<Duration>,
}

/// What every request of a run passes.
#[derive(Debug)]
pub(crate) struct Gate {
    stop: Stop,
    budget: Budget,
    began: Duration,
    requests: AtomicU64,
}

impl Gate {
    /// A gate for a run that begins now.
    pub(crate) fn new(stop: Stop, budget: Budget, clock: &dyn Clock) -> Self {
        Self { stop, budget, began: clock.elapsed(), requests: AtomicU64::new(0) }
    }

    /// Lets one request through, and counts it.
    pub(crate) fn pass(&self, clock: &dyn Clock) -> Result<(), StopReason> {
        self.look(clock)?;
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        if self.budget.max_requests.is_some_and(|max| before >= max) {
            self.stop.end(StopReason::Requests);
            return Err(StopReason::Requests);
        }
        Ok(())
    }

    /// Waits for what comes before a request, but no longer than the run may last.
    pub(crate) async fn wait(
        &self,
        clock: &dyn Clock,
        waiting: impl Future<Output = ()> + Send,
    ) -> Result<(), StopReason> {
        self.look(clock)?;
        let over = async {
            let Some(left) = self.left(clock) else { return self.stop.stopped().await };
            match select(Box::pin(self.stop.stopped()), clock.sleep(left)).await {
                Either::Left((reason, _)) => reason,
                Either::Right(((), _)) => StopReason::Duration,
            }
        };
        match select(Box::pin(waiting), Box::pin(over)).await {
            Either::Left(((), _)) => self.look(clock),
            Either::Right((reason, _)) => {
                self.stop.end(reason);
                Err(reason)
            }
        }
    }

    fn look(&self, clock: &dyn Clock) -> Result<(), StopReason> {
        if self.left(clock) == Some(Duration::ZERO) {
            self.stop.end(StopReason::Duration);
        }
        match self.stop.reason() {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }

    fn left(&self, clock: &dyn Clock) -> Option<Duration> {
        let end = self.began.saturating_add(self.budget.max_duration?);
        Some(end.saturating_sub(clock.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::FakeClock;

    fn gate(budget: Budget) -> (Gate, Stop, FakeClock) {
        let (stop, clock) = (Stop::default(), FakeClock::default());
        (Gate::new(stop.clone(), budget, &clock), stop, clock)
    }

    #[test]
    fn so_many_requests_pass_and_no_more() {
        let (gate, stop, clock) = gate(Budget { max_requests: Some(2), ..Budget::default() });
        let passed = [(); 3].map(|()| gate.pass(&clock));
        assert_eq!(passed, [Ok(()), Ok(()), Err(StopReason::Requests)]);
        assert_eq!(stop.reason(), Some(StopReason::Requests));
    }

    #[tokio::test]
    async fn time_that_is_up_ends_the_run() {
        let (gate, stop, clock) =
            gate(Budget { max_duration: Some(Duration::from_secs(60)), ..Budget::default() });
        assert_eq!(gate.wait(&clock, clock.sleep(Duration::from_secs(59))).await, Ok(()));
        assert_eq!(gate.pass(&clock), Ok(()));
        let turn = std::future::pending();
        assert_eq!(gate.wait(&clock, turn).await, Err(StopReason::Duration), "the wait is cut short");
        assert_eq!(gate.pass(&clock), Err(StopReason::Duration));
        assert_eq!(stop.reason(), Some(StopReason::Duration));
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_a_stop() {
        let (gate, stop, clock) = gate(Budget::default());
        let asks = async {
            tokio::task::yield_now().await;
            stop.ask();
        };
        let (waited, ()) = futures::join!(gate.wait(&clock, std::future::pending()), asks);
        assert_eq!(waited, Err(StopReason::Asked));
        assert_eq!(gate.pass(&clock), Err(StopReason::Asked));
    }
}
