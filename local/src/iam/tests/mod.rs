//! Tests of the account as a whole, and what they share. Put new ones into
//!
//! - `roles`: what is refused at start;
//! - `authorize`: an action of a caller, and the words of a refusal;
//! - `assume_role`: the request and the session; `trust`: who is let in;
//! - `usage`: which permissions count as used;
//! - `credentials`: form and secrecy of access keys, function sessions, the store.

mod assume_role;
mod authorize;
mod credentials;
mod roles;
mod trust;
mod usage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{AccessKey, Iam, IamError, NamedPolicy, RoleDefinition};
use crate::randomness::Randomness;

const ACCOUNT: &str = "123456789012";

/// 2026-11-20T10:00:00Z
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_168_800).expect("a date")
}

/// The same bytes in every run (the SplitMix64 sequence), different ones in every call.
fn randomness() -> Randomness {
    let state = AtomicU64::new(0);
    Randomness::new(move |buffer| {
        for byte in buffer {
            let step = state.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (step ^ (step >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 40) as u8;
        }
    })
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A role with a trust statement for each principal and one inline policy of the statements.
fn role(name: &str, principals: &[Value], statements: Value) -> RoleDefinition {
    let trusting: Vec<Value> = principals
        .iter()
        .map(|principal| {
            json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
        })
        .collect();
    let mut definition = RoleDefinition {
        name: name.to_owned(),
        arn: role_arn(name),
        id: format!("AROA{}", name.to_uppercase()),
        trust_policy: policy(json!(trusting)),
        policies: Vec::new(),
        max_session_duration: 3_600,
    };
    if statements != json!([]) {
        let document = policy(statements);
        definition.policies.push(NamedPolicy { name: "Inline".to_owned(), document });
    }
    definition
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn lambda() -> Value {
    json!({"Service": "lambda.amazonaws.com"})
}

fn build(roles: Vec<RoleDefinition>) -> Result<Iam, IamError> {
    Iam::new(ACCOUNT, "aws", roles, randomness())
}

fn account(roles: Vec<RoleDefinition>) -> Iam {
    build(roles).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

/// A session of the role as a function called `function` has it.
fn session(iam: &Iam, role: &str) -> Arc<AccessKey> {
    iam.session_for_function(&role_arn(role), "function", now()).expect("a function session")
}
