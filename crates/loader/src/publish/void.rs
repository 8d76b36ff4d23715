//! What nothing refers to any more and no reader sees is cleared, and may stay.

use convolake_model::with_causes;

use crate::storage::LakeStorage;

/// Removes void objects. What the store does not let go of stays, which harms nobody and is told: a later run tries again.
pub(crate) async fn remove_void(lake: &LakeStorage, void: Vec<String>) {
    let n_void = void.len();
    if n_void > 0
        && let Err(error) = lake.remove(void).await
    {
        tracing::warn!(
            error = with_causes(&error, ": "),
            objects = n_void,
            "what runs no longer need stays in the lake"
        );
    }
}
