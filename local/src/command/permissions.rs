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
/// stands, the action, and what it is for, without the parts that all ARNs of a stack share.
pub(super) fn text(holders: &[Holder]) -> String {
    let all = || holders.iter().flat_map(|holder| &holder.permissions);
    let width = |column: fn(&PermissionUse) -> &str| {
        all().map(|one| column(one).chars().count()).max().unwrap_or(0)
    };
    let (policy, action) = (width(|one| &one.policy), width(|one| &one.action));
    let named: Vec<_> = all().flat_map(|one| places(&one.scope)).map(|(place, _)| place).collect();
    let is_one = |part: usize| {
        let mut names = named.iter().map(|place| place[part]).filter(|name| !name.is_empty());
        let first = names.next();
        names.all(|name| Some(name) == first)
    };
    let is_one_place = is_one(0) && is_one(1);
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
                one.policy,
                one.action,
                if is_one_place { short(&one.scope) } else { one.scope.clone() }
            );
        }
    }
    text
}

/// The places (region and account) that the ARNs of a scope name without a wildcard, each with what
/// follows it in the ARN. IAM's have no region.
fn places(scope: &str) -> impl Iterator<Item = ([&str; 2], &str)> {
    scope.split(' ').filter_map(|word| match word.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, _, region, account, rest] => {
            let is_plain = !region.contains(['*', '?']) && !account.contains(['*', '?']);
            is_plain.then_some(([region, account], rest))
        }
        _ => None,
    })
}

/// A scope whose ARNs begin behind the account: those of a stack in one region have all else in common.
fn short(scope: &str) -> String {
    let words = scope.split(' ').map(|word| places(word).next().map_or(word, |(_, rest)| rest));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_shortened_where_that_hides_nothing() {
        let check = |scope, expected| assert_eq!(short(scope), expected, "{scope}");
        check("arn:aws:dynamodb:eu-west-1:111122223333:table/t", "table/t");
        check("arn:aws:logs:eu-west-1:111122223333:log-group:g:*", "log-group:g:*");
        check("arn:aws:iam::111122223333:role/r", "role/r");
        check(
            "apigateway.amazonaws.com arn:aws:execute-api:eu-west-1:1:a/*",
            "apigateway.amazonaws.com a/*",
        );
        check("arn:aws:dynamodb:*:111122223333:table/t", "arn:aws:dynamodb:*:111122223333:table/t");
        check("arn:aws:dynamodb:*", "arn:aws:dynamodb:*");
        check("*", "*");
    }

    #[test]
    fn arns_of_several_places_are_shown_whole() {
        let check = |scopes: [&str; 2], expected: [&str; 2]| {
            let permission = |scope: &str| PermissionUse {
                policy: "p[0]".to_owned(),
                action: "a:A".to_owned(),
                scope: scope.to_owned(),
                used: Some(0),
            };
            let permissions = scopes.map(permission).to_vec();
            let text = text(&[Holder { name: "Role".to_owned(), permissions }]);
            let shown: Vec<_> =
                text.lines().skip(1).filter_map(|line| line.split("  ").last()).collect();
            assert_eq!(shown, expected);
        };
        let [here, iam] = ["arn:aws:a:eu-west-1:1:b", "arn:aws:iam::1:role/r"];
        check([here, iam], ["b", "role/r"]);
        check([here, "arn:aws:a:eu-west-2:1:b"], [here, "arn:aws:a:eu-west-2:1:b"]);
        check([here, "arn:aws:iam::2:role/r"], [here, "arn:aws:iam::2:role/r"]);
        check([here, "arn:aws:a:*:1:b"], ["b", "arn:aws:a:*:1:b"]);
    }

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
