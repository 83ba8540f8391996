//! Faults of form, which the linters find.

use tests::template::set;

use super::Caught::{CfnLint, Validate};
use super::{Mutation, add, fault, rename, replace};

/// All of them.
pub(super) const FAULTS: &[Mutation] = &[
    fault("a property is misspelt", CfnLint("E3002"), |tree| {
        rename(tree, "Resources.SignFunction.Properties", "Timeout", "Timeot");
    }),
    fault("a parameter is forgotten", CfnLint("W2001"), |tree| {
        add(tree, "Parameters", "Colour", "{Type: String, Default: red}");
    }),
    fault("a condition is forgotten", CfnLint("W8001"), |tree| {
        add(tree, "Conditions", "Unused", "!Equals [!Ref StageName, x]");
    }),
    fault("a policy has a version that does not exist", CfnLint("E3510"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Version",
            r#""2012-10-18""#,
        );
    }),
    fault("an alarm's period is none that CloudWatch knows", CfnLint("E3615"), |tree| {
        set(tree, "HttpErrorsAlarm", "Period", "45");
    }),
    fault("a label is for no parameter", CfnLint("W4001"), |tree| {
        replace(
            tree,
            "Metadata.AWS::CloudFormation::Interface.ParameterGroups.6.Parameters.0",
            "Architectur",
        );
    }),
    fault("an action is misspelt", CfnLint("W3037"), |tree| {
        replace(
            tree,
            "Resources.DisconnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0.Action",
            r#""dynamodb:DeleteItm""#,
        );
    }),
    fault("a reference leads nowhere", Validate("F1020"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunction.Properties.Environment.Variables.NONCES_TABLE",
            "!Ref NonceTable",
        );
    }),
    fault("a default is none that the parameter takes", Validate("F2015"), |tree| {
        replace(tree, "Parameters.UrlTtlSeconds.Default", "600");
    }),
    fault("a resource may not be there", Validate("W1001"), |tree| {
        set(tree, "SignRoute", "AuthorizerId", "!Ref SignAuthorizer");
    }),
    fault("a table's key has no definition", Validate("E3039"), |tree| {
        replace(
            tree,
            "Resources.NoncesTable.Properties.AttributeDefinitions.0.AttributeName",
            "nonces",
        );
    }),
];
