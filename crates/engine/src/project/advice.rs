//! What a pipeline leaves unsaid, and what that costs its runs.

use convolake_model::{ColumnSource, Stream};

use crate::Project;

/// Something that runs would go without, in words, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) message: String,
    pub(crate) hint: String,
}

impl Project {
    /// What the pipeline leaves unsaid of these streams.
    pub(crate) fn advice(&self, streams: &[&Stream]) -> Vec<Advice> {
        let of_stream = |stream: &&Stream| [self.asks_for_all(stream), walks_by_moving_numbers(stream)];
        streams.iter().flat_map(of_stream).flatten().collect()
    }

    /// A stream that is asked for what a list shows as changed, and in whose rows nothing says in which version they were listed.
    fn asks_for_all(&self, stream: &Stream) -> Option<Advice> {
        let changed = stream.changed.as_ref()?;
        let mappings = &self.schemas.get(&stream.name)?.mappings;
        let mut columns = mappings.iter().flat_map(|mapping| mapping.columns.values());
        if columns.any(|column| matches!(column.source, ColumnSource::Listed { .. })) {
            return None;
        }
        Some(Advice {
            message: format!(
                "{}: each run asks for every id that {} shows, changed or not, since no column says in which version it was listed",
                stream.name, changed.list
            ),
            hint:
                "add a column to its schema, as in `_listed: { listed: conversation_id }`, and to the table"
                    .to_owned(),
        })
    }
}

/// Windows by page numbers, of which nothing says that they are walked again.
fn walks_by_moving_numbers(stream: &Stream) -> Option<Advice> {
    let at = stream.windows.as_ref()?.at.as_ref();
    let is_numbered = stream.pages.numbered.is_some() && stream.pages.cursor.is_none();
    (is_numbered && stream.full_walk.is_none()).then(|| Advice {
        message: format!(
            "{}: where the time that windows go by{} changes with a record, one that changes in the middle of a walk leaves its \
             page, and pulls another one unseen over the edge to a page that was read already",
            stream.name,
            at.map(|at| format!(" ({at})")).unwrap_or_default()
        ),
        hint: "`full_walk: 7d` finds it; there is no need where that time is set once".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_pipelines_leave_nothing_unsaid() {
        for pipeline in ["agentx", "convocore"] {
            let project = Project::load(pipeline, &[]).unwrap();
            let streams: Vec<&Stream> = project.pipeline.streams.values().collect();
            assert_eq!(project.advice(&streams), [], "{pipeline}");
        }
    }

    #[test]
    fn what_is_unsaid_is_told() {
        let mut project = Project::load("convocore", &[]).unwrap();
        let without = project.schemas["list"].clone();
        project.schemas.insert("export".to_owned(), without);
        let export = project.pipeline.streams["export"].clone();
        let advice = project.advice(&[&export]);
        assert!(
            advice[0].message.starts_with("export: each run asks for every id that list shows"),
            "{advice:?}"
        );
        let mut windowed = Project::load("agentx", &[]).unwrap().pipeline.streams["messages"].clone();
        windowed.pages.numbered = export.pages.numbered;
        windowed.pages.cursor = None;
        assert!(walks_by_moving_numbers(&windowed).is_some());
        windowed.full_walk = Some(convolake_model::Span::days(7));
        assert_eq!(walks_by_moving_numbers(&windowed), None);
    }
}
