//! The physical names that AWS gives to resources: what `Ref` and `Fn::GetAtt` say of them.
//!
//! They are made from the stack's name and the logical id alone, so that a table on disk keeps its name
//! from run to run. Their forms are AWS's (CloudFormation Template Reference, "Return values" of each
//! type; IAM User Guide, "IAM identifiers").

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::resources::{ResourceError, ResourceType};
use super::{Environment, scalar};

/// What other resources can know of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) resource_type: ResourceType,
    /// What `Ref` gives.
    pub(super) reference: String,
    attributes: Vec<(&'static str, String)>,
}

impl Identity {
    /// What `Fn::GetAtt` gives.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn attribute_names(&self) -> Vec<&'static str> {
        self.attributes.iter().map(|(name, _)| *name).collect()
    }

    /// The identity of a resource; `properties` are evaluated.
    ///
    /// # Errors
    ///
    /// When a property that the name is made of (StageName, ProtocolType, FunctionName, …) is missing or
    /// not a string.
    pub(super) fn new(
        environment: &Environment,
        resource_type: ResourceType,
        logical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<Self, ResourceError> {
        let Environment { account_id, region, partition, stack_name } = environment;
        let names = Names { stack_name, logical_id };
        let path = |name: &str| format!("Resources.{logical_id}.Properties.{name}");
        let given = |name: &str| match properties.get(name) {
            None => Ok(None),
            Some(value) => scalar(value)
                .map(Some)
                .ok_or_else(|| ResourceError::WrongType { path: path(name), expected: "a string" }),
        };
        let required =
            |name: &str| given(name)?.ok_or_else(|| ResourceError::Missing { path: path(name) });
        let arn = |service: &str, resource: &str| {
            format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
        };
        let (reference, attributes) = match resource_type {
            ResourceType::Api => {
                let id = names.identifier(API_ID_LENGTH);
                let scheme = if required("ProtocolType")? == "WEBSOCKET" { "wss" } else { "https" };
                let host = format!("{id}.execute-api.{region}.{}", environment.url_suffix());
                (id.clone(), vec![("ApiEndpoint", format!("{scheme}://{host}")), ("ApiId", id)])
            }
            ResourceType::Integration => names.with_attribute("IntegrationId", PART_ID_LENGTH),
            ResourceType::Route => names.with_attribute("RouteId", PART_ID_LENGTH),
            ResourceType::Deployment => names.with_attribute("DeploymentId", DEPLOYMENT_ID_LENGTH),
            ResourceType::Authorizer => names.with_attribute("AuthorizerId", PART_ID_LENGTH),
            ResourceType::ApiMapping => names.with_attribute("ApiMappingId", PART_ID_LENGTH),
            ResourceType::DomainName => {
                let name = required("DomainName")?;
                let target = format!(
                    "d-{}.execute-api.{region}.{}",
                    names.identifier(API_ID_LENGTH),
                    environment.url_suffix()
                );
                let zone = format!("Z{}", names.characters(UPPER_CASE, HOSTED_ZONE_ID_LENGTH));
                (name, vec![("RegionalDomainName", target), ("RegionalHostedZoneId", zone)])
            }
            ResourceType::Stage => (required("StageName")?, vec![]),
            ResourceType::Function => {
                let name = given("FunctionName")?.unwrap_or_else(|| names.name(64));
                (name.clone(), vec![("Arn", arn("lambda", &format!("function:{name}")))])
            }
            ResourceType::Permission => {
                let id = names.name(100);
                (id.clone(), vec![("Id", id)])
            }
            ResourceType::Role => {
                let name = given("RoleName")?.unwrap_or_else(|| names.name(64));
                let role_path = given("Path")?.unwrap_or_else(|| "/".to_owned());
                let arn = format!("arn:{partition}:iam::{account_id}:role{role_path}{name}");
                let id = format!("AROA{}", names.characters(UPPER_CASE, ROLE_ID_LENGTH));
                (name, vec![("Arn", arn), ("RoleId", id)])
            }
            ResourceType::Table => {
                let name = given("TableName")?.unwrap_or_else(|| names.name(255));
                (name.clone(), vec![("Arn", arn("dynamodb", &format!("table/{name}")))])
            }
            ResourceType::LogGroup => {
                let name = given("LogGroupName")?.unwrap_or_else(|| names.name(512));
                (name.clone(), vec![("Arn", arn("logs", &format!("log-group:{name}:*")))])
            }
            ResourceType::Alarm => {
                let name = given("AlarmName")?.unwrap_or_else(|| names.name(255));
                (name.clone(), vec![("Arn", arn("cloudwatch", &format!("alarm:{name}")))])
            }
            ResourceType::Dashboard => {
                (given("DashboardName")?.unwrap_or_else(|| names.name(255)), vec![])
            }
            ResourceType::Certificate => {
                let uuid = uuid(&names.both());
                (arn("acm", &format!("certificate/{uuid}")), vec![])
            }
            ResourceType::RecordSet => (required("Name")?, vec![]),
        };
        Ok(Identity { resource_type, reference, attributes })
    }
}

