//! From the template's model to what each room works with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use time::OffsetDateTime;

use super::{Settings, StartError};
use crate::access::Access;
use crate::aws_api::Endpoint;
use crate::aws_api::tables::{Storage, Tables, TablesError};
use crate::clock::Clock;
use crate::functions::{Definition, Functions, variables};
use crate::gauge::Gauge;
use crate::iam::{Iam, IamError, NamedPolicy, RoleDefinition};
use crate::permissions::Permissions;
use crate::randomness::Randomness;
use crate::services::{Services, Shutdown};
use crate::template::{Function, LogFormat, Origins, Stack};
use crate::trace::rows::Rows;
use crate::websocket::registry::Registry;

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

/// What every door works with.
pub(super) fn services(
    stack: &Stack,
    settings: Settings,
    functions: Vec<Definition>,
    iam: &Arc<Iam>,
    tables: &Tables,
) -> Services {
    let Settings { clock, randomness, issuers, function_log, faults, trace, farewells, .. } =
        settings;
    let log = trace.overhear(function_log);
    Services {
        account_id: stack.account_id.clone(),
        partition: stack.partition.clone(),
        region: stack.region.clone(),
        access: Access::new(iam.clone(), stack.region.clone(), clock.clone()),
        issuers,
        functions: Functions::new(
            functions,
            // Those that this program may use; where the system does not say, it may use one.
            std::thread::available_parallelism().map_or(1, usize::from),
            clock.clone(),
            randomness.clone(),
            log,
            &faults,
        ),
        clock,
        randomness,
        registry: Registry::default(),
        sessions: Gauge::default(),
        shutdown: Shutdown::default(),
        farewells,
        faults,
        trace,
        rows: Rows::new(tables.clone(), &stack.tables),
        permissions: Permissions::new(stack, iam.clone()),
    }
}

/// What STS and DynamoDB work with.
pub(super) fn endpoint(
    stack: &Stack,
    services: &Services,
    iam: &Arc<Iam>,
    tables: &Tables,
) -> Endpoint {
    let Services { access, clock, randomness, faults, .. } = services;
    let Stack { partition, region, account_id, .. } = stack;
    Endpoint {
        access: access.clone(),
        iam: iam.clone(),
        tables: tables.clone(),
        tables_arn: format!("arn:{partition}:dynamodb:{region}:{account_id}"),
        clock: clock.clone(),
        randomness: randomness.clone(),
        faults: faults.clone(),
    }
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
