//! Which crate may name which: dependencies point one way.

use crate::command;
use crate::project::Project;

/// Each crate of ours, and the others of ours it may name, for building and for tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("convolake-cli", &["convolake-allocator", "convolake-engine", "convolake-simulator"]),
    (
        "convolake-engine",
        &[
            "convolake-extractor",
            "convolake-transformer",
            "convolake-loader",
            "convolake-batch",
            "convolake-model",
        ],
    ),
    ("convolake-marts", &["convolake-engine", "convolake-loader", "convolake-model"]),
    ("convolake-python", &["convolake-engine", "convolake-loader", "convolake-model"]),
    ("convolake-extractor", &["convolake-model"]),
    ("convolake-transformer", &["convolake-batch", "convolake-model"]),
    ("convolake-loader", &["convolake-batch", "convolake-model"]),
    ("convolake-batch", &["convolake-model"]),
    ("convolake-model", &[]),
    ("convolake-allocator", &[]),
    ("convolake-bench", &["convolake-transformer", "convolake-model"]),
    // What judges the others shares nothing with them.
    ("convolake-simulator", &[]),
    ("xtask", &[]),
];

/// What must not even be reached through others, and why. A name that ends in `*` stands for all that begin so.
const OUT_OF_REACH: &[(&str, &[&str], &str)] = &[
    (
        "convolake-transformer",
        &["tokio", "reqwest", "hyper"],
        "flattening is pure: it builds and tests without I/O",
    ),
    (
        "convolake-model",
        &["tokio", "reqwest", "hyper", "arrow*", "parquet"],
        "what a pipeline is needs neither I/O nor columns",
    ),
];

/// Fails with every edge that is not allowed.
pub(crate) fn check(project: &Project) -> Result<(), String> {
    let mut wrong = direct(&project.members);
    for (root, forbidden, reason) in OUT_OF_REACH {
        if project.members.iter().any(|(name, _)| name == root) {
            wrong.extend(reached(root, forbidden, reason, &tree(project, root)?));
        }
    }
    match wrong.is_empty() {
        true => {
            println!("edges: {} crates, all as agreed", project.members.len());
            Ok(())
        }
        false => Err(format!("edges that are not allowed:\n  {}", wrong.join("\n  "))),
    }
}

/// The edges between our crates that are not in the table.
fn direct(members: &[(String, Vec<String>)]) -> Vec<String> {
    let is_ours = |name: &String| members.iter().any(|(member, _)| member == name);
    let mut wrong = Vec::new();
    for (name, dependencies) in members {
        let Some((_, allowed)) = ALLOWED.iter().find(|(member, _)| member == name) else {
            wrong.push(format!("{name}: not in the table of xtask/src/edges.rs"));
            continue;
        };
        for dependency in dependencies.iter().filter(|name| is_ours(name)) {
            if !allowed.contains(&dependency.as_str()) {
                let others = match allowed.is_empty() {
                    true => "none of ours".to_owned(),
                    false => format!("only {}", allowed.join(", ")),
                };
                wrong.push(format!("{name} -> {dependency}: {name} names {others}"));
            }
        }
    }
    wrong
}

/// The forbidden names within `tree`.
fn reached(root: &str, forbidden: &[&str], reason: &str, tree: &[String]) -> Vec<String> {
    let is_forbidden = |name: &str| {
        forbidden.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *pattern,
        })
    };
    let mut names: Vec<&str> = tree.iter().map(String::as_str).filter(|name| is_forbidden(name)).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("{root} ..> {name}: {reason} (`cargo tree -p {root} -i {name}`)"))
        .collect()
}

/// All packages that are built for this crate and its tests, with the features it asks for itself.
fn tree(project: &Project, root: &str) -> Result<Vec<String>, String> {
    let mut tree = project.cargo();
    tree.args(["tree", "--quiet", "-p", root, "-e", "normal,build,dev"]);
    tree.args(["--prefix", "none", "--format", "{p}"]);
    let text = command::output(&mut tree)?;
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(members: &[(&str, &[&str])], expected: &[&str]) {
        let owned: Vec<(String, Vec<String>)> = members
            .iter()
            .map(|(name, names)| ((*name).to_owned(), names.iter().map(|name| (*name).to_owned()).collect()))
            .collect();
        assert_eq!(direct(&owned), expected);
    }

    #[test]
    fn dependencies_point_one_way() {
        let model: (&str, &[&str]) = ("convolake-model", &["serde"]);
        check(&[model, ("convolake-loader", &["convolake-model", "bytes"])], &[]);
        check(
            &[model, ("convolake-loader", &["convolake-extractor"]), ("convolake-extractor", &[])],
            &[
                "convolake-loader -> convolake-extractor: convolake-loader names only convolake-batch, convolake-model",
            ],
        );
        check(
            &[model, ("convolake-simulator", &["convolake-model"])],
            &["convolake-simulator -> convolake-model: convolake-simulator names none of ours"],
        );
        check(&[model, ("convolake-new", &[])], &["convolake-new: not in the table of xtask/src/edges.rs"]);
    }

    #[test]
    fn the_table_has_no_cycle() {
        // Taking away whoever names nobody left must take away all.
        let mut left: Vec<_> = ALLOWED.to_vec();
        while !left.is_empty() {
            let before = left.len();
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            left.retain(|(_, allowed)| allowed.iter().any(|name| names.contains(name)));
            assert!(left.len() < before, "a cycle among {names:?}");
        }
    }

    #[test]
    fn what_is_out_of_reach_is_found_anywhere_in_the_tree() {
        let tree = ["a", "tokio", "arrow-array", "tokio", "tokio-util"].map(str::to_owned);
        assert_eq!(
            reached("x", &["tokio", "arrow*"], "pure", &tree),
            [
                "x ..> arrow-array: pure (`cargo tree -p x -i arrow-array`)",
                "x ..> tokio: pure (`cargo tree -p x -i tokio`)",
            ]
        );
        assert_eq!(reached("x", &["reqwest"], "pure", &tree), [""; 0]);
    }
}