const API_ID_LENGTH: usize = 10;
/// Of integrations and routes.
const PART_ID_LENGTH: usize = 7;
const DEPLOYMENT_ID_LENGTH: usize = 6;
/// After `Z`.
const HOSTED_ZONE_ID_LENGTH: usize = 13;
/// After `AROA`.
const ROLE_ID_LENGTH: usize = 17;
/// What CloudFormation appends to a generated name.
const SUFFIX_LENGTH: usize = 12;

const LOWER_CASE: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER_CASE: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

struct Names<'a> {
    stack_name: &'a str,
    logical_id: &'a str,
}

impl Names<'_> {
    fn with_attribute(
        &self,
        attribute: &'static str,
        length: usize,
    ) -> (String, Vec<(&'static str, String)>) {
        let id = self.identifier(length);
        (id.clone(), vec![(attribute, id)])
    }

    fn identifier(&self, length: usize) -> String {
        self.characters(LOWER_CASE, length)
    }

    /// `STACK-LOGICAL-SUFFIX`, its front cut so that the whole has at most `maximum` characters.
    fn name(&self, maximum: usize) -> String {
        let front: String = format!("{}-{}", self.stack_name, self.logical_id)
            .chars()
            .take(maximum.saturating_sub(SUFFIX_LENGTH + 1))
            .collect();
        format!("{front}-{}", self.characters(UPPER_CASE, SUFFIX_LENGTH))
    }

    /// A NUL is in neither name, so no two pairs of names run together.
    fn both(&self) -> String {
        format!("{}\0{}", self.stack_name, self.logical_id)
    }

    /// At most 32 characters that look random and are the same for the same names.
    fn characters(&self, alphabet: &[u8; 36], length: usize) -> String {
        let digest = Sha256::digest(self.both());
        let pick = |byte: &u8| alphabet.get(usize::from(*byte) % alphabet.len()).copied();
        digest.iter().take(length).filter_map(pick).map(char::from).collect()
    }
}

/// The id of the stack, `arn:…:stack/NAME/UUID`.
pub(super) fn stack_id(environment: &Environment) -> String {
    let Environment { account_id, region, partition, stack_name } = environment;
    let uuid = uuid(stack_name);
    format!("arn:{partition}:cloudformation:{region}:{account_id}:stack/{stack_name}/{uuid}")
}

