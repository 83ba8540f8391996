//! One test a rule, named after it: a request that is signed well and breaks only that rule.

use sigv4_verify::{Placement, Rule};
use time::Duration;

use crate::draft::{DATE, Draft, KEY_ID, Sent, TOKEN};
use crate::verdict::{
    check, check_finding, check_incomplete, check_invalid, check_verdict, date, verdict, verdict_at,
};

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
    AWS Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

#[test]
fn a_request_that_breaks_no_rule_is_verified() {
    for (sent, placement) in [
        (Draft::default().presigned(), Placement::Query),
        (Draft::default().authorized(), Placement::Header),
    ] {
        let verified = verdict(&sent).expect("good");
        assert_eq!(verified.access_key_id, KEY_ID);
        assert_eq!(verified.placement, placement);
        assert_eq!(verified.date.to_string(), DATE);
        assert_eq!(verified.signed_headers.as_str(), "host");
    }
}

#[test]
fn rule_1_the_query_can_be_decoded() {
    let mut sent = Draft::default().presigned();
    sent.target.push_str("&a=100%");
    check_invalid(&sent, Rule::DecodableQuery, MISMATCH);
    check_finding(
        &sent,
        "rule 1 (the query can be decoded): parameter 8 of the query cannot be decoded: \
         the % at byte 3 is not followed by two hexadecimal digits",
    );
}

#[test]
fn rule_2_the_signature_is_in_one_place() {
    const BOTH: &str =
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";
    let mut sent = Draft::default().presigned();
    sent.headers.push(("authorization", "Bearer MARKER".to_owned()));
    check_invalid(&sent, Rule::OnePlacement, BOTH);
    let mut sent = Draft::default().authorized();
    sent.target.push_str("&X-Amz-Algorithm");
    check_invalid(&sent, Rule::OnePlacement, BOTH);
}

#[test]
fn rule_3_the_request_is_signed() {
    const CODE: &str = "MissingAuthenticationTokenException";
    let mut sent = Draft::default().presigned();
    sent.target = sent.target.replace("X-Amz-Algorithm", "x-amz-algorithm");
    check(&sent, Rule::Authenticated, CODE, "Missing Authentication Token");
    let mut sent = Draft::default().authorized();
    sent.headers.retain(|(name, _)| *name != "Authorization");
    check(&sent, Rule::Authenticated, CODE, "Missing Authentication Token");
    sent.headers.push(("Authorization", "Bearer MARKER".to_owned()));
    check(&sent, Rule::Authenticated, CODE, "Missing Authentication Token");
}

#[test]
fn rule_4_no_authentication_parameter_is_repeated() {
    for name in ["X-Amz-Date", "X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Signature"] {
        let parameters = vec![(name, "MARKER"), (name, "MARKER")];
        check_invalid(
            &Draft { parameters, ..Draft::default() }.presigned(),
            Rule::NoRepeats,
            MISMATCH,
        );
    }
    let mut sent = Draft::default().authorized();
    sent.headers.push(("X-AMZ-DATE", DATE.to_owned()));
    check_invalid(&sent, Rule::NoRepeats, MISMATCH);
    check_finding(
        &sent,
        "rule 4 (no authentication parameter is repeated): the header x-amz-date is there more than once",
    );
}

