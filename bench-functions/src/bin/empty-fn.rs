//! A function that does nothing: what the Lambda runtime alone costs.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |_: LambdaEvent<IgnoredAny>| Ok::<_, Error>(Value::Null)))
        .await
}
