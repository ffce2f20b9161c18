//! `completions` and `man`: what a shell and a manual make of the commands.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{because, print_bytes};
use crate::cli::Cli;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::pipeline::Status;

pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    script
}

/// Returns the manual page of the program, with a section for each command.
pub(super) fn manual() -> Result<Status, Diagnostics> {
    let mut program = Cli::command();
    program.build();
    let mut page = Vec::new();
    let mut rendered = clap_mangen::Man::new(program.clone()).render(&mut page);
    for command in program.get_subcommands().filter(|command| !command.is_hide_set()) {
        rendered = rendered.and_then(|()| section(command, &mut page));
    }
    match rendered {
        Ok(()) => Ok(print_bytes(&in_one_page(&program, &page))),
        Err(error) => Err(because(Diagnostic::error(
            "manual",
            At::file("man"),
            format!("the page cannot be made: {error}"),
            "report this as a defect",
        ))),
    }
}

/// Returns the page with its list of commands as they are typed: none has a page of its own.
fn in_one_page(program: &clap::Command, page: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page).into_owned();
    let typed = |text: String, command: &clap::Command| {
        let name = command.get_name().replace('-', "\\-");
        text.replace(&format!("trtc\\-recon\\-{name}(1)"), &format!("trtc\\-recon {name}"))
    };
    program.get_subcommands().fold(page, typed).into_bytes()
}

fn section(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let name = format!("trtc-recon {}", command.get_name());
    page.extend(format!(".SH \"{}\"\n", name.to_uppercase()).bytes());
    let man = clap_mangen::Man::new(command.clone());
    man.render_description_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_options_section(page)?;
    man.render_extra_section(page)
}
