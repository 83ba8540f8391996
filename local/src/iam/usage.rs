//! Which of a role's permissions were used, and how often.
//!
//! One permission is one action on one resource of one statement; in a trust policy, one action for one
//! principal. Each is kept as a policy that grants it alone, and that policy says whether it fits a
//! request: wildcards, variables and conditions count as they decide. A request that is allowed counts
//! for every permission that fits it, as each would have been enough; one that is refused for none.
//! A session policy grants nothing, it is not the template's, and so it is not counted.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::TRUST_POLICY;
use super::policy::document::{Policy, PolicyUse};
use super::policy::evaluate::{Request, StatementId, Verdict, evaluate};
use super::roles::{IamError, NamedPolicy, read_policy, resolve_trust};
use super::trust::{Asker, Directory, TrustPolicy, TrustVerdict};

/// The services whose calls come by here. Others are called by AWS itself, as a function's logs are
/// written: whether such a permission is needed cannot be seen on this machine.
const PLAYED: [&str; 3] = ["dynamodb", "execute-api", "sts"];

/// Pairs of action and resource of a statement that are counted one by one; one with more is counted
/// as a whole. (A role's policies may have 10,240 characters, which are enough for a million.)
const MOST_PAIRS: usize = 1_000;

/// How a `Not` element reads.
const ALL_BUT: &str = "all but ";

/// A permission of the template, and how often it was used.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct PermissionUse {
    /// The statement: `connections[0]`, with its `Sid` in parentheses if it has one.
    pub policy: String,
    /// The action, as it is written: `dynamodb:PutItem`.
    pub action: String,
    /// What it is granted on; in a trust policy, to whom.
    pub scope: String,
    /// How often; `None` where that cannot be seen on this machine.
    pub used: Option<u64>,
}

/// The permissions of one role.
#[derive(Debug)]
pub(crate) struct Usage {
    permissions: Vec<Granted<Policy>>,
    trust: Vec<Granted<TrustPolicy>>,
}

/// A permission.
#[derive(Debug)]
struct Granted<P> {
    part: Part,
    /// A policy that grants it alone.
    policy: P,
    used: AtomicU64,
}

/// What of a policy a permission is.
#[derive(Debug)]
struct Part {
    statement: StatementId,
    action: String,
    scope: String,
}

impl Usage {
    /// The permissions of a role whose policies are well-formed, none of them used.
    pub(crate) fn new(
        role: &str,
        policies: &[NamedPolicy],
        trust_policy: &Value,
        directory: &Directory<'_>,
    ) -> Result<Self, IamError> {
        let mut permissions = Vec::new();
        for policy in policies {
            for (part, document) in parts(&policy.name, &policy.document, "Resource") {
                let policy = read_policy(role, &policy.name, &document, PolicyUse::Permissions)?;
                permissions.push(Granted { part, policy, used: AtomicU64::default() });
            }
        }
        let mut trust = Vec::new();
        for (part, document) in parts(TRUST_POLICY, trust_policy, "Principal") {
            let policy = resolve_trust(role, &document, directory)?;
            trust.push(Granted { part, policy, used: AtomicU64::default() });
        }
        Ok(Self { permissions, trust })
    }

    /// Counts a request of the role that was allowed.
    pub(crate) fn count(&self, request: Request<'_>) {
        for granted in &self.permissions {
            if matches!(evaluate([&granted.policy], request), Verdict::Allowed(_)) {
                granted.count();
            }
        }
    }

    /// Counts that the role was assumed.
    pub(crate) fn count_assumed(&self, asker: Asker<'_>, request: Request<'_>) {
        for granted in &self.trust {
            if matches!(granted.policy.evaluate(asker, request), TrustVerdict::Allowed(_)) {
                granted.count();
            }
        }
    }

    /// Every permission, in the order of the template; the trust policy's first.
    pub(crate) fn report(&self) -> Vec<PermissionUse> {
        let trust = self.trust.iter().map(Granted::report);
        trust.chain(self.permissions.iter().map(Granted::report)).collect()
    }
}

impl<P> Granted<P> {
    fn count(&self) {
        self.used.fetch_add(1, Ordering::Relaxed);
    }

