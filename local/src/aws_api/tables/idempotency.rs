//! Which tokens of `TransactWriteItems` were used within ten minutes, each for what.
//!
//! The engine remembers them too, but looks at every one of them at every call, so that the thousandth call
//! would cost a thousand looks. It is given the tokens of those calls alone whose answers say more than that
//! they were carried out.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dynoxide::errors::DynoxideError;
use serde_json::Value;
use time::OffsetDateTime;

/// The members of a call that are all that an SDK sends unless it is told to send more.
const ITEMS: &str = "TransactItems";
const TOKEN: &str = "ClientRequestToken";

/// Characters of a token. (DynamoDB API Reference, `TransactWriteItems`, `ClientRequestToken`)
const LONGEST_TOKEN: usize = 36;

/// How long a token stands for its call. (same page)
const VALIDITY: Duration = Duration::from_secs(10 * 60);

/// The tokens of calls that were carried out.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<Used>);

#[derive(Debug, Default)]
struct Used {
    calls: HashMap<String, Call>,
    /// Each token with the time of its call, in the order of the calls.
    by_age: VecDeque<(OffsetDateTime, String)>,
}

#[derive(Debug)]
struct Call {
    /// A hash of its items.
    items: u64,
    /// What it was answered; `None` where the engine knows its token.
    answer: Option<Value>,
}

impl Tokens {
    /// Carries out a `TransactWriteItems` by `execute`, unless it was carried out before. Another call with the same
    /// token waits for this one.
    pub(super) fn once(
        &self,
        mut request: Value,
        now: OffsetDateTime,
        execute: impl FnOnce(Value) -> Result<Value, DynoxideError>,
    ) -> Result<Value, DynoxideError> {
        let Some(token) = token(&request) else { return execute(request) };
        let token = token.to_owned();
        let items = hash(&request[ITEMS]);
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_before(now - VALIDITY);
        let is_known_to_engine = match used.calls.get(&token) {
            Some(call) if call.items != items => {
                return Err(DynoxideError::IdempotentParameterMismatchException(
                    "An error occurred (IdempotentParameterMismatchException)".to_owned(),
                ));
            }
            // Also to a repetition that asks for more than the call did: what it read is not known any more.
            Some(Call { answer: Some(answer), .. }) => return Ok(answer.clone()),
            Some(Call { answer: None, .. }) => true,
            None => !is_plain(&request),
        };
        if is_known_to_engine {
            let answer = execute(request)?;
            used.insert(token, Call { items, answer: None }, now);
            return Ok(answer);
        }
        if let Some(members) = request.as_object_mut() {
            members.remove(TOKEN);
        }
        let answer = execute(request)?;
        used.insert(token, Call { items, answer: Some(answer.clone()) }, now);
        Ok(answer)
    }
}

impl Used {
    fn insert(&mut self, token: String, call: Call, now: OffsetDateTime) {
        if self.calls.insert(token.clone(), call).is_none() {
            self.by_age.push_back((now, token));
        }
    }

    fn forget_before(&mut self, then: OffsetDateTime) {
        while let Some((_, token)) = self.by_age.pop_front_if(|(at, _)| *at <= then) {
            self.calls.remove(&token);
        }
    }
}

/// The token of a call, if it has one that DynamoDB takes.
fn token(request: &Value) -> Option<&str> {
    let token = request.get(TOKEN).and_then(Value::as_str);
    token.filter(|token| (1..=LONGEST_TOKEN).contains(&token.len()))
}

/// Whether a call asks for nothing but to be carried out. The answer to another one may tell what it has consumed, and
/// the answer to its repetition something else.
fn is_plain(request: &Value) -> bool {
    let members = request.as_object();
    members.is_some_and(|members| members.keys().all(|name| [ITEMS, TOKEN].contains(&&**name)))
}

