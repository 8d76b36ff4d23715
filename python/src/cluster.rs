//! The steps of a replay on a cluster, for `convolake.spark`: bytes in, bytes out.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use convolake_engine::{
    ClusterPlan, ClusterReplay as Replay, ClusterReplayRequest, EngineError, Event, Failure, FileRows,
    MartsProgram, Observer, PartFold, Seams, Stop, SystemClock, TableFiles as Files,
};
use convolake_loader::LoadError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::errors::{misused, raised};
use crate::json;

/// Parcels that wait to be taken; a fold waits with more.
const WAITING_PARCELS: usize = 2;

/// Keeps warnings for whoever asks.
#[derive(Debug, Default)]
struct Warnings(Mutex<Vec<String>>);

impl Observer for Warnings {
    fn on(&self, event: &Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((*message).to_owned());
        }
    }
}

/// The driver's part of a replay on a cluster: it holds the pipeline's lease from its beginning to ``commit`` or ``close``. Without a commit
/// the lake stays as it was.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct ClusterReplay {
    replay: Mutex<Option<Replay>>,
    plan: ClusterPlan,
    warnings: Arc<Warnings>,
}

#[pymethods]
impl ClusterReplay {
    #[new]
    #[pyo3(signature = (pipeline, to, *, set=None, parts=None, memory=1_000_000_000))]
    fn new(
        py: Python<'_>,
        pipeline: String,
        to: String,
        set: Option<&Bound<'_, PyDict>>,
        parts: Option<u32>,
        memory: u64,
    ) -> PyResult<Self> {
        let set = match set {
            Some(set) => json::of_python(set.as_any())?,
            None => serde_json::json!({}),
        };
        let serde_json::Value::Object(set) = set else { return Err(misused("set= takes a dict")) };
        let warnings: Arc<Warnings> = Arc::default();
        let seams = Seams {
            clock: Arc::new(SystemClock::start()),
            env: Arc::new(|name| std::env::var(name).ok()),
            entropy: entropy(),
            stop: Stop::default(),
            observer: Arc::clone(&warnings) as Arc<dyn Observer>,
            after_run: Some(Arc::new(MartsProgram { memory_bytes: memory })),
        };
        let request = ClusterReplayRequest { pipeline, set, to, parts, memory_bytes: memory };
        let replay = py.detach(|| Replay::begin(&request, &seams)).map_err(raised)?;
        Ok(Self { plan: replay.plan().clone(), replay: Mutex::new(Some(replay)), warnings })
    }

    /// What all tasks share, as text.
    #[getter]
    fn plan(&self) -> String {
        self.plan.to_json()
    }

    /// How many parts the rows are folded in.
    #[getter]
    fn parts(&self) -> u32 {
        self.plan.n_parts()
    }

    /// What there is to be warned of so far.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The landed objects, packed to tasks of about so many bytes.
    fn tasks(&self, task_bytes: u64) -> PyResult<Vec<Vec<String>>> {
        let replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(replay.as_ref().ok_or_else(ended)?.tasks(task_bytes))
    }

    /// Publishes what the tasks made, commits, and gives up the lease. ``notes`` are those of all maps and folds, ``made`` what was told of
    /// each file. Gives the report of ``convolake replay --json``.
    fn commit<'py>(
        &self,
        py: Python<'py>,
        notes: Vec<Vec<u8>>,
        made: Vec<Vec<u8>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(ended)?;
        let report = py.detach(|| -> Result<serde_json::Value, Failure> {
            let report = replay.commit(&notes, &made)?;
            serde_json::to_value(&report).map_err(Failure::other)
        });
        json::to_python(py, &report.map_err(raised)?)
    }

    /// Gives up the lease; what was not committed is void.
    fn close(&self, py: Python<'_>) {
        let replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner).take();
        py.detach(|| drop(replay));
    }
}

fn ended() -> PyErr {
    misused("the replay has ended already")
}

/// A seed that differs from run to run.
fn entropy() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

/// Rows of landed pages by part, and what the driver is told.
type Parcels<'py> = (Vec<(u32, Bound<'py, PyBytes>)>, Bound<'py, PyBytes>);

