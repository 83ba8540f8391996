//! What every Lambda's `main` needs, in the order in which a `main` needs it:
//!
//! 1. [`start_tracing`]: a log in which no foreign crate can say more than a warning;
//! 2. [`configuration::Variables`]: the environment, read once through a look-up function;
//! 3. [`metrics::Metrics`]: what the function counts, as lines on stdout;
//! 4. [`sdk_config`]: what all AWS clients share;
//! 5. [`serve`]: the handler under the Lambda runtime, each invocation in a span with its request id;
//! 6. [`run`]: all of this as one task, and a start that failed as one line on stderr.
//!
//! It decides nothing for one function, names no AWS service, and never reads the environment
//! itself (the SDK's own providers, behind [`sdk_config`], do).
//!
//! | variable | meaning | required | default | example |
//! |---|---|---|---|---|
//! | `RUST_LOG` | levels of our crates: one, or `crate=level,…` | no | `AWS_LAMBDA_LOG_LEVEL` | `ws_connect=debug` |
//! | `AWS_LAMBDA_LOG_LEVEL` | one level, set by Lambda's own logging controls | no | `info` | `WARN` |
//! | `AWS_LAMBDA_LOG_FORMAT` | `JSON`, or anything else for plain text | no | plain text | `JSON` |
//! | `AWS_LAMBDA_FUNCTION_NAME` | the dimension of every metric, set by Lambda | yes | | `ConnectFunction-1AbC` |

mod aws;
#[cfg(any(test, feature = "captured-log"))]
pub mod captured_log;
pub mod configuration;
#[cfg(any(test, feature = "captured-log"))]
pub mod counted;
mod failure;
mod http_client;
pub mod metrics;
mod reply;
mod roots;
mod serving;
mod subscriber;

pub use aws::sdk_config;
pub use failure::{chain, run};
pub use reply::WebSocketReply;
pub use serving::{MalformedEvent, invocation_span, read_event, serve};
pub use subscriber::start_tracing;

/// What a `main` may fail with: any error, as `lambda_runtime` has it.
pub type Error = lambda_runtime::Error;