fn hash(items: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    items.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::json;

    use super::super::{Storage, Tables, call};
    use super::*;
    use crate::clock::Clock;

    fn tables(clock: &Clock) -> Tables {
        let tables = Tables::open(&Storage::Memory, clock.clone()).expect("tables");
        let definition = json!({
            "TableName": "things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        });
        tables.create("things", &definition, None).expect("a table");
        tables
    }

    /// A call that writes an item once.
    fn put(id: &str, token: &str) -> Value {
        let put = json!({
            "TableName": "things",
            "Item": {"id": {"S": id}},
            "ConditionExpression": "attribute_not_exists(id)",
        });
        json!({"TransactItems": [{"Put": put}], "ClientRequestToken": token})
    }

    fn delete(id: &str) -> Value {
        json!({"TransactItems": [{"Delete": {"TableName": "things", "Key": {"id": {"S": id}}}}]})
    }

    fn any_call() -> impl Strategy<Value = Value> {
        let long = "x".repeat(LONGEST_TOKEN + 1);
        let tokens = ["a".to_owned(), "b".to_owned(), String::new(), long];
        let ids = || select(&["1", "2", ""][..]);
        prop_oneof![
            4 => (ids(), select(tokens.to_vec())).prop_map(|(id, token)| put(id, &token)),
            2 => ids().prop_map(delete),
            1 => Just(json!({"TransactItems": [], "ClientRequestToken": "c"})),
            1 => Just(json!({"TransactItems": "none", "ClientRequestToken": 1})),
        ]
    }

    proptest! {
        // Each case makes two databases.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn calls_are_answered_as_by_the_engine_alone(calls in prop::collection::vec(any_call(), 1..20)) {
            let clock = Clock::real();
            let (ours, alone) = (tables(&clock), tables(&clock));
            for request in calls {
                let found = ours.execute("TransactWriteItems", request.clone());
                let expected = call(request.clone(), |request| alone.database.transact_write_items(request));
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{}", request);
            }
        }

        #[test]
        fn calls_that_ask_what_they_consume_are_answered_as_by_the_engine_alone(
            calls in prop::collection::vec((select(&["1", "2"][..]), select(&["a", "b"][..])), 1..20),
            mode in select(&["TOTAL", "INDEXES", "NONE"][..]),
            plain_again in any::<bool>(),
        ) {
            let clock = Clock::real();
            let (ours, alone) = (tables(&clock), tables(&clock));
            for (id, token) in calls {
                let mut asking = put(id, token);
                asking["ReturnConsumedCapacity"] = json!(mode);
                let again = plain_again.then(|| put(id, token));
                for request in std::iter::once(asking).chain(again) {
                    let found = ours.execute("TransactWriteItems", request.clone());
                    let expected = call(request, |request| alone.database.transact_write_items(request));
                    prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
                }
            }
        }
    }

    #[test]
    fn a_token_stands_for_its_call_for_ten_minutes() {
        let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
        let tables = tables(&clock);
        let ask = |request| tables.execute("TransactWriteItems", request).ok();
        let done = Some(json!({}));
        assert_eq!(ask(put("1", "a")), done);
        clock.advance(VALIDITY - Duration::from_secs(1));
        assert_eq!(ask(put("1", "a")), done, "it is not carried out again");
        assert_eq!(ask(put("2", "a")), None, "another call has no right to it");
        clock.advance(Duration::from_secs(1));
        assert_eq!(ask(put("1", "a")), None, "it is carried out, and its item is there");
        assert_eq!(ask(put("2", "a")), done);
    }

    #[test]
    fn a_token_that_was_forgotten_leaves_nothing() {
        let tokens = Tokens::default();
        let mut now = OffsetDateTime::UNIX_EPOCH;
        for number in 0..100 {
            let request = put("1", &number.to_string());
            tokens.once(request, now, |_| Ok(json!({}))).expect("an answer");
            now += VALIDITY / 10;
        }
        let used = tokens.0.lock().expect("no panic");
        assert_eq!((used.calls.len(), used.by_age.len()), (10, 10));
    }
}
