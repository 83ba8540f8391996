//! What can be wrong with a resource.

/// A property, or a relation between resources, that cannot be played as it stands.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// A property that is neither played nor inert.
    #[error("{path}: {resource_type}: this property is not supported; supported: {supported}")]
    Unsupported {
        /// Where it stands.
        path: String,
        /// The resource's type.
        resource_type: &'static str,
        /// The properties that are played here.
        supported: String,
    },
    /// A value that AWS takes and that is not played here.
    #[error("{path}: {value} is not supported: {reason}")]
    NotPlayed {
        /// Where it stands.
        path: String,
        /// The value.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// A property that must be there.
    #[error("{path}: required and missing")]
    Missing {
        /// Where it should stand.
        path: String,
    },
    /// A value of the wrong JSON type.
    #[error("{path}: expected {expected}")]
    WrongType {
        /// Where it stands.
        path: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A value of the right type that AWS would refuse.
    #[error("{path}: expected {expected}")]
    Invalid {
        /// Where it stands.
        path: String,
        /// What should stand there.
        expected: String,
    },
    /// A reference to something that is not in this template.
    #[error("{path}: names no {what} of this template")]
    NoSuch {
        /// Where it stands.
        path: String,
        /// What it should name.
        what: &'static str,
    },
    /// Two resources with one name.
    #[error("{path}: {name} is already the name of {other}")]
    SameName {
        /// The second resource.
        path: String,
        /// The name.
        name: String,
        /// The logical id of the first.
        other: String,
    },
    /// An API that no stage serves.
    #[error("{path}: the API has no stage, so nobody could call it")]
    NoStage {
        /// The API.
        path: String,
    },
    /// A stage that nothing is deployed to.
    #[error("{path}: the stage needs AutoDeploy: true or a DeploymentId, and not both")]
    Deployment {
        /// The stage.
        path: String,
    },
    /// A deployment that AWS may make before a route is there: its snapshot would lack the route.
    #[error("{path}: the deployment must depend on {route}, or its snapshot may lack that route")]
    DeployedTooEarly {
        /// The deployment.
        path: String,
        /// The logical id of the route.
        route: String,
    },
    /// A mapping that AWS may make before what it maps.
    #[error("{path}: must refer to {needed}, or depend on it: AWS may make the mapping before it")]
    MappedTooEarly {
        /// Where it should stand.
        path: String,
        /// The logical id of what must be there before.
        needed: String,
    },
    /// A custom domain for both kinds of API.
    #[error(
        "{path}: {name} cannot stand for a WebSocket API and an HTTP API: give each its own domain"
    )]
    BothKinds {
        /// The second mapping.
        path: String,
        /// The domain's name.
        name: String,
    },
}
