//! What a pipeline and a schema **are**.
//!
//! Three kinds of YAML file describe a pipeline:
//!
//! | file | type | says |
//! | --- | --- | --- |
//! | `pipelines/NAME.yaml` | [`Pipeline`] | the source API, its streams, how they are cut into slices and pages |
//! | `schemas/tables/NAME.yaml` | [`Table`] | what a table is: columns, types, key, partition, order |
//! | `schemas/PIPELINE/STREAM.yaml` | [`StreamSchema`] | how a stream's records become rows of tables |
//!
//! Each is read in two steps: *as written* (the serde types, private to this crate but for their JSON Schema)
//! and *validated* (the public types, which nothing downstream needs to check again). An error of either step
//! is a [`ConfigError`]: it names the file, the line, what was expected and, where one is near, the right word.
//!
//! This crate does no I/O: text goes in, types come out.

mod plain_words;
mod pointer;
mod template;
mod span;
mod instant;
mod column_type;
mod partitions;
mod pipeline;
mod schema;
mod overrides;
mod yaml;
mod config_error;
mod config_text;
mod without_secrets;
mod json_schema;

pub use column_type::ColumnType;
pub use config_error::{ConfigError, nearest_word};
pub use instant::parse_instant;
pub use json_schema::json_schemas;
pub use overrides::Override;
pub use partitions::{PartitionBy, Partitions};
pub use pipeline::{
    AnswerRules, Auth, AuthPart, ByParent, ChangedIds, Comparison, Declares, EndSign, Envelope, FailedValues,
    FailureSign, Gone, IdForm, KeyPlace, LAKE_FOLDERS, Mart, Meaning, NumberedPages, OnMismatch, OpenRecords,
    PageSize, Pagination, Param, ParamSet, Pipeline, Quota, QuotaPeriod, RateLimit, RateScope, Signs, Slot,
    Stream, TimeFormat, Timeouts, Tree, UnfitName, WhenChecked, WindowBounds, Windows, unfit_name,
};
pub use plain_words::{cause_words, innermost, io_words, network_words, with_causes};
pub use pointer::{Pointer, PointerStep};
pub use schema::{
    CheckRule, CheckValue, ColumnMapping, ColumnSource, Condition, DataCheck, DateColumns, DateSpelling,
    Mapping, MartChecks, Repeats, RowCondition, Severity, StreamSchema, Synonyms, Table, TableColumn, Texts,
    UnixUnit, UsualSpelling, is_same_name,
};
pub use span::Span;
pub use template::{Template, TemplatePart};
pub use without_secrets::without_secrets;
