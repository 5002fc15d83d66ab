//! The command line: one door to everything that an office, a reviewer or an auditor does.
//!
//! Invariant: an act takes its time from the wall clock alone; `--at` exists only where nothing is
//! written. Every command ends with one of the documented exit codes, never with a panic.

mod act;
mod appeal;
mod area;
mod audit;
mod board;
mod code;
mod config;
mod context;
mod convert;
mod credential;
mod daily;
mod data;
mod doctor;
mod error;
mod gate;
mod init;
mod issuing_keys;
mod json;
mod keys;
mod lists;
mod log;
mod monitor;
mod notice;
mod officer_accounts;
mod order;
mod order_view;
mod pack;
mod pack_view;
mod paper;
mod parse;
mod part_sink;
mod people;
mod person;
mod play;
mod proof;
mod publish;
mod push;
mod receipt;
mod registry;
mod remote;
mod report;
mod rows;
mod serve;
mod statement;
mod witness;

use clap::{Args, Parser, Subcommand};
use context::Context;
use error::{CliError, Done};
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 the ledger refused; 2 wrong usage or bad input file; 3 storage or system
trouble; 4 an audit, check or scenario failed.

Examples:
  mingma key new registrar.key
  mingma init --origin log.example/henan --province 41 --organisation 410000-health \\
      --name 省卫生健康委员会 --registrar 410000-health.gao --holder holder-1 --generate-keys keys
  mingma pack check henan-2022
  mingma code show 990000199001010017 --lang zh-CN
  mingma audit";

