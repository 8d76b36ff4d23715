use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use convolake_model::{ParamSet, Stream};

use crate::EngineError;
use crate::session::Session;
use crate::workers::Lane;

/// The lanes of a run: one for each stream and set of params.
#[derive(Default)]
pub(crate) struct Lanes {
    lanes: Mutex<BTreeMap<(String, ParamSet), Arc<Lane>>>,
}

impl Lanes {
    /// The lane of a stream and a set of params.
    pub(crate) fn of(
        &self,
        session: &Session,
        stream: &Stream,
        params: &ParamSet,
    ) -> Result<Arc<Lane>, EngineError> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (stream.name.clone(), params.clone());
        if let Some(lane) = lanes.get(&key) {
            return Ok(Arc::clone(lane));
        }
        let lane = session.lane(stream)?;
        lanes.insert(key, Arc::clone(&lane));
        Ok(lane)
    }

    /// All lanes, with their params.
    pub(crate) fn into_all(self) -> impl Iterator<Item = (ParamSet, Arc<Lane>)> {
        let lanes = self.lanes.into_inner().unwrap_or_else(PoisonError::into_inner);
        lanes.into_iter().map(|((_, params), lane)| (params, lane))
    }
}
