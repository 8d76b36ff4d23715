//! The trie's nodes, made as places are named.

use convolake_model::{Pointer, PointerStep};

use super::compiler::Compiler;
use crate::json::{Key, pointer};
use crate::plan::{Elements, Node};

impl Compiler<'_> {
    /// Adds the node of a level's elements, which stand at `rows`.
    pub(super) fn add_root(&mut self, level: usize, rows: &Pointer) -> usize {
        self.add_node(Node::new(level, rows.to_string()))
    }

    /// The node at `place` below `from`, made where it does not exist.
    pub(super) fn node_at(&mut self, from: usize, place: &Pointer) -> usize {
        let mut node = from;
        for step in place.steps() {
            node = match step {
                PointerStep::Key(key) => self.member(node, key),
                PointerStep::Each => self.joined_element(node),
            };
        }
        node
    }

    /// The node of an object's member.
    fn member(&mut self, object: usize, key: &str) -> usize {
        let Node { level, joined, ref path, ref pointer, ref children, .. } = self.nodes[object];
        if let Some(known) = children.iter().copied().find(|child| self.nodes[*child].key.name == key) {
            return known;
        }
        let member = Node {
            parent: Some(object),
            key: Key::new(key.to_owned()),
            path: path.iter().cloned().chain([key.to_owned()]).collect(),
            covered: joined,
            joined,
            ..Node::new(level, pointer::of_member(pointer, key))
        };
        let member = self.add_node(member);
        self.nodes[object].children.push(member);
        member
    }

    /// The node of an array's elements, whose texts are joined.
    fn joined_element(&mut self, array: usize) -> usize {
        let Node { level, elements, ref path, ref pointer, .. } = self.nodes[array];
        if let Elements::Joined(element) = elements {
            return element;
        }
        let element = Node {
            path: path.clone(),
            covered: true,
            joined: true,
            ..Node::new(level, format!("{pointer}/*"))
        };
        let element = self.add_node(element);
        self.nodes[array].elements = Elements::Joined(element);
        element
    }

    fn add_node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}
