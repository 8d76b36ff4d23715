//! Why pages lead neither on nor to an end.

use crate::error::LoopSign;

use crate::envelope::MissedPointer;

/// Why there is no way on, nor an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PaginationFault {
    /// The pages go round in circles.
    Loop(LoopSign),
    /// The answer says that there is more, but not where.
    NextPageMissing,
    /// The pages have ended after fewer records than there are, as the source says.
    FewerThanTotal { given: u64, total: u64 },
    /// The link to the next page leads to another origin.
    ForeignLink { origin: String },
    /// A pointer of the pipeline hits nothing.
    PointerMissed(MissedPointer),
}