/// Makes rows of the landed pages in these objects: for each part its rows, and a note for the driver.
#[pyfunction]
pub(crate) fn map_pages<'py>(py: Python<'py>, plan: &str, objects: Vec<String>) -> PyResult<Parcels<'py>> {
    let mapped = py.detach(|| convolake_engine::map_pages(&ClusterPlan::parse(plan)?, &objects));
    let mapped = mapped.map_err(raised)?;
    let parcels = mapped.parcels.into_iter().map(|parcel| (parcel.part, PyBytes::new(py, &parcel.bytes)));
    Ok((parcels.collect(), PyBytes::new(py, &mapped.note)))
}

/// A part of the rows: ``push`` all of its parcels, then iterate over ``finish()``.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct Fold(Mutex<Option<PartFold>>);

#[pymethods]
impl Fold {
    #[new]
    fn new(py: Python<'_>, plan: &str) -> PyResult<Self> {
        let fold = py.detach(|| PartFold::begin(&ClusterPlan::parse(plan)?)).map_err(raised)?;
        Ok(Self(Mutex::new(Some(fold))))
    }

    /// Takes rows, in any order.
    fn push(&self, py: Python<'_>, parcel: &[u8]) -> PyResult<()> {
        py.detach(|| {
            let mut fold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            fold.as_mut().map_or(Ok(()), |fold| fold.push(parcel))
        })
        .map_err(raised)
    }

    /// One row a key, sorted for each table file: pairs of the file and its rows; the last pair has no file, and the note for the driver.
    fn finish(&self) -> PyResult<FoldedRows> {
        let fold = self.0.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(ended)?;
        let (sender, rows) = sync_channel(WAITING_PARCELS);
        let thread = std::thread::spawn(move || {
            let stopped = || LoadError::rows_untaken();
            fold.finish(|rows| sender.send(rows).map_err(|_| stopped()))
        });
        Ok(FoldedRows { rows: Mutex::new(rows), thread: Mutex::new(Some(thread)) })
    }
}

/// A thread that folds, and ends with the note for the driver.
type Folding = JoinHandle<Result<Vec<u8>, EngineError>>;

/// What a fold gives, as it comes.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct FoldedRows {
    rows: Mutex<Receiver<FileRows>>,
    thread: Mutex<Option<Folding>>,
}

#[pymethods]
impl FoldedRows {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<(Option<String>, Bound<'py, PyBytes>)>> {
        let next = py.detach(|| self.rows.lock().unwrap_or_else(PoisonError::into_inner).recv());
        if let Ok(FileRows { file, bytes }) = next {
            return Ok(Some((Some(file), PyBytes::new(py, &bytes))));
        }
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(None);
        };
        let note = py.detach(|| thread.join()).map_err(|_| misused("a fold has panicked"))?;
        Ok(Some((None, PyBytes::new(py, &note.map_err(raised)?))))
    }
}

/// Table files in the making: ``add`` all their rows, then ``finish``.
#[pyclass(frozen, module = "convolake._convolake")]
pub(crate) struct TableFiles(Mutex<Option<Files>>);

#[pymethods]
impl TableFiles {
    #[new]
    fn new(py: Python<'_>, plan: &str, attempt: &str) -> PyResult<Self> {
        let files = py.detach(|| Files::begin(&ClusterPlan::parse(plan)?, attempt)).map_err(raised)?;
        Ok(Self(Mutex::new(Some(files))))
    }

    /// Takes rows of a file, as a fold gives them.
    fn add(&self, py: Python<'_>, file: &str, rows: &[u8]) -> PyResult<()> {
        py.detach(|| {
            let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            files.as_mut().map_or(Ok(()), |files| files.add(file, rows))
        })
        .map_err(raised)
    }

    /// Writes the files where no reader looks; gives what the driver is told of each.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(ended)?;
        let made = py.detach(|| files.finish()).map_err(raised)?;
        Ok(made.iter().map(|made| PyBytes::new(py, made)).collect())
    }
}