    fn report(&self) -> PermissionUse {
        let Part { statement, action, scope } = &self.part;
        PermissionUse {
            policy: statement.to_string(),
            action: action.clone(),
            scope: scope.clone(),
            used: is_played(action, scope).then(|| self.used.load(Ordering::Relaxed)),
        }
    }
}

/// Whether calls of an action come by here: of one, of all but some, or of one of several. Those of every service
/// are calls of the service whose resources they are granted on.
fn is_played(actions: &str, scope: &str) -> bool {
    if actions.starts_with(ALL_BUT) {
        return has_played(scope);
    }
    actions.split(", ").any(|action| match action.split_once(':') {
        Some((service, _)) => PLAYED.iter().any(|played| service.eq_ignore_ascii_case(played)),
        None => has_played(scope),
    })
}

/// Whether one of several resources, or all but some, could be one of a service that is played. A role is IAM's, and
/// is assumed by a call of STS.
fn has_played(scope: &str) -> bool {
    scope.starts_with(ALL_BUT)
        || scope.split(", ").any(|resource| match resource.split(':').collect::<Vec<_>>()[..] {
            ["arn", _, service, ..] => {
                service.contains(['*', '?']) || service == "iam" || PLAYED.contains(&service)
            }
            _ => true,
        })
}

/// The permissions of a well-formed policy, each with a document that grants it alone. `scope` is the
/// element that says what, or to whom.
fn parts(policy: &str, document: &Value, scope: &str) -> Vec<(Part, Value)> {
    let one_or_more = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    let Some(document) = document.as_object() else { return Vec::new() };
    let statements = document.get("Statement").map(one_or_more).unwrap_or_default();
    let mut around = document.clone();
    around.remove("Statement");
    let mut parts = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let Some(statement) = statement.as_object() else { continue };
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let sid = statement.get("Sid").and_then(Value::as_str).map(str::to_owned);
        let id = StatementId { policy: policy.to_owned(), index, sid };
        let (mut actions, mut scopes) = (entries(statement, "Action"), entries(statement, scope));
        if actions.len() * scopes.len() > MOST_PAIRS {
            (actions, scopes) = (whole(statement, "Action"), whole(statement, scope));
        }
        for action in &actions {
            for scope in &scopes {
                let mut narrow = statement.clone();
                narrow.extend([action.element.clone(), scope.element.clone()]);
                let mut document = around.clone();
                document.insert("Statement".to_owned(), Value::Object(narrow));
                let (action, scope) = (action.text.clone(), scope.text.clone());
                let statement = id.clone();
                parts.push((Part { statement, action, scope }, Value::Object(document)));
            }
        }
    }
    parts
}

/// One entry of a statement's element: how it reads, and the element with it alone.
struct Entry {
    text: String,
    element: (String, Value),
}

/// The entries of an element; its `Not` form is one, as only the whole of it grants something.
fn entries(statement: &Map<String, Value>, name: &str) -> Vec<Entry> {
    match statement.get(name) {
        None => whole(statement, name),
        Some(value) => leaves(value)
            .map(|(class, text)| {
                let alone = match class {
                    Some(class) => json!({class: text}),
                    None => json!(text),
                };
                Entry { text: text.to_owned(), element: (name.to_owned(), alone) }
            })
            .collect(),
    }
}

/// All of an element, or of its `Not` form, as one entry.
fn whole(statement: &Map<String, Value>, name: &str) -> Vec<Entry> {
    let negated = format!("Not{name}");
    let entry = |name: &str, prefix: &str| {
        let value = statement.get(name)?;
        let texts: Vec<_> = leaves(value).map(|(_, text)| text).collect();
        let text = format!("{prefix}{}", texts.join(", "));
        Some(Entry { text, element: (name.to_owned(), value.clone()) })
    };
    entry(name, "").or_else(|| entry(&negated, ALL_BUT)).into_iter().collect()
}

