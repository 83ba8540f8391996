//! Templates with custom domains, and what is refused of them, of their certificates and of their records.

use super::super::super::test_support::{FUNCTION, check_refused, stack};

const DOMAINS: &str = "
Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: HTTP}}
HttpStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: $default, AutoDeploy: true}}
Socket: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: n, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
SocketStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Socket, StageName: prod, AutoDeploy: true}}
Certificate:
  Type: AWS::CertificateManager::Certificate
  Properties:
    DomainName: api.example.com
    SubjectAlternativeNames: ['*.ws.example.com']
    ValidationMethod: DNS
    DomainValidationOptions: [{DomainName: api.example.com, HostedZoneId: Z1}]
HttpDomain: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: api.example.com, DomainNameConfigurations: [{CertificateArn: !Ref Certificate, EndpointType: REGIONAL, SecurityPolicy: TLS_1_2}]}}
HttpMapping: {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {ApiId: !Ref Http, DomainName: !Ref HttpDomain, Stage: !Ref HttpStage, ApiMappingKey: v1/sign}}
SocketDomain: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: a.ws.example.com, DomainNameConfigurations: [{CertificateArn: !Ref Certificate}]}}
SocketMapping: {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {ApiId: !Ref Socket, DomainName: !Ref SocketDomain, Stage: !Ref SocketStage}}
Record: {Type: AWS::Route53::RecordSet, Properties: {Name: a.ws.example.com., Type: A, HostedZoneId: Z1, AliasTarget: {DNSName: !GetAtt SocketDomain.RegionalDomainName, HostedZoneId: !GetAtt SocketDomain.RegionalHostedZoneId}}}
Record6: {Type: AWS::Route53::RecordSet, Properties: {Name: a.ws.example.com., Type: AAAA, HostedZoneId: Z1, AliasTarget: {DNSName: !GetAtt SocketDomain.RegionalDomainName, HostedZoneId: !GetAtt SocketDomain.RegionalHostedZoneId, EvaluateTargetHealth: false}}}
";

/// The templates's text with something changed.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = format!("{FUNCTION}{DOMAINS}");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn check(from: &str, to: &str, expected: &str) {
    check_refused(&changed(&[(from, to)]), &format!("Resources.{expected}"));
}

/// Whether a mapping with this key is read.
fn check_key(key: &str, expected: bool) {
    let text = changed(&[("ApiMappingKey: v1/sign", &format!("ApiMappingKey: \"{key}\""))]);
    if expected {
        assert_eq!(stack(&text).domains[0].mappings[0].base_path, key);
    } else {
        check_refused(
            &text,
            "Resources.HttpMapping.Properties.ApiMappingKey: expected at most 300",
        );
    }
}

#[test]
fn domains_are_read_with_their_mappings() {
    let stack = stack(&changed(&[]));
    let [http, socket] = &stack.domains[..] else { panic!("{:?}", stack.domains) };
    assert_eq!((http.name.as_str(), http.logical_id.as_str()), ("api.example.com", "HttpDomain"));
    let mapping = &http.mappings[0];
    assert_eq!((mapping.base_path.as_str(), mapping.stage.as_str()), ("v1/sign", "$default"));
    assert_eq!(mapping.api_id, stack.http_apis[0].id);
    let mapping = &socket.mappings[0];
    assert_eq!((mapping.base_path.as_str(), mapping.stage.as_str()), ("", "prod"));
    assert_eq!(stack.http_domains().collect::<Vec<_>>(), [http]);
    assert_eq!(stack.websocket_domains().collect::<Vec<_>>(), [socket]);
}

#[test]
fn a_domain_that_nothing_is_mapped_to_is_read() {
    let mapping = DOMAINS.lines().find(|line| line.starts_with("SocketMapping")).unwrap();
    let stack = stack(&changed(&[(mapping, "")]));
    let names: Vec<_> = stack.http_domains().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["api.example.com", "a.ws.example.com"]);
}

#[test]
fn a_key_has_the_characters_and_the_length_that_aws_takes() {
    check_key("", true);
    check_key("v1", true);
    check_key("a/b/c", true);
    check_key("A-z_0.9$+!*'()", true);
    check_key(&"k".repeat(300), true);
    check_key(&"k".repeat(301), false);
    for wrong in ["/", "/v1", "v1/", "a//b", "a b", "a%20b", "@connections", "é"] {
        check_key(wrong, false);
    }
}