#[test]
fn rule_5_every_authentication_parameter_is_there() {
    check_incomplete(
        &Draft { date: "", ..Draft::default() }.presigned(),
        Rule::Complete,
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    );
    check_incomplete(
        &Draft { date: "", ..Draft::default() }.authorized(),
        Rule::Complete,
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
    let mut sent = Draft::default().authorized();
    sent.headers.retain(|(name, _)| *name != "Authorization");
    sent.headers.push(("Authorization", "AWS4-HMAC-SHA256 Signature=MARKER".to_owned()));
    check_incomplete(
        &sent,
        Rule::Complete,
        "Authorization header requires 'Credential' parameter. \
         Authorization header requires 'SignedHeaders' parameter.",
    );
}

#[test]
fn rule_6_the_date_has_its_form() {
    let draft = || Draft { date: "2026-01-02T03:04:05Z", ..Draft::default() };
    for sent in [draft().presigned(), draft().authorized()] {
        check_incomplete(
            &sent,
            Rule::DateForm,
            "Date must be in ISO-8601 'basic format'. Got '2026-01-02T03:04:05Z'. \
             See http://en.wikipedia.org/wiki/ISO_8601",
        );
    }
}

#[test]
fn rule_7_the_signature_is_not_too_old() {
    let check = |seconds, message| {
        let parameters = vec![("X-Amz-Expires", "604800")];
        let sent = Draft { parameters, ..Draft::default() }.presigned();
        let now = date() + Duration::seconds(seconds);
        let verdict = verdict_at(&sent, now, now + Duration::HOUR);
        check_verdict(verdict, Rule::NotExpired, "InvalidSignatureException", message);
    };
    check(
        301,
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)",
    );
    let sent = Draft::default().presigned();
    let now = date() + Duration::seconds(300);
    assert!(verdict_at(&sent, now, now + Duration::HOUR).is_ok());
}

#[test]
fn a_short_x_amz_expires_does_not_end_the_signature() {
    for expires in ["1", "0", "soon", ""] {
        let parameters = vec![("X-Amz-Expires", expires)];
        let sent = Draft { parameters, ..Draft::default() }.presigned();
        let now = date() + Duration::seconds(300);
        assert!(verdict_at(&sent, now, now + Duration::HOUR).is_ok(), "{expires}");
    }
}

#[test]
fn rule_8_the_signature_is_not_from_the_future() {
    let sent = Draft::default().authorized();
    let now = date() - Duration::seconds(301);
    check_verdict(
        verdict_at(&sent, now, date()),
        Rule::NotEarly,
        "InvalidSignatureException",
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z \
         (20260102T025904Z + 5 min.)",
    );
    assert!(verdict_at(&sent, date() - Duration::seconds(300), date()).is_ok());
}

#[test]
fn rule_9_the_signed_headers_are_in_lower_case_and_sorted() {
    for signed_headers in ["Host", "x-tag;host", "host;host"] {
        let mut draft = Draft { signed_headers, ..Draft::default() };
        draft.headers.push(("X-Tag", "a".to_owned()));
        check_invalid(&draft.presigned(), Rule::SignedHeadersForm, MISMATCH);
    }
    check_finding(
        &Draft { signed_headers: "Host", ..Draft::default() }.presigned(),
        "rule 9 (the signed headers are in lower case and sorted): the signed headers are \"Host\", \
         expected header names in lower case",
    );
}

#[test]
fn rule_10_the_host_is_signed() {
    let draft = || {
        let headers = vec![("Host", "h".to_owned()), ("X-Tag", "a".to_owned())];
        Draft { signed_headers: "x-tag", headers, ..Draft::default() }
    };
    for sent in [draft().presigned(), draft().authorized()] {
        check_invalid(
            &sent,
            Rule::HostSigned,
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        );
    }
}

#[test]
fn rule_11_the_algorithm_is_aws4_hmac_sha256() {
    let draft = || Draft { algorithm: "AWS4-HMAC-SHA512", ..Draft::default() };
    for sent in [draft().presigned(), draft().authorized()] {
        check_incomplete(
            &sent,
            Rule::Algorithm,
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). ",
        );
    }
}

#[test]
fn rule_12_the_credential_has_five_parts() {
    let credential = "ASIAIOSFODNN7EXAMPLE/20260102/eu-west-1/execute-api".to_owned();
    let sent = Draft { credential, ..Draft::default() }.presigned();
    check_incomplete(
        &sent,
        Rule::CredentialForm,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
         got 'ASIAIOSFODNN7EXAMPLE/20260102/eu-west-1/execute-api'",
    );
}

