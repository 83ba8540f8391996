//! Whose keys are needed at the start, and what is said where they are not there.

use serde_json::json;
use tests::command::{self, Ended};
use tests::folder::Folder;
use tests::template;
use tests::tokens::{ISSUER, Key};

/// The command ends with 1 and these words, before it builds or listens.
async fn check(issuer: &str, key_set: Option<&str>, expected: &str) {
    check_with(&[], issuer, key_set, expected).await;
}

async fn check_with(arguments: &[&str], issuer: &str, key_set: Option<&str>, expected: &str) {
    let folder = Folder::new("jwks");
    let mut command = command::countersign().await;
    command.args(arguments);
    for parameter in ["SignAuthorization=JWT", "JwtAudience=countersign"] {
        command.args(["--parameter", parameter]);
    }
    command.args(["--parameter", &format!("JwtIssuer={issuer}")]);
    let file = key_set.map(|text| folder.file("keys.json", text));
    if let Some(file) = &file {
        command.args(["--jwks", file]);
    }
    let Ended { status, stdout, stderr } = command::run(command).await;
    assert_eq!((status.code(), stdout.len()), (Some(1), 0), "{stderr:?}");
    let said = stderr.last().unwrap();
    let said = file.map_or(said.clone(), |file| said.replace(&file, "keys.json"));
    assert!(said.starts_with(&format!("countersign: {expected}")), "{said}");
    assert_eq!(stderr.len(), 1, "nothing was built: {stderr:?}");
}

#[tokio::test]
async fn the_keys_of_an_issuer_elsewhere_must_be_given() {
    let issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example";
    let expected = format!(
        "SignAuthorizer takes tokens of {issuer}, whose keys are not here: give them with --jwks FILE"
    );
    check(issuer, None, &expected).await;
    let published = Key::of_the_issuer().published().to_string();
    let expected = "--jwks is of no use: no route takes tokens of an issuer outside .invalid; leave --jwks \
                    away, or set SignAuthorization=JWT and JwtIssuer to the issuer whose keys these are";
    check("https://issuer.invalid/", Some(&published), expected).await;
}

#[tokio::test]
async fn a_stack_has_one_development_issuer() {
    let template = template::with(|tree| {
        let resources = template::at(tree, "Resources");
        for (name, copy) in [("SignAuthorizer", "OtherAuthorizer"), ("SignRoute", "OtherRoute")] {
            let copied = template::at(resources, name).clone();
            resources.as_mapping_mut().unwrap().insert(copy.into(), copied);
        }
        let configuration = "{Issuer: 'https://other.invalid/', Audience: [other]}";
        template::set(tree, "OtherAuthorizer", "JwtConfiguration", configuration);
        template::set(tree, "OtherRoute", "RouteKey", "POST /other");
        template::set(tree, "OtherRoute", "AuthorizerId", "!Ref OtherAuthorizer");
    });
    let folder = Folder::new("issuers");
    let template = folder.file("template.yaml", &template);
    let expected = "the template has several development issuers, expected one for `countersign \
                    token`: https://issuer.invalid/, https://other.invalid/";
    check_with(&["--template", &template], super::DEVELOPMENT, None, expected).await;
    // An issuer elsewhere beside it is not one more.
    let other =
        "OtherAuthorizer takes tokens of https://other.invalid.example.com/, whose keys are";
    let text = std::fs::read_to_string(&template).unwrap();
    let text = text.replace("https://other.invalid/", "https://other.invalid.example.com/");
    let template = folder.file("template.yaml", &text);
    check_with(&["--template", &template], super::DEVELOPMENT, None, other).await;
}

#[tokio::test]
async fn a_file_that_holds_no_keys_of_use_is_refused() {
    let check = async |text: &str, expected: &str| {
        check(ISSUER, Some(text), &format!("keys.json (--jwks): {expected}")).await;
    };
    check("{", "it is not JSON: ").await;
    check("{}", "expected a JWK Set: {\"keys\": [").await;
    check(r#"{"keys": []}"#, "none of its keys is an RSA key for signatures").await;
    let published = Key::of_the_issuer().published();
    let private =
        json!({"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB", "d": "AQAB"}]});
    check(&private.to_string(), "keys[0] is a private key, expected public keys alone").await;
    let mut small = published;
    small["keys"][0]["n"] = json!("AQAB");
    check(&small.to_string(), "keys[0]: expected an RSA key of 1,024 to 8,192 bits: ").await;
}
