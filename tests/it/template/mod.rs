//! The template keeps its promises: rules of ours over what it evaluates to, for every combination of its conditions;
//! two linters that are not ours; and a fault planted for each of them, which it must find.

mod combinations;
mod linters;
mod mutations;
mod parameters;
mod rules;

use std::collections::BTreeMap;

use local::template::{Environment, Error, EvaluatedResource, ParameterValues, Template};
use tests::stack::{ACCOUNT_ID, REGION};
use tests::template;

use combinations::Combination;
use rules::RULES;

/// The stack that the template makes of one choice of parameters.
struct Deployed {
    /// What was chosen.
    chosen: Combination,
    /// Sorted by logical id.
    resources: Vec<EvaluatedResource>,
    /// Values by name.
    outputs: BTreeMap<String, String>,
}

/// Where every stack of these tests stands.
fn environment() -> Environment {
    Environment {
        account_id: ACCOUNT_ID.to_owned(),
        region: REGION.to_owned(),
        partition: "aws".to_owned(),
        stack_name: "rules".to_owned(),
    }
}

impl Deployed {
    fn of(template: &Template, chosen: Combination) -> Result<Self, Error> {
        let (values, environment) = (values(&chosen), environment());
        let (resources, outputs) = template.resources(&values, &environment)?;
        Ok(Self {
            resources,
            outputs: outputs.into_iter().map(|output| (output.name, output.value)).collect(),
            chosen,
        })
    }

    /// The resources of a type, such as `Lambda::Function`.
    fn of_type(&self, name: &str) -> impl Iterator<Item = &EvaluatedResource> {
        let name = format!("AWS::{name}");
        self.resources.iter().filter(move |resource| resource.type_name == name)
    }

    /// The resource of a type that `Ref` gives this text for.
    fn referred(&self, type_name: &str, reference: &str) -> Option<&EvaluatedResource> {
        self.of_type(type_name).find(|resource| resource.reference == reference)
    }

    /// What was chosen for a parameter.
    fn parameter(&self, name: &str) -> &str {
        self.chosen.get(name).map(String::as_str).unwrap_or_default()
    }
}

fn values(chosen: &Combination) -> ParameterValues {
    let mut values = ParameterValues::default();
    chosen.iter().for_each(|(name, value)| values.set(*name, value.as_str()));
    values
}

/// What the rules have to say of a template: the name of the rule, what it found, and where first.
fn findings(template: &Template, combinations: &[Combination]) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    for combination in combinations {
        let deployed = Deployed::of(template, combination.clone())
            .unwrap_or_else(|error| panic!("{error}: {combination:?}"));
        for rule in RULES {
            if let Some(first) = (rule.check)(&deployed).into_iter().next() {
                let finding = format!("{first}, with {combination:?}");
                found.entry(rule.name).or_insert(finding);
            }
        }
    }
    found
}

/// Asks `look` about every combination, on all processors.
fn for_every_combination(look: impl Fn(&[Combination]) + Sync) {
    let all = combinations::all();
    let processors = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(processors)) {
            scope.spawn(|| look(part));
        }
    });
}

#[test]
fn every_rule_holds_for_every_combination_of_the_conditions() {
    let template = Template::parse(&template::text()).unwrap();
    for_every_combination(|part| {
        let found = findings(&template, part);
        assert!(found.is_empty(), "{found:#?}");
    });
}

#[test]
fn every_combination_of_the_conditions_is_played() {
    let template = Template::parse(&template::text()).unwrap();
    for_every_combination(|part| {
        for combination in part {
            if let Err(error) = template.evaluate(&values(combination), &environment()) {
                panic!("{error}: {combination:?}");
            }
        }
    });
}

#[test]
fn only_what_watches_is_inert() {
    let template = Template::parse(&template::text()).unwrap();
    for combination in combinations::corners() {
        for resource in Deployed::of(&template, combination).unwrap().resources {
            let watches = resource.type_name.starts_with("AWS::CloudWatch::");
            assert_eq!(resource.inert.is_some(), watches, "{}", resource.logical_id);
        }
    }
}
