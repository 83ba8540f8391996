//! What all AWS clients of a function share.

use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::region::ProvideRegion as _;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::EnvConfigValue;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::http_client::http_client;

/// How long a TCP connection to AWS may take. Within one region it takes a few milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_000);

/// How long one attempt of a call may take, connecting included: a cold start's TLS handshake fits.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long a call may take with all its attempts. Three calls one after the other (the most that
/// an invocation makes) still end within the 10 seconds of a function.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(3_000);

/// How often a call is tried.
const MAXIMUM_ATTEMPTS: u32 = 3;

/// The upper bound of the random pause before the second attempt; it doubles with each further one.
const INITIAL_BACKOFF: Duration = Duration::from_millis(100);

/// Variables that choose among AWS's own endpoints ("Settings reference", AWS SDKs and Tools Reference Guide).
const USE_FIPS: &str = "AWS_USE_FIPS_ENDPOINT";
const USE_DUAL_STACK: &str = "AWS_USE_DUALSTACK_ENDPOINT";

/// The configuration from which a function makes its AWS clients, once, at its start.
///
/// Region and credentials are those that Lambda puts into the environment, and are looked for
/// nowhere else: no profile files, no container or instance metadata. So it is put together here, rather than by
/// `aws_config::defaults`, which links all of these. `AWS_ENDPOINT_URL` (and its variants for one service),
/// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` are honoured.
///
/// A region or credentials that are missing show in the first call.
pub async fn sdk_config() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(MAXIMUM_ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF);
    let environment = Environment(Env::real());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(
            EnvironmentVariableCredentialsProvider::new(),
        ))
        .http_client(http_client(CONNECT_TIMEOUT))
        .timeout_config(timeouts)
        .retry_config(retries);
    config.set_use_fips(environment.flag(USE_FIPS));
    config.set_use_dual_stack(environment.flag(USE_DUAL_STACK));
    config.service_config(environment).build()
}

/// The variables of the environment that are the SDK's.
#[derive(Debug)]
struct Environment(Env);

impl Environment {
    /// As the SDK reads it: true or false in any case, and anything else is not said.
    fn flag(&self, variable: &str) -> Option<bool> {
        self.0.get(variable).ok()?.to_ascii_lowercase().parse().ok()
    }
}

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let variable = EnvConfigValue::new().env(key.env()).service_id(key.service_id());
        variable.load(&self.0, None).map(|(value, _)| value.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn limits_are_set_and_fit_one_another() {
        let config = sdk_config().await;
        let timeouts = config.timeout_config().expect("timeouts are set");
        assert_eq!(timeouts.operation_timeout(), Some(OPERATION_TIMEOUT));
        assert_eq!(timeouts.operation_attempt_timeout(), Some(ATTEMPT_TIMEOUT));
        assert_eq!(timeouts.connect_timeout(), Some(CONNECT_TIMEOUT));
        assert!(CONNECT_TIMEOUT < ATTEMPT_TIMEOUT && ATTEMPT_TIMEOUT < OPERATION_TIMEOUT);
        assert_eq!(config.retry_config().map(RetryConfig::max_attempts), Some(MAXIMUM_ATTEMPTS));
        assert!(config.http_client().is_some());
    }

    #[track_caller]
    fn check_endpoint(variables: &[(&str, &str)], expected: Option<&str>) {
        let environment = Environment(Env::from_slice(variables));
        let key = ServiceConfigKey::builder()
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .service_id("API Gateway")
            .build();
        let found = environment.load_config(key.expect("all three are there"));
        assert_eq!(found.as_deref(), expected, "{variables:?}");
    }

    #[test]
    fn an_endpoint_of_one_service_comes_before_that_of_all() {
        let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        check_endpoint(&[], None);
        check_endpoint(&[all], Some("http://127.0.0.1:1"));
        check_endpoint(&[all, ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:3")], Some(all.1));
        let own = ("AWS_ENDPOINT_URL_API_GATEWAY", "http://127.0.0.1:2");
        check_endpoint(&[all, own], Some("http://127.0.0.1:2"));
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let check = |value: &str, expected| {
            let environment = Environment(Env::from_slice(&[(USE_FIPS, value)]));
            assert_eq!(environment.flag(USE_FIPS), expected, "{value:?}");
            assert_eq!(environment.flag(USE_DUAL_STACK), None, "it is not set");
        };
        check("true", Some(true));
        check("TRUE", Some(true));
        check("false", Some(false));
        check("1", None);
        check("", None);
    }
}