/// The texts of an element: one, a list, or (of principals) either of them by class.
fn leaves(value: &Value) -> impl Iterator<Item = (Option<&str>, &str)> {
    let classes: Vec<(Option<&str>, &Value)> = match value {
        Value::Object(classes) => {
            classes.iter().map(|(class, value)| (Some(class.as_str()), value)).collect()
        }
        value => vec![(None, value)],
    };
    classes.into_iter().flat_map(|(class, value)| {
        let texts = match value {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            value => value.as_str().into_iter().collect::<Vec<_>>(),
        };
        texts.into_iter().map(move |text| (class, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permissions of a policy with this statement: action, scope, and the statement that is left.
    fn check(statement: &Value, scope: &str, expected: &[(&str, &str, Value)]) {
        let document = json!({"Version": "2012-10-17", "Statement": statement});
        let found: Vec<_> = parts("p", &document, scope)
            .into_iter()
            .map(|(part, document)| {
                assert_eq!(document["Version"], "2012-10-17", "the version decides too");
                (part.action, part.scope, document["Statement"].clone())
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(action, scope, left)| ((*action).to_owned(), (*scope).to_owned(), left.clone()))
            .collect();
        assert_eq!(found, expected, "{statement}");
    }

    fn allow(action: &str, resource: &str) -> Value {
        json!({"Effect": "Allow", "Action": action, "Resource": resource})
    }

    #[test]
    fn a_permission_is_one_action_on_one_resource() {
        let statement =
            json!({"Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": ["*", "arn"]});
        check(
            &statement,
            "Resource",
            &[
                ("a:A", "*", allow("a:A", "*")),
                ("a:A", "arn", allow("a:A", "arn")),
                ("a:B", "*", allow("a:B", "*")),
                ("a:B", "arn", allow("a:B", "arn")),
            ],
        );
        check(&json!([allow("a:A", "*")]), "Resource", &[("a:A", "*", allow("a:A", "*"))]);
    }

    #[test]
    fn what_is_left_out_is_left_out_as_a_whole() {
        let statement =
            json!({"Effect": "Allow", "NotAction": ["a:A", "a:B"], "NotResource": "arn"});
        let expected = ("all but a:A, a:B", "all but arn", statement.clone());
        check(&statement, "Resource", &[expected]);
    }

    #[test]
    fn a_deny_permits_nothing() {
        check(&json!({"Effect": "Deny", "Action": "*", "Resource": "*"}), "Resource", &[]);
        check(&json!("nothing"), "Resource", &[]);
    }

    #[test]
    fn a_trust_policy_permits_each_principal() {
        let trust = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        let (service, first, second) = (
            trust(json!({"Service": "lambda.amazonaws.com"})),
            trust(json!({"AWS": "one"})),
            trust(json!({"AWS": "two"})),
        );
        let action = "sts:AssumeRole";
        check(
            &trust(json!({"AWS": ["one", "two"], "Service": "lambda.amazonaws.com"})),
            "Principal",
            &[
                (action, "one", first),
                (action, "two", second),
                (action, "lambda.amazonaws.com", service),
            ],
        );
        check(&trust(json!("*")), "Principal", &[(action, "*", trust(json!("*")))]);
    }

    #[test]
    fn a_statement_with_very_many_pairs_is_counted_as_a_whole() {
        let resources: Vec<_> = (0..=MOST_PAIRS / 2).map(|number| format!("r{number}")).collect();
        let statement = json!({"Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": resources});
        check(&statement, "Resource", &[("a:A, a:B", &resources.join(", "), statement.clone())]);
    }

    #[test]
    fn only_calls_that_come_by_can_be_counted() {
        for (action, expected) in [
            ("dynamodb:PutItem", true),
            ("STS:AssumeRole", true),
            ("execute-api:*", true),
            ("*", true),
            ("all but logs:PutLogEvents", true),
            ("logs:PutLogEvents", false),
            ("logs:PutLogEvents, dynamodb:PutItem", true),
            ("lambda:InvokeFunction", false),
        ] {
            assert_eq!(is_played(action, "*"), expected, "{action}");
        }
        for (scope, expected) in [
            ("arn:aws:logs:eu-west-1:1:log-group:g", false),
            ("arn:aws:logs:eu-west-1:1:log-group:g, arn:aws:dynamodb:eu-west-1:1:table/t", true),
            ("arn:aws:dynamodb:eu-west-1:1:table/t", true),
            ("arn:aws:iam::1:role/r", true),
            ("arn:aws:*:eu-west-1:1:x", true),
            ("all but arn:aws:logs:eu-west-1:1:log-group:g", true),
        ] {
            assert_eq!(is_played("*", scope), expected, "{scope}");
            assert_eq!(is_played("all but a:A", scope), expected, "{scope}");
            assert!(is_played("sts:AssumeRole", scope), "{scope}");
        }
    }
}
