//! `pipelines/NAME.yaml`: a source API and its streams.

mod answers;
mod meaning;
mod definition;
mod auth;
mod params;
mod pipeline_name;
mod stream;
mod quota;
mod written;
mod validate;
mod parse;

pub use answers::{AnswerRules, EndSign, FailedValues, FailureSign, IdForm};
pub use auth::{Auth, AuthPart, KeyPlace};
pub use definition::{OnMismatch, Pipeline, Timeouts, Tree, WhenChecked};
pub use meaning::{Mart, Meaning, Signs, Slot};
pub use params::{Param, ParamSet};
pub use pipeline_name::{LAKE_FOLDERS, UnfitName, unfit_name};
pub use quota::{Quota, QuotaPeriod};
pub use stream::{
    ByParent, ChangedIds, Comparison, Declares, Envelope, Gone, NumberedPages, OpenRecords, PageSize,
    Pagination, RateLimit, RateScope, Stream, TimeFormat, WindowBounds, Windows,
};
pub(crate) use written::PipelineWritten;
