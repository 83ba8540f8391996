//! From a template and parameter values to a stack, in CloudFormation's order: parameters, rules,
//! conditions, references, then each resource after those that it refers to.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{ResourceDeclaration, Template};
use super::error::{EvaluationError, Section};
use super::graph::{self, Dependencies};
use super::identity::Identity;
use super::intrinsics::{Evaluator, MAXIMUM_EVALUATED_BYTES};
use super::parameter_values::ParameterValues;
use super::references::{Branches, visit};
use super::resources::{self, Resource, ResourceType};
use super::{Environment, Error, Output, Stack, inert, logic, parameters};

/// A resource of the stack as CloudFormation would make it: its condition holds, and every function in
/// its properties has its value.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedResource {
    /// The name of the resource in the template.
    pub logical_id: String,
    /// For example `AWS::Lambda::Function`.
    pub type_name: &'static str,
    /// What `Ref` gives.
    pub reference: String,
    /// The properties; one that is `AWS::NoValue` is not there.
    pub properties: Map<String, Value>,
    /// DependsOn: the resources of the stack among those that it names.
    pub depends_on: BTreeSet<String>,
    /// The resources that its properties and its Metadata refer to, and those of `depends_on`.
    pub needs: BTreeSet<String>,
    /// DeletionPolicy.
    pub deletion_policy: Option<String>,
    /// UpdateReplacePolicy.
    pub update_replace_policy: Option<String>,
    /// Why nothing of it is played here, if that is so.
    pub inert: Option<&'static str>,
}

/// Everything that an evaluated template says.
struct Evaluated {
    parameters: BTreeMap<String, String>,
    resources: Vec<Resource>,
    dependencies: Dependencies,
    outputs: Vec<Output>,
}

impl Template {
    /// Evaluates the template as CloudFormation would, and reads what comes out as a stack that can be
    /// played.
    ///
    /// # Errors
    ///
    /// As [`Template::resources`]; and [`Error::Resource`] when a resource has a property that is neither
    /// played nor inert, or does not fit the others.
    pub fn evaluate(
        &self,
        given: &ParameterValues,
        environment: &Environment,
    ) -> Result<Stack, Error> {
        let Evaluated { parameters, resources, dependencies, outputs } =
            self.evaluated(given, environment)?;
        Ok(resources::assemble(environment, parameters, &resources, &dependencies, outputs)?)
    }

    /// The resources of the stack, sorted by logical id, and its outputs, evaluated as CloudFormation
    /// would; whether they could be played is not asked.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] when a value is missing, unknown or outside its constraints;
    /// [`Error::Rule`] when an assertion does not hold; [`Error::Evaluation`] when a function or a
    /// reference cannot be resolved; [`Error::Resource`] when a property that makes a name is missing.
    pub fn resources(
        &self,
        given: &ParameterValues,
        environment: &Environment,
    ) -> Result<(Vec<EvaluatedResource>, Vec<Output>), Error> {
        let Evaluated { resources, dependencies, outputs, .. } =
            self.evaluated(given, environment)?;
        let public = |resource: Resource| {
            let declared = self.resources.get(&resource.logical_id);
            let depends_on = declared.into_iter().flat_map(|resource| &resource.depends_on);
            let policy = |of: fn(&ResourceDeclaration) -> &Option<String>| {
                declared.and_then(|resource| of(resource).clone())
            };
            EvaluatedResource {
                type_name: resource.resource_type.name(),
                depends_on: depends_on
                    .filter(|name| dependencies.contains_key(*name))
                    .cloned()
                    .collect(),
                needs: dependencies.get(&resource.logical_id).cloned().unwrap_or_default(),
                deletion_policy: policy(|resource| &resource.deletion_policy),
                update_replace_policy: policy(|resource| &resource.update_replace_policy),
                inert: inert::reason(resource.resource_type),
                reference: resource.identity.reference,
                logical_id: resource.logical_id,
                properties: resource.properties,
            }
        };
        Ok((resources.into_iter().map(public).collect(), outputs))
    }

