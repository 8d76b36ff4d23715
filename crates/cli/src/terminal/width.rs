//! How many columns the screen has.

use terminal_size::{Width, terminal_size_of};

/// Columns of the terminal that shows stderr; `None` where it is none.
pub(crate) fn stderr_width() -> Option<usize> {
    terminal_size_of(std::io::stderr()).and_then(columns)
}

/// Columns of the terminal that shows stdout; `None` where it is none, and lines may be of any length.
pub(crate) fn stdout_width() -> Option<usize> {
    terminal_size_of(std::io::stdout()).and_then(columns)
}

/// A terminal that says it has no columns does not know.
fn columns<T>((Width(width), _): (Width, T)) -> Option<usize> {
    (width > 0).then_some(usize::from(width))
}
