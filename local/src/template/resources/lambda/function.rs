//! `AWS::Lambda::Function` (CloudFormation Template Reference; limits: Lambda Developer Guide, "Lambda
//! quotas").

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Resource, Result};
use crate::template::properties::Properties;
use crate::template::{Architecture, Function, FunctionCode, LogFormat, Logging, Variables};

/// The only runtime whose program this machine can run as it is.
const RUNTIME: &str = "provided.al2023";
/// Seconds.
const TIMEOUTS: std::ops::RangeInclusive<u32> = 1..=900;
/// Seconds, when the template does not say.
const DEFAULT_TIMEOUT: u32 = 3;
/// MiB.
const MEMORY_SIZES: std::ops::RangeInclusive<u32> = 128..=10_240;
/// MiB, when the template does not say.
const DEFAULT_MEMORY_SIZE: u32 = 128;
/// The longest sum of all names and values of the environment, in bytes.
const MAXIMUM_ENVIRONMENT_BYTES: usize = 4_096;

/// Variables that Lambda sets and a template may not (Lambda Developer Guide, "Defined runtime
/// environment variables").
const RESERVED_VARIABLES: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

pub(super) fn read(resource: &Resource) -> Result<Function> {
    resource.read(|properties| {
        if let Some(name) = properties.text("FunctionName")?
            && !is_name(&name)
        {
            return Err(properties.invalid("FunctionName", "1 to 64 letters, digits, - and _"));
        }
        if properties.text("PackageType")?.is_some_and(|package_type| package_type != "Zip") {
            return Err(properties.not_played(
                "PackageType",
                "Image",
                "only programs in archives run",
            ));
        }
        let runtime = properties.required_text("Runtime")?;
        if runtime != RUNTIME {
            let reason = "only programs that bring their own runtime run: provided.al2023";
            return Err(properties.not_played("Runtime", &runtime, reason));
        }
        let name = resource.identity.reference.clone();
        let timeout = properties.count("Timeout", TIMEOUTS)?.unwrap_or(DEFAULT_TIMEOUT);
        let memory = properties.count("MemorySize", MEMORY_SIZES)?;
        Ok(Function {
            logical_id: resource.logical_id.clone(),
            arn: resource.attribute("Arn"),
            role_arn: properties.required_text("Role")?,
            code: code(properties)?,
            handler: properties.required_text("Handler")?,
            timeout: Duration::from_secs(timeout.into()),
            memory_megabytes: memory.unwrap_or(DEFAULT_MEMORY_SIZE),
            environment: environment(properties)?,
            architecture: architecture(properties)?,
            reserved_concurrency: properties.count("ReservedConcurrentExecutions", 0..=u32::MAX)?,
            logging: logging(properties, &name)?,
            permissions: Vec::new(),
            name,
        })
    })
}

fn code(properties: &mut Properties<'_>) -> Result<FunctionCode> {
    match properties.any("Code") {
        None => Err(properties.missing("Code")),
        Some(Value::String(path)) => {
            let file = Path::new(path);
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            match (stem, file.extension().and_then(|extension| extension.to_str())) {
                (Some(package), Some("zip")) => Ok(FunctionCode::LocalArchive {
                    path: path.clone(),
                    package: package.to_owned(),
                }),
                _ => Err(properties.invalid("Code", "the path of a .zip file")),
            }
        }
        Some(_) => {
            let code = properties.object("Code", |code| {
                Ok(FunctionCode::S3 {
                    bucket: code.required_text("S3Bucket")?,
                    key: code.required_text("S3Key")?,
                })
            })?;
            code.ok_or_else(|| properties.missing("Code"))
        }
    }
}

