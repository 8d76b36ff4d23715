//! `pipelines/NAME.yaml`: a source API and its streams.

mod definition;
mod params;
mod stream;
mod quota;
mod written;
mod validate;
mod parse;

pub use definition::{Auth, OnMismatch, Pipeline, Timeouts};
pub use params::{Param, ParamSet};
pub use quota::{Quota, QuotaPeriod};
pub use stream::{
    ByParent, ChangedIds, Declares, Envelope, Gone, NumberedPages, OpenRecords, PageSize, Pagination,
    RateLimit, RateScope, Stream, TimeFormat, Windows,
};
pub(crate) use written::PipelineWritten;
