use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_http::compression::CompressionLayer;

use super::answer::json_response;
use super::control;
use super::endpoint::answer;
use super::misbehave::Uncompressed;
use super::wire::{CuttableListener, Wire};
use super::world::World;
use crate::change::{ChangeRequest, Changed, ReopenRequest};
use crate::config::{Generator, SimulatorConfig};
use crate::delete::Deleted;
use crate::error::SimulatorError;
use crate::fault::Fault;
use crate::habits::HabitPlan;
use crate::ledger::{Answered, Ledger, LedgerSummary};
use crate::stream::Stream;

/// How long open connections may hold up a shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Loads the corpus, binds 127.0.0.1 and serves until [`Running::shutdown`], or until `Running` is dropped.
    pub async fn start(config: SimulatorConfig) -> Result<Running, SimulatorError> {
        let port = config.port;
        let bind = |source| SimulatorError::Bind { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;

        // A large corpus takes seconds; the runtime's other tasks must not wait for it.
        let corpus = config.corpus.clone();
        let store = tokio::task::spawn_blocking(move || crate::corpus::load(&corpus))
            .await
            .map_err(|stopped| bind(std::io::Error::other(stopped)))??;

        let world = Arc::new(World::new(config, store));
        let app = router(Arc::clone(&world)).into_make_service_with_connect_info::<Wire>();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(CuttableListener(listener), app).with_graceful_shutdown(async move {
            // An error means that `Running` was dropped, which is the same wish.
            drop(stopped.await);
        });
        let task = tokio::spawn(async move { server.await });
        Ok(Running { addr, world, stop, task })
    }
}

/// A simulator that serves.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    world: Arc<World>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// `http://127.0.0.1:PORT`, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// What was asked for and given out so far.
    #[must_use]
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.world.ledger)
    }

    /// Plans faults, counted from now on, beside those already planned.
    pub fn add_faults(&self, faults: Vec<Fault>) {
        self.world.faults.add(faults);
    }

    /// Behaves well from now on.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Lets a share of the conversations go on.
    #[must_use]
    pub fn change(&self, request: ChangeRequest) -> Changed {
        self.world.change(request)
    }

    /// Lets conversations begin beside those that there are; to be another seed than that of any before.
    pub fn add(&self, generator: &Generator) {
        self.world.add(generator);
    }

    /// Lets conversations that were quiet for weeks be answered again.
    #[must_use]
    pub fn reopen(&self, request: &ReopenRequest) -> Changed {
        self.world.reopen(request)
    }

    /// Switches to these habits; endpoints that are not named have none. A habit that stays as it was goes on.
    pub fn set_habits(&self, plan: &HabitPlan) {
        self.world.set_habits(plan);
    }

    /// The habits that are in force.
    #[must_use]
    pub fn habits(&self) -> HabitPlan {
        self.world.habits()
    }

    /// The ids that each habit of an endpoint concerns now, by its name, where they are not all: conversations, and records
    /// for `poison` and `heavy`. Under `lag`: those that the endpoint would answer from an earlier state.
    #[must_use]
    pub fn concerned(&self, stream: Stream) -> BTreeMap<&'static str, Vec<String>> {
        self.world.concerned(stream)
    }

    /// All cursors given out so far are dead.
    pub fn kill_cursors(&self) {
        self.world.kill_cursors();
    }

    /// The ledger with what is in force, as `GET /_simulator/ledger` shows it.
    #[must_use]
    pub fn summary(&self) -> LedgerSummary {
        self.world.summary()
    }

    /// Takes conversations away, with all that belongs to them.
    #[must_use]
    pub fn delete(&self, conversations: &[String]) -> Deleted {
        self.world.delete(&conversations.iter().map(String::as_str).collect())
    }

    /// Puts back what was taken away, as it was.
    pub fn put_back(&self, deleted: Deleted) {
        self.world.put_back(deleted);
    }

    /// Every record the stream gives out once its endpoint is behind no more, in order, byte for byte: what a client should
    /// end up with. Records of dead ids are not among them; values that every answer has (`odd_values`, `heavy`) are.
    #[must_use]
    pub fn records(&self, stream: Stream) -> Vec<Bytes> {
        self.world.records(stream)
    }

    /// Ends when the server ends, which without [`Running::shutdown`] it only does on an error of the system.
    pub async fn stopped(&mut self) {
        drop((&mut self.task).await);
    }

    /// Stops accepting, lets answers under way finish for a moment, and ends.
    pub async fn shutdown(mut self) {
        // An error means that the server has ended already.
        self.stop.send(()).unwrap_or_default();
        if tokio::time::timeout(SHUTDOWN_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

type App = State<Arc<World>>;
type Connection = ConnectInfo<Wire>;

fn router(world: Arc<World>) -> Router {
    let compression = world.config.compression;
    let router = Router::new()
        .route("/conversations/export/v1/conversations", get(agentx_conversations))
        .route("/conversations/export/v1/messages", get(agentx_messages))
        .route("/v3/agents/{agent_id}/convos", get(convocore_list))
        .route("/v2/agents/{agent_id}/convos/export", get(convocore_export))
        .merge(control::routes())
        .fallback(no_endpoint)
        .with_state(world);
    if !compression {
        return router;
    }
    router.layer(CompressionLayer::new().compress_when(
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<Uncompressed>().is_none()
        },
    ))
}

async fn agentx_conversations(
    State(world): App,
    ConnectInfo(wire): Connection,
    request: Request,
) -> Response {
    answer(world, wire, Stream::AgentxConversations, None, request).await
}

async fn agentx_messages(State(world): App, ConnectInfo(wire): Connection, request: Request) -> Response {
    answer(world, wire, Stream::AgentxMessages, None, request).await
}

async fn convocore_list(
    State(world): App,
    ConnectInfo(wire): Connection,
    Path(agent_id): Path<String>,
    request: Request,
) -> Response {
    answer(world, wire, Stream::ConvocoreList, Some(agent_id), request).await
}

async fn convocore_export(
    State(world): App,
    ConnectInfo(wire): Connection,
    Path(agent_id): Path<String>,
    request: Request,
) -> Response {
    answer(world, wire, Stream::ConvocoreExport, Some(agent_id), request).await
}

async fn no_endpoint(State(world): App, request: Request) -> Response {
    let (entry, _) = world.ledger.arrive(None, request.uri().path(), String::new(), None);
    world.ledger.answered(entry, Answered::without_page(StatusCode::NOT_FOUND.as_u16(), None));
    json_response(StatusCode::NOT_FOUND, &json!({ "message": "Not found" })).into_response()
}
