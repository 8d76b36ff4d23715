use convolake_loader::Lake;
use convolake_loader::Location;

use crate::EngineError;

/// Opens a lake that must be there already; nothing is created.
pub(crate) fn existing_lake(to: &str) -> Result<Lake, EngineError> {
    Lake::find(&Location::parse(to)?)?.ok_or_else(|| EngineError::NoLake { to: to.to_owned() })
}
