//! The rows around a row that a window looks at.

use sqlparser::ast::{Expr, Value, WindowFrame, WindowFrameBound, WindowFrameUnits};

/// Which rows of its partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    /// From the first to the last that is equal to this in the order.
    ToPeers,
    /// From the first to this.
    ToRow,
    /// So many before, and this.
    Last(i64),
}

impl Reach {
    /// The rows that an `OVER` means; `None` where it means others.
    pub(super) fn of(frame: Option<&WindowFrame>, is_ordered: bool) -> Option<Self> {
        use WindowFrameBound::{CurrentRow, Following, Preceding};
        let Some(WindowFrame { units, start_bound, end_bound }) = frame else {
            return Some(if is_ordered { Self::ToPeers } else { Self::All });
        };
        let end = end_bound.as_ref().unwrap_or(&CurrentRow);
        match (start_bound, end, units) {
            (Preceding(None), Following(None), _) => Some(Self::All),
            (Preceding(None), CurrentRow, _) if !is_ordered => {
                Some(Self::All).filter(|_| *units == WindowFrameUnits::Range)
            }
            (Preceding(None), CurrentRow, WindowFrameUnits::Rows) => Some(Self::ToRow),
            (Preceding(None), CurrentRow, WindowFrameUnits::Range) => Some(Self::ToPeers),
            (Preceding(Some(rows)), CurrentRow, WindowFrameUnits::Rows) => number(rows).map(Self::Last),
            _ => None,
        }
    }
}

fn number(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
