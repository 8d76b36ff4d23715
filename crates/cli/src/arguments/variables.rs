//! A variable for each option: `CONVOLAKE_TO` stands in for `--to`.

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Command};

/// The command line with a variable for each option of each command.
pub(super) fn with_variables(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let command = command.mut_args(with_variable);
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_variables))
}

fn with_variable(arg: Arg) -> Arg {
    let Some(variable) = arg.get_long().map(variable) else { return arg };
    // A variable that is set to nothing is no value.
    if std::env::var_os(&variable).is_some_and(|value| value.is_empty()) {
        return arg;
    }
    // A number below zero is a wrong value, not an option of its own.
    let arg = match arg.get_action().takes_values() {
        true => arg.allow_negative_numbers(true),
        false => arg,
    };
    let arg = arg.env(variable).hide_env_values(true);
    match arg.get_action() {
        // `0`, `no` and `false` leave a switch off.
        ArgAction::SetTrue => arg.value_parser(FalseyValueParser::new()),
        // A variable holds several values a line each.
        ArgAction::Append => arg.value_delimiter('\n'),
        _ => arg,
    }
}

fn variable(long: &str) -> String {
    format!("CONVOLAKE_{}", long.replace('-', "_").to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_option_of_every_command_has_one() {
        fn check(command: &Command) {
            for arg in command.get_arguments().filter(|arg| arg.get_long().is_some()) {
                let variable = arg.get_env().unwrap_or_else(|| panic!("{} {arg}", command.get_name()));
                assert_eq!(variable.to_str(), arg.get_long().map(super::variable).as_deref());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::description());
        assert_eq!(variable("max-requests"), "CONVOLAKE_MAX_REQUESTS");
    }
}
