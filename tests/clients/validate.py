"""Asks cloudformation-validate about templates. Arguments: their paths. Prints a line for each finding of WARN or worse:
the path, the rule, what it is about, and the words. Ends with 1 where there is one."""

import sys

from cloudformation_validate import (
    CompositeEngine,
    ResourceIdFilter,
    RuleFilterConfig,
    Severity,
    ValidateConfig,
)

# W3002 warns that Code is a local path. `aws cloudformation package` uploads it. cfn-lint is told so in the template,
# by a Metadata that this program does not read.
PACKAGED = ["SignFunction", "ConnectFunction", "DefaultFunction", "DisconnectFunction"]
config = ValidateConfig(
    severity_level=Severity.WARN,
    exclude=RuleFilterConfig(
        resource_ids=[ResourceIdFilter(rule_id="W3002", resource_id=name) for name in PACKAGED]
    ),
)
engine = CompositeEngine()
found = False
for path in sys.argv[1:]:
    for finding in engine.validate_template(path, config).diagnostics:
        about = finding.entity.logical_id if finding.entity else "the template"
        print(f"{path}:{finding.rule_id}:{about}: {finding.message}")
        found = True
sys.exit(found)
