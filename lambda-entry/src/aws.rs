//! What all AWS clients of a function share.

use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

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

/// The configuration from which a function makes its AWS clients, once, at its start.
///
/// Region and credentials are those that Lambda puts into the environment, and are looked for
/// nowhere else: no profile files, no container or instance metadata. `AWS_ENDPOINT_URL` (and its
/// variants for one service) is honoured. TLS is rustls with ring, which starts faster than the
/// SDK's default; plain `http` endpoints work as well.
///
/// A region or credentials that are missing show in the first call.
pub async fn sdk_config() -> SdkConfig {
    let http_client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(MAXIMUM_ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF);
    aws_config::defaults(BehaviorVersion::latest())
        .profile_files(no_profile_files())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(http_client)
        .timeout_config(timeouts)
        .retry_config(retries)
        .load()
        .await
}

/// The SDK wants at least one profile file: an empty one, in place of those of the machine.
fn no_profile_files() -> EnvConfigFiles {
    EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "").build()
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
}
