//! The paths of one source file that lead through its own crate. Pure.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::use_tree::leaves;

/// A path within the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CratePath {
    /// From the crate's root on, without `crate`; never empty.
    pub(super) segments: Vec<String>,
    /// What a `use` calls it; the last segment where it stands in an expression.
    pub(super) name: String,
    pub(super) line: usize,
}

/// All of them, by `use` and in place, in the order of the text. `module` is where the file stands: empty for the root.
pub(super) fn paths(tokens: TokenStream, module: &[String]) -> Vec<CratePath> {
    let mut found = Vec::new();
    collect(tokens, module, &mut found);
    found
}

fn collect(tokens: TokenStream, module: &[String], found: &mut Vec<CratePath>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token {
            TokenTree::Group(group) => collect(group.stream(), module, found),
            TokenTree::Ident(ident) if ident == "use" => {
                let rest = &tokens[index..];
                // `impl Trait + use<'a>` names no path.
                if !matches!(rest.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == '<') {
                    let end = rest.iter().position(|token| is_punct(token, ';')).unwrap_or(rest.len());
                    found.extend(used(&rest[..end], module));
                    index += end;
                }
            }
            TokenTree::Ident(ident) if ident == "mod" => {
                if let [TokenTree::Ident(name), TokenTree::Group(group), ..] = &tokens[index..]
                    && group.delimiter() == Delimiter::Brace
                {
                    let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
                    collect(group.stream(), &inner, found);
                    index += 2;
                }
            }
            TokenTree::Ident(ident) if is_start(&ident.to_string()) => {
                let segments = segments(&tokens[index - 1..]);
                // A path of two segments and a separator takes four tokens.
                index += 3 * (segments.len() - 1);
                let line = ident.span().start().line;
                if segments.len() > 1
                    && let Some(absolute) = resolved(&segments, module)
                    && let Some(last) = segments.last()
                {
                    found.push(CratePath { segments: absolute, name: last.clone(), line });
                }
            }
            _ => {}
        }
    }
}

fn used<'a>(tree: &[TokenTree], module: &'a [String]) -> impl Iterator<Item = CratePath> + use<'a> {
    leaves(tree).into_iter().filter_map(|leaf| {
        let segments = resolved(&leaf.segments, module)?;
        Some(CratePath { segments, name: leaf.name, line: leaf.line })
    })
}

/// The segments of the path that begins with the first token.
fn segments(tokens: &[TokenTree]) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(ident), after @ ..] = rest {
        segments.push(ident.to_string());
        match after {
            [first, second, behind @ ..] if is_punct(first, ':') && is_punct(second, ':') => rest = behind,
            _ => break,
        }
    }
    segments
}

/// The path from the root on; `None` where it leads out of the crate, or to the root itself.
///
/// A path without `crate`, `self` or `super` begins with a name that is known in its module. Only in the root can that be
/// a room; elsewhere it is a module within the same room, or another crate.
fn resolved(segments: &[String], module: &[String]) -> Option<Vec<String>> {
    let first = segments.first()?.as_str();
    let (base, rest) = match first {
        "crate" => (&[][..], &segments[1..]),
        "self" => (module, &segments[1..]),
        "super" => {
            let supers = segments.iter().take_while(|segment| *segment == "super").count();
            (&module[..module.len().checked_sub(supers)?], &segments[supers..])
        }
        _ if module.is_empty() => (&[][..], segments),
        _ => return None,
    };
    let absolute: Vec<String> = base.iter().chain(rest).cloned().collect();
    (!absolute.is_empty()).then_some(absolute)
}

fn is_start(segment: &str) -> bool {
    matches!(segment, "crate" | "self" | "super")
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(module: &str, text: &str, expected: &[&str]) {
        let module: Vec<String> =
            module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let found = paths(text.parse().unwrap(), &module);
        let found: Vec<String> =
            found.iter().map(|path| format!("{}:{}", path.line, path.segments.join("::"))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn uses_lead_from_where_the_file_stands() {
        check("a::b", "use crate::c::{D, e::F};\nuse crate::G;", &["1:c::D", "1:c::e::F", "2:G"]);
        check(
            "a::b",
            "use super::c::D; use super::super::e::F; use self::g;",
            &["1:a::c::D", "1:e::F", "1:a::b::g"],
        );
        check("a", "use std::io; use g::H; use ::serde::Value;", &[]);
        check("", "pub use a::B; use std::io;", &["1:a::B", "1:std::io"]);
        check("a", "mod tests {\n    use super::*;\n    use super::super::b::C;\n}", &["2:a::*", "3:b::C"]);
        check("a", "use super::super::b;", &[]);
    }

    #[test]
    fn paths_in_place_count_as_well() {
        check(
            "a",
            "fn f(x: &crate::b::C<D>) -> super::e::F { self.g(crate::h()) }",
            &["1:b::C", "1:e::F", "1:h"],
        );
        check("a", "macro_rules! m { () => { $crate::b::c!() } }", &["1:b::c"]);
        check("a", "assert_eq!(crate::b::C, 1);", &["1:b::C"]);
        check("a", "pub(crate) fn f() -> impl Sized + use<> { let crate_name = 1; }", &[]);
        check("a", "/// [`crate::b::C`]\n// crate::b::D\nconst E: &str = \"crate::b::F\";", &[]);
        check("a", "pub(in crate::a) fn f() {}", &["1:a"]);
        check("a", "fn f() { crate::b::<C>::d(); <crate::e::F as G>::h() }", &["1:b", "1:e::F"]);
    }
}
