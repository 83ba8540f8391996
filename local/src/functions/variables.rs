//! What Lambda puts into a function's environment, and what makes the AWS SDK call `local`.

use std::collections::BTreeMap;

/// What differs from function to function.
pub struct Function<'a> {
    /// `AWS_LAMBDA_FUNCTION_NAME`
    pub name: &'a str,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MB
    pub memory_megabytes: u32,
    /// `_HANDLER`
    pub handler: &'a str,
    /// The log group, from the template or by Lambda's rule.
    pub log_group: &'a str,
    /// `JSON` or `Text`
    pub log_format: &'a str,
    /// `AWS_LAMBDA_LOG_LEVEL`, where the template sets one.
    pub log_level: Option<&'a str>,
    /// The template's `Environment`.
    pub environment: &'a BTreeMap<String, String>,
}

/// The credentials of a role's session.
pub struct Credentials<'a> {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: &'a str,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: &'a str,
    /// `AWS_SESSION_TOKEN`
    pub session_token: &'a str,
}

/// A path that does not exist: no function may find a configuration of the person who runs it.
const NOWHERE: &str = "/nonexistent";

/// The whole environment of a function's process, but for what differs from process to process:
/// `AWS_LAMBDA_RUNTIME_API` and `AWS_LAMBDA_LOG_STREAM_NAME`.
///
/// The names are those of the Lambda Developer Guide, "Defined runtime environment variables".
/// Beside them stand `AWS_ENDPOINT_URL` and paths that lead nowhere, so that nothing of the
/// machine reaches the function. The template's own variables replace only what Lambda does not
/// reserve.
pub fn of(
    function: &Function<'_>,
    credentials: &Credentials<'_>,
    region: &str,
    endpoint: &str,
) -> BTreeMap<String, String> {
    let memory = function.memory_megabytes.to_string();
    let unreserved = [
        ("LANG", "en_US.UTF-8"),
        ("LD_LIBRARY_PATH", "/lib64:/usr/lib64:/var/runtime:/var/task:/opt/lib"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TZ", ":UTC"),
    ];
    let reserved = [
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", function.log_group),
        ("AWS_LAMBDA_LOG_FORMAT", function.log_format),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("_HANDLER", function.handler),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key),
        ("AWS_SESSION_TOKEN", credentials.session_token),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_CONFIG_FILE", NOWHERE),
        ("AWS_SHARED_CREDENTIALS_FILE", NOWHERE),
        ("HOME", NOWHERE),
    ];
    let mut variables = owned(unreserved);
    variables.extend(function.environment.clone());
    if let Some(level) = function.log_level {
        variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.to_owned());
    }
    variables.extend(owned(reserved));
    variables
}

fn owned<const N: usize>(variables: [(&str, &str); N]) -> BTreeMap<String, String> {
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_cannot_replace_what_lambda_reserves() {
        let environment = BTreeMap::from([
            ("AWS_ACCESS_KEY_ID".to_owned(), "theirs".to_owned()),
            ("GREETING".to_owned(), "hello".to_owned()),
            ("TZ".to_owned(), "Europe/Berlin".to_owned()),
        ]);
        let function = Function {
            name: "echo",
            memory_megabytes: 128,
            handler: "bootstrap",
            log_group: "/aws/lambda/echo",
            log_format: "Text",
            log_level: None,
            environment: &environment,
        };
        let credentials = Credentials {
            access_key_id: "ASIA",
            secret_access_key: "secret",
            session_token: "token",
        };
        let variables = of(&function, &credentials, "eu-west-1", "http://127.0.0.1:3002");
        let check = |name: &str, value: &str| {
            assert_eq!(variables.get(name).map(String::as_str), Some(value), "{name}");
        };
        check("AWS_ACCESS_KEY_ID", "ASIA");
        check("GREETING", "hello");
        check("TZ", "Europe/Berlin");
        check("LANG", "en_US.UTF-8");
        check("AWS_ENDPOINT_URL", "http://127.0.0.1:3002");
        check("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
        check("HOME", "/nonexistent");
    }
}