/// A UUID that looks random and is the same for the same text.
fn uuid(text: &str) -> String {
    let digest = Sha256::digest(text);
    let hexadecimal: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut uuid = String::new();
    for (index, character) in hexadecimal.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(character);
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(resource_type: ResourceType, logical_id: &str, properties: Value) -> Identity {
        let environment = Environment::sample();
        Identity::new(&environment, resource_type, logical_id, properties.as_object().unwrap())
            .unwrap()
    }

    /// `pattern` is a regular expression over the whole of `Ref` and each attribute, in one line.
    fn check(resource_type: ResourceType, properties: Value, pattern: &str) {
        let identity = identity(resource_type, "Thing", properties);
        let mut text = identity.reference.clone();
        for (name, value) in &identity.attributes {
            text.push_str(&format!(" {name}={value}"));
        }
        let pattern = regex_lite::Regex::new(&format!("^{pattern}$")).unwrap();
        assert!(pattern.is_match(&text), "{text}");
    }

    #[test]
    fn each_type_has_the_form_of_aws() {
        use ResourceType::*;
        check(
            Api,
            json!({"ProtocolType": "WEBSOCKET"}),
            r"[a-z0-9]{10} ApiEndpoint=wss://[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com ApiId=[a-z0-9]{10}",
        );
        check(
            Api,
            json!({"ProtocolType": "HTTP"}),
            r"[a-z0-9]{10} ApiEndpoint=https://[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com ApiId=[a-z0-9]{10}",
        );
        check(Integration, json!({}), "[a-z0-9]{7} IntegrationId=[a-z0-9]{7}");
        check(Route, json!({}), "[a-z0-9]{7} RouteId=[a-z0-9]{7}");
        check(Deployment, json!({}), "[a-z0-9]{6} DeploymentId=[a-z0-9]{6}");
        check(Stage, json!({"StageName": "prod"}), "prod");
        check(
            Function,
            json!({}),
            "shop-Thing-[A-Z0-9]{12} Arn=arn:aws:lambda:eu-west-1:123456789012:function:shop-Thing-[A-Z0-9]{12}",
        );
        check(
            Function,
            json!({"FunctionName": "own"}),
            "own Arn=arn:aws:lambda:eu-west-1:123456789012:function:own",
        );
        check(Permission, json!({}), "shop-Thing-[A-Z0-9]{12} Id=shop-Thing-[A-Z0-9]{12}");
        check(
            Role,
            json!({"Path": "/team/"}),
            "shop-Thing-[A-Z0-9]{12} Arn=arn:aws:iam::123456789012:role/team/shop-Thing-[A-Z0-9]{12} RoleId=AROA[A-Z0-9]{17}",
        );
        check(
            Table,
            json!({"TableName": 7}),
            "7 Arn=arn:aws:dynamodb:eu-west-1:123456789012:table/7",
        );
        check(
            LogGroup,
            json!({}),
            r"shop-Thing-[A-Z0-9]{12} Arn=arn:aws:logs:eu-west-1:123456789012:log-group:shop-Thing-[A-Z0-9]{12}:\*",
        );
    }

    #[test]
    fn names_stay_and_differ() {
        let table = |logical_id| identity(ResourceType::Table, logical_id, json!({})).reference;
        assert_eq!(table("Connections"), "shop-Connections-4G65M4K2QC5U");
        assert_ne!(table("A"), table("B"));
        let role = |logical_id| identity(ResourceType::Role, logical_id, json!({}));
        assert_ne!(role("A").attribute("RoleId"), role("B").attribute("RoleId"));
        assert_eq!(role("A").attribute("Name"), None);
    }

    #[test]
    fn long_names_are_cut_to_what_the_service_takes() {
        let long = "L".repeat(200);
        let name = identity(ResourceType::Function, &long, json!({})).reference;
        assert_eq!(name.len(), 64);
        assert!(name.starts_with("shop-LLL"), "{name}");
    }

    #[test]
    fn what_a_name_is_made_of_must_be_there() {
        let error = |properties: Value| {
            let environment = Environment::sample();
            Identity::new(&environment, ResourceType::Stage, "S", properties.as_object().unwrap())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(error(json!({})), "Resources.S.Properties.StageName: required and missing");
        assert_eq!(
            error(json!({"StageName": []})),
            "Resources.S.Properties.StageName: expected a string"
        );
    }

    #[test]
    fn the_stack_has_an_arn_with_a_uuid() {
        let id = stack_id(&Environment::sample());
        let pattern = "^arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";
        assert!(regex_lite::Regex::new(pattern).unwrap().is_match(&id), "{id}");
    }
}
