//! Which action on which resource each DynamoDB operation needs.
//! (Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB")

use std::collections::BTreeSet;

use serde_json::Value;

/// The operations that are played on this machine.
pub const OPERATIONS: [&str; 13] = [
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "ListTables",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

/// An action on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// As `dynamodb:PutItem`.
    pub action: String,
    /// An ARN.
    pub resource: String,
}

/// Why it is not known what a request needs; it is then refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPermission {
    /// An operation that is not among [`OPERATIONS`].
    #[error("operation {0} is not played on this machine")]
    Operation(String),
    /// The request does not name what it works on.
    #[error("the request does not say which table it is for")]
    Table,
}

/// All that a request needs; every one must be allowed. `account` begins every table's ARN:
/// `arn:aws:dynamodb:REGION:ACCOUNT`.
///
/// # Errors
///
/// See [`UnknownPermission`].
pub fn needed(
    operation: &str,
    request: &Value,
    account: &str,
) -> Result<BTreeSet<Permission>, UnknownPermission> {
    let permission = |action: &str, resource: String| Permission {
        action: format!("dynamodb:{action}"),
        resource,
    };
    let needed: BTreeSet<_> = match operation {
        "DeleteItem" | "DescribeTable" | "DescribeTimeToLive" | "GetItem" | "PutItem"
        | "UpdateItem" => [permission(operation, table(request, account)?)].into(),
        "Query" | "Scan" => {
            let table = table(request, account)?;
            let resource = match request.get("IndexName").and_then(Value::as_str) {
                Some(index) => format!("{table}/index/{index}"),
                None => table,
            };
            [permission(operation, resource)].into()
        }
        // AWS knows no single table here, and speaks of all of them in its refusals.
        "ListTables" => [permission(operation, table_arn("*", account))].into(),
        "BatchGetItem" | "BatchWriteItem" => request
            .get("RequestItems")
            .and_then(Value::as_object)
            .ok_or(UnknownPermission::Table)?
            .keys()
            .map(|name| permission(operation, table_arn(name, account)))
            .collect(),
        // A transaction has no action of its own: each element needs what it would need alone.
        "TransactGetItems" | "TransactWriteItems" => elements(request)?
            .map(|(element, request)| {
                let action = match element {
                    "ConditionCheck" => "ConditionCheckItem",
                    "Delete" => "DeleteItem",
                    "Get" => "GetItem",
                    "Put" => "PutItem",
                    "Update" => "UpdateItem",
                    _ => return Err(UnknownPermission::Table),
                };
                Ok(permission(action, table(request, account)?))
            })
            .collect::<Result<_, _>>()?,
        other => return Err(UnknownPermission::Operation(other.to_owned())),
    };
    if needed.is_empty() { Err(UnknownPermission::Table) } else { Ok(needed) }
}

fn elements(request: &Value) -> Result<impl Iterator<Item = (&str, &Value)>, UnknownPermission> {
    let items = request.get("TransactItems").and_then(Value::as_array);
    let items = items.ok_or(UnknownPermission::Table)?;
    Ok(items
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|item| item.iter().map(|(name, request)| (name.as_str(), request))))
}

fn table(request: &Value, account: &str) -> Result<String, UnknownPermission> {
    let name = request.get("TableName").and_then(Value::as_str);
    name.map(|name| table_arn(name, account)).ok_or(UnknownPermission::Table)
}

fn table_arn(name: &str, account: &str) -> String {
    if name.starts_with("arn:") { name.to_owned() } else { format!("{account}:table/{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ACCOUNT: &str = "arn:aws:dynamodb:eu-west-1:111122223333";

    fn check(operation: &str, request: Value, expected: &[(&str, &str)]) {
        let needed = needed(operation, &request, ACCOUNT).unwrap();
        let actual: Vec<_> = needed
            .iter()
            .map(|needed| {
                let resource = needed.resource.strip_prefix(ACCOUNT).unwrap_or(&needed.resource);
                (needed.action.as_str(), resource)
            })
            .collect();
        assert_eq!(actual, expected, "{operation}");
    }

    #[test]
    fn each_operation_needs_its_own_action() {
        check("GetItem", json!({"TableName": "t"}), &[("dynamodb:GetItem", ":table/t")]);
        check("ListTables", json!({}), &[("dynamodb:ListTables", ":table/*")]);
        check(
            "Query",
            json!({"TableName": "t", "IndexName": "i"}),
            &[("dynamodb:Query", ":table/t/index/i")],
        );
        check(
            "BatchGetItem",
            json!({"RequestItems": {"a": {}, "b": {}}}),
            &[("dynamodb:BatchGetItem", ":table/a"), ("dynamodb:BatchGetItem", ":table/b")],
        );
    }

    #[test]
    fn a_transaction_needs_what_its_elements_need() {
        check(
            "TransactWriteItems",
            json!({"TransactItems": [
                {"Put": {"TableName": "a"}},
                {"Put": {"TableName": "b"}},
                {"ConditionCheck": {"TableName": "c"}},
                {"Delete": {"TableName": "a"}, "Update": {"TableName": "d"}},
            ]}),
            &[
                ("dynamodb:ConditionCheckItem", ":table/c"),
                ("dynamodb:DeleteItem", ":table/a"),
                ("dynamodb:PutItem", ":table/a"),
                ("dynamodb:PutItem", ":table/b"),
                ("dynamodb:UpdateItem", ":table/d"),
            ],
        );
    }

    #[test]
    fn every_operation_that_is_played_has_its_permission() {
        for operation in OPERATIONS {
            let unknown = UnknownPermission::Operation(operation.to_owned());
            assert_ne!(needed(operation, &json!({}), ACCOUNT), Err(unknown));
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let check = |operation: &str, request: Value, expected| {
            assert_eq!(needed(operation, &request, ACCOUNT), Err(expected));
        };
        let unknown = UnknownPermission::Operation("ExecuteStatement".to_owned());
        check("ExecuteStatement", json!({}), unknown);
        check("PutItem", json!({}), UnknownPermission::Table);
        check("TransactWriteItems", json!({"TransactItems": []}), UnknownPermission::Table);
        let element = json!({"TransactItems": [{"Destroy": {"TableName": "t"}}]});
        check("TransactWriteItems", element, UnknownPermission::Table);
    }
}
