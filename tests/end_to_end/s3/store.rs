//! An S3 server within the test's own process: `s3s` over a folder, with what it lacks (one conditional write after the
//! other) and with faults at will. What it holds lies in that folder as plain files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

pub(crate) const BUCKET: &str = "lakes";
const KEY: &str = "store-key";
const SECRET: &str = "store-word";

/// A running server; gone with the test.
pub(crate) struct Store {
    folder: TempDir,
    url: String,
    shared: Arc<Shared>,
    // Serves as long as it lives.
    _runtime: Runtime,
}

/// What is done to a write instead of answering it well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused before anything has happened, as under load.
    FailedBefore,
    /// Applied, and answered with an error.
    FailedAfter,
    /// Applied, and the connection is cut.
    Lost,
    /// 409, and nothing has happened.
    Conflict,
    /// 400, and nothing has happened: the body came too slowly.
    TimedOut,
    /// Answered late.
    Late,
}

pub(crate) const FAULTS: [Fault; 6] =
    [Fault::FailedBefore, Fault::FailedAfter, Fault::Lost, Fault::Conflict, Fault::TimedOut, Fault::Late];

#[derive(Default)]
struct Shared {
    /// Held while an object is written, as `s3s-fs` looks at conditions and writes in two steps.
    whole: tokio::sync::RwLock<()>,
    plan: Mutex<Plan>,
    resumed: Notify,
}

#[derive(Default)]
struct Plan {
    /// Every write since the plan was made, as `PUT name`.
    seen: Vec<String>,
    /// Every request since then, as `GET name`.
    requests: Vec<String>,
    /// What is done to the next writes whose name ends so.
    faults: Vec<(&'static str, Fault)>,
    /// Done to every so-many-th write, in turn.
    fault_every: Option<usize>,
    n_faults: usize,
    /// The write that is not answered, by its number, and whether it is applied.
    stops_at: Option<(usize, bool)>,
    has_stopped: bool,
    ignores_conditions: bool,
}

impl Store {
    pub(crate) fn start() -> Self {
        Self::serve(false)
    }

    /// A store that knows no conditions, as some do.
    pub(crate) fn without_conditions() -> Self {
        Self::serve(true)
    }

    fn serve(ignores_conditions: bool) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        if !ignores_conditions {
            service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        }
        let service = service.build();
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared::default());
        shared.plan.lock().unwrap().ignores_conditions = ignores_conditions;
        runtime.spawn(serve(listener, service, Arc::clone(&shared)));
        Self { folder, url, shared, _runtime: runtime }
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        // What is taken away from a request would have been signed.
        let is_signed = !self.plan().ignores_conditions;
        vec![
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_SKIP_SIGNATURE", (!is_signed).to_string()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }

    /// Where the objects below a prefix lie as files.
    pub(crate) fn folder_of(&self, prefix: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(prefix)
    }

    /// The writes since the last call of [`Store::forget`].
    pub(crate) fn writes(&self) -> Vec<String> {
        self.plan().seen.clone()
    }

    /// All requests since the last call of [`Store::forget`], as `GET name`, but for renewals of leases, which come by the clock.
    pub(crate) fn requests(&self) -> Vec<String> {
        // To take a lease and to give it back, it is written as well.
        let mut n_leases = 0;
        let mut is_told = |request: &str| {
            let is_renewal = request.starts_with("PUT") && request.ends_with("/lease");
            n_leases += usize::from(is_renewal);
            !is_renewal || n_leases <= 2
        };
        self.plan().requests.iter().filter(|request| is_told(request)).cloned().collect()
    }

    /// Their number, but for those about leases, and for HEAD: the listings of `s3s-fs` name no versions, as those of S3 do, so that
    /// each file listed is asked for its own.
    pub(crate) fn n_requests(&self) -> usize {
        let requests = self.requests();
        requests.iter().filter(|request| !request.starts_with("HEAD") && !request.ends_with("/lease")).count()
    }

    pub(crate) fn forget(&self) {
        let mut plan = self.plan();
        plan.seen.clear();
        plan.requests.clear();
    }

    /// Does this to the next write of an object whose name ends so.
    pub(crate) fn fault(&self, name_ends_with: &'static str, fault: Fault) {
        self.plan().faults.push((name_ends_with, fault));
    }

    /// Does one fault after the other to every so-many-th write; returns how many there were so far.
    pub(crate) fn disturb(&self, every: Option<usize>) -> usize {
        let mut plan = self.plan();
        plan.fault_every = every;
        plan.n_faults
    }

    /// From the write of this number on (from 1, counted from now) nothing is answered until [`Store::resume`].
    pub(crate) fn stop_at(&self, number: usize, is_applied: bool) {
        let mut plan = self.plan();
        plan.seen.clear();
        plan.has_stopped = false;
        plan.stops_at = Some((number, is_applied));
    }

    pub(crate) fn has_stopped(&self) -> bool {
        self.plan().has_stopped
    }

    pub(crate) fn resume(&self) {
        let mut plan = self.plan();
        (plan.stops_at, plan.has_stopped) = (None, false);
        self.shared.resumed.notify_waiters();
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, service: S3Service, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let (service, shared) = (service.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let answer = service_fn(move |request| answer(request, service.clone(), Arc::clone(&shared)));
            let connection = hyper::server::conn::http1::Builder::new();
            // A connection that is cut is what some tests are about.
            drop(connection.serve_connection(TokioIo::new(socket), answer).await);
        });
    }
}

