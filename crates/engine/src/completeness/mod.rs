//! What the source declares against what the lake holds, and what is remembered of it for the next run.

pub(crate) mod key_rows;
pub(crate) mod compare;
pub(crate) mod of_run;
pub(crate) mod remember;
pub(crate) mod awaited;
pub(crate) mod reopened;
