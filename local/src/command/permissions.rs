//! `countersign permissions`: which of the granted permissions a running stack has used.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::Args;

use super::control_directory;
use crate::control::Request;
use crate::control::client::{AskError, Which, ask};
use crate::iam::PermissionUse;
use crate::permissions::Holder;

pub(super) const AFTER_HELP: &str = "\
A line for each action on each resource of a statement (in a trust policy, for each principal):
  used 3x     a call that was allowed needed it, or could have: every one that fits is counted
  never used  no call so far needed it
  not played  calls of this service do not come by here: a function's logs, for example

Examples:
  countersign permissions
  countersign permissions --port 3001 --json

Exit status:
  0  they were shown
  1  no stack could be asked; the line on stderr says why
  2  the command line is wrong";

/// Which stack to ask, and how to show what it answers.
#[derive(Args)]
pub(super) struct PermissionsArguments {
    /// The port of the stack's WebSocket API; needed where several stacks run
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,

    /// Print one line of JSON; `used` is null where it cannot be seen on this machine:
    /// [{"name":ROLE,"permissions":[{"policy":…,"action":…,"scope":…,"used":NUMBER},…]},…]
    #[arg(long, verbatim_doc_comment)]
    json: bool,
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum PermissionsError {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("cannot write to stdout")]
    Stdout(#[source] io::Error),
}

/// Asks a running stack, and shows what it answers.
pub(super) async fn run(arguments: PermissionsArguments) -> Result<(), PermissionsError> {
    let which = arguments.port.map_or(Which::Only, Which::OnPort);
    let request = Request::Permissions {};
    let holders: Vec<Holder> = ask(&control_directory(), which, &request).await?;
    let text = if arguments.json {
        // Texts and numbers only: this cannot fail.
        serde_json::to_string(&holders).unwrap_or_default() + "\n"
    } else {
        text(&holders)
    };
    let mut stdout = io::stdout();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(PermissionsError::Stdout)
}

/// A block for each role and function, a line for each permission: how often it was used, where it
/// stands, the action, and what it is for.
pub(super) fn text(holders: &[Holder]) -> String {
    let all = || holders.iter().flat_map(|holder| &holder.permissions);
    let width = |column: fn(&PermissionUse) -> &str| {
        all().map(|one| column(one).chars().count()).max().unwrap_or(0)
    };
    let (policy, action) = (width(|one| &one.policy), width(|one| &one.action));
    let mut text = String::new();
    for holder in holders {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", holder.name);
        for one in &holder.permissions {
            let used = match one.used {
                None => "not played".to_owned(),
                Some(0) => "never used".to_owned(),
                Some(times) => format!("used {times}x"),
            };
            let _ = writeln!(
                text,
                "  {used:<11} {:<policy$}  {:<action$}  {}",
                one.policy, one.action, one.scope
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_often_a_permission_was_used() {
        let permission = |policy: &str, action: &str, scope: &str, used| PermissionUse {
            policy: policy.to_owned(),
            action: action.to_owned(),
            scope: scope.to_owned(),
            used,
        };
        let holders = [
            Holder {
                name: "Reader".to_owned(),
                permissions: vec![
                    permission("rows[0]", "dynamodb:GetItem", "arn:of:rows", Some(12)),
                    permission("rows[0]", "dynamodb:Query", "arn:of:rows", Some(0)),
                    permission("logs[0]", "logs:PutLogEvents", "*", None),
                ],
            },
            Holder {
                name: "Function".to_owned(),
                permissions: vec![permission("Invoke", "lambda:*", "a b", Some(1))],
            },
        ];
        let expected = "\
Reader
  used 12x    rows[0]  dynamodb:GetItem   arn:of:rows
  never used  rows[0]  dynamodb:Query     arn:of:rows
  not played  logs[0]  logs:PutLogEvents  *
Function
  used 1x     Invoke   lambda:*           a b
";
        assert_eq!(text(&holders), expected);
    }
}