/// The health-code ledger that has to show its reasons.
#[derive(Debug, Parser)]
#[command(name = "mingma", version, about, after_help = AFTER_HELP, max_term_width = 100)]
#[command(
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct GlobalArgs {
    /// The data directory [env: MINGMA_DATA] [default: mingma-data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Language of codes and notices: `zh-CN` or `en` [env: MINGMA_LANG] [default: from LANG]
    #[arg(long, global = true, value_name = "LANGUAGE")]
    lang: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a data directory and begin a ledger
    Init(init::Options),
    /// Make and show key files; replace and revoke registered keys
    #[command(subcommand)]
    Key(keys::Command),
    /// Register and list organisations
    #[command(subcommand)]
    Org(registry::OrgCommand),
    /// Register and list officers
    #[command(subcommand)]
    Officer(registry::OfficerCommand),
    /// Check, compare, copy, adopt and show rule packs
    #[command(subcommand)]
    Pack(pack::Command),
    /// Names and documents in the vault
    #[command(subcommand)]
    Person(person::Command),
    /// Sign reports at an office and push them to the ledger
    #[command(subcommand)]
    Report(report::Command),
    /// Propose, approve, refuse and withdraw orders
    #[command(subcommand)]
    Order(order::Command),
    /// Show a person's code with its reasons; convert it
    #[command(subcommand)]
    Code(code::Command),
    /// Issue, show and withdraw the credentials that people carry
    #[command(subcommand)]
    Credential(credential::Command),
    /// Print a sheet of daily codes for somebody without a phone
    Paper(paper::Options),
    /// Cut, show and compare the status lists that gatekeepers' devices read
    #[command(subcommand)]
    StatusList(lists::Command),
    /// Check a code as a gatekeeper does, with no network
    Verify(gate::VerifyOptions),
    /// Fetch and show what a gate needs: policy, keys, lists
    #[command(subcommand)]
    Trust(gate::TrustCommand),
    /// Write the public site: log, lists, keys, counts, packs, statements
    Publish(publish::Options),
    /// The notices that people are owed: list them, send them, put dead letters back
    #[command(subcommand)]
    Notice(notice::Command),
    /// Serve the ledger over HTTP: submissions, public entries, the published site
    Serve(serve::Options),
    /// Check and show the configuration of a server
    #[command(subcommand)]
    Config(config::Command),
    /// Look after one's own server: configuration, files, clock, ledger
    Doctor(doctor::Options),
    /// Sign an act that is written as JSON, away from the ledger
    #[command(subcommand)]
    Act(remote::ActCommand),
    /// Ask a ledger's server, with a signed request
    Call(remote::CallArgs),
    /// Print who may ask what of the server: every route, role, place and state
    Access,
    /// Run a witness for another's log; ask the witnesses of this one
    #[command(subcommand)]
    Witness(witness::Command),
    /// A person's or an order's own proof in one file; or check one
    Receipt(receipt::Options),
    /// File and decide appeals
    #[command(subcommand)]
    Appeal(appeal::Command),
    /// Declare and lift numbered area and test orders
    #[command(subcommand)]
    Area(area::Command),
    /// Close and receive daily reports
    #[command(subcommand)]
    Daily(daily::Command),
    /// Publish explanations of orders
    #[command(subcommand)]
    Statement(statement::Command),
    /// What oversight and the public see: counts, refusals, anomalies
    Board(board::Options),
    /// The transparency log: checkpoints, proofs, entries
    #[command(subcommand)]
    Log(log::Command),
    /// Throw the views away and make them again from the journal
    Rebuild,
    /// Copy the data directory while nobody writes
    Backup(data::BackupArgs),
    /// Put a backup in place as a data directory
    Restore(data::RestoreArgs),
    /// Write what an auditor needs, or only what everybody may see
    Export(data::ExportArgs),
    /// Replay a data directory or bundle and check every signature, sum and proof
    Audit(audit::Options),
    /// Keep watching a published site, and keep the evidence of any fault
    Monitor(monitor::Options),
    /// Run scenario files against a ledger in memory
    #[command(subcommand)]
    Scenario(audit::ScenarioCommand),
    /// Play a province, its ordinary week, and an attempt to misuse the code
    Demo(crate::demo::Options),
    /// Measure this machine against what a province needs
    #[command(subcommand)]
    Bench(crate::bench::What),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that has gone is no trouble, as everywhere else.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match Context::new(&cli.global).and_then(|cx| run(&cx, cli.command)) {
        Ok(()) | Err(CliError::Pipe) => ExitCode::SUCCESS,
        Err(error) => {
            context::complain(&format!("mingma: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(cx: &Context, command: Command) -> Done {
    match command {
        Command::Init(options) => init::run(cx, &options),
        Command::Key(command) => keys::run(cx, command),
        Command::Org(command) => registry::org(cx, command),
        Command::Officer(command) => registry::officer(cx, command),
        Command::Pack(command) => pack::run(cx, command),
        Command::Person(command) => person::run(cx, command),
        Command::Report(command) => report::run(cx, command),
        Command::Order(command) => order::run(cx, command),
        Command::Code(command) => code::run(cx, command),
        Command::Credential(command) => credential::run(cx, command),
        Command::Paper(options) => paper::run(cx, &options),
        Command::StatusList(command) => lists::run(cx, command),
        Command::Verify(options) => gate::run(cx, &options),
        Command::Trust(command) => gate::trust(cx, command),
        Command::Publish(options) => publish::run(cx, &options),
        Command::Notice(command) => notice::run(cx, command),
        Command::Serve(options) => serve::run(cx, &options),
        Command::Config(command) => config::run(cx, &command),
        Command::Doctor(options) => doctor::run(cx, &options),
        Command::Act(command) => remote::act(cx, command),
        Command::Call(args) => remote::call(cx, &args),
        Command::Access => remote::access(cx),
        Command::Witness(command) => witness::run(cx, command),
        Command::Receipt(options) => receipt::run(cx, &options),
        Command::Appeal(command) => appeal::run(cx, command),
        Command::Area(command) => area::run(cx, command),
        Command::Daily(command) => daily::run(cx, command),
        Command::Statement(command) => statement::run(cx, command),
        Command::Board(options) => board::run(cx, &options),
        Command::Log(command) => log::run(cx, command),
        Command::Rebuild => data::rebuild(cx),
        Command::Backup(args) => data::backup(cx, &args),
        Command::Restore(args) => data::restore(cx, &args),
        Command::Export(args) => data::export(cx, &args),
        Command::Audit(options) => audit::run(cx, &options),
        Command::Monitor(options) => monitor::run(cx, &options),
        Command::Scenario(command) => audit::scenario(cx, command),
        Command::Demo(options) => play::demo(cx, &options),
        Command::Bench(options) => play::bench(cx, &options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
