//! Extractors with fake seams.

use std::sync::Arc;

use super::{Answer, FakeClock, Script, pipeline};
use crate::pace::{Budget, Clock, RetryPolicy, Stop};
use crate::transport::{Credential, Transport};
use crate::{Extractor, ExtractorConfig};

/// Room for as many pages as any test asks for at once.
const BODY_MEMORY_BYTES: u64 = 1 << 30;

pub(crate) const CANARY: &str = "canary-7f3a9c";

pub(crate) fn credential() -> Credential {
    let auth = pipeline().auth;
    Credential::find(&auth, &|_| Some(CANARY.to_owned()), &|_| Ok(String::new())).unwrap()
}

/// An extractor over a script.
pub(crate) fn scripted(answers: Vec<Answer>) -> (Extractor, Arc<Script>, Arc<FakeClock>) {
    scripted_within(Budget::default(), answers)
}

/// An extractor over a script that may spend so much.
pub(crate) fn scripted_within(
    budget: Budget,
    answers: Vec<Answer>,
) -> (Extractor, Arc<Script>, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    let script = Arc::new(Script::new(Arc::clone(&clock), answers));
    let extractor = extractor(budget, Stop::default(), Arc::clone(&script), Arc::clone(&clock));
    (extractor, script, clock)
}

/// An extractor with these seams.
pub(crate) fn extractor(
    budget: Budget,
    stop: Stop,
    transport: Arc<impl Transport + 'static>,
    clock: Arc<impl Clock + 'static>,
) -> Extractor {
    extractor_with(credential(), budget, stop, transport, clock)
}

/// An extractor with this key and these seams.
pub(crate) fn extractor_with(
    credential: Credential,
    budget: Budget,
    stop: Stop,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Extractor {
    let config =
        ExtractorConfig { retry: RetryPolicy::USUAL, seed: 7, budget, body_memory_bytes: BODY_MEMORY_BYTES };
    Extractor::new(config, credential, transport, clock, stop)
}
