//! Rows by their scope, as of an agent, so that whoever asks how many rows there are opens no file.

use arrow_array::{Array, RecordBatch};
use serde::{Deserialize, Serialize};

use crate::rows::cells::{Cells, rows_alike};

/// A file with rows of more scopes says nothing of them, and is opened by who wants to know.
const MAX_SCOPES: usize = 16;

/// The rows that hold the same texts in the columns of their scope: those of the group but its last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScopeCount {
    /// Column by column.
    #[serde(rename = "of")]
    pub(crate) values: Vec<Option<String>>,
    pub(crate) rows: u64,
    /// The greatest instant among the columns that date the rows, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<i64>,
}

/// Counts rows by their scope.
#[derive(Debug)]
pub(crate) struct ScopeCounter {
    scope: Vec<usize>,
    dates: Vec<usize>,
    /// `None` once there are too many, or a column came that holds no text.
    counts: Option<Vec<ScopeCount>>,
}

impl ScopeCounter {
    /// Of batches that have these columns at these places.
    pub(crate) fn new(scope: Vec<usize>, dates: Vec<usize>) -> Self {
        Self { scope, dates, counts: Some(Vec::new()) }
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) {
        let Self { scope, dates, counts } = self;
        let (Some(scope), Some(dates), Some(known)) =
            (Cells::columns(batch, scope), Cells::columns(batch, dates), counts.as_mut())
        else {
            *counts = None;
            return;
        };
        let mut rows = 0..batch.num_rows();
        while !rows.is_empty() {
            // Without columns all rows are alike.
            let n_alike = if scope.is_empty() { rows.len() } else { rows_alike(&scope, rows.clone()) };
            let run = rows.start..rows.start + n_alike;
            rows.start = run.end;
            let Some(values) = texts(&scope, run.start) else {
                *counts = None;
                return;
            };
            let newest = dates.iter().flat_map(|cells| newest_of(cells, run.clone())).max();
            let at = known.iter().position(|count| count.values == values).unwrap_or_else(|| {
                known.push(ScopeCount { values, rows: 0, newest: None });
                known.len() - 1
            });
            known[at].rows += run.len() as u64;
            known[at].newest = known[at].newest.max(newest);
            if known.len() > MAX_SCOPES {
                *counts = None;
                return;
            }
        }
    }

    pub(crate) fn finish(self) -> Option<Vec<ScopeCount>> {
        let mut counts = self.counts?;
        counts.sort_by(|one, other| one.values.cmp(&other.values));
        Some(counts)
    }
}

/// The counts of two sets of rows together; `None` where they are too many.
pub(crate) fn sum(mut counts: Vec<ScopeCount>, more: &[ScopeCount]) -> Option<Vec<ScopeCount>> {
    for count in more {
        match counts.iter_mut().find(|known| known.values == count.values) {
            Some(known) => {
                known.rows += count.rows;
                known.newest = known.newest.max(count.newest);
            }
            None => counts.push(count.clone()),
        }
    }
    counts.sort_by(|one, other| one.values.cmp(&other.values));
    (counts.len() <= MAX_SCOPES).then_some(counts)
}

fn texts(cells: &[Cells<'_>], row: usize) -> Option<Vec<Option<String>>> {
    let text = |cells: &Cells<'_>| match cells {
        Cells::Text(texts) => Some((!texts.is_null(row)).then(|| texts.text(row).into_owned())),
        _ => None,
    };
    cells.iter().map(text).collect()
}

fn newest_of(cells: &Cells<'_>, rows: std::ops::Range<usize>) -> Option<i64> {
    let Cells::Timestamp(instants) = cells else { return None };
    rows.filter(|row| instants.is_valid(*row)).map(|row| instants.value(row)).max()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray, TimestampMicrosecondArray};

    use super::*;

    fn counts(scope: Vec<usize>, agents: &[Option<&str>], at: &[Option<i64>]) -> Option<Vec<ScopeCount>> {
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("agent_id", Arc::new(StringArray::from(agents.to_vec())) as ArrayRef, true),
            ("sent_at", Arc::new(TimestampMicrosecondArray::from(at.to_vec())), true),
        ]);
        let mut counter = ScopeCounter::new(scope, vec![1]);
        counter.add(&batch.unwrap());
        counter.finish()
    }

    #[test]
    fn rows_are_counted_by_their_scope_with_the_newest_of_each() {
        let count = |value: Option<&str>, rows, newest| ScopeCount {
            values: vec![value.map(str::to_owned)],
            rows,
            newest,
        };
        let agents = [Some("b"), Some("b"), None, Some("a"), Some("b")];
        let found = counts(vec![0], &agents, &[Some(1), None, None, Some(7), Some(3)]);
        let expected = vec![count(None, 1, None), count(Some("a"), 1, Some(7)), count(Some("b"), 3, Some(3))];
        assert_eq!(found.as_ref(), Some(&expected));
        let all = counts(vec![], &agents, &[Some(1), None, None, Some(7), Some(3)]);
        assert_eq!(all, Some(vec![ScopeCount { values: vec![], rows: 5, newest: Some(7) }]));
        assert_eq!(counts(vec![1], &agents, &[None; 5]), None, "a column that holds no text");
        let summed = sum(expected, &[count(Some("a"), 2, Some(9)), count(Some("c"), 1, None)]).unwrap();
        let told: Vec<_> = summed.iter().map(|count| (count.rows, count.newest)).collect();
        assert_eq!(told, [(1, None), (3, Some(9)), (3, Some(3)), (1, None)]);
    }

    #[test]
    fn too_many_scopes_are_not_counted() {
        let agents: Vec<String> = (0..=MAX_SCOPES).map(|number| format!("a{number}")).collect();
        let some: Vec<Option<&str>> = agents.iter().map(|agent| Some(agent.as_str())).collect();
        let n_counted = |n: usize| counts(vec![0], &some[..n], &vec![None; n]).map(|counts| counts.len());
        assert_eq!((n_counted(MAX_SCOPES), n_counted(MAX_SCOPES + 1)), (Some(MAX_SCOPES), None));
    }
}
