//! The numbers that decide how long windows are.

/// What a [`Cutter`](super::Cutter) decides by. None of these is a promise: whatever they are, all windows together cover
/// the stretch and all requests stay within the allowance. They decide how much of the allowed rate is used.
///
/// The defaults were found by playing pulls of simulated sources on a simulated clock. To see what they yield, and what each
/// of them does when it is a quarter larger or smaller:
///
/// ```text
/// cargo nextest run --release -p convolake-extractor --run-ignored only --no-capture what_each_number
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tuning {
    /// Requests that a window is reckoned to waste, with some to spare for windows that hold more than expected.
    pub(super) requests_wasted_per_window: f64,
    /// The most pages a window is made for; a longer chain would be waited for at the end.
    pub(super) pages_per_window_max: f64,
    /// The part of a window's last page that is left empty for records that lie closer than expected, in pages.
    pub(super) margin_pages: f64,
    /// A window is made for so many times the pages that each chain would have of all that is left. Above 1, since other
    /// windows are still open and each further one wastes half a page.
    pub(super) chain_shares_per_window: f64,
    /// Where fewer pages than this are left for each chain, the last windows are made.
    pub(super) last_windows_below_pages: f64,
    /// The least part of a page that one of the last windows is made for, in pages.
    pub(super) last_window_pages_min: f64,
    /// Pages of records that are looked at to tell how close records lie.
    pub(super) density_pages: f64,
    /// The density of a stretch is taken from observations over this part of its length at least; a ratio.
    pub(super) density_reach: f64,
    /// A window that holds no more pages than these beyond its first is never given back.
    pub(super) pages_kept: f64,
    /// A chain may be so many times as long as the others on average: what a first page shows is often an hour's rush.
    pub(super) chain_length_ratio_max: f64,
    /// A chain may be no longer than this part of all that is left; a ratio.
    pub(super) chain_share_max: f64,
    /// A stretch above so many of the stream's own windows is asked for as a whole, where nothing is known of it.
    pub(super) probed_above_windows: i64,
    /// A stretch above so many of the stream's own windows is split before anything is known of it.
    pub(super) split_blindly_above_windows: i64,
    /// The parts such a stretch is split into.
    pub(super) blind_parts: i64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            requests_wasted_per_window: 1.2,
            pages_per_window_max: 8.0,
            margin_pages: 0.35,
            chain_shares_per_window: 1.4,
            last_windows_below_pages: 0.4,
            last_window_pages_min: 0.2,
            density_pages: 4.0,
            density_reach: 1.0 / 8.0,
            pages_kept: 3.0,
            chain_length_ratio_max: 2.0,
            chain_share_max: 0.75,
            probed_above_windows: 120,
            split_blindly_above_windows: 30,
            blind_parts: 8,
        }
    }
}