fn environment(properties: &mut Properties<'_>) -> Result<Variables> {
    let variables = properties.object("Environment", |environment| {
        let variables = environment.text_map("Variables")?;
        for name in variables.keys() {
            if RESERVED_VARIABLES.contains(&name.as_str()) {
                let path = format!("Variables.{name}");
                return Err(environment.invalid(&path, "no variable that Lambda reserves for itself"));
            }
            if !is_variable(name) {
                let path = format!("Variables.{name}");
                let expected = "a name of at least two letters, digits and _, a letter first";
                return Err(environment.invalid(&path, expected));
            }
        }
        let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MAXIMUM_ENVIRONMENT_BYTES {
            let expected = format!(
                "at most {MAXIMUM_ENVIRONMENT_BYTES} bytes of names and values together, found {bytes}"
            );
            return Err(environment.invalid("Variables", expected));
        }
        Ok(variables)
    })?;
    Ok(Variables(variables.unwrap_or_default()))
}

fn architecture(properties: &mut Properties<'_>) -> Result<Architecture> {
    let architectures = properties.texts("Architectures")?;
    match architectures.as_deref().map(|items| items.iter().map(String::as_str).collect::<Vec<_>>())
    {
        None => Ok(Architecture::X86_64),
        Some(items) => match items.as_slice() {
            ["arm64"] => Ok(Architecture::Arm64),
            ["x86_64"] => Ok(Architecture::X86_64),
            _ => Err(properties.invalid("Architectures", "one of arm64 and x86_64")),
        },
    }
}

