//! How long a file is without its tests. Pure.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What a file says of its tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tests {
    /// The lines of each item behind `#[cfg(test)]`, the attribute included.
    pub(super) items: Vec<RangeInclusive<usize>>,
    /// Modules behind `#[cfg(test)]` that have a file of their own.
    pub(super) modules: Vec<String>,
}

impl Tests {
    /// Of the items at the top of a file.
    pub(super) fn of(tokens: TokenStream) -> Self {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut tests = Self::default();
        let mut index = 0;
        while index < tokens.len() {
            if !is_test_attribute(&tokens[index..]) {
                index += 1;
                continue;
            }
            let first = tokens[index].span().start().line;
            let item = &tokens[index + 2..];
            let last = item.iter().position(is_end).unwrap_or(item.len().saturating_sub(1));
            let Some(end) = item.get(last) else { break };
            tests.items.push(first..=end.span().end().line);
            if let [.., TokenTree::Ident(keyword), TokenTree::Ident(name)] = &item[..last]
                && keyword == "mod"
                && !matches!(end, TokenTree::Group(_))
            {
                tests.modules.push(name.to_string());
            }
            index += 2 + last + 1;
        }
        tests
    }

    /// How many lines of the file they are.
    pub(super) fn n_lines(&self) -> usize {
        self.items.iter().map(|lines| lines.end() + 1 - lines.start()).sum()
    }

    /// Whether this line is one of them.
    pub(super) fn has(&self, line: usize) -> bool {
        self.items.iter().any(|lines| lines.contains(&line))
    }
}

/// The middle one, the lower of two.
pub(super) fn median(mut lines: Vec<usize>) -> usize {
    lines.sort_unstable();
    lines.get(lines.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    hash.as_char() == '#' && is_cfg_test(attribute)
}

fn is_cfg_test(attribute: &Group) -> bool {
    let tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    matches!(&tokens[..], [TokenTree::Ident(name), TokenTree::Group(of)] if name == "cfg" && of.stream().to_string() == "test")
}

/// An item ends with its block or with a semicolon.
fn is_end(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_behind_cfg_test_are_tests() {
        for (text, items, modules) in [
            ("fn f() {}\n", vec![], &[][..]),
            ("fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n", vec![3..=6], &[]),
            ("#[cfg(test)]\nmod tests;\nmod other;\n", vec![1..=2], &["tests"]),
            (
                "#[cfg(test)]\n#[expect(clippy::panic, reason = \"a test\")]\npub(crate) mod fakes;",
                vec![1..=3],
                &["fakes"],
            ),
            (
                "#[cfg(test)]\nuse std::io;\n#[cfg(test)]\nfn h() {\n}\n#[cfg(unix)]\nmod unix;\n",
                vec![1..=2, 3..=5],
                &[],
            ),
        ] {
            let found = Tests::of(text.parse().unwrap());
            let modules = modules.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(found, Tests { items, modules }, "{text}");
        }
    }

    #[test]
    fn the_median_is_a_length_that_is_there() {
        for (lines, expected) in [(vec![], 0), (vec![7], 7), (vec![9, 1], 1), (vec![9, 1, 5], 5)] {
            assert_eq!(median(lines), expected);
        }
    }
}
