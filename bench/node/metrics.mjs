/** What the functions count, as lines of CloudWatch's embedded metric format on stdout. */
const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME;

/** Counts one more of `name` at `at` (milliseconds since 1970), with the `reason` of a refusal. */
export function count(name, at, reason) {
  const dimensions = reason ? [["FunctionName"], ["FunctionName", "Reason"]] : [["FunctionName"]];
  const metrics = [{ Name: name, Unit: "Count" }];
  const line = {
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: "Countersign", Dimensions: dimensions, Metrics: metrics }],
    },
    FunctionName: functionName,
    Reason: reason,
    [name]: 1,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