    fn evaluated(
        &self,
        given: &ParameterValues,
        environment: &Environment,
    ) -> Result<Evaluated, Error> {
        let parameters = parameters::resolve(&self.parameters, given)?;
        let budget = Cell::new(MAXIMUM_EVALUATED_BYTES);
        let no_conditions = BTreeMap::new();
        let no_resources = BTreeMap::new();
        let base = Evaluator {
            environment,
            parameters: &parameters,
            mappings: &self.mappings,
            conditions: &no_conditions,
            resources: &no_resources,
            section: Section::Rules,
            budget: &budget,
        };
        for (name, rule) in &self.rules {
            logic::check_rule(&base, rule, &format!("Rules.{name}")).map_err(
                |broken| match broken {
                    logic::Broken::Assertion(error) => Error::Rule(error),
                    logic::Broken::Evaluation(error) => Error::Evaluation(error),
                },
            )?;
        }
        let conditions = logic::conditions(&self.conditions, base)?;
        check_names(self)?;
        let dependencies = dependencies(self, &conditions)?;

        let mut identities = BTreeMap::new();
        let mut evaluated = BTreeMap::new();
        for logical_id in graph::order(&dependencies).map_err(EvaluationError::CircularResources)? {
            let Some(declaration) = self.resources.get(&logical_id) else { continue };
            let evaluator = Evaluator {
                conditions: &conditions,
                resources: &identities,
                section: Section::Resources,
                ..base
            };
            let resource = resource(&evaluator, &logical_id, declaration)?;
            identities.insert(logical_id.clone(), resource.identity.clone());
            evaluated.insert(logical_id, resource);
        }
        let evaluator = Evaluator {
            conditions: &conditions,
            resources: &identities,
            section: Section::Outputs,
            ..base
        };
        let outputs = outputs(&evaluator, self)?;
        Ok(Evaluated {
            parameters: parameters::shown(&self.parameters, &parameters),
            resources: evaluated.into_values().collect(),
            dependencies,
            outputs,
        })
    }
}

/// Every name that is used anywhere must be declared, even where a condition leaves it out.
fn check_names(template: &Template) -> Result<(), EvaluationError> {
    let is_undeclared = |name: &str| {
        !name.starts_with("AWS::")
            && !template.parameters.contains_key(name)
            && !template.resources.contains_key(name)
    };
    let mut unresolved = Unresolved::default();
    for (logical_id, resource) in &template.resources {
        for name in
            resource.depends_on.iter().filter(|name| !template.resources.contains_key(*name))
        {
            unresolved.add(name, &format!("Resources.{logical_id}.DependsOn"));
        }
        visit_resource(logical_id, resource, Branches::Both, &mut |name, path| {
            if is_undeclared(name) {
                unresolved.add(name, path);
            }
        });
    }
    unresolved.into_result(Section::Resources)?;
    let mut unresolved = Unresolved::default();
    for (name, output) in &template.outputs {
        let path = format!("Outputs.{name}.Value");
        visit(&output.value, &path, Branches::Both, &mut |name, path| {
            if is_undeclared(name) {
                unresolved.add(name, path);
            }
        });
    }
    unresolved.into_result(Section::Outputs)?;
    let conditions_of_resources = template
        .resources
        .iter()
        .map(|(id, resource)| (Section::Resources, id, &resource.condition));
    let conditions_of_outputs =
        template.outputs.iter().map(|(id, output)| (Section::Outputs, id, &output.condition));
    for (section, id, condition) in conditions_of_resources.chain(conditions_of_outputs) {
        if let Some(name) = condition
            && !template.conditions.contains_key(name)
        {
            let path = format!("{section}.{id}.Condition");
            return Err(EvaluationError::UnresolvedCondition { name: name.clone(), section, path });
        }
    }
    Ok(())
}

