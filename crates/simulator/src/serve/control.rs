use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};
use bytes::Bytes;
use futures::stream;
use serde_json::json;

use super::answer::json_response;
use super::world::World;
use crate::change::{ChangeRequest, Changed};
use crate::fault::Fault;
use crate::ledger::LedgerSummary;
use crate::stream::Stream;

/// Lines handed to the connection at a time.
const LINES_PER_CHUNK: usize = 256;

/// What tests steer the simulator with. It listens on loopback only, so these routes ask for no key.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_simulator/ledger", get(ledger).delete(clear_ledger))
        .route("/_simulator/records/{stream}", get(records))
        .route("/_simulator/faults", post(add_faults).delete(clear_faults))
        .route("/_simulator/change", post(change))
}

async fn ledger(State(world): State<Arc<World>>) -> Json<LedgerSummary> {
    Json(world.ledger.summary())
}

async fn clear_ledger(State(world): State<Arc<World>>) -> StatusCode {
    world.ledger.clear();
    StatusCode::NO_CONTENT
}

async fn records(State(world): State<Arc<World>>, Path(stream): Path<String>) -> Response {
    let Some(stream) = Stream::from_name(&stream) else {
        let names = Stream::ALL.map(Stream::name).join(", ");
        let message = format!("no stream of that name; there are {names}");
        return json_response(StatusCode::NOT_FOUND, &json!({ "message": message }));
    };
    let mut texts = world.records(stream);
    texts.reverse();
    let chunks = stream::iter(std::iter::from_fn(move || {
        let mut chunk = Vec::new();
        for _ in 0..LINES_PER_CHUNK {
            let Some(text) = texts.pop() else { break };
            chunk.extend_from_slice(&text);
            chunk.push(b'\n');
        }
        (!chunk.is_empty()).then(|| Ok::<_, std::convert::Infallible>(Bytes::from(chunk)))
    }));
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(chunks)).into_response()
}

async fn add_faults(State(world): State<Arc<World>>, Json(faults): Json<Vec<Fault>>) -> StatusCode {
    world.faults.add(faults);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(world): State<Arc<World>>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn change(State(world): State<Arc<World>>, Json(request): Json<ChangeRequest>) -> Json<Changed> {
    Json(world.change(request))
}
