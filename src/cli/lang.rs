//! The language of what is printed, and the command line in that language.

use clap::builder::StyledStr;
use clap::{Command, CommandFactory as _, FromArgMatches as _};

use super::Cli;
use crate::i18n::Lang;
use crate::i18n::catalogue::translated;

/// The variable that names the language.
const VARIABLE: &str = "TRTC_RECON_LANG";
/// What the parser itself says around values.
const FRAGMENTS: [&str; 4] = ["Usage:", "[default: ", "[possible values: ", "Possible values:"];

/// Returns the language that `VARIABLE` names.
#[must_use]
pub fn of_variable() -> Option<Lang> {
    std::env::var(VARIABLE).ok().and_then(|name| Lang::of_locale(&name))
}

/// Returns the language that `VARIABLE` names, else that of the locale.
#[must_use]
pub fn of_environment() -> Option<Lang> {
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find(set).and_then(|name| std::env::var(name).ok());
    of_variable().or_else(|| Lang::of_locale(&locale?))
}

/// Returns the language that the arguments name.
fn of_arguments(arguments: &[String]) -> Option<Lang> {
    let named = arguments.iter().enumerate().find_map(|(at, argument)| match argument.split_once('=') {
        Some(("--lang", name)) => Some(name),
        None if argument == "--lang" => arguments.get(at + 1).map(String::as_str),
        _ => None,
    });
    named.and_then(Lang::parse)
}

/// Reads the command line; help and errors are printed in the language that it or the environment names.
#[must_use]
pub fn parse() -> Cli {
    let arguments: Vec<String> = std::env::args_os().map(|one| one.to_string_lossy().into_owned()).collect();
    let lang = of_arguments(&arguments).or_else(of_environment).unwrap_or(Lang::En);
    let mut command = localised(Cli::command(), lang);
    let parsed = command
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command)));
    parsed.unwrap_or_else(|error| {
        if lang == Lang::En {
            error.exit();
        }
        // Help was translated part by part; the parser's own complaints are not.
        let mut text = error.to_string();
        if error.use_stderr() {
            text = translated(lang, &text);
        }
        for fragment in FRAGMENTS {
            text = text.replace(fragment, &translated(lang, fragment));
        }
        if error.use_stderr() {
            crate::commands::say_error(&text);
        } else {
            crate::commands::say_help(&text);
        }
        std::process::exit(error.exit_code())
    })
}

/// Returns a command with its help in a language.
fn localised(command: Command, lang: Lang) -> Command {
    if lang == Lang::En {
        return command;
    }
    let mut command = command;
    command.build();
    translate(command, lang)
}

fn translate(command: Command, lang: Lang) -> Command {
    let told = |text: Option<&StyledStr>| text.map(|text| translated(lang, &text.to_string()));
    let text = &lang.words().text;
    let (about, after) = (told(command.get_about()), told(command.get_after_help()));
    let (long, after_long) = (told(command.get_long_about()), told(command.get_after_long_help()));
    let command = command.mut_args(|argument| {
        let (help, long) = (told(argument.get_help()), told(argument.get_long_help()));
        let heading = match argument.get_help_heading() {
            Some("Output") => &text.help_output,
            _ if argument.is_positional() => &text.help_arguments,
            _ => &text.help_options,
        };
        let argument = argument.help_heading(heading.as_str());
        let argument = if let Some(help) = help { argument.help(help) } else { argument };
        if let Some(long) = long { argument.long_help(long) } else { argument }
    });
    let mut command = command.subcommand_help_heading(text.help_commands.as_str());
    if let Some(text) = about {
        command = command.about(text);
    }
    if let Some(text) = long {
        command = command.long_about(text);
    }
    if let Some(text) = after {
        command = command.after_help(text);
    }
    if let Some(text) = after_long {
        command = command.after_long_help(text);
    }
    command.mut_subcommands(|inner| translate(inner, lang))
}
