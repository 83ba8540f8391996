/** What the functions read from their environment. */

/** The value of a variable that must be set. */
export function variable(name) {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

/** The items of a comma-separated list, which may be missing or empty. */
export function list(name) {
  return (process.env[name] ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
