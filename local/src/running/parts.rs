//! From the template's model to what each room works with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::StartError;
use crate::aws_api::tables::{Storage, Tables, TablesError};
use crate::clock::Clock;
use crate::functions::{Definition, variables};
use crate::iam::{Iam, IamError, NamedPolicy, RoleDefinition};
use crate::randomness::Randomness;
use crate::template::{Function, LogFormat, Origins, Stack};

/// What every function is run with.
pub(super) struct Surroundings<'a> {
    pub(super) region: &'a str,
    /// `AWS_ENDPOINT_URL`
    pub(super) endpoint: &'a str,
    pub(super) iam: &'a Iam,
    pub(super) programs: &'a BTreeMap<String, PathBuf>,
    pub(super) origins: &'a Origins,
    pub(super) now: OffsetDateTime,
}

/// The template's tables.
pub(super) fn tables(
    stack: &Stack,
    data: Option<&Path>,
    clock: Clock,
) -> Result<Tables, TablesError> {
    let tables = Tables::open(&data.map_or(Storage::Memory, Storage::Directory), clock)?;
    for table in &stack.tables {
        let time_to_live = table.time_to_live_attribute.as_deref();
        tables.create(&table.name, &table.definition, time_to_live)?;
    }
    Ok(tables)
}

/// What the ARNs of the tables begin with.
pub(super) fn tables_arn(stack: &Stack) -> String {
    format!("arn:{}:dynamodb:{}:{}", stack.partition, stack.region, stack.account_id)
}

/// The template's roles.
pub(super) fn identities(stack: &Stack, randomness: &Randomness) -> Result<Iam, IamError> {
    let roles = stack
        .roles
        .iter()
        .map(|role| RoleDefinition {
            name: role.name.clone(),
            arn: role.arn.clone(),
            id: role.id.clone(),
            trust_policy: role.trust_policy.clone(),
            policies: role
                .policies
                .iter()
                .map(|policy| NamedPolicy {
                    name: policy.name.clone(),
                    document: policy.document.clone(),
                })
                .collect(),
            max_session_duration: u32::try_from(role.max_session_duration.as_secs())
                .unwrap_or(u32::MAX),
        })
        .collect();
    Iam::new(&stack.account_id, &stack.partition, roles, randomness.clone())
}

/// The functions as they are to be run.
pub(super) fn definitions(
    functions: &[Function],
    surroundings: &Surroundings<'_>,
) -> Result<Vec<Definition>, StartError> {
    functions.iter().map(|function| definition(function, surroundings)).collect()
}

/// A function as it is to be run: its program, and an environment with credentials of its role.
fn definition(
    function: &Function,
    surroundings: &Surroundings<'_>,
) -> Result<Definition, StartError> {
    let Surroundings { region, endpoint, iam, programs, origins, now } = *surroundings;
    let session = iam
        .session_for_function(&function.role_arn, &function.name, now)
        .map_err(|source| StartError::Role { function: function.logical_id.clone(), source })?;
    let program = programs
        .get(&function.logical_id)
        .ok_or_else(|| StartError::NoProgram(function.logical_id.clone()))?;
    let environment = function.environment.0.iter();
    let environment =
        environment.map(|(name, value)| (name.clone(), origins.translate(value))).collect();
    let credentials = session.credentials();
    let variables = variables::of(
        &variables::Function {
            name: &function.name,
            memory_megabytes: function.memory_megabytes,
            handler: &function.handler,
            log_group: &function.logging.log_group,
            log_format: match function.logging.format {
                LogFormat::Json => "JSON",
                LogFormat::Text => "Text",
            },
            log_level: function.logging.application_level.as_deref(),
            environment: &environment,
        },
        &variables::Credentials {
            access_key_id: credentials.access_key_id(),
            secret_access_key: credentials.secret_access_key(),
            session_token: credentials.session_token().unwrap_or_default(),
        },
        region,
        endpoint,
    );
    Ok(Definition {
        logical_id: function.logical_id.clone(),
        name: function.name.clone(),
        arn: function.arn.clone(),
        program: program.clone(),
        timeout: function.timeout,
        reserved_concurrency: function.reserved_concurrency.map(|count| count as usize),
        variables,
    })
}
