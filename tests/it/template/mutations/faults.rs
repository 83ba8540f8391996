//! Faults of access, addresses, functions and stages.

use tests::template::{at, set};

use super::Caught::Rule;
use super::{Mutation, add, fault, remove, replace};

/// All of them.
pub(super) const FAULTS: &[Mutation] = &[
    fault("$connect asks for no signature", Rule("connect is signed"), |tree| {
        set(tree, "ConnectRoute", "AuthorizationType", "NONE");
    }),
    fault("/sign is open where IAM was chosen", Rule("only what must be is open"), |tree| {
        set(tree, "SignRoute", "AuthorizationType", "!If [SignByJwt, JWT, NONE]");
    }),
    fault("the route names no authorizer", Rule("tokens are checked as chosen"), |tree| {
        remove(tree, "Resources.SignRoute.Properties.AuthorizerId");
    }),
    fault("the scopes are forgotten", Rule("tokens are checked as chosen"), |tree| {
        remove(tree, "Resources.SignRoute.Properties.AuthorizationScopes");
    }),
    fault("scopes cannot be taken away again", Rule("tokens are checked as chosen"), |tree| {
        set(
            tree,
            "SignRoute",
            "AuthorizationScopes",
            r#"!If [AsksForScopes, !Split [",", !Ref JwtScopes], !Ref AWS::NoValue]"#,
        );
    }),
    fault("tokens of another audience are taken", Rule("tokens are checked as chosen"), |tree| {
        replace(tree, "Resources.SignAuthorizer.Properties.JwtConfiguration.Audience", "[anybody]");
    }),
    fault(
        "claims are granted where no token was checked",
        Rule("tokens are checked as chosen"),
        |tree| {
            replace(
                tree,
                "Resources.SignFunction.Properties.Environment.Variables.CLAIM_GRANTS",
                "!Ref ClaimGrants",
            );
        },
    ),
    fault("a role may do all that DynamoDB knows", Rule("actions are named"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0.Action",
            r#""dynamodb:*""#,
        );
    }),
    fault("a role may do all but one thing", Rule("actions are named"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0",
            r#"{Effect: Allow, NotAction: "iam:PassRole", Resource: !GetAtt ConnectionsTable.Arn}"#,
        );
    }),
    fault("a role may also scan", Rule("roles may do what is needed"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0.Action",
            r#"["dynamodb:PutItem", "dynamodb:Scan"]"#,
        );
    }),
    fault(
        "a role has a managed policy beside its own",
        Rule("roles may do what is needed"),
        |tree| {
            set(
                tree,
                "DisconnectFunctionRole",
                "ManagedPolicyArns",
                r#"["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]"#,
            );
        },
    ),
    fault("a role may write any table", Rule("resources are named"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource",
            r#""*""#,
        );
    }),
    fault("a role may write any table of the account", Rule("resources are named"), |tree| {
        replace(
            tree,
            "Resources.ConnectFunctionRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource",
            r#"!Sub "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*""#,
        );
    }),
    fault("the signer may open any stage", Rule("resources are named"), |tree| {
        replace(
            tree,
            "Resources.SignerRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource",
            r#"!Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/*/$connect""#,
        );
    }),
    fault("the signer may call the HTTP API", Rule("roles may do what is needed"), |tree| {
        replace(
            tree,
            "Resources.SignerRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource",
            r#"!Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/POST/sign""#,
        );
    }),
    fault("everybody of the account may sign", Rule("roles are trusted by one"), |tree| {
        replace(
            tree,
            "Resources.SignerRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal",
            r#"{AWS: !Ref "AWS::AccountId"}"#,
        );
    }),
    fault("everybody may sign", Rule("roles are trusted by one"), |tree| {
        replace(
            tree,
            "Resources.SignerRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal",
            r#""*""#,
        );
    }),
    fault("another service may take a function's role", Rule("roles are trusted by one"), |tree| {
        replace(
            tree,
            "Resources.DefaultFunctionRole.Properties.AssumeRolePolicyDocument.Statement.0.Principal",
            "{Service: [lambda.amazonaws.com, ec2.amazonaws.com]}",
        );
    }),
    fault("a permission is for every route", Rule("permissions name their route"), |tree| {
        set(
            tree,
            "ConnectPermission",
            "SourceArn",
            r#"!Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/*""#,
        );
    }),
    fault("a permission is for every API", Rule("permissions name their route"), |tree| {
        remove(tree, "Resources.SignPermission.Properties.SourceArn");
    }),
    fault("a permission is for another route", Rule("permissions name their route"), |tree| {
        set(
            tree,
            "DisconnectPermission",
            "SourceArn",
            r#"!Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${WebSocketApi}/${StageName}/$default""#,
        );
    }),
    fault("two permissions are for one route", Rule("permissions name their route"), |tree| {
        let source = at(tree, "Resources.ConnectPermission.Properties.SourceArn").clone();
        let function = at(tree, "Resources.ConnectPermission.Properties.FunctionName").clone();
        let another = "{Type: AWS::Lambda::Permission, Properties: {Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com}}";
        add(tree, "Resources", "AnotherPermission", another);
        let properties = at(tree, "Resources.AnotherPermission.Properties");
        let properties = properties.as_mapping_mut().unwrap();
        properties.insert("SourceArn".into(), source);
        properties.insert("FunctionName".into(), function);
    }),
    fault("anybody may invoke a function", Rule("permissions name their route"), |tree| {
        set(tree, "DefaultPermission", "Principal", r#""*""#);
    }),
    fault("a variable is missing", Rule("functions get what they read"), |tree| {
        remove(tree, "Resources.ConnectFunction.Properties.Environment.Variables.SIGNER_ROLE_ID");
    }),
    fault("a variable that may be missing is", Rule("functions get what they read"), |tree| {
        remove(tree, "Resources.ConnectFunction.Properties.Environment.Variables.ALLOWED_ORIGINS");
    }),
    fault("a variable is set that nobody reads", Rule("functions get what they read"), |tree| {
        set(
            tree,
            "DefaultFunction",
            "Environment",
            "{Variables: {CONNECTIONS_TABLE: !Ref ConnectionsTable, CONNECTIONS_URL: 'https://a.example', COLOUR: red}}",
        );
    }),
    fault("two functions share a role", Rule("functions share no role"), |tree| {
        set(tree, "DisconnectFunction", "Role", "!GetAtt DefaultFunctionRole.Arn");
    }),
    fault("a function logs where Lambda likes", Rule("functions log to their own group"), |tree| {
        remove(tree, "Resources.SignFunction.Properties.LoggingConfig");
    }),
    fault("a function works on when nobody waits", Rule("functions end in time"), |tree| {
        set(tree, "DefaultFunction", "Timeout", "60");
    }),
    fault("a reserved concurrency is forgotten", Rule("concurrency is as chosen"), |tree| {
        remove(tree, "Resources.ConnectFunction.Properties.ReservedConcurrentExecutions");
    }),
    fault("spent nonces stay for ever", Rule("tables forget"), |tree| {
        remove(tree, "Resources.NoncesTable.Properties.TimeToLiveSpecification");
    }),
    fault("a table stays behind", Rule("what is stored goes with the stack"), |tree| {
        remove(tree, "Resources.ConnectionsTable.DeletionPolicy");
    }),
    fault("a log stays behind", Rule("what is stored goes with the stack"), |tree| {
        replace(tree, "Resources.SignLogGroup.UpdateReplacePolicy", "Retain");
    }),
    fault("a stage does not deploy itself", Rule("stages deploy themselves"), |tree| {
        remove(tree, "Resources.WebSocketStage.Properties.AutoDeploy");
    }),
    fault("a stage does not wait for $connect", Rule("stages wait for every route"), |tree| {
        replace(tree, "Resources.WebSocketStage.DependsOn", "[DefaultRoute, DisconnectRoute]");
    }),
    fault("/sign is not throttled", Rule("stages throttle"), |tree| {
        remove(tree, "Resources.HttpStage.Properties.DefaultRouteSettings");
    }),
    fault("$connect is throttled as /sign", Rule("stages throttle"), |tree| {
        replace(
            tree,
            "Resources.WebSocketStage.Properties.RouteSettings.$connect.ThrottlingRateLimit",
            "!Ref SignRateLimit",
        );
    }),
    fault("whole requests are traced", Rule("stages trace no data"), |tree| {
        set(tree, "WebSocketStage", "DefaultRouteSettings", "{DataTraceEnabled: true}");
    }),
    fault("execution is logged", Rule("stages trace no data"), |tree| {
        set(tree, "WebSocketStage", "DefaultRouteSettings", "{LoggingLevel: INFO}");
    }),
    fault("access to /sign is not logged", Rule("access is logged as chosen"), |tree| {
        remove(tree, "Resources.HttpStage.Properties.AccessLogSettings");
    }),
    fault(
        "the log group's name fills the account's policy",
        Rule("access is logged as chosen"),
        |tree| remove(tree, "Resources.HttpAccessLogGroup.Properties.LogGroupName"),
    ),
    fault("an access log holds the query", Rule("access logs hold no secret"), |tree| {
        replace(
            tree,
            "Resources.WebSocketStage.Properties.AccessLogSettings",
            r#"!If [LogsWebSocketAccess, {DestinationArn: !GetAtt WebSocketAccessLogGroup.Arn, Format: '{"requestId":"$context.requestId","x":"$context.authenticate.error"}'}, !Ref "AWS::NoValue"]"#,
        );
    }),
    fault("an access log holds a path", Rule("access logs hold no secret"), |tree| {
        replace(
            tree,
            "Resources.HttpStage.Properties.AccessLogSettings.Format",
            r#"'{"requestId":"$context.requestId","x":"$context.path"}'"#,
        );
    }),
    fault("an access log holds a header", Rule("access logs hold no secret"), |tree| {
        replace(
            tree,
            "Resources.HttpStage.Properties.AccessLogSettings.Format",
            r#"'{"requestId":"$context.requestId","x":"$context.identity.userAgent"}'"#,
        );
    }),
    fault(
        "an access log holds what is said of a token",
        Rule("access logs hold no secret"),
        |tree| {
            replace(
                tree,
                "Resources.HttpStage.Properties.AccessLogSettings.Format",
                r#"'{"requestId":"$context.requestId","x":"$context.authorizer.error"}'"#,
            );
        },
    ),
    fault(
        "@connections are sought where they may not answer",
        Rule("addresses follow the domains"),
        |tree| {
            replace(
                tree,
                "Resources.DefaultFunction.Properties.Environment.Variables.CONNECTIONS_URL",
                r#"!Sub "https://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${StageName}""#,
            );
        },
    ),
    fault("an output forgets the base path", Rule("addresses follow the domains"), |tree| {
        replace(
            tree,
            "Outputs.WebSocketUrl.Value",
            r#"!If [HasWebSocketDomain, !Sub "wss://${WebSocketDomainName}", !Sub "wss://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${StageName}"]"#,
        );
    }),
    fault(
        "sign-fn names a domain with nothing behind it",
        Rule("addresses follow the domains"),
        |tree| {
            remove(tree, "Resources.SignFunction.Metadata.Follows");
        },
    ),
    fault("a base path cannot be taken away again", Rule("domains are complete"), |tree| {
        set(
            tree,
            "HttpMapping",
            "ApiMappingKey",
            "!If [HasHttpBasePath, !Ref HttpBasePath, !Ref AWS::NoValue]",
        );
    }),
    fault("an address answers that should not", Rule("addresses follow the domains"), |tree| {
        remove(tree, "Resources.WebSocketApi.Properties.DisableExecuteApiEndpoint");
    }),
    fault("a domain leads to the other API", Rule("domains are complete"), |tree| {
        set(tree, "HttpMapping", "ApiId", "!Ref WebSocketApi");
    }),
    fault("a domain takes old TLS", Rule("domains are complete"), |tree| {
        replace(
            tree,
            "Resources.WebSocketDomain.Properties.DomainNameConfigurations.0.SecurityPolicy",
            "TLS_1_0",
        );
    }),
    fault("a certificate waits for a mail", Rule("domains are complete"), |tree| {
        set(tree, "HttpCertificate", "ValidationMethod", "EMAIL");
    }),
    fault("a record leads to the other domain", Rule("domains are complete"), |tree| {
        set(
            tree,
            "HttpRecord",
            "AliasTarget",
            "{DNSName: api.example.net, HostedZoneId: !Ref HostedZoneId}",
        );
    }),
    fault("every page may call", Rule("cors is as chosen"), |tree| {
        set(
            tree,
            "HttpApi",
            "CorsConfiguration",
            "!If [ServesBrowsers, {AllowOrigins: ['*'], AllowMethods: [POST]}, !Ref AWS::NoValue]",
        );
    }),
];