#[test]
fn the_key_of_a_websocket_api_has_one_level() {
    let with = |key: &str| {
        let stage = "Stage: !Ref SocketStage";
        changed(&[(stage, &format!("{stage}, ApiMappingKey: {key}"))])
    };
    assert_eq!(stack(&with("chat")).domains[1].mappings[0].base_path, "chat");
    let expected = "Resources.SocketMapping.Properties.ApiMappingKey: expected one level";
    check_refused(&with("chat/v1"), expected);
}

#[test]
fn a_domain_stands_for_apis_of_one_kind_and_each_key_once() {
    let socket = "DomainName: !Ref SocketDomain, Stage: !Ref SocketStage";
    let kinds = "SocketMapping.Properties.DomainName: api.example.com cannot stand for a WebSocket API and an HTTP API";
    check(socket, "DomainName: !Ref HttpDomain, Stage: !Ref SocketStage", kinds);
    let second = "Second: {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {ApiId: !Ref Http, DomainName: !Ref HttpDomain, Stage: !Ref HttpStage, ApiMappingKey: v1/sign}}\nRecord:";
    check(
        "Record:",
        second,
        "Second.Properties.ApiMappingKey: v1/sign is already the name of HttpMapping",
    );
    assert_eq!(
        stack(&changed(&[("Record:", &second.replacen("v1/sign", "v2", 1))])).domains.len(),
        2
    );
}

#[test]
fn a_domain_has_a_limited_number_of_keys_of_several_levels() {
    let mapping = |number: usize| {
        format!(
            "M{number:03}: {{Type: AWS::ApiGatewayV2::ApiMapping, Properties: {{ApiId: !Ref Http, DomainName: !Ref HttpDomain, Stage: !Ref HttpStage, ApiMappingKey: a/{number}}}}}\n"
        )
    };
    let mappings = |count: usize| (0..count).map(mapping).collect::<String>() + "Record:";
    assert_eq!(stack(&changed(&[("Record:", &mappings(199))])).domains[0].mappings.len(), 200);
    let refused = changed(&[("Record:", &mappings(200))]);
    check_refused(&refused, "Resources.M199.Properties.ApiMappingKey: expected at most 200 keys");
}

#[test]
fn a_mapping_names_what_is_there_before_it() {
    check(
        "ApiId: !Ref Socket, DomainName",
        "ApiId: x, DomainName",
        "SocketMapping.Properties.ApiId: names no API",
    );
    check(
        "DomainName: !Ref SocketDomain",
        "DomainName: b.example.com",
        "SocketMapping.Properties.DomainName: names no domain name",
    );
    check(
        "Stage: !Ref SocketStage",
        "Stage: !Ref HttpStage",
        "SocketMapping.Properties.Stage: names no stage of the mapping's API",
    );
    check(
        "Stage: !Ref SocketStage",
        "Stage: prod",
        "SocketMapping.Properties.Stage: must refer to SocketStage",
    );
    check(
        "DomainName: !Ref SocketDomain",
        "DomainName: a.ws.example.com",
        "SocketMapping.Properties.DomainName: must refer to SocketDomain",
    );
    let depends = "ApiMapping, DependsOn: SocketStage, Properties: {ApiId: !Ref Socket";
    let depending = [
        ("ApiMapping, Properties: {ApiId: !Ref Socket", depends),
        ("Stage: !Ref SocketStage", "Stage: prod"),
    ];
    assert_eq!(stack(&changed(&depending)).domains[1].mappings[0].stage, "prod");
}

