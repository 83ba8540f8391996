/** An item in DynamoDB's JSON, as names and plain texts. Pure. */

/**
 * The attributes in a line each, maps flattened: `granted.userId`.
 *
 * @param {unknown} item
 * @returns {[name: string, text: string][]}
 */
export function attributes(item) {
  if (typeof item !== "object" || item === null) return [];
  return Object.entries(item).flatMap(([name, value]) => lines(name, value));
}

/**
 * Whether an attribute of the item is this text, as the key of a connection's item is its id.
 *
 * @param {unknown} item
 * @param {string} text
 */
export function holds(item, text) {
  return attributes(item).some(([, value]) => value === text);
}

/**
 * @param {string} name
 * @param {unknown} value with its type, `{"S": "lobby"}`
 * @returns {[string, string][]}
 */
function lines(name, value) {
  const [type, content] = Object.entries(value ?? {})[0] ?? [];
  if (type === "M" && typeof content === "object" && content !== null) {
    const members = Object.entries(content).flatMap(([member, inner]) => lines(`${name}.${member}`, inner));
    return members.length === 0 ? [[name, "{}"]] : members;
  }
  if (type === "S" || type === "N") return [[name, String(content)]];
  return [[name, JSON.stringify(content) ?? ""]];
}