/// For each resource of the stack (those whose condition holds) the resources that it needs.
fn dependencies(
    template: &Template,
    conditions: &BTreeMap<String, bool>,
) -> Result<Dependencies, EvaluationError> {
    let is_present = |resource: &ResourceDeclaration| holds(&resource.condition, conditions);
    let mut dependencies = Dependencies::new();
    let mut unresolved = Unresolved::default();
    for (logical_id, resource) in template.resources.iter().filter(|(_, r)| is_present(r)) {
        let mut needed = BTreeSet::new();
        // A DependsOn of a resource that its condition leaves out means nothing.
        needed.extend(
            resource
                .depends_on
                .iter()
                .filter(|name| template.resources.get(*name).is_some_and(is_present))
                .cloned(),
        );
        visit_resource(logical_id, resource, Branches::Chosen(conditions), &mut |name, path| {
            if let Some(resource) = template.resources.get(name) {
                if is_present(resource) {
                    needed.insert(name.to_owned());
                } else {
                    unresolved.add(name, path);
                }
            }
        });
        dependencies.insert(logical_id.clone(), needed);
    }
    unresolved.into_result(Section::Resources)?;
    Ok(dependencies)
}

fn resource(
    evaluator: &Evaluator<'_>,
    logical_id: &str,
    declaration: &ResourceDeclaration,
) -> Result<Resource, Error> {
    let resource_type = ResourceType::from_name(&declaration.type_name).ok_or_else(|| {
        EvaluationError::ResourceType {
            path: format!("Resources.{logical_id}.Type"),
            found: declaration.type_name.clone(),
            supported: ResourceType::ALL.map(ResourceType::name).join(", "),
        }
    })?;
    let path = format!("Resources.{logical_id}.Properties");
    let properties = evaluator.members(&declaration.properties, &path)?;
    Ok(Resource {
        identity: Identity::new(evaluator.environment, resource_type, logical_id, &properties)?,
        logical_id: logical_id.to_owned(),
        resource_type,
        properties,
    })
}

fn outputs(evaluator: &Evaluator<'_>, template: &Template) -> Result<Vec<Output>, EvaluationError> {
    let mut outputs = Vec::new();
    for (name, output) in &template.outputs {
        if !holds(&output.condition, evaluator.conditions) {
            continue;
        }
        let path = format!("Outputs.{name}");
        outputs.push(Output {
            name: name.clone(),
            value: evaluator.text(&output.value, &format!("{path}.Value"))?,
            description: output.description.clone(),
            export_name: output
                .export_name
                .as_ref()
                .map(|name| evaluator.text(name, &format!("{path}.Export.Name")))
                .transpose()?,
        });
    }
    Ok(outputs)
}

fn holds(condition: &Option<String>, conditions: &BTreeMap<String, bool>) -> bool {
    condition.as_ref().is_none_or(|name| conditions.get(name) == Some(&true))
}

/// Visits the Metadata as well: CloudFormation resolves what stands there.
fn visit_resource(
    logical_id: &str,
    resource: &ResourceDeclaration,
    branches: Branches<'_>,
    found: &mut impl FnMut(&str, &str),
) {
    for (name, value) in &resource.properties {
        visit(value, &format!("Resources.{logical_id}.Properties.{name}"), branches, found);
    }
    visit(&resource.metadata, &format!("Resources.{logical_id}.Metadata"), branches, found);
}

/// Names that cannot be resolved, and where the first of them stands.
#[derive(Default)]
struct Unresolved {
    names: BTreeSet<String>,
    path: String,
}

impl Unresolved {
    fn add(&mut self, name: &str, path: &str) {
        if self.names.is_empty() {
            path.clone_into(&mut self.path);
        }
        self.names.insert(name.to_owned());
    }

    fn into_result(self, section: Section) -> Result<(), EvaluationError> {
        if self.names.is_empty() {
            return Ok(());
        }
        let names = self.names.into_iter().collect();
        Err(EvaluationError::UnresolvedDependencies { names, section, path: self.path })
    }
}

#[cfg(test)]
mod tests;
