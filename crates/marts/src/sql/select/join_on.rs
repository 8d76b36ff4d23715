//! What a condition of a join is made of: keys, conditions of one side, and conditions of both.

use std::collections::BTreeSet;

use sqlparser::ast::{BinaryOperator, Expr};

use super::resolve::names_in;

/// The parts of a condition, all of which are to hold.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Pairs that are equal, left and right.
    pub(super) keys: Vec<(Expr, Expr)>,
    /// Pairs that are equal or both null.
    pub(super) same: Vec<(Expr, Expr)>,
    /// Conditions of the left side, or of none.
    pub(super) left: Vec<Expr>,
    /// Conditions of the right side.
    pub(super) right: Vec<Expr>,
    /// Conditions of both sides that are no keys.
    pub(super) both: Vec<Expr>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    None,
    Left,
    Right,
    Both,
}

impl Parts {
    /// The parts of a condition over columns of the left and of the right.
    pub(super) fn of(condition: &Expr, left: &BTreeSet<String>, right: &BTreeSet<String>) -> Self {
        let side = |expression: &Expr| {
            let names = names_in(expression);
            match (
                names.iter().any(|name| left.contains(name)),
                names.iter().any(|name| right.contains(name)),
            ) {
                (true, true) => Side::Both,
                (true, false) => Side::Left,
                (false, true) => Side::Right,
                (false, false) => Side::None,
            }
        };
        let mut parts = Self::default();
        for part in conjuncts(condition) {
            let pair = match &part {
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => Some((left, right, false)),
                Expr::IsNotDistinctFrom(left, right) => Some((left, right, true)),
                _ => None,
            };
            let pair = pair.and_then(|(one, other, is_same)| match (side(one), side(other)) {
                (Side::Left, Side::Right) => Some(((**one).clone(), (**other).clone(), is_same)),
                (Side::Right, Side::Left) => Some(((**other).clone(), (**one).clone(), is_same)),
                _ => None,
            });
            match (pair, side(&part)) {
                (Some((left, right, false)), _) => parts.keys.push((left, right)),
                (Some((left, right, true)), _) => parts.same.push((left, right)),
                (None, Side::Both) => parts.both.push(part),
                (None, Side::Right) => parts.right.push(part),
                (None, Side::Left | Side::None) => parts.left.push(part),
            }
        }
        parts
    }
}

/// The conditions that `AND` joins.
pub(super) fn conjuncts(condition: &Expr) -> Vec<Expr> {
    match condition {
        Expr::Nested(inner) => match &**inner {
            Expr::BinaryOp { op: BinaryOperator::And, .. } | Expr::Nested(_) => conjuncts(inner),
            _ => vec![condition.clone()],
        },
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        other => vec![other.clone()],
    }
}

/// All conditions as one; `None` where there is none.
pub(super) fn all_of(conditions: &[Expr]) -> Option<Expr> {
    let each = conditions.iter().cloned().map(|condition| Expr::Nested(Box::new(condition)));
    each.reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    })
}
