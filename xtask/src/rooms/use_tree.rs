//! The tree behind a `use`, taken apart into its leaves. Pure.

use proc_macro2::{Delimiter, TokenTree};

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    /// As written, from the first segment to the last; a glob ends in `*`.
    pub(super) segments: Vec<String>,
    /// What it is called from there on.
    pub(super) name: String,
    pub(super) line: usize,
}

/// The leaves of `tokens`, which stand between `use` and `;`.
pub(super) fn leaves(tokens: &[TokenTree]) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(tokens, &[], &mut leaves);
    leaves
}

fn collect(tokens: &[TokenTree], prefix: &[String], leaves: &mut Vec<Leaf>) {
    for item in tokens.split(|token| is_punct(token, ',')) {
        collect_item(item, prefix, leaves);
    }
}

fn collect_item(item: &[TokenTree], prefix: &[String], leaves: &mut Vec<Leaf>) {
    let mut segments = prefix.to_vec();
    let mut tokens = item.iter();
    let mut line = 0;
    let mut alias = None;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                return collect(&inner, &segments, leaves);
            }
            TokenTree::Ident(ident) if ident == "as" => alias = tokens.next().map(ToString::to_string),
            TokenTree::Ident(ident) => {
                line = ident.span().start().line;
                // `a::{self}` is `a`.
                if ident != "self" || segments.is_empty() {
                    segments.push(ident.to_string());
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '*' => {
                line = punct.span().start().line;
                segments.push("*".to_owned());
            }
            // `::a` is another crate.
            TokenTree::Punct(punct) if segments.is_empty() && punct.as_char() == ':' => return,
            _ => {}
        }
    }
    if line > 0
        && let Some(last) = segments.last()
    {
        let name = alias.unwrap_or_else(|| last.clone());
        leaves.push(Leaf { segments, name, line });
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::*;

    #[test]
    fn a_tree_is_taken_apart_into_paths_and_names() {
        for (text, expected) in [
            ("crate::a::B", &[("crate::a::B", "B")][..]),
            (
                "crate::a::{self, B as C, d::*}",
                &[("crate::a", "a"), ("crate::a::B", "C"), ("crate::a::d::*", "*")],
            ),
            (
                "super::super::{a, b::{c, d}}",
                &[("super::super::a", "a"), ("super::super::b::c", "c"), ("super::super::b::d", "d")],
            ),
            ("{crate::a, std::b}", &[("crate::a", "a"), ("std::b", "b")]),
            ("self::a as _", &[("self::a", "_")]),
            ("::serde::Value", &[]),
            ("a::{}", &[]),
        ] {
            let tokens: Vec<TokenTree> = text.parse::<TokenStream>().unwrap().into_iter().collect();
            let found: Vec<(String, String)> =
                leaves(&tokens).into_iter().map(|leaf| (leaf.segments.join("::"), leaf.name)).collect();
            let expected: Vec<(String, String)> =
                expected.iter().map(|(path, name)| ((*path).to_owned(), (*name).to_owned())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
