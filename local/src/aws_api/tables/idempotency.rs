//! Which tokens of `TransactWriteItems` were used within ten minutes, each for what.
//!
//! The engine remembers them too, but looks at every one of them at every call, so that the thousandth call
//! would cost a thousand looks. It is given tokens for those calls alone whose answers say more than that they were
//! carried out: other tokens than the caller's, as its ten minutes go by a clock of its own.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dynoxide::errors::DynoxideError;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The members of a call that are all that an SDK sends unless it is told to send more.
const ITEMS: &str = "TransactItems";
const TOKEN: &str = "ClientRequestToken";

/// What a call may ask for besides, and how. The engine refuses all other words, whatever the call's token says.
/// (DynamoDB API Reference, `TransactWriteItems`)
const QUESTIONS: [(&str, &[&str]); 2] = [
    ("ReturnConsumedCapacity", &["INDEXES", "TOTAL", "NONE"]),
    ("ReturnItemCollectionMetrics", &["SIZE", "NONE"]),
];

/// Characters of a token. (DynamoDB API Reference, `TransactWriteItems`, `ClientRequestToken`)
const LONGEST_TOKEN: usize = 36;

/// How long a token stands for its call. (same page)
const VALIDITY: Duration = Duration::from_secs(10 * 60);

/// The tokens of calls that were carried out.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<Used>);

#[derive(Debug, Default)]
struct Used {
    calls: HashMap<Arc<str>, Call>,
    /// Each token with the time of its call, in the order of the calls.
    by_age: VecDeque<(OffsetDateTime, Arc<str>)>,
    /// How many tokens were made for the engine.
    made: u64,
}

#[derive(Debug)]
struct Call {
    /// A hash of its items.
    items: u64,
    answer: Answer,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    /// That it was carried out.
    Done,
    /// The engine knows it, by the token of this number.
    Engine(u64),
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
        let Some(token) = token(&request).filter(|_| asks_rightly(&request)) else {
            return execute(request);
        };
        let token = Arc::from(token);
        let items = hash(&request[ITEMS]);
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_before(now - VALIDITY);
        let answer = match used.calls.get(&token) {
            Some(call) if call.items != items => {
                return Err(DynoxideError::IdempotentParameterMismatchException(
                    "An error occurred (IdempotentParameterMismatchException)".to_owned(),
                ));
            }
            // Also to a repetition that asks for more than the call did: what it read is not known any more.
            Some(Call { answer: Answer::Done, .. }) => return Ok(json!({})),
            Some(Call { answer, .. }) => *answer,
            None if is_plain(&request) => Answer::Done,
            None => {
                used.made += 1;
                Answer::Engine(used.made)
            }
        };
        if let Some(members) = request.as_object_mut() {
            match answer {
                Answer::Done => members.remove(TOKEN),
                Answer::Engine(number) => {
                    members.insert(TOKEN.to_owned(), json!(number.to_string()))
                }
            };
        }
        let answered = execute(request)?;
        used.insert(token, Call { items, answer }, now);
        Ok(answered)
    }

    /// Forgets the tokens that stand for nothing any more.
    pub(super) fn forget_expired(&self, now: OffsetDateTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).forget_before(now - VALIDITY);
    }
}

impl Used {
    fn insert(&mut self, token: Arc<str>, call: Call, now: OffsetDateTime) {
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

/// Whether what a call asks for besides is known.
fn asks_rightly(request: &Value) -> bool {
    QUESTIONS.iter().all(|(name, words)| match request.get(name) {
        None | Some(Value::Null) => true,
        Some(word) => word.as_str().is_some_and(|word| words.contains(&word)),
    })
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

    /// A call that may ask for what it consumes, in words that are known or not.
    fn any_question() -> impl Strategy<Value = Value> {
        let words = [
            json!("TOTAL"),
            json!("INDEXES"),
            json!("SIZE"),
            json!("NONE"),
            json!("total"),
            json!(1),
            json!(null),
        ];
        let word = || prop::option::of(select(words.to_vec()));
        let of = (select(&["1", "2"][..]), select(&["a", "b"][..]), word(), word());
        of.prop_map(|(id, token, capacity, metrics)| {
            let mut request = put(id, token);
            for ((name, _), word) in QUESTIONS.iter().zip([capacity, metrics]) {
                if let Some(word) = word {
                    request[*name] = word;
                }
            }
            request
        })
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
            calls in prop::collection::vec(any_question(), 1..20),
        ) {
            let clock = Clock::real();
            let (ours, alone) = (tables(&clock), tables(&clock));
            // Which tokens stand for calls that did not ask.
            let mut plain = HashMap::new();
            for request in calls {
                let found = ours.execute("TransactWriteItems", request.clone());
                let expected = call(request.clone(), |request| alone.database.transact_write_items(request));
                // The one difference: who asks only the second time is told nothing.
                let expected = expected.map(|answer| {
                    let token = request[TOKEN].to_string();
                    let is_plain = *plain.entry(token).or_insert_with(|| is_plain(&request));
                    if is_plain { json!({}) } else { answer }
                });
                prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{}", request);
            }
        }
    }

    #[test]
    fn a_token_stands_for_its_call_for_ten_minutes() {
        for question in [None, Some("NONE"), Some("TOTAL")] {
            let clock = Clock::driven(OffsetDateTime::UNIX_EPOCH);
            let tables = tables(&clock);
            let is_done = |mut request: Value| {
                if let Some(word) = question {
                    request["ReturnConsumedCapacity"] = json!(word);
                }
                tables.execute("TransactWriteItems", request).is_ok()
            };
            assert!(is_done(put("1", "a")));
            clock.advance(VALIDITY - Duration::from_secs(1));
            assert!(is_done(put("1", "a")), "it is not carried out again");
            assert!(!is_done(put("2", "a")), "another call has no right to it");
            clock.advance(Duration::from_secs(1));
            assert!(!is_done(put("1", "a")), "it is carried out, and its item is there");
            assert!(is_done(put("2", "a")));
        }
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
        let held = || {
            let used = tokens.0.lock().expect("no panic");
            (used.calls.len(), used.by_age.len())
        };
        assert_eq!(held(), (10, 10));
        // The last call was a tenth ago.
        tokens.forget_expired(now + VALIDITY / 2);
        assert_eq!(held(), (4, 4));
        tokens.forget_expired(now + VALIDITY);
        assert_eq!(held(), (0, 0));
    }
}