#[test]
fn rule_13_the_scope_fits() {
    let check = |scope: &str, message| {
        let credential = format!("{KEY_ID}/{scope}");
        check_invalid(&Draft { credential, ..Draft::default() }.presigned(), Rule::Scope, message);
    };
    check(
        "20260102/us-east-1/execute-api/aws4_request",
        "Credential should be scoped to a valid region, not 'us-east-1'. ",
    );
    check(
        "20260102/eu-west-1/sts/aws4_request",
        "Credential should be scoped to correct service: 'execute-api'. ",
    );
    check(
        "20260102/eu-west-1/execute-api/aws4",
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. ",
    );
    check(
        "20260101/eu-west-1/execute-api/aws4_request",
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20260101' != '20260102', from '20260102T030405Z'.",
    );
    check(
        "20260102/us-east-1/sts/aws4_request",
        "Credential should be scoped to a valid region, not 'us-east-1'. \
         Credential should be scoped to correct service: 'execute-api'. ",
    );
}

#[test]
fn rule_14_the_key_is_known() {
    let credential = "ASIAIOSFODNN7OTHERS/20260102/eu-west-1/execute-api/aws4_request".to_owned();
    let sent = Draft { credential, ..Draft::default() }.presigned();
    check(&sent, Rule::KnownKey, "UnrecognizedClientException", INVALID_TOKEN);
    check_finding(&sent, "rule 14 (the key is known): no key has the id \"ASIAIOSFODNN7OTHERS\"");

    let exchanged =
        "wJalrXUtnFEMIwK7MDENGwbPxRfiCYEXAMPLEKEY/20260102/eu-west-1/execute-api/aws4_request";
    let sent = Draft { credential: exchanged.to_owned(), ..Draft::default() }.presigned();
    check_finding(&sent, "rule 14 (the key is known): no key has the id \"…\"");
}

#[test]
fn rule_15_the_session_token_is_the_keys() {
    let long_term = "AKIAEXAMPLE/20260102/eu-west-1/execute-api/aws4_request".to_owned();
    for draft in [
        || Draft { token: None, ..Draft::default() },
        || Draft { token: Some("MARKER-token/+="), ..Draft::default() },
    ] {
        for sent in [draft().presigned(), draft().authorized()] {
            check(&sent, Rule::SessionToken, "UnrecognizedClientException", INVALID_TOKEN);
        }
    }
    let sent = Draft { credential: long_term.clone(), ..Draft::default() }.presigned();
    check(&sent, Rule::SessionToken, "UnrecognizedClientException", INVALID_TOKEN);
    let sent = Draft { credential: long_term, token: None, ..Draft::default() }.presigned();
    assert!(verdict(&sent).is_ok());
}

#[test]
fn a_session_token_in_a_header_does_not_complete_a_presigned_url() {
    let mut sent = Draft { token: None, ..Draft::default() }.presigned();
    sent.headers.push(("X-Amz-Security-Token", TOKEN.to_owned()));
    check(&sent, Rule::SessionToken, "UnrecognizedClientException", INVALID_TOKEN);
}

#[test]
fn rule_16_the_credentials_have_not_ended() {
    for sent in [Draft::default().presigned(), Draft::default().authorized()] {
        check_verdict(
            verdict_at(&sent, date(), date()),
            Rule::LiveCredentials,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        );
        assert!(verdict_at(&sent, date(), date() + Duration::SECOND).is_ok());
    }
}

