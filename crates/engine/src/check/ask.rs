//! A page of each stream, asked for as a run would.

use std::time::Duration;

use convolake_extractor::{Budget, Extractor, RetryPolicy};
use convolake_model::{ParamSet, Stream};

use crate::check::report::{Finding, StreamCheck, Subject};
use crate::check::{clock, pages};
use crate::memory::MemoryBudget;
use crate::source::connect;
use crate::source::probe::{Probe, is_by_ids_alone};
use crate::{Project, Seams};

/// A person waits for the answer: a source that does not respond is given up within half a minute.
const RETRY: RetryPolicy = RetryPolicy {
    attempts: 3,
    wait_first: Duration::from_secs(1),
    wait_max: Duration::from_secs(5),
    wait_total: Duration::from_secs(20),
};

/// A page that was asked for, by the stream and the params it is of.
type Asked<'a> = (&'a str, ParamSet, Probe);

/// Asks for a page of each stream with each set of params; of all streams where none is named.
pub(crate) async fn ask(
    streams: &[String],
    seams: &Seams,
    project: &Project,
) -> (Vec<Finding>, Vec<StreamCheck>) {
    let extractor = match connect::extractor(project, seams, RETRY, Budget::default(), MemoryBudget::USUAL) {
        Ok(extractor) => extractor,
        Err(error) => return (vec![Finding::of(Subject::Key, &error)], Vec::new()),
    };
    let variables: Vec<&str> = project.pipeline.auth.variables().collect();
    let key = format!("there is a key in {}, or in the file it names", variables.join(" and in "));
    let (mut findings, mut checks) = (vec![Finding::ok(Subject::Key, key)], Vec::new());
    let mut clock_finding = None;
    let chosen = project.chosen(streams).unwrap_or_default();
    // Lists come before those that ask by them.
    let (by_ids, own): (Vec<&Stream>, Vec<&Stream>) =
        chosen.iter().copied().partition(|stream| is_by_ids_alone(stream) && has_list(stream, &chosen));
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for stream in own.into_iter().chain(by_ids) {
        for params in project.param_sets(stream).unwrap_or_default() {
            let probed = match list_of(stream, &params, &asked) {
                Some(list) => {
                    let listed = pages::probe_listed(&extractor, &*seams.clock, stream, &params, list).await;
                    let Some(probed) = listed else {
                        findings.push(pages::nothing_listed(stream, &params));
                        continue;
                    };
                    probed
                }
                None => newest(&extractor, seams, project, stream, &params).await,
            };
            clock_finding = clock_finding.or_else(|| clock::finding(probed.page.as_ref().ok()?));
            let (check, finding) = pages::check_page(project, stream, &params, &probed);
            findings.push(finding);
            checks.push(check);
            asked.push((&stream.name, params, probed));
        }
    }
    findings.extend(clock_finding);
    (findings, checks)
}

async fn newest(
    extractor: &Extractor,
    seams: &Seams,
    project: &Project,
    stream: &Stream,
    params: &ParamSet,
) -> Probe {
    pages::probe_newest(extractor, &*seams.clock, stream, params, project.pipeline.begin).await
}

fn has_list(stream: &Stream, chosen: &[&Stream]) -> bool {
    let list = stream.changed.as_ref().map(|changed| &changed.list);
    chosen.iter().any(|other| Some(&other.name) == list)
}

/// The page of the list of a stream that is asked by ids alone, where it was asked for.
fn list_of<'a>(stream: &Stream, params: &ParamSet, asked: &'a [Asked<'_>]) -> Option<&'a Probe> {
    let list = &stream.changed.as_ref().filter(|_| is_by_ids_alone(stream))?.list;
    let is_list = |(name, of, _): &&Asked<'_>| name == list && of == params;
    asked.iter().find(is_list).map(|(_, _, probe)| probe)
}
