//! The columns of the lake's tables that derived tables are made of.

use polars::prelude::*;

use super::expressions::instant;

/// A table, and those of its columns that are read, with their types. One that a source does not have reads null.
#[derive(Debug)]
pub(crate) struct InputTable {
    /// Its name.
    pub(crate) name: &'static str,
    columns: &'static [(&'static str, Kind)],
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Integer32,
    Integer64,
    Instant,
}

/// A row a conversation.
pub(crate) const CONVERSATIONS: InputTable = InputTable {
    name: "conversations",
    columns: &[
        ("agent_id", Kind::Text),
        ("conversation_id", Kind::Text),
        ("user_id", Kind::Text),
        ("user_name", Kind::Text),
        ("channel", Kind::Text),
        ("state", Kind::Text),
        ("locale", Kind::Text),
        ("assigned_to", Kind::Text),
        ("tags", Kind::Texts),
        ("messages_declared", Kind::Integer64),
        ("user_messages_declared", Kind::Integer64),
        ("sessions", Kind::Integer64),
        ("started_at", Kind::Instant),
        ("first_message_at", Kind::Instant),
        ("last_message_at", Kind::Instant),
    ],
};
/// A row a turn.
pub(crate) const TURNS: InputTable =
    InputTable { name: "turns", columns: &[("agent_id", Kind::Text), ("conversation_id", Kind::Text)] };
/// A row a message.
pub(crate) const MESSAGES: InputTable = InputTable {
    name: "messages",
    columns: &[
        ("agent_id", Kind::Text),
        ("conversation_id", Kind::Text),
        ("message_id", Kind::Text),
        ("turn_index", Kind::Integer32),
        ("message_index", Kind::Integer32),
        ("role", Kind::Text),
        ("type", Kind::Text),
        ("text", Kind::Text),
        ("sent_at", Kind::Instant),
    ],
};
/// A row a conversation with what its person left.
pub(crate) const LEADS: InputTable = InputTable {
    name: "leads",
    columns: &[("agent_id", Kind::Text), ("conversation_id", Kind::Text), ("feedback", Kind::Text)],
};

/// The rows of some conversations of one source, whole.
#[derive(Clone)]
pub(crate) struct Inputs {
    pub(crate) conversations: LazyFrame,
    pub(crate) turns: LazyFrame,
    pub(crate) messages: LazyFrame,
    pub(crate) leads: LazyFrame,
}

impl InputTable {
    /// The columns that are read, from a frame that has some of them; and `month`, that of the row's file.
    pub(crate) fn of(&self, frame: LazyFrame, there: &Schema) -> LazyFrame {
        let column = |(name, kind): &(&str, Kind)| match there.contains(name) {
            true => col(*name).cast(kind.data_type()),
            false => lit(NULL).cast(kind.data_type()).alias(*name),
        };
        frame.select(self.columns.iter().map(column).chain([col("month")]).collect::<Vec<_>>())
    }

    /// No rows, with these columns.
    pub(crate) fn empty(&self) -> LazyFrame {
        let fields = self.columns.iter().map(|(name, kind)| Field::new((*name).into(), kind.data_type()));
        let month = Field::new("month".into(), DataType::String);
        DataFrame::empty_with_schema(&fields.chain([month]).collect()).lazy()
    }
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::String,
            Self::Texts => DataType::List(Box::new(DataType::String)),
            Self::Integer32 => DataType::Int32,
            Self::Integer64 => DataType::Int64,
            Self::Instant => instant(),
        }
    }
}
