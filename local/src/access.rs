//! Who calls, and whether he may: every door asks here.

use std::sync::Arc;

use sigv4_verify::{
    Examination, Expected, Key, Keys, Refusal, SecretKey, SessionToken, examine, verify,
};
use time::{Duration, OffsetDateTime};

use crate::clock::Clock;
use crate::iam::{AccessKey, Caller, Context, Denied, Iam, keys};
use crate::wire::Head;

/// Signatures and policies of one account in one region. Clones share them.
#[derive(Clone)]
pub struct Access {
    iam: Arc<Iam>,
    region: String,
    clock: Clock,
}

impl Access {
    /// Access by the keys and policies of `iam`, whose sessions end by `clock`.
    pub fn new(iam: Arc<Iam>, region: String, clock: Clock) -> Self {
        Self { iam, region, clock }
    }

    /// Who signed a request to `service`. `now` is the time that its signature goes by: the clock's, or for
    /// calls of the SDKs the machine's.
    ///
    /// # Errors
    ///
    /// The first rule of signatures that the request breaks.
    pub fn authenticate(
        &self,
        head: &Head,
        body: &[u8],
        service: &str,
        now: OffsetDateTime,
    ) -> Result<Arc<AccessKey>, Refusal> {
        let (expected, keys) = (self.expected(service, now), self.keys_at(now));
        let verified = head.with_body(body, |request| verify(request, &expected, &keys))?;
        // The key was there a moment ago; a session that was forgotten since is unknown again.
        self.iam.find_access_key(&verified.access_key_id).ok_or(Refusal::NotSigned)
    }

    /// Every rule of signatures, by what [`Self::authenticate`] goes by: for who wants to know all that is wrong. Decides
    /// nothing.
    pub fn examine(
        &self,
        head: &Head,
        body: &[u8],
        service: &str,
        now: OffsetDateTime,
    ) -> Examination {
        let (expected, keys) = (self.expected(service, now), self.keys_at(now));
        head.with_body(body, |request| examine(request, &expected, Some(&keys)))
    }

    fn expected<'a>(&'a self, service: &'a str, now: OffsetDateTime) -> Expected<'a> {
        Expected { region: &self.region, service, now }
    }

    fn keys_at(&self, now: OffsetDateTime) -> KnownKeys<'_> {
        KnownKeys { iam: &self.iam, ahead: now - self.clock.now() }
    }

    /// The account's keys, as the verifier looks them up.
    pub fn keys(&self) -> impl Keys + '_ {
        KnownKeys { iam: &self.iam, ahead: Duration::ZERO }
    }

    /// Whether the owner of an access key could do something from this machine; it is not counted.
    /// The owner's ARN if so; `None` where nobody has such a key.
    pub fn could(
        &self,
        access_key_id: &str,
        action: &str,
        resource: &str,
        now: OffsetDateTime,
    ) -> Option<Result<String, Denied>> {
        let key = self.iam.find_access_key(access_key_id)?;
        let context = context_from("127.0.0.1");
        let caller = key.caller();
        let decided = self.iam.authorize(caller, action, resource, &context, now);
        Some(decided.map(|_| caller.arn().to_owned()))
    }

    /// Whether a caller may do something now, by the clock. If so, it is counted among the uses of the
    /// permissions.
    ///
    /// # Errors
    ///
    /// [`Denied`], which words the refusal as AWS does.
    pub fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        head: &Head,
    ) -> Result<(), Denied> {
        self.authorize_all(caller, &[(action, resource)], head)
    }

    /// Likewise, of a request that needs several actions, each on a resource: it may do all, or nothing is
    /// counted.
    ///
    /// # Errors
    ///
    /// [`Denied`] for the first that is not allowed.
    pub fn authorize_all(
        &self,
        caller: &Caller,
        needed: &[(&str, &str)],
        head: &Head,
    ) -> Result<(), Denied> {
        self.iam.authorize_all(caller, needed, context(head), self.clock.now())?;
        for (action, resource) in needed {
            tracing::trace!(principal = caller.arn(), action, resource, "allowed");
        }
        Ok(())
    }
}

