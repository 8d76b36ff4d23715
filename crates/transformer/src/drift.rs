//! What a page held that the schema does not expect, counted by place.

use std::collections::BTreeMap;

use crate::page::{Drift, FieldDrift};
use crate::scalar;
use crate::walk::{Walk, pointer_of};

impl Walk<'_> {
    pub(crate) fn drift(&mut self) -> Drift {
        let plan = self.plan;
        let page = self.input.page;
        let mut drift = Drift::default();
        for ((node, key), (count, record)) in std::mem::take(&mut self.new_fields) {
            let node = &plan.nodes[node];
            let array =
                |level: usize| plan.levels[level].array.map(|array| pointer_of(&plan.nodes[array].path));
            let mut pointer = format!(
                "{}/{}",
                pointer_of(&node.path),
                scalar::unescape(key).replace('~', "~0").replace('/', "~1")
            );
            let mut level = Some(node.level);
            while let Some(index) = level {
                if let Some(array) = array(index) {
                    pointer = format!("{array}/*{pointer}");
                }
                level = plan.levels[index].parent;
            }
            let one = FieldDrift { count, first: format!("{page} record {record}") };
            drift.merge(Drift { new_fields: BTreeMap::from([(pointer, one)]), ..Drift::default() });
        }
        for ((level, column), (count, record)) in &self.mismatches {
            let table = &plan.levels[*level].table;
            let column = table.schema.field(*column).name().clone();
            let one = FieldDrift { count: *count, first: format!("{page} record {record}") };
            drift.mismatches.insert((table.name.clone(), column), one);
        }
        drift
    }
}