fn logging(properties: &mut Properties<'_>, function_name: &str) -> Result<Logging> {
    let default = Logging {
        log_group: format!("/aws/lambda/{function_name}"),
        format: LogFormat::Text,
        application_level: None,
    };
    let logging = properties.object("LoggingConfig", |config| {
        let format = match config.text("LogFormat")?.as_deref() {
            None | Some("Text") => LogFormat::Text,
            Some("JSON") => LogFormat::Json,
            Some(_) => return Err(config.invalid("LogFormat", "JSON or Text")),
        };
        let level = config.text("ApplicationLogLevel")?;
        if let Some(level) = &level {
            if format == LogFormat::Text {
                return Err(config.invalid("ApplicationLogLevel", "LogFormat JSON beside a level"));
            }
            if !["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].contains(&level.as_str()) {
                let expected = "TRACE, DEBUG, INFO, WARN, ERROR or FATAL";
                return Err(config.invalid("ApplicationLogLevel", expected));
            }
        }
        let log_group = config.text("LogGroup")?.unwrap_or_else(|| default.log_group.clone());
        Ok(Logging { log_group, format, application_level: level })
    })?;
    Ok(logging.unwrap_or(default))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_variable(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::super::super::test_support::{check_refused, stack};
    use super::*;

    fn template(properties: &str) -> String {
        format!(
            "Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{}}}}}}
F: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}"
        )
    }

    const LEAST: &str = "Runtime: provided.al2023, Handler: bootstrap, Code: ../target/lambda/sign-fn.zip, Role: !GetAtt Role.Arn";

    #[test]
    fn a_function_is_read_with_lambdas_defaults() {
        let stack = stack(&template(LEAST));
        let function = &stack.functions[0];
        assert_eq!(
            function.arn,
            format!("arn:aws:lambda:eu-west-1:123456789012:function:{}", function.name)
        );
        assert_eq!(function.role_arn, stack.roles[0].arn);
        assert_eq!(
            function.code,
            FunctionCode::LocalArchive {
                path: "../target/lambda/sign-fn.zip".to_owned(),
                package: "sign-fn".to_owned()
            }
        );
        assert_eq!((function.timeout.as_secs(), function.memory_megabytes), (3, 128));
        assert_eq!(function.architecture, Architecture::X86_64);
        assert_eq!(function.reserved_concurrency, None);
        assert_eq!(function.logging.log_group, format!("/aws/lambda/{}", function.name));
        assert_eq!(function.environment, Variables::default());
    }

    #[test]
    fn a_function_is_read_as_the_template_says() {
        let stack = stack(&template(
            "Runtime: provided.al2023, Handler: h, Role: !GetAtt Role.Arn, Code: {S3Bucket: b, S3Key: k},
  Timeout: '900', MemorySize: 256, Architectures: [arm64], ReservedConcurrentExecutions: 0, FunctionName: f,
  Environment: {Variables: {NUMBER: 60, TEXT: a}}, Description: d, TracingConfig: {Mode: Active}, PackageType: Zip,
  LoggingConfig: {LogFormat: JSON, LogGroup: g, ApplicationLogLevel: DEBUG, SystemLogLevel: WARN}",
        ));
        let function = &stack.functions[0];
        assert_eq!(function.name, "f");
        assert_eq!(function.code, FunctionCode::S3 { bucket: "b".to_owned(), key: "k".to_owned() });
        assert_eq!((function.timeout.as_secs(), function.memory_megabytes), (900, 256));
        assert_eq!(function.architecture, Architecture::Arm64);
        assert_eq!(function.reserved_concurrency, Some(0));
        assert_eq!(function.environment.0["NUMBER"], "60");
        let logging = Logging {
            log_group: "g".to_owned(),
            format: LogFormat::Json,
            application_level: Some("DEBUG".to_owned()),
        };
        assert_eq!(function.logging, logging);
    }

    /// `property` beside what is needed at least, or instead of it.
    fn check(property: &str, expected: &str) {
        let (name, _) = property.split_once(':').unwrap();
        let others: Vec<&str> =
            LEAST.split(", ").filter(|part| !part.starts_with(&format!("{name}:"))).collect();
        let properties = format!("{}, {property}", others.join(", "));
        check_refused(&template(&properties), &format!("Resources.F.Properties.{expected}"));
    }

    #[test]
    fn what_is_not_played_is_refused() {
        check("Runtime: nodejs22.x", "Runtime: nodejs22.x is not supported");
        check("PackageType: Image", "PackageType: Image is not supported");
        check("Timeout: 901", "Timeout: expected an integer from 1 to 900");
        check("Timeout: [30]", "Timeout: expected an integer");
        check("MemorySize: 64", "MemorySize: expected an integer from 128 to 10240");
        check("Architectures: [arm64, x86_64]", "Architectures: expected one of arm64 and x86_64");
        check("Architectures: [mips]", "Architectures: expected one of arm64 and x86_64");
        check(
            "ReservedConcurrentExecutions: -1",
            "ReservedConcurrentExecutions: expected an integer from 0",
        );
        check("FunctionName: a.b", "FunctionName: expected 1 to 64 letters");
        check("Code: ../target/lambda", "Code: expected the path of a .zip file");
        check("Code: {ZipFile: x}", "Code.S3Bucket: required and missing");
        check(
            "Code: {S3Bucket: b, S3Key: k, S3ObjectVersion: v}",
            "Code.S3ObjectVersion: AWS::Lambda::Function: this property is not supported",
        );
        check("Role: arn:aws:iam::123456789012:role/other", "Role: names no role of this template");
        check(
            "Environment: {Variables: {AWS_ACCESS_KEY_ID: x}}",
            "Environment.Variables.AWS_ACCESS_KEY_ID: expected no variable that Lambda reserves",
        );
        check(
            "Environment: {Variables: {A: x}}",
            "Environment.Variables.A: expected a name of at least two",
        );
        check("Environment: {Variables: {AB: []}}", "Environment.Variables.AB: expected a string");
        check(
            "Environment: {Vars: {}}",
            "Environment.Vars: AWS::Lambda::Function: this property is not supported",
        );
        let long = format!("Environment: {{Variables: {{AB: {}}}}}", "x".repeat(4095));
        check(
            &long,
            "Environment.Variables: expected at most 4096 bytes of names and values together, found 4097",
        );
        check("LoggingConfig: {LogFormat: XML}", "LoggingConfig.LogFormat: expected JSON or Text");
        check(
            "LoggingConfig: {ApplicationLogLevel: INFO}",
            "LoggingConfig.ApplicationLogLevel: expected LogFormat JSON",
        );
        for name in
            ["VpcConfig", "Layers", "EphemeralStorage", "FileSystemConfigs", "DeadLetterConfig"]
        {
            check(
                &format!("{name}: {{}}"),
                &format!("{name}: AWS::Lambda::Function: this property is not supported"),
            );
        }
        check_refused(
            &template("Code: a.zip"),
            "Resources.F.Properties.Runtime: required and missing",
        );
    }
}