/// The access keys of IAM, as the verifier looks them up.
struct KnownKeys<'a> {
    iam: &'a Iam,
    /// How far the time that the signature goes by is ahead of the clock that sessions end by.
    ahead: Duration,
}

impl Keys for KnownKeys<'_> {
    fn find(&self, access_key_id: &str) -> Option<Key> {
        let known = self.iam.find_access_key(access_key_id)?;
        let credentials = known.credentials();
        Some(Key {
            secret: SecretKey::new(credentials.secret_access_key()),
            session_token: credentials.session_token().map(SessionToken::new),
            expires: credentials.expires_at().map(|at| at.saturating_add(self.ahead)),
        })
    }
}

/// What policies may ask about a request.
pub fn context(head: &Head) -> Context {
    context_from(&head.source_ip)
}

fn context_from(source_ip: &str) -> Context {
    Context::new()
        .with(keys::SOURCE_IP, source_ip)
        // The listeners of this machine stand for TLS endpoints.
        .with(keys::SECURE_TRANSPORT, "true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::iam::{NamedPolicy, RoleDefinition};
    use crate::randomness::Randomness;

    const ROLE: &str = "arn:aws:iam::111122223333:role/Reader";

    /// The account's one role may read what is asked for over TLS from this machine.
    fn access() -> Access {
        let trust = json!({
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        });
        let read = json!({
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": "*",
            "Condition": {
                "Bool": {"aws:SecureTransport": "true"},
                "IpAddress": {"aws:SourceIp": "127.0.0.1"},
            },
        });
        let role = RoleDefinition {
            name: "Reader".to_owned(),
            arn: ROLE.to_owned(),
            id: "AROAREADER".to_owned(),
            trust_policy: json!({"Version": "2012-10-17", "Statement": trust}),
            policies: vec![NamedPolicy {
                name: "Read".to_owned(),
                document: json!({"Statement": read}),
            }],
            max_session_duration: 3_600,
        };
        let randomness = Randomness::operating_system();
        let iam = Iam::new("111122223333", "aws", vec![role], randomness).expect("an account");
        Access::new(Arc::new(iam), "eu-west-1".to_owned(), Clock::real())
    }

    fn authorize(access: &Access, action: &str, source_ip: &str) -> Result<(), Denied> {
        let now = OffsetDateTime::UNIX_EPOCH;
        let session = access.iam.session_for_function(ROLE, "function", now).expect("a session");
        let head = head(source_ip);
        access.authorize(session.caller(), action, "arn:aws:dynamodb:::table/t", &head)
    }

    fn head(source_ip: &str) -> Head {
        Head {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers: Vec::new(),
            not_utf8: Default::default(),
            source_ip: source_ip.to_owned(),
        }
    }

    #[test]
    fn nothing_is_counted_of_a_request_that_may_not_do_all_it_needs() {
        let access = access();
        let now = OffsetDateTime::UNIX_EPOCH;
        let session = access.iam.session_for_function(ROLE, "function", now).expect("a session");
        let check = |actions: &[&str], is_allowed, expected| {
            let needed: Vec<_> =
                actions.iter().map(|action| (*action, "arn:aws:dynamodb:::table/t")).collect();
            let decided = access.authorize_all(session.caller(), &needed, &head("127.0.0.1"));
            assert_eq!(decided.is_ok(), is_allowed, "{actions:?}");
            let permissions = access.iam.permissions_of(ROLE);
            let used = permissions.iter().find(|one| one.action == "dynamodb:GetItem");
            assert_eq!(used.and_then(|one| one.used), Some(expected), "{actions:?}");
        };
        check(&["dynamodb:GetItem", "dynamodb:PutItem"], false, 0);
        check(&["dynamodb:GetItem", "dynamodb:GetItem"], true, 2);
    }

    #[test]
    fn policies_may_ask_where_a_request_comes_from_and_how() {
        let access = access();
        assert_eq!(authorize(&access, "dynamodb:GetItem", "127.0.0.1"), Ok(()));
        assert!(authorize(&access, "dynamodb:GetItem", "10.0.0.1").is_err());
    }
}
