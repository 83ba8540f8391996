//! The rules: each a name and a function from an evaluated stack to what is wrong with it.

mod access;
mod addresses;
mod functions;
mod observability;
mod stages;

use local::template::EvaluatedResource;
use serde_json::Value;

use super::Deployed;

/// Something that must hold of every stack that the template makes.
pub(super) struct Rule {
    /// A sentence that is true when the rule finds nothing.
    pub(super) name: &'static str,
    /// What is wrong; nothing where the rule holds.
    pub(super) check: fn(&Deployed) -> Vec<String>,
}

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule { name: "connect is signed", check: access::connect_is_signed },
    Rule { name: "only what must be is open", check: access::only_what_must_be_is_open },
    Rule { name: "tokens are checked as chosen", check: access::tokens_are_checked_as_chosen },
    Rule { name: "actions are named", check: access::actions_are_named },
    Rule { name: "resources are named", check: access::resources_are_named },
    Rule { name: "roles may do what is needed", check: access::roles_may_do_what_is_needed },
    Rule { name: "roles are trusted by one", check: access::roles_are_trusted_by_one },
    Rule { name: "permissions name their route", check: access::permissions_name_their_route },
    Rule { name: "functions get what they read", check: functions::get_what_they_read },
    Rule { name: "functions share no role", check: functions::share_no_role },
    Rule { name: "functions log to their own group", check: functions::log_to_their_own_group },
    Rule { name: "functions end in time", check: functions::end_in_time },
    Rule { name: "concurrency is as chosen", check: functions::concurrency_is_as_chosen },
    Rule { name: "tables forget", check: functions::tables_forget },
    Rule {
        name: "what is stored goes with the stack",
        check: functions::what_is_stored_goes_with_the_stack,
    },
    Rule { name: "stages deploy themselves", check: stages::deploy_themselves },
    Rule { name: "stages wait for every route", check: stages::wait_for_every_route },
    Rule { name: "stages throttle", check: stages::throttle },
    Rule { name: "stages trace no data", check: stages::trace_no_data },
    Rule { name: "access is logged as chosen", check: stages::access_is_logged_as_chosen },
    Rule { name: "access logs hold no secret", check: stages::access_logs_hold_no_secret },
    Rule { name: "addresses follow the domains", check: addresses::follow_the_domains },
    Rule { name: "domains are complete", check: addresses::domains_are_complete },
    Rule { name: "cors is as chosen", check: addresses::cors_is_as_chosen },
    Rule { name: "logs are kept as chosen", check: observability::logs_are_kept_as_chosen },
    Rule { name: "alarms tell the topic", check: observability::alarms_tell_the_topic },
    Rule { name: "alarms watch this stack", check: observability::alarms_watch_this_stack },
    Rule {
        name: "the dashboard shows this stack",
        check: observability::dashboard_shows_this_stack,
    },
];

/// What stands at a path such as `/A/0/B` of a value; null where there is nothing.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

/// A property of a resource; null where it is not set.
fn property<'a>(resource: &'a EvaluatedResource, name: &str) -> &'a Value {
    resource.properties.get(name).unwrap_or(&Value::Null)
}

/// One value, or those of a list.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Collects what is wrong.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    /// Unless `holds`, that this is wrong.
    fn expect(&mut self, holds: bool, wrong: impl FnOnce() -> String) {
        if !holds {
            self.0.push(wrong());
        }
    }

    /// That `found` is what is expected.
    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.0.push(format!("{what} is {found:?}, expected {expected:?}"));
        }
    }
}
