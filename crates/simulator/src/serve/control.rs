use std::error::Error;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, delete, get, post};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};

use super::answer::json_response;
use super::world::World;
use crate::change::{ChangeRequest, Changed, ReopenRequest};
use crate::fault::Fault;
use crate::habits::{BadHabit, HabitPlan};
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
        .route("/_simulator/habits", get(habits).put(set_habits).patch(patch_habits).delete(clear_habits))
        .route("/_simulator/cursors", delete(kill_cursors))
        .route("/_simulator/change", post(change))
        .route("/_simulator/reopen", post(reopen))
}

async fn ledger(State(world): State<Arc<World>>) -> Json<LedgerSummary> {
    Json(world.summary())
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

async fn reopen(State(world): State<Arc<World>>, Json(request): Json<ReopenRequest>) -> Json<Changed> {
    Json(world.reopen(&request))
}

async fn habits(State(world): State<Arc<World>>) -> Json<HabitPlan> {
    Json(world.habits())
}

async fn set_habits(State(world): State<Arc<World>>, Json(plan): Json<Value>) -> Response {
    switched(&world, HabitPlan::default().patched(&plan))
}

async fn patch_habits(State(world): State<Arc<World>>, Json(patch): Json<Value>) -> Response {
    switched(&world, world.habits().patched(&patch))
}

async fn clear_habits(State(world): State<Arc<World>>) -> Response {
    switched(&world, Ok(HabitPlan::default()))
}

async fn kill_cursors(State(world): State<Arc<World>>) -> StatusCode {
    world.kill_cursors();
    StatusCode::NO_CONTENT
}

fn switched(world: &World, plan: Result<HabitPlan, BadHabit>) -> Response {
    match plan {
        Ok(plan) => {
            world.set_habits(&plan);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            let message = format!("{error}{cause}");
            json_response(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "message": message }))
        }
    }
}
