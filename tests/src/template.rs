//! Copies of the template with one thing changed.

use yaml_serde::Value;

use crate::programs::workspace;

/// The template, as text.
pub fn text() -> String {
    let path = workspace().join("cloudformation/template.yaml");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The template, as a tree.
pub fn tree() -> Value {
    yaml_serde::from_str(&text()).unwrap()
}

/// The text of the template after `change`.
pub fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut tree = tree();
    change(&mut tree);
    yaml_serde::to_string(&tree).unwrap()
}

/// Has Lambda run a function in one environment only, so that every invocation sees what the ones
/// before left in memory.
pub fn reserve_one_environment(tree: &mut Value, function: &str) {
    set(tree, function, "ReservedConcurrentExecutions", "1");
}

/// Gives a resource one property more, or another value of one that it has. `value` is YAML.
pub fn set(tree: &mut Value, resource: &str, property: &str, value: &str) {
    let properties = at(tree, &format!("Resources.{resource}.Properties"));
    let properties = properties.as_mapping_mut().expect("a resource has properties");
    properties.insert(property.into(), yaml_serde::from_str(value).unwrap());
}

/// Takes a property from a resource.
pub fn unset(tree: &mut Value, resource: &str, property: &str) {
    let properties = at(tree, &format!("Resources.{resource}.Properties"));
    let properties = properties.as_mapping_mut().expect("a resource has properties");
    properties.remove(property).unwrap_or_else(|| panic!("{resource} has no {property}"));
}

/// Gives the WebSocket API one stage more, of this name.
pub fn add_stage(tree: &mut Value, name: &str) {
    let mut stage = at(tree, "Resources.WebSocketStage").clone();
    *at(&mut stage, "Properties.StageName") = name.into();
    let resources = at(tree, "Resources").as_mapping_mut().expect("Resources is a mapping");
    resources.insert("AnotherStage".into(), stage);
}

/// What stands at a path such as `Resources.SignerRole.Properties.Policies.0`.
pub fn at<'a>(tree: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(tree, |value, step| {
        let found = match value {
            Value::Sequence(items) => {
                step.parse::<usize>().ok().and_then(|index| items.get_mut(index))
            }
            Value::Mapping(entries) => entries.get_mut(step),
            _ => None,
        };
        found.unwrap_or_else(|| panic!("the template has nothing at {step} of {path}"))
    })
}