#[test]
fn rule_17_the_payload_hash_is_the_bodys() {
    for hash in
        ["UNSIGNED-PAYLOAD", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
    {
        let mut draft = Draft { payload_hash: Some(hash), body: "abd", ..Draft::default() };
        draft.headers.push(("X-Amz-Content-SHA256", hash.to_owned()));
        check_invalid(&draft.authorized(), Rule::PayloadHash, MISMATCH);
    }
    let mut draft = Draft { body: "abc", ..Draft::default() };
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    draft.headers.push(("X-Amz-Content-SHA256", hash.to_owned()));
    assert!(verdict(&draft.authorized()).is_ok());
}

#[test]
fn an_unsigned_payload_is_refused_in_a_presigned_url_too() {
    let sent = Draft { payload_hash: Some("UNSIGNED-PAYLOAD"), ..Draft::default() }.presigned();
    check_invalid(&sent, Rule::Signature, MISMATCH);
}

#[test]
fn rule_18_every_signed_header_is_there() {
    let sent = Draft { signed_headers: "host;origin", ..Draft::default() }.presigned();
    check_invalid(&sent, Rule::SignedHeadersPresent, MISMATCH);
    check_finding(
        &sent,
        "rule 18 (every signed header is there): the header origin is signed, but not there",
    );
}

#[test]
fn rule_19_the_signature_matches() {
    for draft in [
        || Draft { secret: "MARKER-secret/EXAMPLF", ..Draft::default() },
        || Draft { secret: "", ..Draft::default() },
    ] {
        for sent in [draft().presigned(), draft().authorized()] {
            check_invalid(&sent, Rule::Signature, MISMATCH);
        }
    }
    let good = Draft::default().presigned();
    for signature in
        [good.signature.to_uppercase(), good.signature[1..].to_owned(), good.signature.repeat(2)]
    {
        let target = good.target.replace(&good.signature, &signature);
        check_invalid(&Sent { target, ..good.clone() }, Rule::Signature, MISMATCH);
    }
}

/// A request that breaks every rule from 6 on, mended rule by rule: it is refused by the first that
/// is left.
#[test]
fn the_first_broken_rule_refuses() {
    let mut draft = Draft {
        algorithm: "AWS4-X",
        credential: "NOBODY/1".to_owned(),
        date: "today",
        signed_headers: "X",
        token: Some("MARKER"),
        secret: "other",
        ..Draft::default()
    };
    let mut check = |mend: fn(&mut Draft), rule| {
        mend(&mut draft);
        let copy = Draft {
            credential: draft.credential.clone(),
            parameters: draft.parameters.clone(),
            headers: draft.headers.clone(),
            ..draft
        };
        assert_eq!(verdict(&copy.presigned()).expect_err("broken").rule(), rule);
    };
    check(|_| (), Rule::DateForm);
    check(|draft| draft.date = "20250102T030405Z", Rule::NotExpired);
    check(|draft| draft.date = "20270102T030405Z", Rule::NotEarly);
    check(|draft| draft.date = DATE, Rule::SignedHeadersForm);
    check(|draft| draft.signed_headers = "x", Rule::HostSigned);
    check(|draft| draft.signed_headers = "host;x", Rule::Algorithm);
    check(|draft| draft.algorithm = "AWS4-HMAC-SHA256", Rule::CredentialForm);
    check(|draft| draft.credential = "NOBODY/1/2/3/4".to_owned(), Rule::Scope);
    check(
        |draft| draft.credential = "NOBODY/20260102/eu-west-1/execute-api/aws4_request".to_owned(),
        Rule::KnownKey,
    );
    check(
        |draft| {
            draft.credential = "ASIAEXAMPLE/20260102/eu-west-1/execute-api/aws4_request".to_owned();
        },
        Rule::SessionToken,
    );
    check(|draft| draft.token = Some(TOKEN), Rule::SignedHeadersPresent);
    check(|draft| draft.signed_headers = "host", Rule::Signature);
}

#[test]
fn the_query_protocol_has_its_own_codes() {
    let check = |sent: &Sent, code| {
        assert_eq!(verdict(sent).expect_err(code).query_protocol_code(), code);
    };
    let mut unsigned = Draft::default().presigned();
    unsigned.target = "/prod".to_owned();
    check(&unsigned, "MissingAuthenticationToken");
    check(&Draft { date: "", ..Draft::default() }.presigned(), "IncompleteSignature");
    check(&Draft { secret: "other", ..Draft::default() }.presigned(), "SignatureDoesNotMatch");
    check(&Draft { token: None, ..Draft::default() }.presigned(), "InvalidClientTokenId");
    let verdict = verdict_at(&Draft::default().presigned(), date(), date());
    assert_eq!(verdict.expect_err("ended").query_protocol_code(), "ExpiredToken");
}