#[test]
fn domains_that_are_not_played_are_refused() {
    let name = |to: &str, expected: &str| {
        check(
            "DomainName: a.ws.example.com, DomainNameC",
            &format!("DomainName: {to}, DomainNameC"),
            &format!("SocketDomain.Properties.DomainName: {expected}"),
        );
    };
    name("'*.ws.example.com'", "*.ws.example.com is not supported: a listener has one name");
    name("A.ws.example.com", "expected a host name in lower case");
    name("a..example.com", "expected a host name in lower case");
    name("localhost", "expected a host name in lower case");
    let configurations = "DomainNameConfigurations: [{CertificateArn: !Ref Certificate}]";
    check(
        configurations,
        "DomainNameConfigurations: []",
        "SocketDomain.Properties.DomainNameConfigurations: expected one",
    );
    let configuration = |to: &str, expected: &str| {
        check(
            "[{CertificateArn: !Ref Certificate}]",
            &format!("[{{{to}}}]"),
            &format!("SocketDomain.Properties.DomainNameConfigurations[0].{expected}"),
        );
    };
    configuration("EndpointType: REGIONAL", "CertificateArn: required and missing");
    configuration(
        "CertificateArn: arn:aws:acm:us-east-1:123456789012:certificate/1",
        "CertificateArn: expected arn:aws:acm:eu-west-1:",
    );
    configuration("CertificateArn: certificate", "CertificateArn: expected arn:aws:acm:eu-west-1:");
    configuration(
        "CertificateArn: !Ref Certificate, EndpointType: EDGE",
        "EndpointType: expected REGIONAL",
    );
    configuration(
        "CertificateArn: !Ref Certificate, SecurityPolicy: TLS_1_0",
        "SecurityPolicy: expected TLS_1_2",
    );
    configuration(
        "CertificateArn: !Ref Certificate, IpAddressType: ipv4",
        "IpAddressType: AWS::ApiGatewayV2::DomainName: this property is not supported",
    );
    check(
        "DomainName: api.example.com, DomainNameC",
        "MutualTlsAuthentication: {TruststoreUri: u}, DomainName: api.example.com, DomainNameC",
        "HttpDomain.Properties.MutualTlsAuthentication: AWS::ApiGatewayV2::DomainName: this property is not supported",
    );
}

#[test]
fn a_certificate_covers_its_domain() {
    let covers = |name: &str| {
        check(
            "DomainName: a.ws.example.com, DomainNameC",
            &format!("DomainName: {name}, DomainNameC"),
            &format!(
                "SocketDomain.Properties.DomainNameConfigurations[0].CertificateArn: expected a certificate of {name}"
            ),
        );
    };
    covers("ws.example.com");
    covers("b.a.ws.example.com");
    covers("example.com");
    let foreign = "[{CertificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/0-a'}]";
    assert_eq!(
        stack(&changed(&[("[{CertificateArn: !Ref Certificate}]", foreign)])).domains.len(),
        2
    );
    check(
        "DomainName: api.example.com\n",
        "DomainName: Api\n",
        "Certificate.Properties.DomainName: expected a host name",
    );
    check(
        "DomainName: api.example.com\n",
        &format!("DomainName: {}.example.com\n", "a".repeat(53)),
        "Certificate.Properties.DomainName: expected a host name",
    );
    check(
        "['*.ws.example.com']",
        "['*.*.example.com']",
        "Certificate.Properties.SubjectAlternativeNames: expected a host name",
    );
    check(
        "ValidationMethod: DNS",
        "ValidationMethod: HTTP",
        "Certificate.Properties.ValidationMethod: expected DNS or EMAIL",
    );
    check(
        "[{DomainName: api.example.com, H",
        "[{DomainName: example.com, H",
        "Certificate.Properties.DomainValidationOptions[0].DomainName: expected a name of the certificate",
    );
    check(
        ", HostedZoneId: Z1}]",
        "}]",
        "Certificate.Properties.DomainValidationOptions[0].HostedZoneId: expected this or ValidationDomain",
    );
    check(
        "ValidationMethod: DNS",
        "KeyAlgorithm: RSA_2048",
        "Certificate.Properties.KeyAlgorithm: AWS::CertificateManager::Certificate: this property is not supported",
    );
}

#[test]
fn a_record_leads_to_the_domain_of_its_name() {
    check(
        "Name: a.ws.example.com.",
        "Name: b.example.com",
        "Record.Properties.Name: names no domain name",
    );
    check(
        "Name: a.ws.example.com.",
        "Name: api.example.com",
        "Record.Properties.AliasTarget.DNSName: expected RegionalDomainName of HttpDomain",
    );
    check(
        "HostedZoneId: !GetAtt SocketDomain.RegionalHostedZoneId",
        "HostedZoneId: !GetAtt HttpDomain.RegionalHostedZoneId",
        "Record.Properties.AliasTarget.HostedZoneId: expected RegionalHostedZoneId of SocketDomain",
    );
    check("Type: A,", "Type: CNAME,", "Record.Properties.Type: expected A or AAAA");
    check(
        "Type: AAAA,",
        "Type: A,",
        "Record6.Properties.Name: expected one record of type A for a.ws.example.com",
    );
    check(
        "Type: A, HostedZoneId: Z1,",
        "Type: A,",
        "Record.Properties.HostedZoneId: expected this or HostedZoneName",
    );
    check(
        "Type: A,",
        "Type: A, Weight: 1,",
        "Record.Properties.Weight: AWS::Route53::RecordSet: this property is not supported",
    );
}
