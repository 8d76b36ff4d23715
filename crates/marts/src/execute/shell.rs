//! `query` without SQL, on a terminal.

use super::query::ask;
use crate::arguments::Query;
use crate::catalog::Catalog;
use crate::failure::Failure;
use crate::output::{terminal, text};
use crate::shell::{Line, Shell, Words};

const HELP: &str = "SQL, ended by a semicolon; Tab completes tables and columns
  SHOW TABLES;        which tables and marts there are   (\\d)
  DESCRIBE messages;  which columns a table has          (\\d messages)
  quit                leaves, as does Ctrl-D
";

/// Asks for SQL until the user goes.
pub(super) fn shell(arguments: &Query) -> Result<u8, Failure> {
    let catalog = Catalog::open(&arguments.to)?;
    let mut shell = Shell::open(words(&catalog)?)?;
    let names: Vec<&str> = catalog.tables().map(|table| table.name.as_str()).collect();
    terminal::line(&format!("{}: {}\n`help` tells what can be entered", arguments.to, names.join(", ")));
    drop(catalog);
    loop {
        match shell.read()? {
            Line::End => return Ok(0),
            Line::Nothing => {}
            Line::Help => text(HELP)?,
            Line::Sql(sql) => {
                // What is wrong with one question is no reason to leave.
                if let Err(failure) = ask(&sql, arguments) {
                    terminal::error(&failure);
                }
            }
        }
    }
}

fn words(catalog: &Catalog) -> Result<Words, Failure> {
    let table = |name: &str| {
        let columns = catalog.columns(name)?.into_iter().map(|(column, _)| column).collect();
        Ok((name.to_owned(), columns))
    };
    let tables = catalog.tables().map(|known| table(&known.name)).collect::<Result<_, Failure>>()?;
    Ok(Words::of_tables(tables))
}