/// The connection is to be cut.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

async fn answer(
    request: Request<Incoming>,
    service: S3Service,
    shared: Arc<Shared>,
) -> Result<Response<s3s::Body>, Cut> {
    let mut request = request.map(s3s::Body::from);
    {
        let mut plan = shared.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.requests.push(format!("{} {}", request.method(), request.uri()));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        let _while_nothing_is_written = shared.whole.read().await;
        return service.call(request).await.map_err(|_| Cut);
    }
    let Turn { fault, stops, ignores_conditions } = shared.turn(&request);
    if ignores_conditions {
        for name in ["if-match", "if-none-match"] {
            request.headers_mut().remove(name);
        }
    }
    let refused = |status, code: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>played by a test</Message></Error>");
        let mut response = Response::new(s3s::Body::from(body));
        *response.status_mut() = status;
        Ok(response)
    };
    match (fault, stops) {
        (_, Some(false)) => {
            shared.resumed.notified().await;
            return Err(Cut);
        }
        (Some(Fault::FailedBefore), _) => return refused(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        (Some(Fault::Conflict), _) => return refused(StatusCode::CONFLICT, "ConditionalRequestConflict"),
        (Some(Fault::TimedOut), _) => return refused(StatusCode::BAD_REQUEST, "RequestTimeout"),
        (Some(Fault::Late), _) => tokio::time::sleep(Duration::from_millis(300)).await,
        _ => {}
    }
    // To its end, although whoever asked may be gone: a file and its metadata are two files here.
    let apart = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let _one_after_the_other = shared.whole.write().await;
            service.call(request).await.map_err(|_| Cut)
        }
    });
    let answered = apart.await.unwrap_or(Err(Cut));
    match (fault, stops) {
        (_, Some(_)) => {
            shared.resumed.notified().await;
            Err(Cut)
        }
        (Some(Fault::FailedAfter), _) => refused(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        (Some(Fault::Lost), _) => Err(Cut),
        _ => answered,
    }
}

/// What is done to one write.
struct Turn {
    fault: Option<Fault>,
    /// Not answered; applied or not.
    stops: Option<bool>,
    ignores_conditions: bool,
}

impl Shared {
    fn turn(&self, request: &Request<s3s::Body>) -> Turn {
        let path = request.uri().path().to_owned();
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        // Renewals come by the clock and are not counted.
        let is_lease = path.ends_with("/lease");
        if !is_lease {
            plan.seen.push(format!("{} {path}", request.method()));
        }
        let number = plan.seen.len();
        let planned = plan.faults.iter().position(|(end, _)| path.ends_with(end));
        let mut fault = planned.map(|at| plan.faults.remove(at).1);
        if let Some(every) = plan.fault_every
            && fault.is_none()
            && number.is_multiple_of(every)
            && !is_lease
        {
            fault = Some(FAULTS[plan.n_faults % FAULTS.len()]);
        }
        plan.n_faults += usize::from(fault.is_some());
        let stops = match plan.stops_at {
            Some((at, is_applied)) if !is_lease && number == at => Some(is_applied),
            Some((at, _)) if number >= at => Some(false),
            _ => None,
        };
        plan.has_stopped |= stops.is_some();
        Turn { fault, stops, ignores_conditions: plan.ignores_conditions }
    }
}

/// Removes what a killed run's lease is, as its holder is known to be dead and nobody is to wait.
pub(crate) fn forget_lease(lake: &Path, pipeline: &str) {
    std::fs::remove_file(lake.join("_convolake").join(pipeline).join("lease")).unwrap();
}
