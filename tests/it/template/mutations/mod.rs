//! Faults planted in copies of the template, one at a time: each is found, by the rule or the linter that is named.

mod faults;
mod form;
mod watching;

use std::collections::BTreeSet;

use local::template::Template;
use tests::template::{self, at};
use yaml_serde::Value;

use super::rules::RULES;
use super::{combinations, findings};

/// A fault.
pub(super) struct Mutation {
    /// What would be wrong.
    pub(super) fault: &'static str,
    /// What finds it.
    pub(super) caught: Caught,
    plant: fn(&mut Value),
}

/// Who finds a fault.
#[derive(Clone, Copy)]
pub(super) enum Caught {
    /// A rule of ours, by its name.
    Rule(&'static str),
    /// cfn-lint, by the id of a rule.
    CfnLint(&'static str),
    /// cloudformation-validate, by the id of a rule.
    Validate(&'static str),
}

use Caught::{CfnLint, Rule, Validate};

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Mutation> {
    [faults::FAULTS, watching::FAULTS, form::FAULTS].into_iter().flatten()
}

impl Mutation {
    /// The template with the fault in it.
    pub(super) fn text(&self) -> String {
        template::with(self.plant)
    }
}

const fn fault(fault: &'static str, caught: Caught, plant: fn(&mut Value)) -> Mutation {
    Mutation { fault, caught, plant }
}

/// Puts something else at a path. `value` is YAML.
fn replace(tree: &mut Value, path: &str, value: &str) {
    *at(tree, path) = yaml_serde::from_str(value).unwrap();
}

/// Takes away what stands at a path.
fn remove(tree: &mut Value, path: &str) {
    let (parent, name) = path.rsplit_once('.').unwrap();
    let gone = match at(tree, parent) {
        Value::Mapping(entries) => entries.remove(name).is_some(),
        Value::Sequence(items) => {
            items.remove(name.parse().unwrap());
            true
        }
        _ => false,
    };
    assert!(gone, "the template has nothing at {path}");
}

/// Adds an entry to a mapping. `value` is YAML.
fn add(tree: &mut Value, path: &str, name: &str, value: &str) {
    let entries = at(tree, path).as_mapping_mut().unwrap();
    let before = entries.insert(name.into(), yaml_serde::from_str(value).unwrap());
    assert!(before.is_none(), "{path} has {name} already");
}

/// Gives an entry of a mapping another name.
fn rename(tree: &mut Value, path: &str, from: &str, to: &str) {
    let entries = at(tree, path).as_mapping_mut().unwrap();
    let value = entries.remove(from).unwrap();
    entries.insert(to.into(), value);
}

#[test]
fn each_fault_is_found_by_the_rule_of_its_name() {
    let corners = combinations::corners();
    let of_rules = all().filter_map(|mutation| match mutation.caught {
        Rule(rule) => Some((mutation, rule)),
        CfnLint(_) | Validate(_) => None,
    });
    let mut shown = BTreeSet::new();
    for (mutation, rule) in of_rules {
        let template = Template::parse(&mutation.text());
        let template = template.unwrap_or_else(|error| panic!("{}: {error}", mutation.fault));
        let found = findings(&template, &corners);
        assert!(found.contains_key(rule), "{}: not {rule}, but {found:#?}", mutation.fault);
        shown.insert(rule);
    }
    let rules = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(shown, rules, "every rule finds a fault");
}

#[test]
fn the_faults_are_many_and_each_is_another() {
    let texts: BTreeSet<_> = all().map(Mutation::text).collect();
    assert_eq!(texts.len(), all().count());
    assert!(texts.len() >= 30 && !texts.contains(&template::with(|_| {})));
}
